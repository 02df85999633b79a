from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.workspace.template import make_workspace
from tests.workspaces import run


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    make_workspace(tmp_path / "here")
    return tmp_path / "here"


def test_every_connection_is_listed_with_what_it_is_used_for(workspace: Path) -> None:
    rows = run("--workspace", workspace, "connection", "list", "--json").lines
    assert [(row["connection"], row["kind"], row["polled"], row["sent_by"]) for row in rows] == [
        ("example_inbox", "folder", True, False),
        ("example_outbox", "folder", False, True),
    ]


def test_a_connection_that_can_be_reached_says_what_was_seen(workspace: Path) -> None:
    (workspace / "inbox" / "example" / "order.edi").write_bytes(b"UNB")
    ran = run("--workspace", workspace, "connection", "test", "example_inbox")
    assert (ran.status, "1 files wait in it" in ran.out) == (0, True)


def test_a_file_is_tested_as_it_lies_there_before_it_is_published(workspace: Path) -> None:
    run("--workspace", workspace, "publish")
    (workspace / "plain").write_text("no folder")
    (workspace / "connections" / "new.toml").write_text('kind = "folder"\npath = "plain/inbox"\n')
    ran = run("--workspace", workspace, "connection", "test", "new", "--json")
    seen = json.loads(ran.out)
    assert (ran.status, seen["ok"], seen["seen"]) == (1, False, [])
    assert "mend the path of the connection" in seen["error"]


def test_a_file_with_problems_and_an_unknown_name_are_refused_with_what_to_do(workspace: Path) -> None:
    for content in ('kind = "folder"\n', "kind = folder\n"):
        (workspace / "connections" / "new.toml").write_text(content)
        ran = run("--workspace", workspace, "connection", "test", "new")
        assert (ran.status, "connections/new.toml:1:" in ran.err) == (2, True), ran.err
    ran = run("--workspace", workspace, "connection", "test", "nobody")
    assert (ran.status, "There are example_inbox, example_outbox" in ran.err) == (2, True)


def test_the_keys_of_a_kind_are_those_it_declares(workspace: Path) -> None:
    rows = run("--workspace", workspace, "connection", "kinds", "folder", "--json").lines
    assert [(row["key"], row["type"], row["default"]) for row in rows] == [
        ("path", "text", "required"),
        ("pattern", "text", "*"),
        ("after", "archive | delete", "archive"),
    ]
    kinds = [row["kind"] for row in run("--workspace", workspace, "connection", "kinds", "--json").lines]
    assert {"folder", "http"} <= set(kinds)
