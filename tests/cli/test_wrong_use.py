"""Every command helps with an example, and whatever is done wrong ends in a sentence and status 2."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from gateway.bundle import read_tree
from gateway.cli import commands as cli
from gateway.errors import TransientError
from tests.workspaces import SAMPLES, Place, run


def commands(command: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    inner: Mapping[str, object] | None = getattr(command, "commands", None)
    if inner is None:
        yield path
        return
    for name, each in inner.items():
        yield from commands(each, (*path, name))


COMMANDS = sorted(words for name in cli.COMMANDS for words in commands(cli.command(name), (name,)))


def test_there_are_the_commands_that_are_promised() -> None:
    named = {" ".join(words) for words in COMMANDS}
    assert named >= {
        "init", "demo", "check", "publish", "rollback", "config log", "config diff", "serve", "ingest", "messages list",
        "messages show", "messages raw", "messages replay", "messages resolve", "outbox list", "outbox show",
        "outbox raw", "outbox resend", "orders list", "orders show", "orders decide", "lane list", "lane pause",
        "lane resume", "lane skip", "mapping list", "mapping show", "mapping try", "mapping check", "edifact parse",
        "edifact validate", "edifact format", "price explain", "import", "export", "db upgrade", "db status",
        "db backup", "db verify", "doctor",
    }  # fmt: skip


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_list_of_commands_says_of_each_what_it_says_itself(name: str) -> None:
    assert cli.command(name).get_short_help_str(1_000) == cli.COMMANDS[name].sentence


def test_every_module_with_commands_is_in_the_list_of_them() -> None:
    folder = Path(cli.__file__).parent
    registering = {file.stem for file in folder.glob("*.py") if "\ndef register(" in file.read_text("utf-8")}
    assert {told.module for told in cli.COMMANDS.values()} == registering


def test_the_list_of_commands_is_told_without_importing_them() -> None:
    code = "import sys; from gateway.cli.app import app; app(['--help'], standalone_mode=False)"
    code += "; sys.exit('sqlalchemy' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert [line.split()[0] for line in ran.stdout.partition("Commands:\n")[2].splitlines()] == list(cli.COMMANDS)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_helps_with_an_example(words: tuple[str, ...]) -> None:
    ran = run(*words, "--help")
    assert (ran.status, ran.err) == (0, "")
    assert f"Example: gateway {words[0]}" in ran.out or "Example: gateway --workspace" in ran.out


WRONG = {
    "no such command": ("fly",),
    "no such option": ("check", "--fast"),
    "no file": ("ingest", "no-such-file.edi"),
    "a folder for a file": ("ingest", "."),
    "no such connection": ("ingest", SAMPLES / "01_acme_order.edi", "--connection", "nowhere"),
    "nothing to ingest": ("ingest",),
    "no such message": ("messages", "show", "01J"),
    "no such message, raw": ("messages", "raw", "01J"),
    "no such message, replay": ("messages", "replay", "01J"),
    "no such message, resolve": ("messages", "resolve", "01J", "--note", "x"),
    "no note": ("messages", "resolve", "01J"),
    "no such stage": ("messages", "replay", "01J", "--from", "receive"),
    "no such state": ("messages", "list", "--state", "lost"),
    "no instant": ("messages", "list", "--since", "yesterday"),
    "no limit": ("messages", "list", "--limit", "0"),
    "no such output": ("outbox", "show", "01J"),
    "no such output, raw": ("outbox", "raw", "01J"),
    "no such output, resend": ("outbox", "resend", "01J"),
    "no such output state": ("outbox", "list", "--state", "lost"),
    "no such output, settle": ("outbox", "settle", "01J", "--as", "sent", "--note", "x"),
    "no verdict": ("outbox", "settle", "01J", "--as", "lost", "--note", "x"),
    "no note of a verdict": ("outbox", "settle", "01J", "--as", "sent"),
    "nothing to send again": ("outbox", "resend"),
    "both an id and a state": ("outbox", "resend", "01J", "--state", "dead"),
    "all that was sent": ("outbox", "resend", "--state", "sent"),
    "no such order": ("orders", "show", "PO-0"),
    "no such order, decide": ("orders", "decide", "PO-0", "--as", "accepted", "--note", "x"),
    "held is no ruling": ("orders", "decide", "PO-0", "--as", "held", "--note", "x"),
    "no price": ("orders", "decide", "PO-0", "--as", "changed", "--price", "12,5", "--note", "x"),
    "no quantity": ("orders", "decide", "PO-0", "--as", "changed", "--quantity", "1e9", "--note", "x"),
    "nothing confirmed": ("orders", "decide", "PO-0", "--as", "changed", "--quantity", "0", "--note", "x"),
    "less than nothing confirmed": ("orders", "decide", "PO-0", "--as", "changed", "--price", "-1", "--note", "x"),
    "no day": ("orders", "decide", "PO-0", "--as", "changed", "--on", "soon", "--note", "x"),
    "no such lane": ("lane", "pause", "nowhere"),
    "no such lane, resume": ("lane", "resume", "nowhere"),
    "nothing to skip": ("lane", "skip", "nowhere"),
    "no such version": ("rollback", "99"),
    "no version to compare": ("config", "diff", "1", "99"),
    "no such kind": ("import", "wishes", SAMPLES / "workspace" / "data" / "prices.csv"),
    "no file to import": ("import", "prices", "no-such-file.csv"),
    "no such kind to export": ("export", "wishes"),
    "no such format": ("export", "prices", "--format", "xlsx"),
    "no such account": ("price", "explain", "--account", "0", "--product", "A-1006", "--quantity", "1"),
    "no quantity of a price": ("price", "explain", "--account", "10001", "--product", "A-1006", "--quantity", "NaN"),
    "less than nothing": ("price", "explain", "--account", "10001", "--product", "A-1006", "--quantity", "-1"),
    "no day of a price": (
        "price", "explain", "--account", "10001", "--product", "A-1006", "--quantity", "1", "--on", "2026-02-30",
    ),
    "no currency of a price": (
        "price", "explain", "--account", "10001", "--product", "A-1006", "--quantity", "1", "--currency", "XYZ",
    ),
    "no currency of a price list": ("price", "list", "--account", "10001", "--currency", "euro"),
    "no folder for a price list": ("price", "list", "--account", "10001", "--output", "no-such-folder/prices.csv"),
    "no file to parse": ("edifact", "parse", "no-such-file.edi"),
    "no file to validate": ("edifact", "validate", "no-such-file.edi"),
    "no file to format": ("edifact", "format", "no-such-file.edi"),
    "no port": ("serve", "--port", "99999"),
    "no address": ("serve", "--host", "no.such.host.invalid", "--port", "0"),
    "a demo in a workspace that is none": ("demo", "."),
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_wrong_use_is_a_sentence_and_status_2(
    demo: Place, words: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(demo.root)
    ran = demo.run(*words)
    assert (ran.status, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    assert "Value error" not in ran.err
    assert len(ran.err) > 15


OUTSIDE = [
    ("check",), ("publish",), ("rollback", "1"), ("config", "log"), ("config", "diff", "1", "2"), ("messages", "list"),
    ("messages", "show", "01J"), ("outbox", "list"), ("orders", "list"), ("orders", "show", "PO-1"), ("lane", "list"),
    ("ingest", SAMPLES / "01_acme_order.edi"), ("ingest", SAMPLES / "01_acme_order.edi", "--dry-run"), ("serve",),
    ("import", "prices", SAMPLES / "workspace" / "data" / "prices.csv"), ("export", "prices"), ("db", "status"),
    ("db", "upgrade"), ("db", "verify"), ("price", "explain", "--account", "1", "--product", "1", "--quantity", "1"),
]  # fmt: skip


@pytest.mark.parametrize("words", OUTSIDE, ids=lambda words: " ".join(map(str, words[:2])))
def test_where_no_workspace_lies_that_is_said_and_nothing_is_made(tmp_path: Path, words: tuple[object, ...]) -> None:
    root = tmp_path / "nowhere"
    ran = run("--workspace", root, *words)
    assert ran.status == 2
    assert "holds no workspace" in ran.err
    assert not root.exists()


def test_a_workspace_that_is_a_file_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    ran = run("--workspace", tmp_path / "file", "check")
    assert (ran.status, "is a file" in ran.err) == (2, True)


def test_alone_the_command_helps_itself() -> None:
    ran = run()
    assert "ingest" in ran.out + ran.err


def test_the_version_is_told() -> None:
    ran = run("--version")
    assert (ran.status, ran.out.startswith("gateway ")) == (0, True)


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://x/y", "postgresql+psycopg://localhost:1/none", "sqlite:////proc/none/gateway.db"]
)
def test_a_database_that_cannot_be_used_is_a_sentence(demo: Place, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", url)
    for words in (("messages", "list"), ("db", "status"), ("ingest", SAMPLES / "01_acme_order.edi")):
        ran = demo.run(*words)
        assert (ran.status, "Traceback" in ran.err) == (2, False)
    assert "Traceback" not in demo.run("doctor").err


@pytest.mark.parametrize("place", ["partners", "partners/new.toml", "mappings/shared"])
def test_a_link_that_leads_nowhere_is_told_and_the_workspace_is_not_published_without_it(
    demo: Place, place: str
) -> None:
    path = demo.root / place
    if path.is_dir():
        shutil.rmtree(path)
    path.symlink_to(demo.root / "moved")
    for words in (("check",), ("publish",), ("ingest", SAMPLES / "01_acme_order.edi")):
        ran = demo.run(*words)
        assert (ran.status, ran.err) == (2, f"{path}: No such file or directory. Name one that is there.\n")


@pytest.mark.parametrize("place", [Path(), Path("partners"), Path("pipe")])
def test_what_is_no_file_is_not_exported_to_and_stays(
    demo: Place, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(demo.root)
    os.mkfifo("pipe")
    before = set(demo.root.iterdir())
    ran = demo.run("export", "products", "--output", place)
    assert (ran.status, ran.err) == (2, f"{place} is a folder or a device. Name a file.\n")
    assert set(demo.root.iterdir()) == before
    assert Path("pipe").is_fifo()


def test_what_keeps_an_export_from_its_file_is_told_of_that_file_with_what_to_do(demo: Place) -> None:
    file = demo.root / "none" / "products.csv"
    ran = demo.run("export", "products", "--output", file)
    assert (ran.status, ran.err) == (2, f"{file}: No such file or directory. Name one that is there.\n")


def test_of_an_export_that_ends_half_way_nothing_is_left(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Iterator[str]:
        yield "sku\n"
        raise TransientError("The database is away.")

    monkeypatch.setattr("gateway.cli.data.export_rows", broken)
    before = set(demo.root.iterdir())
    ran = demo.run("export", "products", "--output", demo.root / "products.csv")
    assert (ran.status, ran.err) == (2, "The database is away.\n")
    assert set(demo.root.iterdir()) == before


def test_a_folder_that_may_not_be_read_is_told_and_not_taken_for_none(tmp_path: Path) -> None:
    folder = tmp_path / "workspace" / "partners"
    folder.mkdir(parents=True)
    folder.chmod(0)
    us, nobody = os.geteuid(), 65534
    try:
        if us == 0:
            os.seteuid(nobody)
        with pytest.raises(PermissionError):
            read_tree(folder)
    finally:
        if us == 0:
            os.seteuid(us)
        folder.chmod(0o700)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"name = 'x'\n" * 2, b"[[[", b"\0"])
@pytest.mark.parametrize(
    "file", ["gateway.toml", "partners/acme.toml", "connections/erp.toml", "mappings/codes/nordwind_unit.toml"]
)
def test_a_file_that_is_no_toml_is_named(demo: Place, file: str, content: bytes) -> None:
    (demo.root / file).write_bytes(content)
    ran = demo.run("check")
    assert ran.status == 2
    assert file in ran.out + ran.err
    assert "Traceback" not in ran.err
