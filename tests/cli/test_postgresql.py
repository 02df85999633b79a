"""Every command on a PostgreSQL that the environment names, and what is said where there is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.workspaces import SAMPLES, Place, run

SECRET = "pa55-word"  # noqa: S105
AWAY = f"postgresql+psycopg://gateway:{SECRET}@127.0.0.1:1/gateway"


@pytest.fixture
def url(new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> str:
    made = new_database("postgresql")
    monkeypatch.setenv("GATEWAY_DATABASE_URL", made)
    return made


@pytest.fixture
def fresh(tmp_path: Path) -> Place:
    run("init", tmp_path / "new")
    return Place(tmp_path / "new")


def test_a_new_workspace_on_an_empty_database_goes_the_whole_way(fresh: Place, url: str) -> None:
    assert fresh.run("check").status == 0
    assert fresh.run("doctor").status == 1  # the schema is still to come
    before = fresh.run("db", "status", "--json")
    assert (before.status, before.lines[0]["current"]) == (1, None)
    assert fresh.run("db", "upgrade").status == 0
    assert (fresh.run("db", "status").status, fresh.run("doctor").status) == (0, 0)
    assert fresh.run("publish").status == 0
    (line,) = fresh.ingest(SAMPLES / "01_acme_order.edi")
    assert line["state"] == "held"  # of an account it does not know
    for words in (("messages", "list"), ("orders", "list"), ("outbox", "list"), ("lane", "list"), ("config", "log")):
        assert fresh.run(*words).status == 0
    assert fresh.run("export", "accounts").status == 0
    assert fresh.run("db", "verify").status == 0
    assert list((fresh.root / "var").glob("*")) == []  # nothing of the store lies in the workspace


def test_a_backup_of_postgresql_is_made_by_its_own_program(fresh: Place, url: str, tmp_path: Path) -> None:
    ran = fresh.run("db", "backup", tmp_path / "backup.db")
    assert (ran.status, "pg_dump" in ran.err, (tmp_path / "backup.db").exists()) == (2, True, False)


def test_a_file_can_be_tried_on_an_empty_database_that_stays_empty(fresh: Place, url: str) -> None:
    (line,) = fresh.ingest(SAMPLES / "01_acme_order.edi", options=("--dry-run",))
    assert line["state"] == "held"
    assert fresh.run("db", "status", "--json").lines[0]["current"] is None


@pytest.mark.parametrize(("table", "named"), [("transmission_chunk", "transmission"), ("archive", "document")])
def test_one_altered_byte_is_named(demo_on: Callable[[str], Place], table: str, named: str) -> None:
    demo = demo_on("postgresql")
    demo.sample(1)
    assert demo.run("db", "verify").status == 0
    with demo.opened() as gateway, gateway.store.write() as db:
        db.execute(text(f"UPDATE {table} SET content = set_byte(content, 0, get_byte(content, 0) # 1)"))  # noqa: S608
    ran = demo.run("db", "verify")
    assert ran.status == 1
    assert re.search(rf"^{named} [0-9A-Z]{{26}} was altered$", ran.out, re.MULTILINE)


@pytest.mark.parametrize("words", [("db", "status"), ("db", "upgrade"), ("messages", "list"), ("doctor",), ("serve",)])
def test_a_database_that_is_away_is_a_sentence_without_its_password(
    fresh: Place, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", AWAY)
    ran = fresh.run(*words)
    assert ran.status in (1, 2)
    assert "Traceback" not in ran.err
    assert "busy or away" in " ".join((ran.out + ran.err).split())
    assert SECRET not in ran.out + ran.err


@pytest.mark.parametrize("url", [AWAY, f"postgresql://127.0.0.1:1/gateway?user=x&password={SECRET}"])
def test_the_doctor_shows_where_the_database_is_and_not_its_password(
    fresh: Place, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", url)
    settings = {line["name"]: line for line in fresh.run("doctor", "--json").lines if "name" in line}
    assert "127.0.0.1:1/gateway" in settings["database_url"]["value"]
    assert SECRET not in settings["database_url"]["value"]


def test_a_database_that_cannot_hold_every_text_is_refused(
    fresh: Place, new_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
    monkeypatch.setenv("GATEWAY_DATABASE_URL", new_database("postgresql", options=options))
    ran = fresh.run("db", "upgrade")
    assert (ran.status, "ENCODING 'UTF8'" in ran.err) == (2, True)
