"""Units of a buyer: read by his profile, kept as they came where nobody has named them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from gateway.commerce.buyer_units import items_in_our_units, order_in_our_units, response_in_their_units
from gateway.model.order import Line, Order, Price, Schedule
from gateway.model.party import Party
from gateway.model.profile import Profile
from gateway.model.punchout import SetupItem
from gateway.model.response import Answer, LineAnswer, OrderResponse, ResponseLine

RULES = Profile(name="mine", units={"BX": "CTN"}, standard_units=frozenset({"EA", "BX"}))


def test_lines_prices_and_deliveries_of_an_order_are_in_our_units():
    line = Line(
        position=1, unit_as_received="CTN", price=Price(amount=Decimal(1), unit_as_received="EA"),
        schedule=(Schedule(quantity=Decimal(1), unit="CTN"), Schedule(unit="zz"), Schedule()),
    )  # fmt: skip
    order = order_in_our_units(Order(number="1", ordered_on=date(2026, 1, 1), lines=(line,)), RULES)
    (read,) = order.lines
    assert (read.unit, read.unit_as_received, read.price and read.price.unit) == ("BX", "CTN", "EA")
    assert [each.unit for each in read.schedule] == ["BX", "zz", None]


def test_a_unit_nobody_has_named_stays_as_it_was_received():
    order = order_in_our_units(
        Order(number="1", ordered_on=date(2026, 1, 1), lines=(Line(position=1, unit_as_received="zz"),)), RULES
    )
    assert (order.lines[0].unit, order.lines[0].unit_as_received) == (None, "zz")


def test_what_a_mapping_has_read_stands():
    line = Line(position=1, unit="EA", unit_as_received="CTN")
    order = order_in_our_units(Order(number="1", ordered_on=date(2026, 1, 1), lines=(line,)), RULES)
    assert order.lines == (line,)


def test_items_of_the_buyers_cart_are_in_our_units():
    named = SetupItem(position=1, unit_as_received="CTN", price=Price(unit_as_received="zz"))
    items = items_in_our_units([named, SetupItem(position=2)], RULES)
    assert [each.unit for each in items] == ["BX", None]
    assert items[0].price == Price(unit_as_received="zz")


def test_a_line_that_stated_no_unit_is_answered_in_the_buyers_code():
    accepted = LineAnswer.ACCEPTED
    lines = (
        ResponseLine(position=1, decision=accepted, unit="BX"),
        ResponseLine(position=2, decision=accepted, unit="BX", unit_as_received="BX"),
        ResponseLine(position=3, decision=accepted, unit="QQ"),
    )
    stated = OrderResponse(
        number="A", decision=Answer.ACCEPTED, issued_on=date(2026, 1, 1), order_number="1", buyer=Party(),
        seller=Party(), currency="EUR", lines=lines,
    )  # fmt: skip
    answered = response_in_their_units(stated, RULES)
    assert [each.unit_as_received for each in answered.lines] == ["CTN", "BX", None]
