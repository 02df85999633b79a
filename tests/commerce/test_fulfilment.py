"""What an ERP confirms: taken over in the buyer's units where it is his order, else an issue that says why not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commerce.decision import OrderDecision
from gateway.commerce.fulfilment import Standing, Weighed, unconfirmed, weigh
from gateway.commerce.policy import DEFAULT_TOLERANCE, Tolerance
from gateway.commerce.verdict import Verdict, judge
from gateway.issues import ADVICE
from gateway.model.confirmation import ConfirmationLine, Confirmed, ConfirmedDelivery, OrderConfirmation
from gateway.model.order import Order, Price
from gateway.model.response import Decision

from .goods import TODAY, D, decided, line, order

WANTED = TODAY + timedelta(days=30)
ONE = order(line("10", deliver_on=WANTED))
EXACT = Tolerance()


def stands(stated: Order, verdicts: dict[int, Verdict] | None = None, tolerance: Tolerance = EXACT) -> Standing:
    return Standing(stated, decided(stated), verdicts or {}, tolerance)


def document(*lines: ConfirmationLine, **head: Any) -> OrderConfirmation:
    return OrderConfirmation(number="AB-1", lines=lines, **head)


def says(**fields: Any) -> ConfirmationLine:
    return ConfirmationLine(position=1, **fields)


def weighed(*lines: ConfirmationLine, stated: Order = ONE, **head: Any) -> Weighed:
    return weigh(stands(stated), "erp", document(*lines, **head))


def judged(found: Weighed, stated: Order = ONE) -> OrderDecision:
    assert [issue.code for issue in found.issues] == []
    return judge(stated, decided(stated), found.verdicts)


def test_a_line_confirmed_as_ordered_is_accepted() -> None:
    (only,) = judged(weighed(says(quantity=D(10), deliver_on=WANTED, price=Price(amount=D(2))))).lines
    assert (only.decision, only.quantity, only.net, only.reasons) == (Decision.ACCEPTED, 10, D("20.00"), ())


def test_a_status_for_the_whole_order_confirms_each_line_as_it_stands() -> None:
    two = order(line("10"), line("5", position=2))
    found = weighed(stated=two, status=Confirmed.ACCEPTED)
    assert judged(found, two).decision is Decision.ACCEPTED
    assert unconfirmed(two, decided(two), found.verdicts) == []
    refused = judged(weighed(stated=two, status=Confirmed.REJECTED), two)
    assert (refused.decision, refused.total) == (Decision.REJECTED, 0)


def test_less_later_and_dearer_within_the_tolerance_are_changes_the_buyer_is_told() -> None:
    later = WANTED + timedelta(days=3)
    said = says(quantity=D(8), backordered=D(2), deliver_on=later, price=Price(amount=D("2.01")))
    found = weigh(stands(ONE, tolerance=DEFAULT_TOLERANCE), "erp", document(said))
    (only,) = judged(found).lines
    assert (only.decision, only.quantity, only.backordered, only.deliver_on) == (Decision.CHANGED, 8, 2, later)
    assert only.reasons == ("order.line.not-available", "order.line.late", "order.line.price.as-confirmed")
    assert (only.price, only.net) == (Price(amount=D("2.01")), D("20.10"))
    assert set(only.reasons) <= ADVICE.keys()


def test_a_price_below_the_agreed_one_is_the_erps_to_give() -> None:
    (only,) = judged(weighed(says(price=Price(amount=D("1.50"))))).lines
    assert (only.decision, only.price, only.net) == (Decision.CHANGED, Price(amount=D("1.50")), D("15.00"))


def test_what_is_said_in_another_unit_is_told_in_the_buyers() -> None:
    boxes = order(line("400"))
    said = says(quantity=D(2), unit="BX", price=Price(amount=D(400), unit="BX"))
    (only,) = judged(weighed(said, stated=boxes), boxes).lines
    assert (only.decision, only.quantity, only.price) == (Decision.ACCEPTED, 400, Price(amount=D("2.00")))


def test_deliveries_make_up_the_quantity_and_what_has_no_day_comes_later() -> None:
    days = (WANTED, WANTED + timedelta(days=7))
    parts = (ConfirmedDelivery(quantity=D(4), on=days[0]), ConfirmedDelivery(quantity=D(3), on=days[1]))
    (only,) = judged(weighed(says(quantity=D(10), schedule=parts))).lines
    assert ([(part.quantity, part.on) for part in only.schedule], only.backordered) == ([(4, days[0]), (3, days[1])], 3)
    assert (only.quantity, only.deliver_on) == (7, days[1])


def test_nothing_of_a_line_is_a_refusal_with_the_erps_reason() -> None:
    two = order(line("10"), line("5", position=2))
    found = weighed(says(quantity=D(0), reason="no longer made"), stated=two)
    first, second = judged(found, two).lines
    assert (first.decision, first.reason_text) == (Decision.REJECTED, "no longer made")
    assert (second.decision, unconfirmed(two, decided(two), found.verdicts)) == (Decision.ACCEPTED, [2])


WRONG = {
    "confirmation.line.quantity.above-ordered": says(quantity=D(11)),
    "confirmation.line.quantity.negative": says(quantity=D(-1)),
    "confirmation.line.price.above-agreed": says(price=Price(amount=D("2.01"))),
    "confirmation.line.schedule.differs": says(quantity=D(5), schedule=(ConfirmedDelivery(quantity=D(6), on=WANTED),)),
    "report.line.product.differs": says(supplier_sku="P2"),
    "report.line.unit.unknown": says(quantity=D(1), unit="KGM"),
    "report.line.unknown": ConfirmationLine(position=7),
}


@pytest.mark.parametrize("code", WRONG)
def test_what_was_not_ordered_or_is_against_the_buyer_waits_for_a_person(code: str) -> None:
    found = weighed(WRONG[code])
    assert ([issue.code for issue in found.issues], found.verdicts) == ([code], {})
    assert (found.issues[0].is_error, code in ADVICE) == (True, True)
    assert (found.issues[0].field or "").startswith("lines[0]")


def test_a_confirmation_that_says_nothing_or_in_another_currency_or_twice_is_not_taken() -> None:
    assert [issue.code for issue in weighed().issues] == ["confirmation.lines.missing"]
    assert [issue.code for issue in weighed(says(), currency="USD").issues] == ["confirmation.currency.differs"]
    assert [issue.code for issue in weighed(says(), says()).issues] == ["confirmation.line.repeated"]


def test_a_line_the_buyer_was_refused_is_not_confirmed_over_our_heads() -> None:
    unknown = order(line("10"), line("5", position=2, supplier_sku="?"))
    found = weigh(stands(unknown), "erp", document(ConfirmationLine(position=2, quantity=D(5))))
    assert [issue.code for issue in found.issues] == ["confirmation.line.refused"]


@pytest.mark.parametrize(
    ("first", "second", "is_older"),
    [
        ({"version": 2}, {"version": 1}, True),
        ({"version": 1}, {"version": 1}, False),
        ({"version": 1}, {"version": 2}, False),
        ({"issued_on": TODAY}, {"issued_on": TODAY - timedelta(days=1)}, True),
        ({}, {"issued_on": TODAY}, False),
    ],
)
def test_an_older_word_on_a_line_changes_nothing(first: dict, second: dict, is_older: bool) -> None:
    before = weighed(says(quantity=D(10)), **first)
    after = weigh(stands(ONE, before.verdicts), "erp", document(says(quantity=D(5)), **second))
    assert ([issue.code for issue in after.issues] == ["report.older"], after.verdicts == {}) == (is_older, is_older)


MILLIONTHS = st.integers(0, 12_000_000).map(lambda number: Decimal(number).scaleb(-6))


@given(MILLIONTHS, MILLIONTHS, st.sampled_from(["PCE", "BX", None]), MILLIONTHS)
def test_whatever_is_taken_is_no_more_than_ordered_and_no_dearer_than_agreed(
    quantity: Decimal, later: Decimal, unit: str | None, price: Decimal
) -> None:
    said = says(quantity=quantity, backordered=later, unit=unit, price=Price(amount=price))
    found = weighed(said)
    if any(issue.is_error for issue in found.issues):
        return
    (only,) = judge(ONE, decided(ONE), found.verdicts).lines
    whole = only.quantity + only.backordered
    assert 0 <= whole <= 10
    if only.decision is not Decision.REJECTED:
        assert only.net is not None
        assert only.net <= Fraction(whole) * 2 + Fraction(1, 100)


def test_a_verdict_of_the_erp_is_kept_as_text() -> None:
    found = weighed(says(quantity=D(8), deliver_on=WANTED, reason="short"))
    text = msgspec.json.encode(found.verdicts)
    assert msgspec.json.decode(text, type=dict[int, Verdict]) == found.verdicts
