"""Availability: when an order's goods come, by stock, lead time, cut-off, calendar and the terms about parts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gateway.commerce.calendars import working_days
from gateway.commerce.decision import OrderDecision
from gateway.commerce.facts import LineDecision
from gateway.commerce.policy import Action, DecidePolicy
from gateway.commerce.terms import NO_TERMS
from gateway.model.order import Schedule
from gateway.model.product import Stock
from gateway.model.response import Decision
from gateway.model.terms import DeliveryCalendar

from .goods import SCREW, TODAY, D, decided, line, order

WEEK = working_days(DeliveryCalendar(calendar="W", country="DE"))
SOON, LATER = TODAY + timedelta(days=2), TODAY + timedelta(days=10)
SLOW = msgspec.structs.replace(SCREW, lead_time_days=4)
FOUR_NOW = (Stock(sku="P1", quantity=D(4)),)
FOUR_AND_SIX = (*FOUR_NOW, Stock(sku="P1", quantity=D(6), available_on=LATER))


def by(*lines: Any, **known: Any) -> OrderDecision:
    """The decision with these terms; the fields of facts and the rest of the known are told apart by name."""
    told = {name: known.pop(name) for name in ("stock", "product", "days", "counts_from", "policy") if name in known}
    return decided(order(*lines), terms=NO_TERMS._replace(**known), **told)


def parts(answered: LineDecision) -> list[tuple[object, date | None]]:
    return [(each.quantity, each.on) for each in answered.schedule]


def test_an_article_without_stock_records_is_there_after_the_longer_lead_time() -> None:
    assert TODAY.isoformat() == "2026-06-01"  # a Monday; Corpus Christi is no holiday in all of Germany
    assert by(line()).lines[0].deliver_on == TODAY
    assert by(line(), lead_time_days=3).lines[0].deliver_on == date(2026, 6, 4)
    assert by(line(), lead_time_days=3, product=SLOW).lines[0].deliver_on == date(2026, 6, 5)
    assert by(line(), lead_time_days=9, product=SLOW, days=WEEK).lines[0].deliver_on == date(2026, 6, 12)


def test_what_is_in_stock_waits_for_the_lead_time_of_the_terms_only() -> None:
    assert by(line("4"), stock=FOUR_NOW, product=SLOW).lines[0].deliver_on == TODAY
    assert by(line("4"), stock=FOUR_NOW, lead_time_days=2).lines[0].deliver_on == SOON


def test_lead_time_counts_from_the_day_the_order_counts_from() -> None:
    friday = date(2026, 6, 5)
    assert by(line(), lead_time_days=1, counts_from=friday, days=WEEK).lines[0].deliver_on == date(2026, 6, 8)


def test_goods_come_on_days_of_delivery_that_are_working_days() -> None:
    thursdays = frozenset({3})
    assert by(line(), delivery_days=thursdays).lines[0].deliver_on == date(2026, 6, 4)
    whit_monday = working_days(DeliveryCalendar(calendar="W", country="DE", closed_on="2026-06-04"))
    assert by(line(), delivery_days=thursdays, days=whit_monday).lines[0].deliver_on == date(2026, 6, 11)


def test_a_day_asked_for_on_which_is_not_delivered_is_late() -> None:
    sunday = date(2026, 6, 7)
    answered = by(line(deliver_on=sunday), days=WEEK).lines[0]
    assert (answered.decision, answered.reasons, answered.deliver_on) == (
        Decision.CHANGED, ("order.line.late",), date(2026, 6, 8),
    )  # fmt: skip
    assert by(line(deliver_on=date(2026, 6, 9)), days=WEEK).lines[0].decision is Decision.ACCEPTED


def test_where_there_is_no_day_of_delivery_nothing_is_promised() -> None:
    answered = by(line(), days=WEEK, delivery_days=frozenset({6})).lines[0]
    assert (answered.quantity, answered.backordered, answered.deliver_on) == (0, 10, None)


def test_a_line_comes_in_parts_unless_the_terms_say_otherwise() -> None:
    whole = by(line(), stock=FOUR_AND_SIX, partial_delivery="line").lines[0]
    assert (whole.quantity, whole.deliver_on, whole.schedule) == (10, LATER, ())
    assert parts(by(line(), stock=FOUR_AND_SIX).lines[0]) == [(4, TODAY), (6, LATER)]
    short = by(line(), stock=FOUR_NOW, partial_delivery="line").lines[0]
    assert (short.quantity, short.backordered) == (0, 10)


def test_all_of_an_order_comes_at_once_when_all_is_there() -> None:
    two = (line("2"), line("8", position=2))
    apart = by(*two, stock=FOUR_AND_SIX, partial_delivery="line")
    assert [each.deliver_on for each in apart.lines] == [TODAY, LATER]
    together = by(*two, stock=FOUR_AND_SIX, partial_delivery="no")
    assert [(each.quantity, each.deliver_on) for each in together.lines] == [(2, LATER), (8, LATER)]
    lacking = by(*two, stock=FOUR_NOW, partial_delivery="no")
    assert [(each.quantity, each.backordered) for each in lacking.lines] == [(0, 2), (0, 8)]


def test_what_is_asked_for_different_days_are_different_deliveries() -> None:
    two = (line("2", deliver_on=SOON), line("8", position=2, deliver_on=LATER))
    together = by(*two, stock=FOUR_AND_SIX, partial_delivery="no")
    assert [each.deliver_on for each in together.lines] == [SOON, LATER]
    assert together.decision is Decision.ACCEPTED
    wanted = (Schedule(quantity=D(4), on=SOON), Schedule(quantity=D(6), on=LATER))
    assert parts(by(line(schedule=wanted), stock=FOUR_AND_SIX, partial_delivery="no").lines[0]) == [
        (4, SOON),
        (6, LATER),
    ]


def test_what_lacks_is_not_delivered_later_where_the_terms_say_so() -> None:
    answered = by(line(), stock=FOUR_NOW, backorder_policy="cancel")
    first = answered.lines[0]
    assert (first.decision, first.reasons) == (Decision.CHANGED, ("order.line.not-available",))
    assert (first.quantity, first.backordered, first.net, answered.total) == (4, 0, D("8.00"), D("8.00"))
    taken = by(
        line(price="1.50"), stock=FOUR_NOW, backorder_policy="cancel", policy=DecidePolicy(price_too_low=Action.ACCEPT)
    )
    assert taken.total == D("6.00")
    none = by(line(), stock=(Stock(sku="P1", quantity=D(0)),), backorder_policy="cancel").lines[0]
    assert (none.decision, none.quantity) == (Decision.REJECTED, 0)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), max_size=4),
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=4),
    st.sampled_from([None, "yes", "line", "no"]),
    st.sampled_from([None, "cancel"]),
)
def test_never_more_is_promised_than_there_is_or_than_was_ordered(
    stocked: list[tuple[int, int]], wanted: list[tuple[int, int]], split: str | None, backorder: str | None
) -> None:
    stock = tuple(Stock(sku="P1", quantity=D(n), available_on=TODAY + timedelta(days=d)) for n, d in stocked)
    lines = [line(str(n), position=at, deliver_on=TODAY + timedelta(days=d)) for at, (n, d) in enumerate(wanted, 1)]
    found = by(
        *lines, stock=stock or (Stock(sku="P1", quantity=D(0)),), partial_delivery=split, backorder_policy=backorder
    )
    assert sum(each.quantity for each in found.lines) <= sum(n for n, _ in stocked)
    for stated, answered in zip(lines, found.lines, strict=True):
        open_or_not = answered.quantity + answered.backordered
        assert open_or_not <= stated.quantity if backorder else open_or_not == stated.quantity
        if split in ("line", "no"):
            assert answered.quantity in (0, stated.quantity)
