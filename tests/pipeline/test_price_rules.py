"""How prices are rounded, guarded and taxed is agreed as any other term, and holds wherever prices are told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from gateway.commerce.pricing import PriceRules
from gateway.model.account import Account
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product, Unit
from gateway.model.terms import TaxRate, Term
from gateway.pipeline.desk import Asked, PriceDesk
from gateway.pipeline.price import LineQuestion, Question, Together, account_of, resolve, resolve_together
from gateway.pipeline.price_list import as_object, price_list
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.store.engine import Store
from gateway.store.trade_changes import TradeChanges
from tests.commerce.goods import TODAY, condition

D = Decimal
HALF, DEAR = (
    Product(sku=sku, name=sku, base_unit="PCE", tax_class="full", units=(Unit(code="PCE"),)) for sku in ("P1", "P2")
)
HALF_A_CENT = condition("half", "all", "product:P1", "0.125", list="list")
GUARDED = condition("guarded", "all", "product:P2", "10", list="list", floor=D(9))
DISCOUNT = condition("off", "all", "product:P2", "-20", "DISC_PCT", list="list")


@pytest.fixture
def goods(store: Store) -> Store:
    """An account below another, a price that ends in half a cent, and one that a discount brings below its floor."""
    put(
        store,
        (Account, [Account(account="1", name="Head", country="DE")]),
        (Account, [Account(account="2", name="Branch", parent="1", country="DE")]),
        (Product, [HALF, DEAR]),
        (PriceList, [PriceList(list="list")]),
        (PriceCondition, [HALF_A_CENT, GUARDED, DISCOUNT]),
        (TaxRate, [TaxRate(tax_class="full", country="DE", rate=D(20))]),
    )
    return store


def put(store: Store, *changes: tuple[type, list[Any]]) -> None:
    with store.write() as db:
        for kind, values in changes:
            TradeChanges(db).put(kind, values)


def agree(store: Store, field: str, value: str, subject: str = "account:1", **more: Any) -> None:
    put(store, (Term, [Term(subject=subject, field=field, value=value, **more)]))


def asked(*quantities: tuple[str, str], account: str = "2", **more: Any) -> Question:
    return Question(account, [LineQuestion(D(quantity), sku) for sku, quantity in quantities], TODAY, **more)


def told(store: Store, question: Question, as_of: int | None = None) -> Together:
    with store.read() as db:
        return resolve_together(Snapshot(db, TradeMemory(), as_of), question)


@pytest.mark.parametrize(("rounding", "net"), [
    (None, "0.13"), ("half_up", "0.13"), ("half_even", "0.12"), ("down", "0.12"),
])  # fmt: skip
def test_amounts_are_rounded_as_a_parent_agreed(goods: Store, rounding: str | None, net: str) -> None:
    if rounding:
        agree(goods, "price_rounding", rounding)
    [line] = told(goods, asked(("P1", "1"))).lines
    assert (line["net"], line["unit_price"]) == (net, "0.125")
    assert line.get("rounding") == (None if rounding == "half_up" else rounding)


def test_half_even_and_down_differ_where_the_digit_before_is_odd(goods: Store) -> None:
    agree(goods, "price_rounding", "half_even", "account:1")
    agree(goods, "price_rounding", "down", "account:2")
    nets = [told(goods, asked(("P1", "3"), account=each)).lines[0]["net"] for each in ("1", "2")]
    assert nets == ["0.38", "0.37"]


def test_a_price_below_its_floor_waits_for_a_person_where_that_is_agreed(goods: Store) -> None:
    [clamped] = told(goods, asked(("P2", "1"))).lines
    assert clamped["net"] == "9.00"
    agree(goods, "below_floor", "hold", "all")
    [held] = told(goods, asked(("P2", "1"))).lines
    assert (held["net"], held["code"], held["floor"]) == (
        None, "BELOW_FLOOR", {"floor": "9/1", "computed": "8", "then": "hold"},
    )  # fmt: skip


def test_the_price_list_holds_to_the_same_rules(goods: Store) -> None:
    def listed() -> dict[str, Any]:
        with goods.read() as db:
            snapshot = Snapshot(db, TradeMemory())
            articles = price_list(snapshot, Asked(account_of(snapshot, "2"), TODAY, "EUR"))
            return {each.product.sku: as_object(each, "EUR") for each in articles}

    assert listed()["P2"]["tiers"][0]["unit_price"] == "9"
    agree(goods, "below_floor", "hold")
    assert listed()["P2"] == {"product": "P2", "name": "P2", "code": "BELOW_FLOOR"}
    assert listed()["P1"]["tiers"][0]["unit_price"] == "0.125"


def test_tax_is_rounded_by_class_or_by_line(goods: Store) -> None:
    question = asked(("P1", "1"), ("P1", "1"), ("P1", "1"))
    by_class = told(goods, question).basket
    assert (by_class["tax_basis"], by_class["total"], by_class["payable"]) == ("rate", "0.39", "0.47")
    assert by_class["taxes"] == [{"tax_class": "full", "rate": "20", "base": "0.39", "amount": "0.08"}]
    agree(goods, "tax_basis", "line")
    by_line = told(goods, question).basket
    assert (by_line["tax_basis"], by_line["payable"]) == ("line", "0.48")
    assert by_line["taxes"] == [{"tax_class": "full", "rate": "20", "base": "0.39", "amount": "0.09"}]


def test_tax_is_that_of_the_accounts_country_on_the_day(goods: Store) -> None:
    raised = TaxRate(tax_class="full", country="DE", rate=D(25), valid_from=date(2026, 7, 1))
    put(goods, (TaxRate, [raised]), (Account, [Account(account="3", name="Abroad", country="FR")]))
    put(goods, (Account, [Account(account="4", name="Nowhere")]))
    later = asked(("P2", "1"))._replace(on=date(2026, 7, 1))
    assert [told(goods, each).basket["payable"] for each in (asked(("P2", "1")), later)] == ["10.80", "11.25"]
    for account in ("3", "4"):
        basket = told(goods, asked(("P2", "1"), account=account)).basket
        assert basket["taxes"] == [{"tax_class": "full", "rate": None, "base": "9.00", "amount": None}]
        assert (basket["total"], basket["payable"]) == ("9.00", None)


def test_rules_hold_on_their_days_and_under_the_contract_they_name(goods: Store) -> None:
    agree(goods, "price_rounding", "down", contract="K-1")
    agree(goods, "price_rounding", "half_even", valid_from=date(2026, 7, 1))
    later = date(2026, 7, 1)
    nets = [
        told(goods, each).lines[0]["net"]
        for question in (asked(("P1", "3")), asked(("P1", "3"), contract="K-1"))
        for each in (question, question._replace(on=later))
    ]
    assert nets == ["0.38", "0.38", "0.37", "0.37"]


def test_an_answer_is_given_again_under_the_rules_it_was_given_under(goods: Store) -> None:
    question = asked(("P1", "1"), ("P1", "1"), ("P2", "1"))
    given = [told(goods, question)]
    for field, value in (("price_rounding", "down"), ("tax_basis", "line"), ("below_floor", "hold")):
        agree(goods, field, value)
        given.append(told(goods, question))
    put(goods, (TaxRate, [TaxRate(tax_class="full", country="DE", rate=D(7))]))
    given.append(told(goods, question))
    shown = [(each.lines[0]["net"], each.lines[2]["net"], each.basket) for each in given]
    assert len({str(each) for each in shown}) == 5
    numbers: list[Any] = [each.lines[0]["data_seq"] for each in given]
    assert [told(goods, question, number) for number in numbers] == given


def test_the_lines_are_the_same_with_and_without_their_basket(goods: Store) -> None:
    question = asked(("P1", "1"), ("none", "1"))
    together = told(goods, question)
    with goods.read() as db:
        assert resolve(Snapshot(db, TradeMemory()), question) == together.lines
    assert (together.basket["total"], together.basket["payable"]) == ("0.13", None)


def test_terms_of_other_kinds_leave_prices_as_they_are(goods: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    agree(goods, "freight", "5")
    monkeypatch.setattr("gateway.pipeline.desk.agreed_terms", lambda *_: pytest.fail("no price asks for these"))
    with goods.read() as db:
        snapshot = Snapshot(db, TradeMemory())
        desk = PriceDesk(snapshot, Asked(account_of(snapshot, "2"), TODAY, "EUR"))
    assert desk.context.rules == PriceRules()
