"""Telling of events: each webhook gets what is meant for it, once, in order for each thing, whoever else is stuck."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from gateway.errors import TransientError
from gateway.model.account import Account
from gateway.pipeline import telling
from gateway.pipeline.retention import retain
from gateway.pipeline.telling import tell
from gateway.pipeline.work import Line
from gateway.store.engine import Store
from gateway.store.feed import (
    Cursor,
    FeedFilter,
    Happening,
    cursors,
    events_after,
    forget_cursor,
    gone,
    last_seq,
    move_cursor,
    note,
)
from gateway.store.outbox import list_outputs
from gateway.store.records import Output
from gateway.store.sending import contents_of
from gateway.store.trade_changes import TradeChanges
from gateway.store.visible import Sight
from gateway.store.webhooks import StoredWebhook, add_webhook, remove_webhook, standing
from gateway.workspace.configuration import load
from tests.at_a_time import opened
from tests.deliveries import OtherSide, Post, outlet
from tests.workspaces import SAMPLES, Place

HOOK = 'kind = "webhook"\nurl = "https://shop.example/hook"\nsecret = "env:SHOP"\n'


FILES = {
    "connections/all.toml": HOOK.encode(),
    "connections/some.toml": (HOOK + 'events = ["order.received"]\naccount = "10001"\n').encode(),
}


@dataclass
class Told(Post):
    """A store with a webhook that is told of all, and one of orders of one account."""

    @property
    def line(self) -> Line:
        return replace(super().line, configuration=load(FILES))

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def work_off(self, side: OtherSide) -> None:
        """All that is due is posted."""
        self.deliver(all=outlet(side), some=outlet(OtherSide()))


@pytest.fixture
def acme(store: Store) -> Told:
    told = Told(store)
    with store.write() as db:
        TradeChanges(db).put(Account, [Account(account="10001", name="ACME")])
    tell(told.line)
    return told


def happen(acme: Told, *happenings: Happening) -> list[int]:
    """The numbers of what has happened, committed."""
    with acme.store.write() as db:
        return [note(db, each, acme.line.now()) for each in happenings]


def order(number: str, type_: str = "order.received", account: str | None = "10001") -> Happening:
    return Happening(type_, "order", number, account, {"number": number})


def given(acme: Told, connection: str = "all") -> list[Output]:
    """What was put into the outbox for a webhook."""
    with acme.store.read() as db:
        return list_outputs(db, connection=connection)


def bodies(acme: Told, connection: str = "all") -> list[dict[str, object]]:
    outputs = given(acme, connection)
    with acme.store.read() as db:
        contents = contents_of(db, outputs)
    return [json.loads(contents[each.id]) for each in outputs]


# The feed --------------------------------------------------------------------------------------------------------


def test_numbers_rise_in_the_order_of_the_commits_and_a_broken_off_one_is_never_told(acme: Told) -> None:
    first = happen(acme, order("A"), order("B"))
    with suppress(KeyboardInterrupt), acme.store.write() as db:
        note(db, order("C"), acme.line.now())
        raise KeyboardInterrupt
    last = happen(acme, order("D"))
    assert first + last == sorted(first + last)
    with acme.store.read() as db:
        told = events_after(db, first[0] - 1, Sight(), FeedFilter(), 10)
        assert ([each.id for each in told.events], told.next) == (["A", "B", "D"], last_seq(db))


def test_an_order_that_comes_and_is_decided_is_told_of_once_however_often_it_is_sent(demo: Place) -> None:
    [order_file] = SAMPLES.glob("01_*.edi")
    with opened(demo) as at:
        for _ in range(2):
            at.take(order_file.read_bytes())
        with at.gateway.store.read() as db:
            told = events_after(db, 0, Sight(), FeedFilter(aggregates=("order",)), 10).events
    assert [each.type for each in told] == ["order.received", "order.decided"]
    assert {(each.id, each.account, each.origin) for each in told} == {("SO00000001", "10011", "edifact")}
    [data] = {each.data for each in told}
    assert json.loads(data)["decision"] in ("accepted", "changed")


def test_an_account_sees_its_own_and_nothing_of_others_or_of_everyone(acme: Told) -> None:
    happen(acme, order("A"), order("B", account="99999"), Happening("trade.changed", "trade", "prices"))
    tell(acme.line)
    assert [each["id"] for each in bodies(acme, "some")] == ["A"]
    assert [each["id"] for each in bodies(acme, "all")] == ["A", "B", "prices"]


def test_a_look_goes_through_a_window_and_says_how_far_it_came(acme: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.feed.WINDOW", 3)
    numbers = happen(acme, *(order(str(n)) for n in range(5)), order("X", "order.changed"))
    with acme.store.read() as db:
        wanted = FeedFilter(types=("order.changed",))
        first = events_after(db, numbers[0] - 1, Sight(), wanted, 10)
        assert (list(first.events), first.next) == ([], numbers[2])
        then = events_after(db, first.next, Sight(), wanted, 10)
        assert ([each.id for each in then.events], then.next) == (["X"], numbers[5])


def test_what_came_from_a_channel_can_be_left_out(acme: Told) -> None:
    [first, _] = happen(acme, order("A"), order("B")._replace(origin="shop"))
    with acme.store.read() as db:
        part = events_after(db, first - 1, Sight(), FeedFilter(not_from="shop"), 10)
    assert [each.id for each in part.events] == ["A"]


# Webhooks --------------------------------------------------------------------------------------------------------


def test_an_event_is_given_to_each_that_wants_it_once(acme: Told) -> None:
    [first, _, _] = happen(acme, order("A"), order("A", "order.changed"), order("B", account="99999"))
    assert tell(acme.line) == 4
    assert tell(acme.line) == 0
    assert [each["type"] for each in bodies(acme)] == ["order.received", "order.changed", "order.received"]
    assert bodies(acme, "some") == [bodies(acme)[0]]
    assert bodies(acme)[0] == {
        "seq": first, "at": acme.line.now(), "type": "order.received", "aggregate": "order", "id": "A",
        "account": "10001", "data": {"number": "A"},
    }  # fmt: skip


def test_a_webhook_that_is_new_is_told_of_what_happens_from_then_on(acme: Told) -> None:
    happen(acme, order("A"))
    with acme.store.write() as db:
        forget_cursor(db, "all")
    assert tell(acme.line) == 1
    assert not given(acme)
    happen(acme, order("B"))
    tell(acme.line)
    assert [each["id"] for each in bodies(acme)] == ["B"]


def test_what_a_process_was_giving_when_it_died_is_given_once(acme: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    happen(acme, order("A"), order("B"))
    with monkeypatch.context() as dying:
        dying.setattr(telling, "move_cursor", _dies)
        with pytest.raises(KeyboardInterrupt):
            tell(acme.line)
    assert not given(acme)
    tell(acme.line)
    assert [each["id"] for each in bodies(acme)] == ["A", "B"]


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_of_one_who_is_away_the_rest_waits_in_the_feed(acme: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MOST_WAITING", 4)
    monkeypatch.setattr(telling, "AT_ONCE", 2)
    happen(acme, *(order(f"N{n}", "order.changed") for n in range(10)))
    while tell(acme.line):
        pass
    assert len(given(acme)) == 4
    side = OtherSide()
    for _ in range(5):
        acme.work_off(side)
        while tell(acme.line):
            pass
    acme.work_off(side)
    assert [each["id"] for each in bodies(acme)] == [f"N{n}" for n in range(10)]
    assert len(side.order) == 10


def test_what_is_about_one_thing_leaves_in_order_and_one_that_is_stuck_holds_up_no_other(acme: Told) -> None:
    happen(acme, order("A"), order("B"), order("A", "order.changed"), order("B", "order.changed"))
    tell(acme.line)
    first = given(acme)[0]
    side = OtherSide()
    side.before[first.key] = TransientError("away")
    acme.work_off(side)
    states = [each.state for each in given(acme)]
    assert states == ["failed", "sent", "queued", "sent"]
    side.before.clear()
    acme.later(hours=2)
    acme.work_off(side)
    sent = [key for key in side.order if key in {first.key, given(acme)[2].key}]
    assert sent == [first.key, given(acme)[2].key]


def test_a_webhook_begun_anew_is_given_the_same_events_again(acme: Told) -> None:
    [first, second] = happen(acme, order("A"), order("B"))
    tell(acme.line)
    with acme.store.write() as db:
        move_cursor(db, "all", Cursor(first - 1, cursors(db)["all"].round + 1), acme.line.now())
    tell(acme.line)
    again = given(acme)
    assert [each.reference for each in again] == [str(first), str(second)] * 2
    assert len({each.key for each in again}) == 4
    assert bodies(acme)[0] == bodies(acme)[2]


def made(acme: Told, **more: object) -> StoredWebhook:
    """A webhook made over the API."""
    now = acme.line.now()
    values = {
        "id": "01JHOOK", "url": "https://app.example/hook", "events": "[]", "account": None, "secrets": '["s"]',
        "made_by": "app", "created_at": now, "changed_at": now,
    }  # fmt: skip
    webhook = StoredWebhook(**{**values, **more})
    with acme.store.write() as db:
        add_webhook(db, webhook)
        move_cursor(db, webhook.connection, Cursor(last_seq(db)), now)
    return webhook


def test_a_webhook_made_over_the_api_is_told_as_one_of_the_files(acme: Told) -> None:
    webhook = made(acme, events='["order.changed"]', account="10001")
    happen(acme, order("A"), order("A", "order.changed"), order("B", "order.changed", "99999"))
    tell(acme.line)
    [only] = bodies(acme, webhook.connection)
    assert (only["id"], only["type"]) == ("A", "order.changed")


def test_a_webhook_that_is_removed_gets_nothing_more_not_even_what_waits(acme: Told) -> None:
    webhook = made(acme)
    happen(acme, order("A"))
    tell(acme.line)
    with acme.store.write() as db:
        remove_webhook(db, webhook, acme.line.now())
        forget_cursor(db, webhook.connection)
    happen(acme, order("B"))
    tell(acme.line)
    [only] = given(acme, webhook.connection)
    assert (only.state, only.reason) == ("refused", "Its webhook was removed.")


def test_how_a_webhook_fares_is_told_with_the_reason_of_what_fails(acme: Told) -> None:
    happen(acme, order("A"), order("B"))
    tell(acme.line)
    side = OtherSide()
    side.before[given(acme)[0].key] = TransientError("The receiver answered 500.")
    acme.work_off(side)
    with acme.store.read() as db:
        now = standing(db, "all")
    assert (now.waiting, now.dead, now.reason) == (1, 0, "The receiver answered 500.")
    assert now.failing_since == acme.line.now()


# Retention -------------------------------------------------------------------------------------------------------


def test_events_go_after_their_time_but_for_the_last_and_those_a_webhook_is_still_to_be_told_of(acme: Told) -> None:
    numbers = happen(acme, *(order(str(n)) for n in range(4)))
    acme.later(days=2)
    past = {"feed": timedelta(days=1)}
    assert retain(acme.line, past) == 0, "nobody was told of them"
    tell(acme.line)
    assert retain(acme.line, past) == 3
    with acme.store.read() as db:
        left = events_after(db, 0, Sight(), FeedFilter(), 10).events
        assert [each.seq for each in left] == [numbers[-1]]
        assert gone(db) == numbers[-2]
    assert happen(acme, order("next")) == [numbers[-1] + 1]


def test_a_webhook_that_another_node_has_just_got_is_not_forgotten(acme: Told) -> None:
    with acme.store.write() as db:
        move_cursor(db, "of a newer configuration", Cursor(0), acme.line.now())
    acme.later(hours=1)
    retain(acme.line, {"feed": timedelta(days=1)})
    with acme.store.read() as db:
        assert "of a newer configuration" in cursors(db)


def test_of_a_webhook_that_is_no_more_nothing_is_kept(acme: Told) -> None:
    with acme.store.write() as db:
        move_cursor(db, "stranger", Cursor(0), acme.line.now())
    happen(acme, order("A"), order("B"))
    tell(acme.line)
    acme.later(days=2)
    assert retain(acme.line, {"feed": timedelta(days=1)}) == 1
