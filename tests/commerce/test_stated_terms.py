"""Terms in an order beside those agreed, and what the agreed terms add to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gateway.commerce.decision import OrderDecision
from gateway.commerce.policy import Action, DecidePolicy
from gateway.commerce.response import respond
from gateway.commerce.term_values import Part
from gateway.commerce.terms import NO_TERMS
from gateway.commerce.verdict import Verdict, judge
from gateway.model.order import Charge, Terms
from gateway.model.response import Answer, Decision

from .goods import ACCOUNT, SCREW, D, decided, line, order
from .test_response import REPLY

AGREED: dict[str, Any] = {
    "incoterm": "DAP", "incoterm_place": "Hamburg, Hafen", "payment_days": 30, "payment_discount": (Part(D(3), 14),
    Part(D(2), 20)),
    "shipping_methods": ("express", "forwarder"), "carrier": "DHL Freight", "freight": D("9.90"),
    "free_freight_from": D(100),
}  # fmt: skip


def under(agreed: dict[str, Any], policy: DecidePolicy | None = None, **stated: Any) -> OrderDecision:
    return decided(order(line(), **stated), terms=NO_TERMS._replace(**agreed), policy=policy)


@pytest.mark.parametrize(("stated", "fields"), [
    ({"incoterm": "EXW"}, ["incoterm"]), ({"incoterm": "EXW", "incoterm_place": "Kiel"}, ["incoterm"]),
    ({"incoterm": "DAP", "incoterm_place": "Kiel"}, ["incoterm_place"]), ({"incoterm_place": "Kiel"},
    ["incoterm_place"]),
    ({"incoterm": "dap", "incoterm_place": "HAMBURG hafen"}, []),
    ({"payment_days": 60}, ["payment_days"]), ({"payment_days": 30}, []),
    ({"discount_percent": D("3.00"), "discount_days": 14}, []), ({"discount_percent": D(2)}, []),
    ({"discount_percent": D(3), "discount_days": 20}, ["discount_percent"]), ({"discount_days": 7}, ["discount_days"]),
    ({"transport_mode": "30"}, []), ({"transport_mode": "50"}, ["transport_mode"]),
    ({"carrier": "dhl freight"}, []), ({"carrier": "UPS"}, ["carrier"]),
])  # fmt: skip
def test_stated_terms_are_compared_with_those_agreed(stated: dict[str, Any], fields: list[str]) -> None:
    for at, found in (
        ("terms", under(AGREED, terms=Terms(**stated))),
        ("lines[0].terms", decided(order(line(terms=Terms(**stated))), terms=NO_TERMS._replace(**AGREED))),
    ):
        assert [issue.field for issue in found.issues] == [f"{at}.{field}" for field in fields]
        assert found.answer is (Answer.HELD if fields else Answer.ACCEPTED)


def test_what_nothing_is_agreed_about_differs_from_nothing() -> None:
    stated = Terms(
        incoterm="EXW", incoterm_place="Kiel", payment_days=7, discount_percent=D(5), carrier="X", transport_mode="50"
    )
    assert under({}, terms=stated).reasons == ()


def test_where_days_are_agreed_and_no_discount_there_is_none() -> None:
    found = under({"payment_days": 30}, terms=Terms(discount_percent=D(2), discount_days=10))
    assert found.issues[0].text == "2 % within 10 days stated, no discount agreed"


@pytest.mark.parametrize(("charge", "differs"), [
    (Charge(kind="charge", amount=D("9.9")), False), (Charge(kind="charge", amount=D(12)), True),
    (Charge(kind="allowance", amount=D("9.90")), True), (Charge(kind="allowance", percent=D(5), text="rebate"), True),
    (Charge(kind="charge", percent=D("9.9")), True), (Charge(kind="none"), False),
])  # fmt: skip
def test_a_charge_that_the_terms_make_is_agreed(charge: Charge, differs: bool) -> None:
    assert under(AGREED, charges=(charge,)).reasons == (("order.terms.differ",) if differs else ())


def test_the_buyer_is_told_the_terms_that_hold_instead_of_his() -> None:
    stated = order(line(), terms=Terms(incoterm="EXW", payment_days=60))
    found = decided(stated, terms=NO_TERMS._replace(**AGREED), policy=DecidePolicy(terms_differ=Action.COUNTER))
    told = "freight: 9.9 EUR; EXW stated, DAP agreed; 60 stated, 30 agreed"
    assert respond(stated, found, REPLY).note == told


@pytest.mark.parametrize(("quantity", "total"), [("10", "29.90"), ("49", "107.90"), ("50", "100.00")])
def test_freight_is_added_below_its_limit(quantity: str, total: str) -> None:
    assert decided(order(line(quantity)), terms=NO_TERMS._replace(**AGREED)).total == Decimal(total)


def test_a_soft_minimum_adds_its_fee_and_tells_the_buyer() -> None:
    terms = {"min_order_value": D(50), "min_order_value_kind": "soft", "min_order_value_fee": D(10)}
    found = under(terms)
    assert (found.answer, found.total, [fee.kind for fee in found.fees]) == (
        Answer.HEADER_CHANGED, D("30.00"), ["minimum_value"],
    )  # fmt: skip
    assert found.notes == ("fee for orders below 50 EUR: 10 EUR",)
    assert decided(order(line("25")), terms=NO_TERMS._replace(**terms)).total == D("50.00")


def test_an_order_is_not_called_small_before_a_person_said_what_its_lines_come_to() -> None:
    terms = {"min_order_value": D(50), "min_order_value_kind": "soft", "min_order_value_fee": D(10)}
    found = decided(order(line("-1")), terms=NO_TERMS._replace(**terms))
    assert (found.decision, found.fees, found.reasons) == (Decision.HELD, (), ("order.line.quantity.not-positive",))


def test_a_line_confirmed_below_its_articles_least_quantity_has_a_fee() -> None:
    small = msgspec.structs.replace(SCREW, min_quantity=D(50))
    terms, policy = NO_TERMS._replace(small_quantity_fee=D(5)), DecidePolicy(quantity_step=Action.ACCEPT)
    found = decided(order(line(), line("50", position=2)), product=small, terms=terms, policy=policy)
    assert [fee.text for fee in found.fees] == ["fee for the small quantity of line 1: 5 EUR"]
    assert decided(order(line()), product=small, terms=terms).fees == ()


def test_an_order_in_another_currency_or_refused_has_no_fees() -> None:
    other = under(AGREED, DecidePolicy(currency_differs=Action.ACCEPT), currency="USD")
    assert other.fees == ()
    blocked = decided(
        order(line()), account=msgspec.structs.replace(ACCOUNT, status="blocked"), terms=NO_TERMS._replace(**AGREED),
        policy=DecidePolicy(account_blocked=Action.REJECT),
    )  # fmt: skip
    assert (blocked.fees, blocked.total) == ((), 0)


def test_fees_count_towards_the_credit() -> None:
    limited = msgspec.structs.replace(ACCOUNT, credit_limit=D(25))
    found = decided(order(line()), account=limited, terms=NO_TERMS._replace(**AGREED))
    assert found.reasons == ("account.over-credit",)


def test_a_person_decides_about_lines_and_the_fees_stay() -> None:
    stated = order(line(price="1.00"))
    held = decided(stated, terms=NO_TERMS._replace(**AGREED), policy=DecidePolicy(price_too_low=Action.HOLD))
    assert judge(stated, held, {1: Verdict(Decision.ACCEPTED)}).total == D("29.90")
    assert judge(stated, held, {1: Verdict(Decision.REJECTED)}).total == 0
