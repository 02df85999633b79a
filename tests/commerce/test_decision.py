"""Decisions: each way an order can differ from what is agreed, and what is answered."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from gateway.commerce.decision import OrderDecision, price_currency
from gateway.commerce.policy import Action, DecidePolicy, Tolerance
from gateway.issues import Issue
from gateway.model.account import Account
from gateway.model.order import Charge, Price, Schedule, Split, Stated, StatedAmount, Terms
from gateway.model.product import Stock
from gateway.model.response import Answer, Decision

from .goods import ACCOUNT, SCREW, TODAY, D, decided, line, order

LATER = TODAY + timedelta(days=10)


def account(**fields: object) -> Account:
    return msgspec.structs.replace(ACCOUNT, **fields)


def first(decision: OrderDecision) -> tuple[Decision, tuple[str, ...]]:
    return decision.lines[0].decision, decision.lines[0].reasons


def test_an_order_at_the_agreed_price_is_accepted():
    result = decided(order(line()))
    assert (result.decision, result.answer, result.reasons) == (Decision.ACCEPTED, Answer.ACCEPTED, ())
    assert (result.total, result.currency) == (D("20.00"), "EUR")
    assert (result.lines[0].quantity, result.lines[0].deliver_on) == (10, TODAY)


@pytest.mark.parametrize(("price", "unit_price", "equal"), [
    ("1.99", None, True), ("1.98", None, False), ("1.95", None, False), ("2.01", None, True),
    ("1.96", Tolerance(unit_price=D("0.05")), True), ("1.94", Tolerance(unit_price=D("0.05")), False),
    ("1.94", Tolerance(unit_price_percent=D("5")), True), ("1.95", Tolerance(line_value=D("0.50")), True),
    ("1.94", Tolerance(line_value=D("0.50")), False), ("1.99", Tolerance(), False), ("2.00", Tolerance(), True),
])  # fmt: skip
def test_a_price_is_equal_where_every_limit_holds(price, unit_price, equal):
    policy = DecidePolicy(tolerance=unit_price) if unit_price else DecidePolicy()
    result = decided(order(line(price=price)), policy=policy)
    assert (result.decision is Decision.ACCEPTED) == equal
    assert result.lines[0].price.amount == D("2.00")


@pytest.mark.parametrize(("price", "code"), [("1.50", "too-low"), ("3.00", "too-high"), ("0", "too-low")])
def test_another_price_is_countered_with_the_agreed_one(price, code):
    result = decided(order(line(price=price)))
    assert first(result) == (Decision.CHANGED, (f"order.line.price.{code}",))
    assert (result.answer, result.lines[0].price, result.total) == (
        Answer.LINES_CHANGED, Price(amount=D("2.0000")), D("20.00"),
    )  # fmt: skip
    assert [(issue.field, issue.is_error) for issue in result.issues] == [("lines[0].price", False)]


def test_a_low_price_can_be_accepted_held_or_refused():
    low = order(line(price="1.50"))
    taken = decided(low, policy=DecidePolicy(price_too_low=Action.ACCEPT))
    assert (taken.answer, taken.lines[0].price.amount, taken.total) == (Answer.ACCEPTED, D("1.50"), D("15.00"))
    assert taken.lines[0].agreed.amount == 2
    held = decided(low, policy=DecidePolicy(price_too_low=Action.HOLD))
    assert (held.decision, held.answer, held.issues[0].is_error) == (Decision.HELD, Answer.HELD, True)
    refused = decided(low, policy=DecidePolicy(price_too_low=Action.REJECT))
    assert (refused.answer, refused.total, refused.lines[0].quantity) == (Answer.REJECTED, 0, 0)


@pytest.mark.parametrize("price", ["20", "200", "2000", "0.20", "0.02", "0.002", "400", "0.01", "20.5"])
def test_a_price_off_by_a_price_unit_or_a_pack_waits_for_a_person(price):
    result = decided(order(line(price=price)))
    assert first(result) == (Decision.HELD, ("order.line.price.unit-suspected",))


def test_prices_are_compared_in_the_price_unit_stated():
    stated = Price(amount=D(200), per=D(100), unit="PCE", unit_as_received="ST")
    result = decided(order(msgspec.structs.replace(line(), price=stated)))
    assert (result.decision, result.lines[0].price) == (
        Decision.ACCEPTED, Price(amount=D(200), per=D(100), unit="PCE", unit_as_received="ST"),
    )  # fmt: skip
    boxed = msgspec.structs.replace(line("5"), price=Price(amount=D(400), unit="BX"))
    assert decided(order(boxed)).decision is Decision.ACCEPTED


def test_a_price_for_a_unit_the_article_does_not_have_waits_for_a_person():
    odd = msgspec.structs.replace(line(), price=Price(amount=D(2), unit="KGM"))
    assert first(decided(order(odd))) == (Decision.HELD, ("order.line.price.unit-suspected",))


@pytest.mark.parametrize("per", ["0", "-1"])
def test_a_price_for_nothing_waits_for_a_person_and_is_not_written_back(per):
    odd = msgspec.structs.replace(line(), price=Price(amount=D(2), per=D(per)))
    result = decided(order(odd))
    assert first(result) == (Decision.HELD, ("order.line.price.unit-suspected",))
    assert (result.issues[0].text, result.lines[0].price.per) == (f"the price is stated per {per}", 1)


def test_no_price_stated_confirms_the_agreed_one():
    result = decided(order(line(price=None)))
    assert (result.answer, result.lines[0].price.amount) == (Answer.ACCEPTED, 2)
    told = decided(order(line(price=None)), policy=DecidePolicy(no_price_stated=Action.COUNTER))
    assert first(told) == (Decision.CHANGED, ("order.line.price.none-stated",))


def test_no_price_agreed_waits_for_a_person_unless_the_buyers_is_taken():
    assert first(decided(order(line()), agreed=None)) == (Decision.HELD, ("order.line.price.none-agreed",))
    take = DecidePolicy(no_agreed_price=Action.ACCEPT)
    taken = decided(order(line(price="3")), agreed=None, policy=take)
    assert (taken.decision, taken.total) == (Decision.ACCEPTED, D("30.00"))
    neither = decided(order(line(price=None)), agreed=None, policy=take)
    assert neither.decision is Decision.HELD


def test_an_unknown_article_refuses_its_line_only():
    result = decided(order(line(), line(position=2, supplier_sku="X")))
    assert [each.decision for each in result.lines] == [Decision.ACCEPTED, Decision.REJECTED]
    assert (result.answer, result.total) == (Answer.LINES_CHANGED, D("20.00"))
    alone = decided(order(line(supplier_sku="X")))
    assert (alone.decision, alone.answer) == (Decision.REJECTED, Answer.REJECTED)
    kept = decided(order(line(supplier_sku="X")), policy=DecidePolicy(unknown_article=Action.ACCEPT))
    assert kept.decision is Decision.HELD


def test_one_held_line_holds_the_order():
    result = decided(order(line(), line(position=2, unit="KGM")))
    assert (result.answer, result.reasons) == (Answer.HELD, ("order.line.unit.unknown",))


@pytest.mark.parametrize("quantity", ["0", "-1"])
def test_nothing_or_less_can_not_be_ordered(quantity):
    assert first(decided(order(line(quantity)))) == (Decision.HELD, ("order.line.quantity.not-positive",))


def test_a_quantity_beside_the_step_is_raised_to_the_next_one():
    stepped = msgspec.structs.replace(SCREW, quantity_step=D(25), min_quantity=D(50))
    result = decided(order(line("60")), product=stepped)
    assert first(result) == (Decision.CHANGED, ("order.line.quantity.step",))
    assert (result.lines[0].quantity, result.total) == (75, D("150.00"))
    assert decided(order(line("10")), product=stepped).lines[0].quantity == 50
    assert decided(order(line("75")), product=stepped).decision is Decision.ACCEPTED
    assert decided(order(line("1", price="400", unit="BX")), product=stepped).decision is Decision.ACCEPTED


def test_a_later_date_is_confirmed_by_lead_time():
    slow = msgspec.structs.replace(SCREW, lead_time_days=10)
    result = decided(order(line(deliver_on=TODAY + timedelta(days=3))), product=slow)
    assert first(result) == (Decision.CHANGED, ("order.line.late",))
    assert result.lines[0].deliver_on == LATER
    assert decided(order(line(deliver_on=LATER)), product=slow).decision is Decision.ACCEPTED
    assert decided(order(line()), product=slow).lines[0].deliver_on == LATER


def test_stock_splits_a_delivery_and_leaves_the_rest_on_back_order():
    stock = (Stock(sku="P1", quantity=D(2)), Stock(sku="P1", quantity=D(1), available_on=LATER))
    result = decided(order(line("5", deliver_on=TODAY)), stock=stock)
    answered = result.lines[0]
    assert (answered.decision, answered.quantity, answered.backordered) == (Decision.CHANGED, 3, 2)
    assert [(each.quantity, each.on) for each in answered.schedule] == [(2, TODAY), (1, LATER)]


def test_lines_of_one_article_share_its_stock():
    stock = (Stock(sku="P1", quantity=D(15)),)
    result = decided(order(line("10"), line("10", position=2)), stock=stock)
    assert [each.quantity for each in result.lines] == [10, 5]


def test_boxes_are_not_split():
    result = decided(order(line("3", price="400", unit="BX")), stock=(Stock(sku="P1", quantity=D(500)),))
    assert (result.lines[0].quantity, result.lines[0].backordered) == (2, 1)


def test_a_delivery_schedule_is_served_day_by_day():
    wanted = (Schedule(quantity=D(4), on=TODAY), Schedule(quantity=D(6), on=LATER))
    result = decided(order(line("10", schedule=wanted)))
    assert result.decision is Decision.ACCEPTED
    assert [(each.quantity, each.on) for each in result.lines[0].schedule] == [(4, TODAY), (6, LATER)]


def test_a_date_that_is_over_is_answered_with_the_next_possible_one():
    over = TODAY - timedelta(days=5)
    own = decided(order(line(deliver_on=over)))
    assert first(own) == (Decision.CHANGED, ("date.past",))
    assert own.lines[0].deliver_on == TODAY
    general = decided(order(line(), deliver_on=over))
    assert (general.answer, general.promised_on) == (Answer.HEADER_CHANGED, TODAY)
    both = decided(order(line(price="1"), deliver_on=over))
    assert both.answer is Answer.BOTH_CHANGED
    held = decided(order(line(deliver_on=over)), policy=DecidePolicy(date_past=Action.HOLD))
    assert held.decision is Decision.HELD


def test_an_expired_contract_is_countered_with_the_current_price():
    result = decided(order(line(), contract="K1"), expired_contracts=frozenset({"K1"}))
    assert first(result) == (Decision.CHANGED, ("order.contract.expired",))


def test_a_price_in_another_currency_than_the_orders_holds_it_whatever_is_agreed():
    agreed = DecidePolicy(currency_differs=Action.ACCEPT)
    priced = {
        each: msgspec.structs.replace(line(), price=Price(amount=D("2.00"), currency=each)) for each in ("EUR", "USD")
    }
    result = decided(order(priced["USD"], currency="EUR"), policy=agreed)
    assert (result.answer, "order.currency.mixed" in result.reasons) == (Answer.HELD, True)
    assert decided(order(priced["EUR"], currency="EUR"), policy=agreed).reasons == ()


@pytest.mark.parametrize(("fields", "facts", "code"), [
    ({}, {"account": account(status="blocked")}, "account.blocked"),
    ({}, {"account": account(min_order_value=D(50))}, "order.below-minimum"),
    ({}, {"account": account(credit_limit=D(100)), "credit_used": D(90)}, "account.over-credit"),
    ({}, {"account": account(credit_limit=D(100), credit_used=D(60)), "credit_used": D(30)}, "account.over-credit"),
    ({}, {"account": account(credit_block=True)}, "account.over-credit"),
    ({"currency": "USD"}, {}, "order.currency.differs"),
    ({"stated": Stated(line_count=2)}, {}, "order.line-count.differs"),
    ({"stated": Stated(total=D("21"))}, {}, "order.total.differs"),
    ({"stated": Stated(quantity=D("11"))}, {}, "order.total.differs"),
    ({"terms": Terms(incoterm="EXW")}, {"account": account(incoterm="DAP")}, "order.terms.differ"),
    ({"terms": Terms(payment_days=60)}, {"account": account(payment_terms="30 days")}, "order.terms.differ"),
    ({"charges": (Charge(kind="allowance", percent=D(5)),)}, {}, "order.terms.differ"),
    ({}, {"issues": (Issue(code="party.unknown", text="", field="buyer"),)}, "party.unknown"),
])  # fmt: skip
def test_what_concerns_the_whole_order_holds_it(fields, facts, code):
    result = decided(order(line(), **fields), **facts)
    assert (result.answer, code in result.reasons) == (Answer.HELD, True)


def test_what_the_sender_counted_right_is_no_deviation():
    stated = Stated(line_count=1, quantity=D(10), total=D("20.00"))
    terms = Terms(incoterm="dap", payment_days=30)
    agreed = account(incoterm="DAP", payment_terms="30 days net", min_order_value=D(20))
    assert decided(order(line(), stated=stated, terms=terms, currency="EUR"), account=agreed).reasons == ()


def test_a_blocked_account_can_be_refused_or_let_pass():
    blocked = account(status="blocked")
    refused = decided(order(line()), account=blocked, policy=DecidePolicy(account_blocked=Action.REJECT))
    assert (refused.answer, refused.lines[0].decision, refused.total) == (Answer.REJECTED, Decision.REJECTED, 0)
    passed = decided(order(line()), account=blocked, policy=DecidePolicy(account_blocked=Action.ACCEPT))
    assert (passed.answer, passed.reasons) == (Answer.ACCEPTED, ("account.blocked",))


def test_terms_countered_change_the_header_only():
    agreed = account(incoterm="DAP")
    result = decided(
        order(line(), terms=Terms(incoterm="EXW")), account=agreed, policy=DecidePolicy(terms_differ=Action.COUNTER)
    )
    assert (result.decision, result.answer) == (Decision.CHANGED, Answer.HEADER_CHANGED)


def test_a_finding_of_an_earlier_stage_is_passed_on_and_decides_nothing():
    found = msgspec.structs.replace(Issue(code="party.unknown", text=""), severity="finding")
    result = decided(order(line()), issues=(found,))
    assert (result.decision, result.issues) == (Decision.ACCEPTED, (found,))


def test_prices_are_asked_in_the_accounts_currency_unless_the_partner_may_choose():
    dollars = order(line(), currency="USD")
    assert price_currency(dollars, ACCOUNT, DecidePolicy()) == "EUR"
    assert price_currency(dollars, ACCOUNT, DecidePolicy(currency_differs=Action.ACCEPT)) == "USD"


def test_the_policy_reads_what_a_partner_file_states():
    policy = msgspec.convert({"late": "accept", "tolerance": {"unit_price": "0.02"}}, DecidePolicy)
    assert (policy.late, policy.tolerance) == (Action.ACCEPT, Tolerance(unit_price=D("0.02")))


def test_a_date_in_the_future_is_kept():
    assert decided(order(line(deliver_on=date(2026, 7, 1)))).lines[0].deliver_on == date(2026, 7, 1)


def test_a_refused_account_is_refused_even_where_a_line_would_wait():
    blocked = account(status="blocked")
    result = decided(order(line(unit="KGM")), account=blocked, policy=DecidePolicy(account_blocked=Action.REJECT))
    assert (result.decision, result.lines[0].decision) == (Decision.REJECTED, Decision.REJECTED)


def test_a_past_date_that_is_accepted_changes_nothing():
    over, policy = TODAY - timedelta(days=5), DecidePolicy(date_past=Action.ACCEPT)
    assert decided(order(line(), deliver_on=over), policy=policy).answer is Answer.ACCEPTED
    assert decided(order(line(deliver_on=over)), policy=policy).answer is Answer.ACCEPTED


def test_a_finding_of_a_line_names_the_line():
    result = decided(order(line(), line(position=2, buyer_sku="NEW")))
    assert [(issue.code, issue.field) for issue in result.issues] == [
        ("order.line.product.identifier-unknown", "lines[1].buyer_sku")
    ]


@pytest.mark.parametrize(("parts", "code"), [
    (("6", "4"), ()), (("6", "6"), ("order.total.differs",)), (("10", None), ()), ((), ()),
])  # fmt: skip
def test_the_places_of_a_line_come_to_what_it_orders(parts, code):
    splits = tuple(Split(place=f"S{at}", quantity=D(part) if part else None) for at, part in enumerate(parts))
    result = decided(order(line(splits=splits)))
    assert result.reasons == code
    assert [issue.field for issue in result.issues] == (["lines[0].splits"] if code else [])


@pytest.mark.parametrize(("parts", "code"), [
    (("6", "4"), ()), (("4", "7"), ("order.total.differs",)), (("4",), ("order.total.differs",)), (("10", None), ()),
])  # fmt: skip
def test_the_days_of_a_line_come_to_what_it_orders(parts, code):
    schedule = tuple(Schedule(quantity=D(part) if part else None, on=LATER) for part in parts)
    result = decided(order(line(schedule=schedule)))
    assert result.reasons == code
    assert [issue.field for issue in result.issues] == (["lines[0].schedule"] if code else [])


def test_forecasts_may_stand_beside_what_is_ordered_and_what_repeats_itself_is_not_counted():
    firm, later = Schedule(quantity=D(10), on=LATER), Schedule(quantity=D(90), on=LATER, commitment="forecast")
    for schedule in (
        (firm, later),
        (later,),
        (Schedule(quantity=D(2), frequency="W"),),
        (firm, Schedule(quantity=D(1), unit="KGM")),
    ):
        assert decided(order(line(schedule=schedule))).issues == ()


@pytest.mark.parametrize(("total", "code"), [
    ("20", ()), ("23.80", ()), ("23", ("order.total.differs",)), ("16.20", ("order.total.differs",)),
])  # fmt: skip
def test_a_total_may_have_the_taxes_in_it_that_are_stated(total, code):
    tax = StatedAmount(kind="tax", amount=D("3.80"), currency="EUR")
    assert decided(order(line(), stated=Stated(total=D(total)), amounts=(tax,), currency="EUR")).reasons == code


@pytest.mark.parametrize(("kind", "total", "code"), [
    ("blanket", "500", ()), ("blanket", "20", ()), ("blanket", "400", ("order.total.differs",)),
    ("order", "500", ("order.total.differs",)),
])  # fmt: skip
def test_the_total_of_a_blanket_order_may_be_what_its_lines_come_to_at_most(kind, total, code):
    limit = StatedAmount(kind="max", amount=D("500"), currency="EUR")
    stated = order(line(amounts=(limit,)), kind=kind, stated=Stated(total=D(total)), currency="EUR")
    assert decided(stated).reasons == code


def test_a_scheduled_quantity_below_zero_holds_the_line():
    parts = (Schedule(quantity=D("-5"), on=LATER), Schedule(quantity=D("15"), on=LATER))
    assert first(decided(order(line(schedule=parts)))) == (Decision.HELD, ("order.line.quantity.not-positive",))
