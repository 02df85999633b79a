"""A person's verdict on lines: what is confirmed, what it comes to, and what the buyer is told."""

from __future__ import annotations

import msgspec
import pytest

from gateway.commerce.pricing import PriceRules, Wanted, resolve
from gateway.commerce.verdict import Verdict, judge
from gateway.model.money import Rounding
from gateway.model.order import Price
from gateway.model.response import Answer, Decision

from .goods import CONTEXT, SCREW, D, decided, line, order


def test_an_accepted_line_says_nothing_of_what_kept_it_waiting() -> None:
    stated = order(line(), line(position=2, price="200"))
    waiting = decided(stated)
    assert waiting.lines[1].reasons == ("order.line.price.unit-suspected",)
    judged = judge(stated, waiting, {2: Verdict(Decision.ACCEPTED)})
    assert (judged.decision, judged.answer, judged.lines[1].reasons) == (Decision.ACCEPTED, Answer.ACCEPTED, ())


def test_a_line_without_an_agreed_price_comes_to_what_is_said_of_it() -> None:
    stated = order(line("3", price="4.90"))
    judged = judge(stated, decided(stated, agreed=None), {1: Verdict(Decision.ACCEPTED)})
    assert (judged.lines[0].net, judged.total) == (D("14.70"), D("14.70"))


@pytest.mark.parametrize(("unit", "amount", "net"), [("PCE", "0.035", "14.00"), ("BX", "7.00", "14.00")])
def test_a_price_for_another_unit_than_the_ordered_one_is_converted(unit: str, amount: str, net: str) -> None:
    price = Price(amount=D(amount), unit=unit, unit_as_received=unit)
    stated = order(msgspec.structs.replace(line("400"), price=price))
    judged = judge(stated, decided(stated, agreed=None), {1: Verdict(Decision.ACCEPTED, quantity=D("400"))})
    assert judged.lines[0].net == D(net)


def test_a_price_said_by_a_person_is_rounded_as_is_agreed() -> None:
    stated = order(line("3", price="4.90"))
    context = CONTEXT._replace(rules=PriceRules(Rounding.DOWN))
    answer = resolve(context, Wanted(SCREW, D(3), "PCE"), (), {})
    waiting = decided(stated, agreed=None)
    waiting = waiting._replace(lines=(waiting.lines[0]._replace(answer=answer),))
    (judged,) = judge(stated, waiting, {1: Verdict(Decision.ACCEPTED, price=D("0.1233"))}).lines
    assert judged.net == D("0.36")  # 0.3699


def test_one_line_held_holds_the_order_and_rejected_lines_reject_it_all_together() -> None:
    stated = order(line("3", price="4.90"), line("5", price="4.90", position=2))
    waiting = decided(stated, agreed=None)
    half = judge(stated, waiting, {1: Verdict(Decision.ACCEPTED)})
    assert (half.decision, half.answer) == (Decision.HELD, Answer.HELD)
    none = judge(stated, waiting, {1: Verdict(Decision.REJECTED), 2: Verdict(Decision.REJECTED)})
    assert (none.decision, none.total) == (Decision.REJECTED, D(0))


def test_a_price_said_is_for_what_the_buyers_price_is_for() -> None:
    stated = order(line("3", price="4.00"))
    waiting = decided(stated, agreed="0.38878750")
    assert waiting.lines[0].agreed
    assert waiting.lines[0].agreed.per == D(1000)
    (judged,) = judge(stated, waiting, {1: Verdict(Decision.ACCEPTED, price=D("0.40"))}).lines
    assert judged.price
    assert (judged.price.amount, judged.price.per, judged.net) == (D("0.40"), None, D("1.20"))
