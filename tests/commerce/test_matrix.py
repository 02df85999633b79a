"""The table of what is answered where an order differs from what is agreed: a row a case, and every channel's codes.

`answer` is what the decision says, `bgm` and `lin` how ORDRSP of the directory says it (1225, 1229),
        `cxml` the types of
ConfirmationHeader and ConfirmationStatus. A dash is no answer, or none of its lines.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
import pytest

from gateway.bundle import bundled, read_tree
from gateway.commerce.conditions import BelowFloor
from gateway.commerce.confirmation import confirm
from gateway.commerce.decision import Facts, LineFacts, OrderDecision, decide
from gateway.commerce.matching import Match
from gateway.commerce.policy import _CASES, Action, DecidePolicy, Tolerance
from gateway.commerce.pricing import PriceRules, Wanted, resolve
from gateway.commerce.response import Reply, respond
from gateway.commerce.terms import NO_TERMS
from gateway.model.money import Rounding
from gateway.model.order import Order, Stated, Terms
from gateway.model.party import Party
from gateway.model.product import Stock
from gateway.model.response import Answer, OrderResponse
from tests.mapping.test_outbound import compiled, text_of

from .goods import ACCOUNT, CONTEXT, SCREW, TODAY, D, condition, decided, line, order
from .test_cart_order import given

SOON, LATER, OVER = TODAY + timedelta(days=3), TODAY + timedelta(days=10), TODAY - timedelta(days=1)
REPLY = Reply("A-1", TODAY, Party(id="B"), Party(id="S", id_scheme="gln"))
CODES = {
    name: tomllib.loads(read_tree(bundled("mappings"))[f"codes/{name}.toml"].decode())["values"]
    for name in ("response_1225", "line_action_1229")
}
A, C, R, H = Action.ACCEPT, Action.COUNTER, Action.REJECT, Action.HOLD
STEPPED = msgspec.structs.replace(SCREW, quantity_step=D(25), min_quantity=D(50))
SLOW = msgspec.structs.replace(SCREW, lead_time_days=10)
PARTLY = (Stock(sku="P1", quantity=D(4)), Stock(sku="P1", quantity=D(4), available_on=LATER))


class Row(NamedTuple):
    """A case: what is ordered, what is known, the partner's actions, and all that is answered."""

    case: str
    stated: Order
    known: Mapping[str, Any]
    policy: Mapping[str, Any]
    answer: tuple[str, str]
    reasons: tuple[str, ...]
    bgm: str
    lin: str
    cxml: str
    price: str | None = "2"


def account(**columns: object) -> dict[str, Any]:
    return {"account": msgspec.structs.replace(ACCOUNT, **columns)}


def agreed(**terms: Any) -> dict[str, Any]:
    return {"terms": NO_TERMS._replace(**terms)}


LOW, HIGH, UNIT = "order.line.price.too-low", "order.line.price.too-high", "order.line.price.unit-suspected"
NONE_AGREED, NONE_STATED = "order.line.price.none-agreed", "order.line.price.none-stated"
UNKNOWN, OUTSIDE, STEP = (
    "order.line.product.unknown", "order.line.product.not-in-assortment", "order.line.quantity.step",
)  # fmt: skip
EXPIRED, LATE, GONE, PAST = "order.contract.expired", "order.line.late", "order.line.not-available", "date.past"
TERMS, SMALL, BIG = "order.terms.differ", "order.below-minimum", "order.above-maximum"
BLOCKED, CREDIT, CURRENCY = "account.blocked", "account.over-credit", "order.currency.differs"
COUNT, TOTAL = "order.line-count.differs", "order.total.differs"
OTHER_UNIT = "order.line.cart-differs.unit"

ACCEPTED, CHANGED, REJECTED, HELD = (
    ("accepted", "accepted"), ("changed", "changed"), ("rejected", "rejected"), ("held", "held"),
)  # fmt: skip
HEADER = ("changed", "accepted")
HELD_BY_HEADER = ("held", "accepted")

BOUGHT, CHEAP, DEAR = order(line()), order(line(price="1.50")), order(line(price="3.00"))
UNPRICED, STRANGE = order(line(price=None)), order(line(supplier_sku="X"))
CITED = order(line(), contract="K1")
EXPIRED_K1 = {"expired_contracts": frozenset({"K1"})}
ODD = order(line("60"))
WANTED_SOON = order(line(deliver_on=SOON))
YESTERDAY, ALL_YESTERDAY = order(line(deliver_on=OVER)), order(line(), deliver_on=OVER)
EXW = order(line(), terms=Terms(incoterm="EXW"))
DAP = agreed(incoterm="DAP", incoterm_place="Hamburg")
DOLLARS = order(line(), currency="USD")
LOSS = {"agreed": "-2.00"}
OF_A_CART = order(line(auxiliary_id="aux-1", text="Screw"))
BY_THE_BOX = {"given": [given("400", "10", unit="BX")]}

ROWS = [
    Row("equal", BOUGHT, {}, {}, ACCEPTED, (), "29", "5", "accept accept"),
    Row("in tolerance, ours is confirmed", order(line(price="1.99")), {}, {}, ACCEPTED, (), "29", "5", "accept accept"),
    Row("in the tolerance of the terms", CHEAP, agreed(tolerance=Tolerance(unit_price=D(1))), {}, ACCEPTED, (),
        "29", "5", "accept accept"),
    Row("buyer too low, countered", CHEAP, {}, {}, CHANGED, (LOW,), "30", "6", "detail detail"),
    Row("buyer too low, held", CHEAP, {}, {"price_too_low": H}, HELD, (LOW,), "12", "-", "- -"),
    Row("buyer too low, refused", CHEAP, {}, {"price_too_low": R}, REJECTED, (LOW,), "27", "7", "reject reject", None),
    Row("buyer too low, strategic account: taken and flagged", CHEAP, {}, {"price_too_low": A}, ACCEPTED, (LOW,),
        "29", "5", "accept accept", "1.5"),
    Row("buyer too high, the lower agreed one is confirmed", DEAR, {}, {}, CHANGED, (HIGH,), "30", "6",
        "detail detail"),
    Row("buyer too high, held", DEAR, {}, {"price_too_high": H}, HELD, (HIGH,), "12", "-", "- -"),
    Row("buyer too high, refused", DEAR, {}, {"price_too_high": R}, REJECTED, (HIGH,), "27", "7", "reject reject",
        None),
    Row("factor 10", order(line(price="20")), {}, {}, HELD, (UNIT,), "12", "-", "- -"),
    Row("factor 100", order(line(price="0.02")), {}, {}, HELD, (UNIT,), "12", "-", "- -"),
    Row("factor 1000", order(line(price="2000")), {}, {}, HELD, (UNIT,), "12", "-", "- -"),
    Row("pack factor of the article", order(line(price="400")), {}, {}, HELD, (UNIT,), "12", "-", "- -"),
    Row("factor 10, countered", order(line(price="20")), {}, {"price_unit": C}, CHANGED, (UNIT,), "30", "6",
        "detail detail"),
    Row("factor 10, refused", order(line(price="20")), {}, {"price_unit": R}, REJECTED, (UNIT,), "27", "7",
        "reject reject", None),
    Row("another unit than the cart's", OF_A_CART, BY_THE_BOX, {}, HELD, (OTHER_UNIT,), "12", "-", "- -"),
    Row("no price in the order", UNPRICED, {}, {}, ACCEPTED, (), "29", "5", "accept accept"),
    Row("no price in the order, told", UNPRICED, {}, {"no_price_stated": C}, CHANGED, (NONE_STATED,), "30", "6",
        "detail detail"),
    Row("no price in the order, held", UNPRICED, {}, {"no_price_stated": H}, HELD, (NONE_STATED,), "12", "-", "- -"),
    Row("no agreed price, held", BOUGHT, {"agreed": None}, {}, HELD, (NONE_AGREED,), "12", "-", "- -", None),
    Row("no agreed price, refused", BOUGHT, {"agreed": None}, {"no_agreed_price": R}, REJECTED, (NONE_AGREED,),
        "27", "7", "reject reject", None),
    Row("no agreed price, the buyer's is taken", BOUGHT, {"agreed": None}, {"no_agreed_price": A}, ACCEPTED,
        (NONE_AGREED,), "29", "5", "accept accept"),
    Row("negative price", BOUGHT, LOSS, {}, HELD, ("order.line.price.negative",), "12", "-", "- -", None),
    Row("expired contract, the current price", CITED, EXPIRED_K1, {}, CHANGED, (EXPIRED,), "30", "6", "detail detail"),
    Row("expired contract, held", CITED, EXPIRED_K1, {"expired_contract": H}, HELD, (EXPIRED,), "12", "-", "- -"),
    Row("expired contract, refused", CITED, EXPIRED_K1, {"expired_contract": R}, REJECTED, (EXPIRED,), "27", "7",
        "reject reject", None),
    Row("expired contract, passed over", CITED, EXPIRED_K1, {"expired_contract": A}, ACCEPTED, (EXPIRED,), "29", "5",
        "accept accept"),
    Row("quote that is not valid cited, the current price", order(line(), quote="Q1"),
        {"quotes_not_valid": {"Q1": "ended 2026-01-31"}}, {}, CHANGED, ("order.quote.not-valid",), "30", "6",
        "detail detail"),
    Row("unknown article", STRANGE, {}, {}, REJECTED, (UNKNOWN,), "27", "7", "reject reject", None),
    Row("unknown article, held", STRANGE, {}, {"unknown_article": H}, HELD, (UNKNOWN,), "12", "-", "- -", None),
    Row("not in the assortment", BOUGHT, {"product": msgspec.structs.replace(SCREW, status="ended")}, {}, REJECTED,
        (OUTSIDE,), "27", "7", "reject reject", None),
    Row("late", WANTED_SOON, {"product": SLOW}, {}, CHANGED, (LATE,), "30", "6", "detail detail"),
    Row("late, the buyer's day is taken", WANTED_SOON, {"product": SLOW}, {"late": A}, ACCEPTED, (LATE,), "29", "5",
        "accept accept"),
    Row("late, held", WANTED_SOON, {"product": SLOW}, {"late": H}, HELD, (LATE,), "12", "-", "- -"),
    Row("late, refused", WANTED_SOON, {"product": SLOW}, {"late": R}, REJECTED, (LATE,), "27", "7", "reject reject",
        None),
    Row("split, the rest on back order", WANTED_SOON, {"stock": PARTLY}, {}, CHANGED, (LATE,), "30", "6",
        "detail detail detail backordered"),
    Row("split, the rest not delivered", WANTED_SOON, {"stock": PARTLY, **agreed(backorder_policy="cancel")}, {},
        CHANGED,
        (GONE,), "30", "6", "detail detail detail"),
    Row("nothing there, nothing later", WANTED_SOON,
        {"stock": (Stock(sku="P1", quantity=D(0)),), **agreed(backorder_policy="cancel")}, {}, REJECTED, (GONE,),
        "27", "7", "reject reject", None),
    Row("quantity beside the step", ODD, {"product": STEPPED}, {}, CHANGED, (STEP,), "30", "6", "detail detail"),
    Row("quantity beside the step, taken", ODD, {"product": STEPPED}, {"quantity_step": A}, ACCEPTED, (STEP,), "29",
        "5",
        "accept accept"),
    Row("quantity beside the step, held", ODD, {"product": STEPPED}, {"quantity_step": H}, HELD, (STEP,), "12", "-",
        "- -"),
    Row("quantity beside the step, refused", ODD, {"product": STEPPED}, {"quantity_step": R}, REJECTED, (STEP,), "27",
        "7", "reject reject", None),
    Row("line's date past", YESTERDAY, {}, {}, CHANGED, (PAST,), "30", "6", "detail detail"),
    Row("line's date past, held", YESTERDAY, {}, {"date_past": H}, HELD, (PAST,), "12", "-", "- -"),
    Row("order's date past", ALL_YESTERDAY, {}, {}, HEADER, (PAST,), "28", "5", "detail accept"),
    Row("order's date past and a price", order(line(price="1"), deliver_on=OVER), {}, {}, CHANGED, (PAST, LOW), "34",
        "6", "detail detail"),
    Row("order's date past, refused", ALL_YESTERDAY, {}, {"date_past": R}, REJECTED, (PAST,), "27", "7",
        "reject reject",
        None),
    Row("no possible date", order(line(), deliver_not_before=LATER, deliver_not_after=SOON), {}, {}, ("held",
        "changed"),
        ("date.invalid", LATE), "12", "-", "- -"),
    Row("terms differ, held", EXW, DAP, {}, HELD_BY_HEADER, (TERMS,), "12", "-", "- -"),
    Row("terms differ, ours hold", EXW, DAP, {"terms_differ": C}, HEADER, (TERMS,), "28", "5", "detail accept"),
    Row("terms differ, theirs hold", EXW, DAP, {"terms_differ": A}, ACCEPTED, (TERMS,), "29", "5", "accept accept"),
    Row("terms differ, refused", EXW, DAP, {"terms_differ": R}, REJECTED, (TERMS,), "27", "7", "reject reject", None),
    Row("below the minimum, hard", BOUGHT, agreed(min_order_value=D(50)), {}, HELD_BY_HEADER, (SMALL,), "12", "-",
        "- -"),
    Row("below the minimum, refused", BOUGHT, agreed(min_order_value=D(50)), {"below_minimum": R}, REJECTED, (SMALL,),
        "27", "7", "reject reject", None),
    Row("below the minimum, soft with a fee", BOUGHT,
        agreed(min_order_value=D(50), min_order_value_kind="soft", min_order_value_fee=D(10)), {}, HEADER, (SMALL,),
        "28", "5", "detail accept"),
    Row("below the minimum, soft without a fee", BOUGHT, agreed(min_order_value=D(50), min_order_value_kind="soft"), {},
        ACCEPTED, (SMALL,), "29", "5", "accept accept"),
    Row("above the maximum", BOUGHT, agreed(max_order_value=D(10)), {}, HELD_BY_HEADER, (BIG,), "12", "-", "- -"),
    Row("above the maximum, let pass", BOUGHT, agreed(max_order_value=D(10)), {"above_maximum": A}, ACCEPTED, (BIG,),
        "29", "5", "accept accept"),
    Row("account blocked", BOUGHT, account(status="blocked"), {}, HELD_BY_HEADER, (BLOCKED,), "12", "-", "- -"),
    Row("account blocked, refused", BOUGHT, account(status="blocked"), {"account_blocked": R}, REJECTED, (BLOCKED,),
        "27", "7", "reject reject", None),
    Row("over its credit", BOUGHT, {**account(credit_limit=D(100)), "credit_used": D(90)}, {}, HELD_BY_HEADER,
        (CREDIT,),
        "12", "-", "- -"),
    Row("over its credit, let pass", BOUGHT, {**account(credit_limit=D(100)), "credit_used": D(90)}, {"over_credit": A},
        ACCEPTED, (CREDIT,), "29", "5", "accept accept"),
    Row("another currency", DOLLARS, {}, {}, HELD, (CURRENCY,), "12", "-", "- -"),
    Row("another currency, ours holds", DOLLARS, {}, {"currency_differs": C}, CHANGED, (CURRENCY,), "34", "6",
        "detail detail"),
    Row("line count differs", order(line(), stated=Stated(line_count=2)), {}, {}, HELD_BY_HEADER, (COUNT,), "12", "-",
        "- -"),
    Row("line count differs, let pass", order(line(), stated=Stated(line_count=2)), {}, {"line_count_differs": A},
        ACCEPTED, (COUNT,), "29", "5", "accept accept"),
    Row("total differs", order(line(), stated=Stated(total=D(21))), {}, {}, HELD_BY_HEADER, (TOTAL,), "12", "-", "- -"),
    Row("total differs, refused", order(line(), stated=Stated(total=D(21))), {}, {"total_differs": R}, REJECTED,
        (TOTAL,),
        "27", "7", "reject reject", None),
]  # fmt: skip


def outcome(row: Row) -> tuple[OrderDecision, OrderResponse]:
    decision = decided(row.stated, policy=DecidePolicy(**row.policy), **row.known)
    return decision, respond(row.stated, decision, REPLY)


@pytest.mark.parametrize("row", ROWS, ids=[row.case for row in ROWS])
def test_what_is_answered(row: Row) -> None:
    decision, response = outcome(row)
    first = decision.lines[0]
    assert (decision.decision, first.decision) == row.answer
    assert decision.reasons == row.reasons
    assert CODES["response_1225"][response.decision] == row.bgm
    assert ([CODES["line_action_1229"][each.decision] for each in response.lines] or ["-"]) == [row.lin]
    assert first.price is None if row.price is None else first.price.amount == D(row.price)
    confirmation = confirm(row.stated, decision)
    types = [confirmation.type, *(each.type for each in confirmation.items[0].statuses)] if confirmation else ["-", "-"]
    assert " ".join(types) == row.cxml


@pytest.mark.parametrize("row", ROWS, ids=[row.case for row in ROWS])
def test_every_answer_is_a_valid_message_and_says_every_change(row: Row) -> None:
    decision, response = outcome(row)
    rendered = compiled("edifact/ordrsp_d96a").render(response)
    assert [issue.text for issue in rendered.issues if issue.is_error] == []
    confirmation = confirm(row.stated, decision)
    for item in confirmation.items if confirmation else ():
        parts = [each for each in item.statuses if each.type != "reject"]
        assert all(each.price is not None for each in parts)
        assert (
            sum((each.quantity for each in parts), D(0)) == decision.lines[0].quantity + decision.lines[0].backordered
        )


def test_every_case_of_the_policy_has_a_row() -> None:
    assert set(_CASES) - {code for row in ROWS for code in row.reasons} == set()


def test_a_price_below_its_floor_waits_for_a_person() -> None:
    floored = condition("agreed", "all", "product:P1", "2.00", floor=D("2.50"))
    context = CONTEXT._replace(rules=PriceRules(below_floor=BelowFloor.HOLD))
    known = resolve(context, Wanted(SCREW, D(10), "PCE"), (floored,), {})
    facts = Facts(ACCOUNT, (LineFacts(Match(SCREW, "PCE"), known),), TODAY)
    decision = decide(BOUGHT, facts, DecidePolicy())
    assert (decision.answer, decision.reasons) == (Answer.HELD, ("order.line.price.below-floor",))


def test_amounts_at_a_buyers_price_are_rounded_as_those_at_the_agreed_one() -> None:
    context = CONTEXT._replace(rules=PriceRules(Rounding.DOWN))
    known = resolve(context, Wanted(SCREW, D(3), "PCE"), (condition("agreed", "all", "product:P1", "2.90"),), {})
    buyers = order(line("3", "1.9999"), stated=Stated(total=D("5.99")))  # 5.9997
    facts = Facts(ACCOUNT, (LineFacts(Match(SCREW, "PCE"), known),), TODAY)
    decision = decide(buyers, facts, DecidePolicy(price_too_low=A))
    assert (decision.total, decision.reasons) == (D("5.99"), (LOW,))


@pytest.mark.parametrize(("stated", "floor", "reasons"), [
    ("1.50", "1.50", (LOW,)), ("1.50", "1.60", (LOW, "order.line.price.below-floor")),
])  # fmt: skip
def test_a_buyers_low_price_is_taken_down_to_the_floor(stated: str, floor: str, reasons: tuple[str, ...]) -> None:
    floored = condition("agreed", "all", "product:P1", "2.00", floor=D(floor))
    known = LineFacts(Match(SCREW, "PCE"), resolve(CONTEXT, Wanted(SCREW, D(10), "PCE"), (floored,), {}))
    decision = decide(order(line(price=stated)), Facts(ACCOUNT, (known,), TODAY), DecidePolicy(price_too_low=A))
    assert decision.reasons == reasons
    assert decision.answer is (Answer.ACCEPTED if len(reasons) == 1 else Answer.HELD)


ACME = """extends = "edifact/ordrsp_d96a"
partner = "acme"
[header.replace]
"BGM" = "BGM+231+{number!}+{decision | code(acme_1225)}+{response_type}"
[lines.replace]
"LIN" = "LIN+{position!}+{decision | code(acme_1229)}+{gtin}:EN"
"""


@pytest.mark.parametrize(("bgm", "lin"), [("30", "6"), ("4", "3"), ("34", "23"), ("4", "24")])
def test_which_codes_a_partner_takes_for_a_change_is_data_of_his_mapping(bgm: str, lin: str) -> None:
    def codes(name: str, changed: str, code: str) -> str:
        lines = [f'{key} = "{value}"' for key, value in {**CODES[name], changed: code}.items()]
        return "\n".join(["[values]", *lines, ""])

    mapping = compiled("acme/answer", {
        "partners/acme/answer/mapping.toml": ACME,
        "codes/acme_1225.toml": codes("response_1225", "lines_changed", bgm),
        "codes/acme_1229.toml": codes("line_action_1229", "changed", lin),
    })  # fmt: skip
    rendered = text_of(mapping.render(respond(CHEAP, decided(CHEAP), REPLY)))
    assert f"BGM+231+A-1+{bgm}'" in rendered
    assert f"LIN+1+{lin}'" in rendered
