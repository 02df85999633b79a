"""What our own systems read of a confirmed line: quantity and price in one unit of the article."""

from __future__ import annotations

import msgspec

from gateway.commerce.decision import Facts, LineFacts, decide
from gateway.commerce.matching import Candidates, match
from gateway.commerce.policy import Action, DecidePolicy
from gateway.commerce.pricing import Wanted, resolve
from gateway.commerce.sale import Sale, sale
from gateway.commerce.verdict import Verdict, judge
from gateway.model.order import Line, Price
from gateway.model.price import PriceCondition
from gateway.model.product import PartNumber
from gateway.model.response import Decision
from tests.commerce.goods import ACCOUNT, CONTEXT, OWN, SCREW, TODAY, D, condition, line, order

BY_TEN = PartNumber(account="10001", number="C-10", product="P1", unit="PCE", pack=D(10))
TAKEN = DecidePolicy(price_too_high=Action.ACCEPT)


def sold(stated: Line, agreed: PriceCondition, said: DecidePolicy | Verdict | None = None) -> Sale:
    found = match(stated, Candidates({"P1": SCREW}, part_numbers={"C-10": (BY_TEN,)}))
    assert found.unit
    assert stated.quantity
    answer = resolve(CONTEXT, Wanted(SCREW, found.quantity(stated.quantity), found.unit), (agreed,), {})
    facts = Facts(account=ACCOUNT, lines=(LineFacts(found, answer),), today=TODAY)
    document, policy = order(stated), said if isinstance(said, DecidePolicy) else DecidePolicy()
    decision = decide(document, facts, policy)
    if isinstance(said, Verdict):
        decision = judge(document, decision, {1: said})
    return sale(stated, decision.lines[0])


def price(amount: str, per: str, unit: str) -> Price:
    return Price(amount=D(amount), per=D(per), unit=unit)


def test_a_price_agreed_by_the_box_is_told_for_the_piece_that_was_ordered() -> None:
    assert sold(line("400", None), OWN).price == price("0.3885", "10", "PCE")


def test_a_price_for_the_ordered_unit_stands_as_it_was_confirmed() -> None:
    found = sold(line("400", None), condition("own", "all", "product:P1", "4.15", per=D(100))).price
    assert found
    assert (found.amount, found.per, found.unit) == (D("4.15"), D(100), "PCE")


def test_a_buyers_price_by_the_box_that_is_taken_is_told_for_the_piece() -> None:
    stated = msgspec.structs.replace(line("400"), price=Price(amount=D("9.90"), unit="BX", unit_as_received="BX"))
    assert sold(stated, OWN, TAKEN).price == price("0.0495", "1", "PCE")


def test_a_price_that_no_price_unit_makes_exact_is_rounded_for_the_greatest() -> None:
    by_three_boxes = condition("own", "all", "product:P1", "7.7777", unit="BX", per=D(3))
    assert sold(line("600", None), by_three_boxes).price == price("129.6283", "10000", "PCE")


def test_packs_of_the_buyers_own_are_told_in_our_unit() -> None:
    stated = line("3", "0.40", supplier_sku=None, buyer_sku="C-10", unit=None, unit_as_received=None)
    found = sold(stated, condition("own", "all", "product:P1", "4.00", per=D(100)))
    assert (found.quantity, found.price) == (D(30), price("0.04", "1", "PCE"))


def test_a_price_a_person_says_for_the_buyers_pack_is_told_for_our_unit() -> None:
    stated = line("3", "0.40", supplier_sku=None, buyer_sku="C-10", unit=None, unit_as_received=None)
    found = sold(stated, condition("own", "all", "product:P1", "0.38878750"), Verdict(Decision.ACCEPTED, D("0.50")))
    assert (found.quantity, found.price) == (D(30), price("0.05", "1", "PCE"))


def test_a_price_a_person_says_without_a_stated_one_is_for_what_was_agreed() -> None:
    stated = line("3", None, supplier_sku=None, buyer_sku="C-10", unit=None, unit_as_received=None)
    by_hundred = condition("own", "all", "product:P1", "4.00", per=D(100))
    found = sold(stated, by_hundred, Verdict(Decision.ACCEPTED, D("5.00")))
    assert (found.quantity, found.price) == (D(30), price("0.05", "1", "PCE"))
