"""The workspace and the store from the command line: init, check, publish, rollback, db, doctor."""

from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from gateway.cli.output import command_line
from tests.workspaces import SAMPLES, Place, run


@pytest.fixture
def fresh(tmp_path: Path) -> Place:
    """What `gateway init` makes."""
    assert run("init", tmp_path / "new").status == 0
    return Place(tmp_path / "new")


def test_a_new_workspace_passes_check_at_once_and_makes_no_store(fresh: Place) -> None:
    ran = fresh.run("check")
    assert (ran.status, ran.err) == (0, "")
    assert "no problems" in ran.out
    assert not (fresh.root / "var").exists()


@pytest.mark.parametrize(
    ("called", "found", "typed"),
    [
        (".venv/bin/gateway", None, ".venv/bin/gateway --workspace 'my shop' check"),
        (".venv/bin/gateway", "/usr/bin/gateway", "gateway --workspace 'my shop' check"),
        ("/src/gateway/__main__.py", None, "gateway --workspace 'my shop' check"),
    ],
)
def test_a_command_to_type_next_is_found_by_the_shell(
    called: str, found: str | None, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [called, "init", "my shop"])
    monkeypatch.setattr("shutil.which", lambda _: found)
    assert command_line("--workspace", Path("my shop"), "check") == typed


def test_a_new_workspace_has_the_partner_it_promises(fresh: Place) -> None:
    (line,) = fresh.ingest((SAMPLES / "01_acme_order.edi").read_bytes())
    assert (line["partner"], line["control_reference"]) == ("example", "ACM0000101")
    assert sorted(path.name for path in (fresh.root / "connections").iterdir()) == [
        "example_inbox.toml", "example_outbox.toml",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["a b", "100%", "ü%20x", "what?x=1", "no#1", "it's"])
def test_a_workspace_may_have_any_name(tmp_path: Path, name: str) -> None:
    place = Place(tmp_path / "here" / name)
    run("init", place.root)
    (line,) = place.ingest(SAMPLES / "01_acme_order.edi")
    assert line["partner"] == "example"
    assert (place.root / "var" / "gateway.db").stat().st_size > 0
    assert [path.name for path in (tmp_path / "here").iterdir()] == [name]
    assert place.run("doctor").status == 0
    assert place.run("ingest", SAMPLES / "02_nordwind_order.edi", "--dry-run").status == 1


def test_init_touches_no_workspace_that_is_there(fresh: Place) -> None:
    fresh.write("partners/example.toml", "mine")
    ran = run("init", fresh.root)
    assert (ran.status, (fresh.root / "partners" / "example.toml").read_text("utf-8")) == (2, "mine")


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        ("partners/x.toml", 'name = "X"\nacount = "1"\n', "partners/x.toml:2:1: "),
        ("partners/x.toml", "name = \n", "partners/x.toml:1:8: "),
        ("connections/x.toml", 'kind = "pigeon"\n', "connections/x.toml:1:1: "),
        ("gateway.toml", "auto_publish = 3\n", "gateway.toml:1:1: "),
        (
            "mappings/partners/x/orders/mapping.toml",
            'extends = "no/such"\n',
            "mappings/partners/x/orders/mapping.toml:1:",
        ),
        (
            "partners/x.toml",
            'name = "X"\n[[agreement]]\nreceive = "edifact ORDERS D.96A"\nvia = "nowhere"\n',
            "partners/x.toml:4:1: ",
        ),
    ],
)
def test_check_names_file_line_and_column(fresh: Place, path: str, text: str, place: str) -> None:
    fresh.write(path, text)
    ran = fresh.run("check")
    assert ran.status == 2
    assert any(line.startswith(place) for line in ran.out.splitlines()), ran.out
    shown = fresh.run("check", "--json").lines
    assert {"file", "line", "column", "text", "advice"} == set(shown[0])


def test_what_has_problems_is_not_published_and_the_last_version_holds(demo: Place) -> None:
    demo.sample(2)
    demo.write("partners/broken.toml", "name =")
    for words in (("publish",), ("ingest", SAMPLES / "01_acme_order.edi")):
        ran = demo.run(*words)
        assert (ran.status, "partners/broken.toml:1:" in ran.err) == (2, True)
    assert [version["number"] for version in demo.run("config", "log", "--json").lines] == [1]


def test_versions_are_published_compared_and_rolled_back(demo: Place) -> None:
    demo.change("gateway.toml", "auto_publish = true", "auto_publish = false")
    assert demo.run("publish", "--note", "by hand").out == "Version 2 is in force.\n"
    assert demo.run("publish").out == "Version 2 is in force.\n"  # nothing changed
    demo.change("partners/acme.toml", 'unknown_article = "hold"', 'unknown_article = "reject"')
    assert demo.run("publish", "--note", "stricter").out == "Version 3 is in force.\n"
    versions = demo.run("config", "log", "--json").lines
    assert [(each["number"], each["note"], each["active"]) for each in versions][1:] == [
        (2, "by hand", False), (3, "stricter", True),
    ]  # fmt: skip
    shown = demo.run("config", "diff", "2", "3")
    assert (shown.status, '-unknown_article = "hold"' in shown.out, '+unknown_article = "reject"' in shown.out) == (
        0, True, True,
    )  # fmt: skip
    (rejected,) = demo.sample(5)
    assert demo.run("rollback", "2").status == 0
    (held,) = demo.ingest(
        (SAMPLES / "05_acme_unknown_article.edi").read_bytes().replace(b"0103", b"0999").replace(b"17803", b"17899")
    )
    assert (rejected["decision"], held["decision"]) == ("changed", "held")


def test_without_auto_publish_changed_files_wait_for_publish(demo: Place) -> None:
    demo.change("gateway.toml", "auto_publish = true", "auto_publish = false")
    demo.change("partners/acme.toml", 'unknown_article = "hold"', 'unknown_article = "reject"')
    (held,) = demo.sample(5)
    assert held["decision"] == "held"


def test_what_was_never_published_is_asked_for(fresh: Place) -> None:
    fresh.write("gateway.toml", "")
    ran = fresh.run("ingest", SAMPLES / "01_acme_order.edi")
    assert (ran.status, "gateway publish" in ran.err) == (2, True)


def test_the_store_tells_its_step_and_is_upgraded(fresh: Place) -> None:
    before = fresh.run("db", "status", "--json")
    assert (before.status, set(before.lines[0])) == (1, {"current", "pending", "is_newer"})
    assert fresh.run("db", "upgrade").status == 0
    after = fresh.run("db", "status", "--json")
    assert (after.status, after.lines[0]["pending"]) == (0, [])


def test_a_store_of_a_newer_gateway_is_refused(demo: Place) -> None:
    with sqlite3.connect(demo.root / "var" / "gateway.db") as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    db.close()
    ran = demo.run("messages", "list")
    assert (ran.status, "newer gateway" in ran.err) == (2, True)
    assert demo.run("doctor").status == 1


def test_a_backup_is_a_store_with_everything_in_it(demo: Place, tmp_path: Path) -> None:
    demo.sample(1)
    file = tmp_path / "backup.db"
    assert demo.run("db", "backup", file).status == 0
    twin = Place(tmp_path / "twin")
    shutil.copytree(demo.root, twin.root, ignore=shutil.ignore_patterns("var"))
    (twin.root / "var").mkdir()
    shutil.copy(file, twin.root / "var" / "gateway.db")
    assert twin.run("messages", "list", "--json").out == demo.run("messages", "list", "--json").out
    again = demo.run("db", "backup", file)
    assert (again.status, "exists" in again.err) == (2, True)
    nowhere = demo.run("db", "backup", tmp_path / "no" / "backup.db")
    assert (nowhere.status, "Traceback" in nowhere.err) == (2, False)


@pytest.mark.parametrize(("table", "named"), [("transmission_chunk", "transmission"), ("archive", "document")])
def test_one_altered_byte_is_named(demo: Place, table: str, named: str) -> None:
    demo.sample(1)
    assert demo.run("db", "verify").status == 0
    with sqlite3.connect(demo.root / "var" / "gateway.db") as db:
        key, content = db.execute(f"SELECT rowid, content FROM {table} LIMIT 1").fetchone()  # noqa: S608
        changed = bytes([content[0] ^ 1]) + content[1:]
        db.execute(f"UPDATE {table} SET content = ? WHERE rowid = ?", (changed, key))  # noqa: S608
    db.close()
    ran = demo.run("db", "verify")
    assert ran.status == 1
    assert re.search(rf"^{named} [0-9A-Z]{{26}} was altered$", ran.out, re.MULTILINE)


def test_a_file_that_is_no_database_is_told(demo: Place) -> None:
    (demo.root / "var" / "gateway.db").write_bytes(b"this is no database, and it is long enough to look at" * 100)
    for words in (("messages", "list"), ("db", "status"), ("db", "verify"), ("doctor",)):
        ran = demo.run(*words)
        assert ran.status in (1, 2), words
        assert "Traceback" not in ran.err
        assert "Restore it from a backup" in ran.out + ran.err


def test_the_doctor_finds_a_healthy_workspace_healthy(demo: Place) -> None:
    ran = demo.run("doctor", "--json")
    assert ran.status == 0, ran.out
    findings = [line for line in ran.lines if "what" in line]
    settings = {line["name"]: line for line in ran.lines if "name" in line}
    assert {finding["state"] for finding in findings} == {"ok"}
    assert settings["auto_publish"]["origin"].startswith("gateway.toml:2:")
    assert settings["log_level"]["origin"] == "default"


def test_the_doctor_names_what_waits_for_a_connection_that_nothing_is_sent_by(demo: Place) -> None:
    demo.sample(1, options=("--no-deliver",))
    assert demo.run("doctor").status == 0
    with demo.opened() as gateway, gateway.store.write() as db:
        db.exec_driver_sql("UPDATE outbox SET connection = 'old_erp' WHERE connection = 'erp'")
    ran = demo.run("doctor", "--json")
    (found,) = [line for line in ran.lines if line.get("what") == "outbox"]
    assert (ran.status, found["state"]) == (1, "1 wait for old_erp, by which nothing is sent")


def test_the_doctor_of_a_new_workspace_makes_nothing(fresh: Place) -> None:
    assert fresh.run("doctor").status == 0
    assert not (fresh.root / "var").exists()


def test_the_doctor_names_what_is_wrong(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    demo.write("partners/broken.toml", "name =")
    assert "gateway check" in demo.run("doctor").out
    monkeypatch.setenv("GATEWAY_LOG_LEVEL", "loud")
    ran = demo.run("doctor")
    assert (ran.status, "GATEWAY_LOG_LEVEL" in ran.out) == (1, True)


def test_the_environment_stands_over_the_file(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_AUTO_PUBLISH", "false")
    lines = {line["name"]: line for line in demo.run("doctor", "--json").lines if "name" in line}
    assert (lines["auto_publish"]["value"], lines["auto_publish"]["origin"]) == ("false", "GATEWAY_AUTO_PUBLISH")


def test_the_workspace_is_named_by_the_environment_too(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_WORKSPACE", str(demo.root))
    demo.sample(1)
    assert len(run("orders", "list", "--json").lines) == 1
