"""Orders held against the carts they come of: the price of a cart holds for what was given, and for nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.commerce.cart_order import held_against
from gateway.commerce.decision import LineDecision, LineFacts, OrderDecision
from gateway.commerce.matching import Candidates, match
from gateway.commerce.policy import Action, DecidePolicy, Tolerance
from gateway.model.cart import CartLine
from gateway.model.order import Price
from gateway.model.response import Decision
from gateway.model.shopping import TransferredLine

from .goods import NUT, SCREW, TODAY, D, decided, line, order

DIFFERS = "order.line.cart-differs."
STRICT = DecidePolicy(tolerance=Tolerance())


def given(price: str = "1.80", quantity: str = "10", until: date = TODAY, **stated: Any) -> TransferredLine:
    """A line of a cart, given to the account for screws by the piece."""
    values = {"sku": "P1", "unit": "PCE", "per": D(1), "text": "Screw", "language": "en", **stated}
    amount = D(price) * D(quantity) / values["per"]
    of_cart = CartLine(
        position=1, auxiliary_id="aux-1", quantity=D(quantity), price=D(price), amount=amount, **values,
    )  # fmt: skip
    return TransferredLine(
        account="10001", session="session-1", currency="EUR", line=of_cart, on=TODAY - timedelta(days=3),
        valid_until=until, data_seq=7,
    )  # fmt: skip


def ordered(*args: str, **stated: Any) -> OrderDecision:
    """The decision about a line that comes of a cart, decided with no tolerance; screws cost 2.00 on the day."""
    carts = stated.pop("carts", [given()])
    policy = stated.pop("policy", STRICT)
    return decided(order(line(*args, auxiliary_id="aux-1", **stated)), given=carts, policy=policy)


def only(decision: OrderDecision) -> LineDecision:
    [found] = decision.lines
    return found


def codes(decision: OrderDecision) -> list[str]:
    return [issue.code for issue in decision.issues]


def test_a_line_as_the_cart_gave_it_has_the_price_of_the_cart():
    decision = ordered("10", "1.80", text="Screw")
    assert (decision.decision, decision.total, codes(decision)) == (Decision.ACCEPTED, D("18.00"), [])
    answer = only(decision).answer
    assert answer is not None
    assert answer.trace()["cart"] == {
        "session": "session-1", "on": "2026-05-29", "until": "2026-06-01", "data_seq": 7,
    }  # fmt: skip


def test_where_the_price_of_the_day_is_that_of_the_cart_it_is_told_as_any_price():
    answer = only(ordered("10", "2.00", text="Screw", carts=[given("2.00")])).answer
    assert answer is not None
    assert answer.winner is not None
    assert "cart" not in answer.trace()


@pytest.mark.parametrize("stated", ["1.79", "1.81", "2.00"])
def test_another_price_than_the_carts_is_told_and_judged_like_any_price(stated):
    decision = ordered("10", stated, text="Screw")
    case = "too-low" if D(stated) < D("1.80") else "too-high"
    assert codes(decision) == [f"{DIFFERS}price", f"order.line.price.{case}"]
    assert (decision.decision, decision.total) == (Decision.CHANGED, D("18.00"))
    within = ordered("10", stated, text="Screw", policy=DecidePolicy(tolerance=Tolerance(unit_price=D("0.20"))))
    assert (within.decision, codes(within)) == (Decision.ACCEPTED, [f"{DIFFERS}price"])


def test_the_price_of_the_cart_holds_up_to_its_last_day():
    late = ordered("10", "1.80", text="Screw", carts=[given(until=TODAY - timedelta(days=1))])
    assert codes(late) == [f"{DIFFERS}expired", "order.line.price.too-low"]
    assert late.total == D("20.00")


@pytest.mark.parametrize("quantity", ["1", "9", "11", "100000"])
def test_another_quantity_has_the_price_of_the_day(quantity):
    decision = ordered(quantity, "2.00", text="Screw")
    assert codes(decision) == [f"{DIFFERS}quantity"]
    assert (decision.decision, decision.total) == (Decision.ACCEPTED, 2 * D(quantity))


def test_a_line_split_over_several_has_the_price_of_the_cart_for_all_of_it():
    parts = [
        line("4", "1.80", auxiliary_id="aux-1", text="Screw"),
        line("6", "1.80", position=2, auxiliary_id="aux-1", text="Screw"),
    ]
    decision = decided(order(*parts), given=[given()], policy=STRICT)
    assert (decision.decision, decision.total, codes(decision)) == (Decision.ACCEPTED, D("18.00"), [])
    assert [each.net for each in decision.lines] == [D("7.20"), D("10.80")]


def test_who_changed_his_cart_and_kept_the_one_he_had_has_the_price_of_that():
    carts = [given("1.80", "10"), given("1.70", "50")]
    kept = ordered("10", "1.80", text="Screw", carts=carts)
    assert (kept.total, codes(kept)) == (D("18.00"), [])
    changed = ordered("50", "1.70", text="Screw", carts=carts)
    assert (changed.total, codes(changed)) == (D("85.00"), [])
    again = ordered("10", "1.90", text="Screw", carts=[given("1.80", "10"), given("1.90", "10")])
    assert (again.total, codes(again)) == (D("19.00"), [])
    late = ordered("10", "2.00", text="Screw", carts=[given(until=TODAY - timedelta(days=1)), carts[1]])
    assert (late.total, codes(late)) == (D("20.00"), [f"{DIFFERS}quantity"])


def test_another_article_under_the_id_takes_nothing_from_the_one_that_was_given():
    lines = (
        line("10", "1.80", auxiliary_id="aux-1", text="Screw"),
        line("5", position=2, supplier_sku="P2", auxiliary_id="aux-1"),
    )
    candidates = Candidates({each.sku: each for each in (SCREW, NUT)})
    facts = [LineFacts(match(each, candidates)) for each in lines]
    held = held_against(order(*lines), facts, {"aux-1": [given()]}, TODAY)
    assert [[issue.code for issue in each.match.issues] for each in held] == [[], [f"{DIFFERS}article"]]


def test_pieces_for_the_boxes_of_the_cart_are_another_quantity_and_wait_for_a_person():
    cart = given("360", "10", unit="BX")
    mistaken = ordered("10", "1.80", text="Screw", carts=[cart])
    assert (mistaken.decision, codes(mistaken)) == (Decision.HELD, [f"{DIFFERS}unit", "order.line.price.too-low"])
    refused = ordered("10", "1.80", text="Screw", carts=[cart], policy=DecidePolicy(price_unit=Action.REJECT))
    assert refused.decision is Decision.REJECTED


def test_as_many_pieces_as_the_boxes_hold_have_the_price_of_the_cart():
    decision = ordered("2000", "1.80", text="Screw", carts=[given("360", "10", unit="BX")])
    assert codes(decision) == [f"{DIFFERS}unit"]
    assert (decision.decision, decision.total) == (Decision.ACCEPTED, D("3600.00"))


def test_a_unit_that_nobody_knows_is_told_alone():
    decision = ordered("10", "1.80", text="Screw", unit="ZZZ")
    assert (only(decision).decision, codes(decision)) == (Decision.HELD, ["order.line.unit.unknown"])


def test_a_price_stated_for_one_of_what_the_cart_priced_by_the_hundred_is_the_same():
    cart = given("180", "10", per=D(100))
    assert codes(ordered("10", "1.80", text="Screw", carts=[cart])) == []


@pytest.mark.parametrize(("text", "differs"), [
    ("Screw", False), ("scr", False), ("SCREW  M8, zinc plated", False), (None, False), ("Gold bar", True),
])  # fmt: skip
def test_a_text_that_is_no_part_of_the_carts_is_told(text, differs):
    decision = ordered("10", "1.80", text=text)
    assert codes(decision) == ([f"{DIFFERS}text"] if differs else [])
    assert (decision.decision, decision.total) == (Decision.ACCEPTED, D("18.00"))


def test_an_id_that_no_cart_gave_gives_no_price():
    decision = ordered("10", "2.00", carts=[])
    assert codes(decision) == [f"{DIFFERS}auxiliary-unknown"]
    assert (decision.decision, decision.total) == (Decision.ACCEPTED, D("20.00"))


def test_the_id_of_another_article_waits_for_a_person_and_gives_no_price():
    decision = ordered("10", "2.00", carts=[given("0.01", sku="P2")])
    assert (decision.decision, codes(decision)) == (Decision.HELD, [f"{DIFFERS}article"])
    assert only(decision).net == D("20.00")


def test_a_cart_in_another_currency_gives_no_price():
    assert ordered("10", "2.00", text="Screw", carts=[replace(given(), currency="CHF")]).total == D("20.00")


def test_a_promise_holds_where_no_price_is_agreed_any_more():
    stated = order(line("10", "1.80", auxiliary_id="aux-1", text="Screw"))
    decision = decided(stated, agreed=None, given=[given()], policy=STRICT)
    assert (decision.decision, decision.total) == (Decision.ACCEPTED, D("18.00"))


def test_an_order_without_auxiliary_ids_is_held_against_nothing():
    decision = decided(order(line("10", "1.80")), given=[given()], policy=STRICT)
    assert (codes(decision), decision.total) == (["order.line.price.too-low"], D("20.00"))


MONEY = st.decimals("0.01", "9999", places=4, allow_nan=False)


@over(MONEY, st.sampled_from(["1", "10", "100", "1000"]), st.integers(1, 100_000))
def test_what_is_ordered_as_given_costs_what_the_cart_said(price, per, quantity):
    cart = given(str(price), str(quantity), per=D(per))
    amount = (cart.line.amount).quantize(D("0.01"), rounding="ROUND_HALF_UP")
    stated = line(str(quantity), auxiliary_id="aux-1", text="Screw")
    stated = replace(stated, price=Price(amount=price, per=D(per)))
    decision = decided(order(stated), given=[cart], policy=STRICT)
    assert (decision.decision, decision.total, codes(decision)) == (Decision.ACCEPTED, amount, [])
