"""Segments from what accounts are and do: who is in since when, why, and what stays of it when it is over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import PermanentError, UsageError
from gateway.membership import ACCOUNTS_AT_ONCE, Refreshed, refresh_segments, refresh_some
from gateway.model.account import Account
from gateway.model.segment import Segment, SegmentMember, UsageEvent
from gateway.store.account_metrics import metrics
from gateway.store.engine import Store
from gateway.store.events import note_event
from gateway.store.orders import order as order_of_id
from gateway.store.orders import put_order
from gateway.store.segments import members_of, membership_history, memberships_of
from gateway.store.trade import Trade
from gateway.store.trade_changes import TradeChanges
from gateway.store.usage import note_usage
from tests.stored_orders import AT, put, stored

TODAY = date(2026, 6, 15)
DAY = timedelta(days=1)


def account(number: str, **fields: object) -> Account:
    return Account(account=number, name=f"Account {number}", **fields)  # type: ignore[arg-type]


def segment(key: str, rule: str | None = None, **fields: object) -> Segment:
    return Segment(segment=key, rule=rule, **fields)  # type: ignore[arg-type]


def keep(store: Store, *values: Account | Segment, on: date = TODAY) -> Refreshed:
    """The values stored, and all that is due on the day looked at."""
    with store.write() as db:
        for value in values:
            TradeChanges(db).put(type(value), [value])
    return refresh_segments(store, on)


def order(store: Store, number: str, on: date = TODAY, total: str = "100", lines: str = "a", **fields: object) -> str:
    with store.write() as db:
        return put(db, *stored(number, on, total, lines, **fields))


def of(store: Store, number: str, on: date = TODAY) -> tuple[str, ...]:
    with store.read() as db:
        return Trade(db).segments_of(number, on)


def counted(store: Store, number: str) -> dict[str, object]:
    with store.read() as db:
        return {
            name: value if isinstance(value, date) else str(value)
            for name, value in metrics(db, [number]).get(number, {}).items()
        }


def history(store: Store) -> list[SegmentMember]:
    with store.read() as db:
        return membership_history(db, ["1"]).get("1", [])


def data_seq(store: Store) -> int:
    with store.read() as db:
        return Trade(db).data_seq()


def test_what_an_account_orders_makes_it_a_member_from_that_day_on(store: Store) -> None:
    keep(store, account("1"), segment("gold", "revenue_12m >= 1000", priority=5), on=TODAY - 30 * DAY)
    order(store, "1", TODAY, "999.999999")
    refresh_segments(store, TODAY)
    assert of(store, "1") == ()
    order(store, "1", TODAY + DAY, "0.000001", channel="cxml")
    refresh_segments(store, TODAY + DAY)
    assert of(store, "1", TODAY + DAY) == of(store, "1", TODAY + 90 * DAY) == ("gold",)
    assert of(store, "1", TODAY) == ()
    with store.read() as db:
        (member,) = memberships_of(db, "1", TODAY + DAY)
    assert (member.since, member.until) == (TODAY + DAY, None)
    assert json.loads(member.evidence) == {
        "rule": "revenue_12m >= 1000",
        "because": [{"condition": "revenue_12m >= 1000", "values": {"revenue_12m": "1000"}}],
    }


def test_what_falls_out_of_twelve_months_ends_the_membership_and_its_past_stays(store: Store) -> None:
    first = TODAY - 365 * DAY + DAY
    keep(store, account("1"), segment("gold", "revenue_12m >= 100"), on=first)
    order(store, "1", first)
    refresh_segments(store, first)
    for day in (TODAY, TODAY + DAY):
        refresh_segments(store, day)
    assert [of(store, "1", day) for day in (first - DAY, first, TODAY, TODAY + DAY)] == [(), ("gold",), ("gold",), ()]
    with store.read() as db:
        assert members_of(db, "gold", TODAY + DAY) == []
        assert [member.account for member in members_of(db, "gold", TODAY)] == ["1"]


def test_what_happened_twice_on_a_day_is_settled_by_its_end(store: Store) -> None:
    keep(store, account("1"), segment("gold", "order_count >= 1"))
    identity = order(store, "1")
    refresh_segments(store, TODAY)
    assert of(store, "1") == ("gold",)
    with store.write() as db:
        found = order_of_id(db, identity)
        assert found is not None
        put_order(db, msgspec.structs.replace(found, state="cancelled"), [], is_new=False)
    refresh_segments(store, TODAY)
    assert of(store, "1") == of(store, "1", TODAY + DAY) == ()
    order(store, "1")
    refresh_segments(store, TODAY)
    assert of(store, "1") == ("gold",)


def test_the_segment_an_account_names_is_its_since_ever_and_a_later_one_since_it_is_named(store: Store) -> None:
    keep(store, account("1", segment="gold"), segment("silver", priority=9))
    assert of(store, "1", date(2020, 1, 1)) == of(store, "1") == ("gold",)
    keep(store, account("1", segment="silver"), on=TODAY + DAY)
    assert of(store, "1") == ("gold",)
    assert of(store, "1", TODAY + DAY) == ("silver",)
    keep(store, account("1"), on=TODAY + 2 * DAY)
    assert of(store, "1", TODAY + 2 * DAY) == ()
    assert of(store, "1", TODAY + DAY) == ("silver",)


def test_an_account_nobody_has_looked_at_is_in_the_segment_it_names(store: Store) -> None:
    with store.write() as db:
        TradeChanges(db).put(Account, [account("1", segment="gold")])
    assert of(store, "1") == ("gold",)


def test_segments_are_ranked_by_priority_and_then_by_key(store: Store) -> None:
    rules = [segment(key, 'country = "DE"', priority=rank) for key, rank in (("b", 1), ("a", 1), ("c", 7), ("d", -1))]
    keep(store, account("1", country="DE", segment="named"), *rules)
    assert of(store, "1") == ("c", "a", "b", "named", "d")


def test_a_segment_holds_in_its_validity_even_where_nobody_looked_meanwhile(store: Store) -> None:
    last = TODAY + 3 * DAY
    keep(store, account("1", segment="gold"), segment("gold", valid_to=last), segment("new", 'type = "customer"'))
    keep(store, segment("later", 'type = "customer"', valid_from=TODAY + 2 * DAY))
    assert of(store, "1", last) == ("gold", "new")
    assert of(store, "1", last + DAY) == ("new",)
    refresh_segments(store, TODAY + DAY)
    assert of(store, "1", TODAY + DAY) == ("gold", "new")
    assert of(store, "1", TODAY + 2 * DAY) == ("gold", "later", "new"), "where the account is, that day may have begun"


def test_a_membership_by_another_rule_is_another_one(store: Store) -> None:
    keep(store, account("1", country="DE"), segment("gold", 'country = "DE"'))
    keep(store, segment("gold", 'type = "customer"'), on=TODAY + DAY)
    with store.read() as db:
        (before,), (after,) = (memberships_of(db, "1", day) for day in (TODAY, TODAY + DAY))
    assert [json.loads(each.evidence)["rule"] for each in (before, after)] == ['country = "DE"', 'type = "customer"']
    assert (before.since, before.until, after.since) == (TODAY, TODAY, TODAY + DAY)


def test_looking_again_changes_nothing_and_does_not_disturb_what_is_kept_in_memory(store: Store) -> None:
    keep(store, account("1", segment="gold"), segment("s", "order_count >= 1"))
    order(store, "1")
    refresh_segments(store, TODAY)
    before = data_seq(store)
    order(store, "1", total="5")
    assert refresh_segments(store, TODAY) == Refreshed(1, 0)
    assert counted(store, "1")["revenue_12m"] == "105"
    assert refresh_segments(store, TODAY, None) == Refreshed(1, 0)
    assert refresh_segments(store, TODAY) == Refreshed(0, 0)
    assert data_seq(store) == before


def test_metrics_are_counted_over_all_channels_and_kinds_of_orders_that_count(store: Store) -> None:
    keep(store, account("1"), account("2"))
    year_ago = date(2025, 6, 15)
    order(store, "1", TODAY, "10.5", "aar")
    order(store, "1", TODAY - 5 * DAY, "20", "a", channel="cxml", decision="changed")
    order(store, "1", year_ago, "1000", "aa")
    order(store, "1", year_ago + DAY, "3", "a", channel="by-pigeon")
    order(store, "1", TODAY, "7", currency="USD", channel="api")
    ruled = order(store, "1", TODAY - DAY, "0")
    for fields in (
        {"test": True}, {"decision": "held", "state": "open"}, {"decision": "rejected", "state": "closed"},
        {"state": "cancelled"}, {"kind": "blanket"}, {"on": TODAY + DAY},
    ):  # fmt: skip
        order(store, "1", **{"total": "50000", "lines": "aaaa", **fields})  # type: ignore[arg-type]
    with store.write() as db:
        note_event(db, ruled, "decided by a person", "by phone", AT)
    refresh_segments(store, TODAY)
    assert counted(store, "1") == {
        "revenue_12m": "33.5", "order_count": "6", "order_count_12m": "5", "orders_other_currency": "1",
        "orders_without_person": "5", "orders_without_person_percent": "83.333333", "last_order": TODAY,
        "lines": "8", "lines_edifact": "5", "lines_cxml": "1", "lines_api": "1", "lines_other": "1",
    }  # fmt: skip
    assert counted(store, "2") == {}


def test_sums_no_integer_of_the_store_holds_end_at_the_largest_number(store: Store) -> None:
    keep(store, account("1"))
    for _ in range(3):
        order(store, "1", total="9000000000000")
    refresh_segments(store, TODAY)
    assert counted(store, "1")["revenue_12m"] == "999999999999.999999"


def test_usage_of_every_channel_counts_once(store: Store) -> None:
    keep(store, account("1"), account("2"), segment("looking", "searches_12m >= 2 and order_count = 0"))
    at = datetime(2026, 6, 15, 23, 30, tzinfo=UTC)
    search = UsageEvent(account="1", channel="shop", kind="search", at=at - timedelta(hours=1), ref="screw", id="e1")
    events = [
        search,
        msgspec.structs.replace(search, account="2"),
        msgspec.structs.replace(search, id=None, channel="oci", at=at),
        msgspec.structs.replace(search, id="old", at=at - timedelta(days=370)),
        UsageEvent(account="1", channel="oci", kind="order", at=at + timedelta(hours=2)),
    ]
    with store.write() as db:
        assert note_usage(db, events) == 5
        assert note_usage(db, [search]) == 0
    refresh_segments(store, TODAY)
    assert counted(store, "1") == {"searches_12m": "2", "last_usage": TODAY}
    assert (of(store, "1"), of(store, "2")) == (("looking",), ())
    refresh_segments(store, TODAY + DAY)
    assert counted(store, "1")["last_usage"] == TODAY + DAY


def test_usage_of_nobody_or_of_no_instant_is_refused_whole(store: Store) -> None:
    keep(store, account("1"))
    event = UsageEvent(account="1", channel="shop", kind="view", at=datetime(2026, 6, 15, tzinfo=UTC))
    for wrong in ({"account": "9"}, {"at": datetime(2026, 6, 15)}):  # noqa: DTZ001
        with store.write() as db, pytest.raises(UsageError):
            note_usage(db, [event, msgspec.structs.replace(event, **wrong)])
    refresh_segments(store, TODAY)
    assert counted(store, "1") == {}


def test_a_day_without_orders_lets_another_rule_hold(store: Store) -> None:
    keep(store, account("1"), segment("asleep", "days_since_order > 2"))
    order(store, "1")
    assert [refresh_segments(store, TODAY + days * DAY).memberships for days in (0, 1, 2, 3, 4)] == [0, 0, 0, 1, 0]
    assert of(store, "1", TODAY + 3 * DAY) == ("asleep",)


def test_many_accounts_are_looked_at_a_page_at_a_time_those_with_orders_first(store: Store) -> None:
    numbers = [f"{number:05}" for number in range(ACCOUNTS_AT_ONCE + 20)]
    with store.write() as db:
        TradeChanges(db).put(Account, [account(number) for number in numbers])
    refresh_segments(store, TODAY)
    with store.write() as db:
        TradeChanges(db).put(Segment, [segment("all", 'type = "customer"')])
    order(store, numbers[-1])
    assert refresh_some(store, TODAY).accounts == ACCOUNTS_AT_ONCE
    assert of(store, numbers[-1]) == of(store, numbers[0]) == ("all",)
    assert of(store, numbers[-2]) == ()
    rest = refresh_segments(store, TODAY)
    assert all(of(store, number) == ("all",) for number in numbers)
    assert rest.memberships == 20


def test_what_breaks_off_is_due_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(store, account("1"), segment("gold", "order_count >= 1"))
    order(store, "1")
    with monkeypatch.context() as patched:
        patched.setattr("gateway.membership.put_metrics", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            refresh_segments(store, TODAY)
    assert of(store, "1") == ()
    refresh_segments(store, TODAY)
    assert of(store, "1") == ("gold",)


def test_a_stored_rule_that_cannot_be_read_is_told(store: Store) -> None:
    with pytest.raises(PermanentError, match="column 1: there is no field"):
        keep(store, account("1"), segment("gold", "colour = 1"))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["join", "leave", "name", "unname", "end", "look"])), max_size=12
    )
)
def test_what_was_true_on_a_day_that_is_over_is_never_told_otherwise(
    store: Store, steps: Sequence[tuple[int, str]]
) -> None:
    with store.write() as db:
        for name in ("segment_member", "segment_due", "segment_round", "segment"):
            db.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608
    keep(store, account("1", segment="named"), segment("by-rule", 'country = "DE"'), segment("named"))
    now, country, named = TODAY, None, "named"
    told: dict[date, tuple[str, ...]] = {}
    for days, step in steps:
        for _ in range(days):
            told[now] = of(store, "1", now)
            now += DAY
        country = {"join": "DE", "leave": None}.get(step, country)
        named = {"name": "by-rule", "unname": None}.get(step, named)
        last = now if step == "end" else None
        keep(
            store,
            account("1", country=country, segment=named),
            segment("by-rule", 'country = "DE"', valid_to=last),
            on=now,
        )
        assert {day: of(store, "1", day) for day in told} == told
        rows = [row for row in history(store) if row.until is None or row.until >= (row.since or date.min)]
        for key in {row.segment for row in rows}:
            spans = sorted((row.since or date.min, row.until or date.max) for row in rows if row.segment == key)
            assert all(earlier[1] < later[0] for earlier, later in pairwise(spans)), "no day twice"


def test_what_held_at_an_earlier_number_of_the_data_is_told_again(store: Store) -> None:
    keep(store, account("1"), segment("gold", "order_count >= 1", priority=1), segment("new", 'type = "customer"'))
    before = data_seq(store)
    order(store, "1")
    refresh_segments(store, TODAY)
    keep(store, segment("new", 'type = "customer"', priority=9))
    with store.read() as db:
        assert Trade(db, before).segments_of("1", TODAY) == ("new",)
    assert of(store, "1") == ("new", "gold")


def test_two_at_once_look_at_every_account_and_at_none_twice(store: Store) -> None:
    with store.write() as db:
        TradeChanges(db).put(Account, [account(f"{number:04}", country="DE") for number in range(1_200)])
        TradeChanges(db).put(Segment, [segment("de", 'country = "DE"')])
    with store.write() as db:
        db.exec_driver_sql("DELETE FROM segment_due")
    with ThreadPoolExecutor(2) as both:
        done = list(both.map(lambda _: refresh_segments(store, TODAY), range(2)))
    assert sum(each.accounts for each in done) == sum(each.memberships for each in done) == 1_200
    with store.read() as db:
        assert len(members_of(db, "de", TODAY)) == 1_200


def test_a_last_day_named_later_holds_for_who_is_in_already(store: Store) -> None:
    last = TODAY + 3 * DAY
    keep(store, account("1", country="DE"), segment("de", 'country = "DE"'))
    keep(store, segment("de", 'country = "DE"', valid_to=last), on=TODAY + DAY)
    assert (of(store, "1", last), of(store, "1", last + DAY)) == (("de",), ())
    keep(store, segment("de", 'country = "DE"', valid_to=last + DAY), on=last)
    assert of(store, "1", last + DAY) == ("de",)
    assert [row.since for row in history(store)] == [TODAY]


def test_what_there_is_no_more_is_counted_no_more(store: Store) -> None:
    keep(store, account("1"))
    identity = order(store, "1")
    refresh_segments(store, TODAY)
    assert counted(store, "1")["order_count"] == "1"
    with store.write() as db:
        found = order_of_id(db, identity)
        assert found is not None
        put_order(db, msgspec.structs.replace(found, state="cancelled"), [], is_new=False)
    refresh_segments(store, TODAY)
    assert counted(store, "1") == {}
