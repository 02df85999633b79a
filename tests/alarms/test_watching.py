"""Watching: what the store and the server's parts say is an alarm once, as long as they say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from gateway.alarms.digest import daily_digest
from gateway.alarms.watching import watch
from gateway.alarms.watchman import PATIENCE, Watchman
from gateway.errors import PermanentError, TransientError
from gateway.pipeline.replay import resolve
from gateway.queue import files
from gateway.store.alarms import Kind, Notice, Reason, clear_alarm, list_alarms, raise_alarm
from gateway.store.identity import new_id
from gateway.store.lanes import set_lane
from gateway.store.messages import MessageQuery, insert_messages, list_messages, update_message
from tests.at_a_time import AtATime, opened
from tests.pipeline.test_ledger import ONE, ORDER, UNKNOWN
from tests.sent import interchange, order
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores


@pytest.fixture
def acme(demo: Place) -> Iterator[AtATime]:
    with opened(demo) as at:
        yield at


def standing(acme: AtATime, **failing: str) -> list[tuple[str, str]]:
    """Kind and subject of the alarms that stand after a look."""
    watch(acme.gateway.line, failing, "host")
    return [(each.kind, each.subject) for each in acme.alarms()]


def test_an_alarm_is_raised_once_counted_while_it_stands_and_new_after_it_was_cleared(acme: AtATime) -> None:
    reason, at = Reason(Kind.AUDIT_BROKEN, "event 17", "event 17 was altered"), acme.gateway.line.now()
    with acme.gateway.store.write() as db:
        assert raise_alarm(db, reason, at)
        assert not raise_alarm(db, reason._replace(text="event 17 and more"), at)
        (alarm,) = list_alarms(db, standing=True)
        assert (alarm.count, alarm.text) == (2, "event 17 and more")
        assert clear_alarm(db, Kind.AUDIT_BROKEN, "event 17", at)
        assert not clear_alarm(db, Kind.AUDIT_BROKEN, "event 17", at)
        assert raise_alarm(db, reason, at)
        assert [each.cleared_at is None for each in list_alarms(db)] == [False, True]


def test_a_dead_message_is_an_alarm_until_a_person_has_dealt_with_it(acme: AtATime) -> None:
    acme.take(ORDER)
    with acme.gateway.store.write() as db:
        (message,) = list_messages(db, MessageQuery())
        update_message(db, message.id, changed_at=acme.gateway.line.now(), state="dead")
    assert standing(acme) == standing(acme) == [("message.dead", message.id)]
    assert acme.alarms()[0].text == f"ORDERS L-1 of acme is not tried again: gateway messages show {message.id}"
    with acme.gateway.store.read() as db:
        (dead,) = list_messages(db, MessageQuery())
    resolve(acme.gateway.line, dead, "entered by hand")
    assert standing(acme) == []


def test_a_file_that_could_not_be_decoded_is_one_alarm(acme: AtATime, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise PermanentError("a defect")

    with monkeypatch.context() as patched:
        patched.setattr(files, "decode", broken)
        acme.take(ORDER)
    with acme.gateway.store.read() as db:
        (dead,) = list_messages(db, MessageQuery())
    assert standing(acme) == [("transmission.dead", dead.transmission)]
    resolve(acme.gateway.line, dead, "he sends it again")
    assert standing(acme) == []


def test_what_does_not_leave_and_what_is_not_known_to_have_left_are_alarms(
    acme: AtATime, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = type(acme.gateway.senders()["acme_outbox"].take())

    def refused(*_: object) -> None:
        raise PermanentError("no room for it: SECRET")

    with monkeypatch.context() as broken:
        broken.setattr(folder, "send", refused)
        acme.take(ORDER)
    found = standing(acme)
    assert {kind for kind, _ in found} == {"output.dead"}
    assert {subject for _, subject in found} == {each.id for each in acme.outputs()}
    assert "SECRET" not in str(acme.alarms())
    with acme.gateway.store.write() as db:
        db.exec_driver_sql("UPDATE outbox SET state = 'unknown'")
    assert {kind for kind, _ in standing(acme)} == {"output.unknown"}
    with acme.gateway.store.write() as db:
        db.exec_driver_sql("UPDATE outbox SET state = 'sent'")
    assert standing(acme) == []


def test_a_lane_that_is_paused_is_an_alarm_until_it_is_resumed(acme: AtATime) -> None:
    acme.take(ORDER)
    with acme.gateway.store.write() as db:
        set_lane(db, "acme_inbox/in/acme", "paused")
    assert standing(acme) == [("lane.paused", "acme_inbox/in/acme")]
    with acme.gateway.store.write() as db:
        set_lane(db, "acme_inbox/in/acme", "open")
    assert standing(acme) == []


def test_a_part_that_fails_is_an_alarm_of_its_host_alone(acme: AtATime) -> None:
    assert standing(acme, polling="no such folder") == [("part.failing", "host/polling")]
    watch(acme.gateway.line, {}, "another")
    assert standing(acme, polling="no such folder") == [("part.failing", "host/polling")]
    assert standing(acme) == []


def test_nothing_is_written_where_nothing_changed(acme: AtATime, monkeypatch: pytest.MonkeyPatch) -> None:
    acme.take(ORDER)
    standing(acme)
    monkeypatch.setattr(type(acme.gateway.store), "write", None)
    assert watch(acme.gateway.line, {}) == 0


def test_a_flood_is_found_whole(acme: AtATime) -> None:
    acme.take(interchange("IC1", order("L-1", ONE)))
    with acme.gateway.store.write() as db:
        (one,) = list_messages(db, MessageQuery())
        copies = [replace(one, id=new_id(), interchange=None) for _ in range(1_199)]
        insert_messages(db, copies)
        db.exec_driver_sql("UPDATE message SET state = 'dead'")
    assert len(standing(acme)) == 1_000
    assert len(standing(acme)) == 1_200


class _Told:
    """A channel that keeps what it is told."""

    name, most, rest, in_sum = "told", 10, timedelta(), False

    def __init__(self) -> None:
        self.texts: list[str] = []

    def tell(self, notices: list[Notice], total: int) -> None:  # noqa: ARG002
        self.texts += [f"{each.what} {each.subject}: {each.text}" for each in notices]


def test_what_is_over_at_the_next_try_is_no_alarm(acme: AtATime) -> None:
    told, failing = _Told(), {"delivery": "busy"}
    watchman = Watchman([told], lambda: failing, "host")
    watchman.round(acme.gateway.line)
    failing.clear()
    acme.now += PATIENCE
    watchman.round(acme.gateway.line)
    failing["delivery"] = "busy"
    watchman.round(acme.gateway.line)
    assert told.texts == []
    acme.now += PATIENCE
    watchman.round(acme.gateway.line)
    assert told.texts == ["raised host/delivery: host/delivery: busy"]


def test_a_store_that_is_away_for_long_is_told_without_it_and_once(
    acme: AtATime, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = _Told()
    watchman = Watchman([told], dict, "host")

    def away(*_: object) -> None:
        raise TransientError("The database is busy or away: refused")

    with monkeypatch.context() as broken:
        broken.setattr(type(acme.gateway.store), "read", away)
        for _ in range(5):
            with pytest.raises(TransientError):
                watchman.round(acme.gateway.line)
            acme.later(seconds=30)
    assert told.texts == ["raised store: The database is busy or away: refused"]
    watchman.round(acme.gateway.line)
    assert len(told.texts) == 1


def test_the_digest_counts_what_waits_by_partner(demo: Place) -> None:
    answer = 'send = "edifact ORDRSP D.96A"\nvia  = "acme_outbox"'
    demo.change("partners/acme.toml", answer, f'{answer}\nexpects = {{ CONTRL = "2h" }}')
    with opened(demo) as acme:
        assert daily_digest(acme.gateway.line).rows == ()
        acme.take(ORDER)
        acme.take(interchange("IC2", order("L-2", ONE, UNKNOWN), order("L-3", UNKNOWN, reference="2")))
        acme.later(hours=5)
        acme.look()
        digest = daily_digest(acme.gateway.line)
        found = {(row.what, row.partner): row.count for row in digest.rows}
        assert found == {
            ("message.held", "acme"): 2,
            ("overdue.expects", "acme"): 3,
            ("overdue.owes", "acme"): 2,
        }
        assert digest.subject == "[gateway] 2026-06-15: 7 waiting"
        assert digest.text.count("\n") == 3
