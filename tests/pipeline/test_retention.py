"""Retention: what nobody needs any more goes after its time, what is open stays, and the chain still verifies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from gateway.pipeline.retention import due, retain
from gateway.pipeline.work import Line
from gateway.store.verify import verify
from gateway.wiring import Gateway
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores

ALL: dict[str, timedelta | None] = dict.fromkeys(("raw", "converted", "documents", "events"), timedelta(days=3_650))


def later(gateway: Gateway, days: int = 4_000) -> Line:
    """The line so many days later."""
    return replace(gateway.line, clock=lambda: gateway.clock() + timedelta(days=days))


def contents(gateway: Gateway) -> dict[str, int]:
    """How many records have content of each kind."""
    queries = {
        "raw": "SELECT count(DISTINCT transmission) FROM transmission_chunk",
        "converted": "SELECT count(*) FROM archive WHERE length(content) > 0",
        "documents": "SELECT count(*) FROM message WHERE document IS NOT NULL",
        "events": "SELECT count(*) FROM event",
    }
    with gateway.store.read() as db:
        return {name: db.execute(text(query)).scalar_one() for name, query in queries.items()}


def settle_everything(gateway: Gateway) -> None:
    """Nothing is owed, expected or on its way any more."""
    with gateway.store.write() as db:
        db.execute(text("UPDATE outbox SET state = 'acknowledged'"))
        db.execute(text("UPDATE acknowledgement SET check_at = NULL, state = 'settled'"))


def test_what_is_past_its_time_goes_and_the_chain_tells_how_much(demo: Place) -> None:
    demo.sample(1)
    with demo.opened() as gateway:
        settle_everything(gateway)
        line, before = later(gateway), contents(gateway)
        assert due(line, ALL) == before
        assert retain(line, ALL) == sum(before.values())
        assert contents(gateway) == dict.fromkeys(before, 0)
        verified = verify(gateway.store)
        assert (verified.findings, verified.past_retention) == ((), sum(before.values()))
        assert retain(line, ALL) == 0
        assert verify(gateway.store).head == verified.head  # nothing was done, and nothing is told


def test_what_is_younger_stays_and_without_a_period_everything_does(demo: Place) -> None:
    demo.sample(1)
    with demo.opened() as gateway:
        settle_everything(gateway)
        before = contents(gateway)
        assert retain(later(gateway, 3_000), ALL) == 0
        assert retain(later(gateway), dict.fromkeys(ALL)) == 0
        assert contents(gateway) == before


def test_what_is_open_stays_however_old(demo: Place) -> None:
    (held,) = demo.sample(5)
    assert held["state"] == "held"
    with demo.opened() as gateway:
        with gateway.store.write() as db:
            db.execute(text("UPDATE outbox SET state = 'queued'"))
            db.execute(text("DELETE FROM event WHERE subject NOT IN (SELECT id FROM message)"))
        before = contents(gateway)
        assert retain(later(gateway), ALL) == 0
        assert contents(gateway) == before


def test_a_message_or_document_past_its_time_is_told_as_such(demo: Place) -> None:
    (sent,) = demo.sample(1)
    with demo.opened() as gateway:
        settle_everything(gateway)
        retain(later(gateway), ALL)
    for words in (("messages", "raw", sent["message"]), ("outbox", "raw", sent["outputs"][0])):
        ran = demo.run(*words)
        assert (ran.status, "past their retention" in ran.err) == (2, True), ran.err


def test_content_that_went_by_itself_is_no_retention(demo: Place) -> None:
    demo.sample(1)
    with demo.opened() as gateway:
        settle_everything(gateway)
        retain(later(gateway), {"events": timedelta(days=3_650)})
        with gateway.store.write() as db:
            db.execute(text("DELETE FROM transmission_chunk"))
        assert {each.kind for each in verify(gateway.store).findings} == {"transmission"}
        with gateway.store.write() as db:
            db.execute(text("UPDATE retention SET kind = 'raw'"))
        assert {each.kind for each in verify(gateway.store).findings} > {"retention"}


def test_the_command_takes_out_what_the_settings_say(demo: Place) -> None:
    demo.sample(1)
    for wrong in ('raw = "1d"', 'converted = "399d"', 'usage = "30d"', 'prices = "400d"', 'events = "x"'):
        demo.write("gateway.toml", f"auto_publish = true\n[retention]\n{wrong}\n" + _url(demo))
        ran = demo.run("retention")
        assert (ran.status, "retention" in ran.err, "Traceback" in ran.err) == (2, True, False), wrong
    demo.write("gateway.toml", _url(demo) + 'auto_publish = true\n[retention]\nraw = "3650d"\nevents = "0s"\n')
    told = {
        line["content"]: (line["kept"], line["past"]) for line in demo.run("retention", "--dry-run", "--json").lines
    }
    assert told["converted"] == ("for ever", 0)
    assert told["raw"] == ("3650d", 0)
    assert told["events"][1] > 0
    assert demo.run("retention").status == 0
    assert demo.run("audit", "verify", "--json").lines[0]["past_retention"] == told["events"][1]


def _url(place: Place) -> str:
    lines = (place.root / "gateway.toml").read_text("utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if line.startswith("database_url"))


def test_answers_that_came_go_from_the_ledger_after_their_time_and_those_that_stand_stay(demo: Place) -> None:
    period: dict[str, timedelta | None] = {"acknowledgements": timedelta(days=30)}
    demo.sample(1)
    with demo.opened() as gateway:
        head = verify(gateway.store).head
        with gateway.store.write() as db:
            db.execute(text("UPDATE acknowledgement SET state = 'overdue', ended_at = NULL WHERE type = 'ORDRSP'"))
        assert retain(later(gateway, 29), period) == 0
        assert retain(later(gateway, 31), period) == 1
        with gateway.store.read() as db:
            assert db.execute(text("SELECT type, state FROM acknowledgement")).all() == [("ORDRSP", "overdue")]
        assert verify(gateway.store).head == head, "the chain holds nothing of it"
