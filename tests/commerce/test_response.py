"""Responses: the answer in the buyer's own units, price units and identifiers."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from gateway.commerce.changes import apply
from gateway.commerce.response import Reply, reason_text, respond
from gateway.commerce.terms import NO_TERMS
from gateway.model.order import Line, LineAction, OrderChange, Price
from gateway.model.party import Party
from gateway.model.product import Stock
from gateway.model.response import Answer, LineAnswer, OrderResponse
from gateway.model.value import to_json

from .goods import TODAY, D, decided, line, order

OURS = Party(id="4098765000010", id_scheme="gln")
THEIRS = Party(id="B7", id_scheme="theirs")
REPLY = Reply(number="A-1", issued_on=TODAY, buyer=THEIRS, seller=OURS)


def answered(*lines: Line, reply: Reply = REPLY, **fields: object) -> OrderResponse:
    stated = order(*lines, **fields)
    return respond(stated, decided(stated), reply)


def test_an_accepted_order_is_answered_line_by_line():
    response = answered(line(gtin="4012345000016", buyer_sku=None))
    answer = response.lines[0]
    assert (response.decision, response.line_count, response.currency) == (Answer.ACCEPTED, 1, "EUR")
    assert (answer.decision, answer.ordered, answer.confirmed, answer.reason) == (LineAnswer.ACCEPTED, 10, 10, None)
    assert (answer.gtin, answer.supplier_sku) == ("4012345000016", "P1")


def test_units_and_price_units_are_those_received():
    stated = Price(amount=D("1.50"), per=D(1), unit="EA", unit_as_received="STK")
    response = answered(msgspec.structs.replace(line(unit="EA", unit_as_received="STK"), price=stated))
    answer = response.lines[0]
    assert (answer.decision, answer.unit, answer.unit_as_received) == (LineAnswer.CHANGED, "EA", "STK")
    assert answer.price == Price(amount=D(2), per=D(1), unit="EA", unit_as_received="STK")
    assert answer.reason == "agreed price is higher"


def test_a_line_without_a_unit_is_answered_in_the_one_it_was_counted_in():
    answer = answered(line(unit=None, unit_as_received=None)).lines[0]
    assert (answer.confirmed, answer.unit, answer.unit_as_received) == (10, "PCE", None)


def test_a_price_the_buyer_left_without_unit_is_answered_without():
    assert to_json(answered(line(price="1.50")).lines[0].price) == b'{"amount":"2"}'


def test_a_price_no_one_stated_is_answered_with_its_unit():
    assert answered(line(price=None)).lines[0].price == Price(amount=D(2), per=D(1), unit="PCE", unit_as_received="PCE")


def test_fields_of_the_buyers_own_come_back_with_the_answer():
    response = answered(msgspec.structs.replace(line(), extras={"Project": "7"}), extras={"Group": "EK"})
    assert (response.extras, response.lines[0].extras) == ({"Group": "EK"}, {"Project": "7"})


def test_the_parties_are_those_of_the_order_else_those_of_the_reply():
    assert (answered(line()).buyer, answered(line()).seller) == (THEIRS, OURS)
    named = Party(id="4000000000013", id_scheme="gln", name="Branch")
    assert answered(line(), buyer=named, seller=THEIRS).buyer is named
    assert answered(line(), buyer=Party(name="no number")).buyer is THEIRS


def test_a_held_order_is_answered_without_lines():
    response = answered(line(unit="KGM"))
    assert (response.decision, response.lines, response.line_count) == (Answer.HELD, (), 0)


def test_a_refused_line_confirms_nothing():
    response = answered(line(), line(position=2, supplier_sku="X"))
    refused = response.lines[1]
    assert (response.decision, refused.decision, refused.confirmed) == (Answer.LINES_CHANGED, LineAnswer.REJECTED, None)
    assert (refused.reason, refused.supplier_sku, refused.price) == ("article unknown", "X", None)


def test_a_split_delivery_states_its_days():
    stock = (Stock(sku="P1", quantity=D(2)), Stock(sku="P1", quantity=D(1), available_on=TODAY + timedelta(days=4)))
    stated = order(line("5", deliver_on=TODAY))
    answer = respond(stated, decided(stated, stock=stock), REPLY).lines[0]
    assert (answer.confirmed, answer.backordered, len(answer.schedule)) == (3, 2, 2)
    assert answer.schedule[0].unit_as_received == "PCE"


def test_what_does_not_come_at_all_is_told_beside_what_comes_and_what_comes_later():
    stock = (Stock(sku="P1", quantity=D(2)),)
    stated = order(line("5", deliver_on=TODAY))
    later = respond(stated, decided(stated, stock=stock), REPLY).lines[0]
    assert (later.confirmed, later.backordered, later.refused) == (2, 3, None)
    never = decided(stated, stock=stock, terms=NO_TERMS._replace(backorder_policy="cancel"))
    answer = respond(stated, never, REPLY).lines[0]
    assert (answer.confirmed, answer.backordered, answer.refused) == (2, None, 3)


def test_an_answer_names_the_document_that_it_answers():
    assert answered(line()).order_document is None
    reply = REPLY._replace(order_document="1@nordwerk.example")
    assert answered(line(), reply=reply).order_document == "1@nordwerk.example"


def test_a_change_of_a_line_we_do_not_have_is_answered_as_not_found():
    stored = order(line())
    change = OrderChange(
        number="CH-1",
        order_number="PO-1",
        ordered_on=TODAY,
        lines=(Line(position=9, action=LineAction.CHANGE, quantity=D(1)),),
    )
    applied = apply(stored, change)
    reply = REPLY._replace(change=change, change_issues=applied.issues)
    response = respond(applied.order, decided(applied.order), reply)
    assert (response.decision, response.change_number) == (Answer.LINES_CHANGED, "CH-1")
    assert [(each.position, each.decision) for each in response.lines] == [
        (1, LineAnswer.ACCEPTED),
        (9, LineAnswer.NOT_FOUND),
    ]
    assert response.lines[1].reason == "no such line in the order"


def test_reasons_are_plain_words_without_what_only_concerns_us():
    assert reason_text(("order.line.late", "order.line.late", "party.unknown")) == "later delivery"
    assert reason_text(()) is None


def test_a_line_that_comes_on_another_day_says_so_and_one_that_comes_as_asked_does_not() -> None:
    soon, later = TODAY + timedelta(days=1), TODAY + timedelta(days=9)
    stated = order(line(deliver_on=soon))
    late = respond(stated, decided(stated, stock=(Stock(sku="P1", quantity=D(10), available_on=later),)), REPLY)
    assert late.lines[0].promised_on == later
    assert answered(line(deliver_on=later)).lines[0].promised_on is None
    parts = (Stock(sku="P1", quantity=D(4), available_on=soon), Stock(sku="P1", quantity=D(6), available_on=later))
    split = respond(stated, decided(stated, stock=parts), REPLY).lines[0]
    assert (split.promised_on, [part.on for part in split.schedule]) == (None, [soon, later])
