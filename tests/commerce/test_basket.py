"""What is charged on a document: discounts, freight and fees, spread to the last cent; and the tax on it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commerce.basket import Basket, PriceBook, price_basket
from gateway.commerce.charges import spread
from gateway.commerce.conditions import PriceRules, TaxBasis
from gateway.commerce.pricing import PriceCode, PriceUnit, Wanted, publish
from gateway.commerce.tax import taxed
from gateway.model.money import minor_units
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product

from .goods import CONTEXT, SCREW, D, condition


def article(sku: str, tax_class: str | None = None, weight: str | None = "1") -> Product:
    return Product(sku=sku, name="", base_unit="PCE", tax_class=tax_class, weight_kg=D(weight) if weight else None)


ONE, TWO, THREE = (article(sku) for sku in ("ONE", "TWO", "THREE"))
PRICE = condition("p", "all", "all", "10")


def basket(*wanted: tuple[Product, str], rows: tuple[PriceCondition, ...], **context) -> Basket:
    lists: dict[str, PriceList] = context.pop("lists", {})
    book: dict[str, list[PriceCondition]] = {}
    for row in (PRICE, *rows):
        book.setdefault(row.object, []).append(row)
    lines = [Wanted(product, D(quantity), product.base_unit) for product, quantity in wanted]
    return price_basket(CONTEXT._replace(**context), lines, PriceBook(book, lists))


def charge(key: str, amount: str, kind: str, subject: str = "all", **fields) -> PriceCondition:
    return condition(key, subject, "all", amount, kind, unit=None, **fields)


def amounts(told: Basket) -> dict[str, Decimal]:
    return {each.offer.condition.key: each.amount for each in told.charges}


def missed(told: Basket) -> dict[str, str]:
    return {each.key: each.because for each in told.missed}


def test_without_charges_the_total_is_the_goods():
    told = basket((ONE, "1"), (TWO, "2"), rows=())
    assert (told.total, told.charges, told.code) == (D("30.00"), (), None)
    assert told.lines[0]
    assert "header" not in told.lines[0].trace()


def test_a_header_discount_is_spread_so_that_the_lines_sum_to_it():
    told = basket((ONE, "1"), (TWO, "1"), (THREE, "1"), rows=(charge("h", "-0.10", "HEADER_ABS"),))
    assert [str(share) for share in told.charges[0].shares] == ["-0.04", "-0.03", "-0.03"]
    assert told.total == D("29.90")
    line = told.lines[0]
    assert line
    assert line.net == D("10.00")  # the price of the line stays what it is
    assert line.trace()["header"] == [{"type": "HEADER_ABS", "value": "-0.1", "share": "-0.04", "from": "all, all"}]


def test_charges_follow_their_steps_and_percentages_count_from_goods_or_what_they_came_to():
    rows = (charge("abs", "-20", "HEADER_ABS", step=5), charge("pct", "-10", "HEADER_PCT"),
            charge("freight", "9.90", "FREIGHT"))  # fmt: skip
    told = basket((ONE, "10"), rows=rows)
    assert amounts(told) == {"abs": D("-20.00"), "pct": D("-8.00"), "freight": D("9.90")}
    gross = (rows[0], msgspec.structs.replace(rows[1], base="gross"))
    assert amounts(basket((ONE, "10"), rows=gross))["pct"] == D("-10.00")


def test_freight_falls_away_from_a_value_on():
    rows = (charge("f", "9.90", "FREIGHT", list="f"),
            charge("free", "0", "FREIGHT", list="f", scale_basis="value", min_quantity=D(100)))  # fmt: skip
    rows = (msgspec.structs.replace(rows[0], scale_basis="value"), rows[1])
    assert amounts(basket((ONE, "9"), rows=rows)) == {"f": D("9.90")}
    assert amounts(basket((ONE, "5"), (TWO, "5"), rows=rows)) == {"free": D("0.00")}


def test_freight_by_weight_needs_the_weight_of_every_line():
    row = charge("f", "20", "FREIGHT", scale_basis="weight", min_quantity=D(3))
    assert amounts(basket((ONE, "1"), (TWO, "2"), rows=(row,))) == {"f": D("20.00")}
    short = basket((ONE, "1"), (TWO, "1"), rows=(row,))
    assert missed(short) == {"f": "2 < 3"}
    unknown = basket((ONE, "5"), (article("X", weight=None), "1"), rows=(row,))
    assert missed(unknown) == {"f": "weight or volume of the article not known"}


def test_a_small_order_pays_the_fee_of_the_nearest_subject():
    rows = (charge("all", "10", "MIN_QTY_FEE", scale_basis="value", min_quantity=D(100)),
            charge("own", "5", "MIN_QTY_FEE", "account:10001", scale_basis="value", min_quantity=D(50)))  # fmt: skip
    assert amounts(basket((ONE, "4"), rows=rows)) == {"own": D("5.00")}
    enough = basket((ONE, "6"), rows=rows)
    assert (amounts(enough), missed(enough)["own"]) == ({}, "60 >= 50")


def test_of_two_fees_the_one_of_the_limit_just_missed_is_due():
    rows = tuple(charge(f"m{limit}", fee, "MIN_QTY_FEE", list="m", scale_basis="value", min_quantity=D(limit))
                 for limit, fee in ((50, "20"), (100, "10")))  # fmt: skip
    assert amounts(basket((ONE, "4"), rows=rows)) == {"m50": D("20.00")}
    assert amounts(basket((ONE, "7"), rows=rows)) == {"m100": D("10.00")}


def test_a_fee_for_small_quantities_falls_to_its_line():
    row = condition("m", "all", "product:ONE", "3", "MIN_QTY_FEE", min_quantity=D(5))
    told = basket((ONE, "4"), (TWO, "4"), rows=(row,))
    assert [str(share) for share in told.charges[0].shares] == ["3.00", "0"]
    assert amounts(basket((ONE, "5"), rows=(row,))) == {}


def test_every_pack_begun_is_charged():
    row = condition("k", "all", "product:P1", "1.50", "PACK_FEE", unit="BX")
    assert amounts(basket((SCREW, "401"), rows=(row,))) == {"k": D("4.50")}
    assert amounts(basket((SCREW, "400"), rows=(row,))) == {"k": D("3.00")}


def test_a_header_discount_leaves_out_what_stands_net():
    net = condition("net", "all", "product:ONE", "10", stop=True)
    told = basket((ONE, "1"), (TWO, "1"), rows=(net, charge("h", "-10", "HEADER_PCT")))
    assert [str(share) for share in told.charges[0].shares] == ["0", "-1.00"]
    freight = basket((ONE, "1"), (TWO, "1"), rows=(net, charge("f", "3", "FREIGHT")))
    assert [str(share) for share in freight.charges[0].shares] == ["1.50", "1.50"]


def test_the_nearer_header_discount_wins_and_the_other_says_why():
    rows = (charge("near", "-1", "HEADER_PCT", "account:10001"), charge("far", "-9", "HEADER_PCT"))
    told = basket((ONE, "10"), rows=rows)
    assert (amounts(told), missed(told)) == ({"near": D("-1.00")}, {"far": "account beats all"})


def test_exclusion_groups_choose_among_charges_too():
    rows = (charge("pct", "-3", "HEADER_PCT", exclusion_group="g", exclusion_mode="best"),
            charge("abs", "-5", "HEADER_ABS", exclusion_group="g", exclusion_mode="best"))  # fmt: skip
    assert amounts(basket((ONE, "10"), rows=rows)) == {"abs": D("-5.00")}
    assert amounts(basket((ONE, "20"), rows=rows)) == {"pct": D("-6.00")}
    assert missed(basket((ONE, "20"), rows=rows)) == {"abs": "exclusion group g: HEADER_PCT pct applies"}


def test_lines_without_a_price_carry_no_charge():
    told = basket((ONE, "1"), (article("USD"), "1"), rows=(
        condition("usd", "all", "product:USD", "-1", "DISC_ABS"), condition("x", "all", "product:USD", "0.5"),
        charge("f", "3", "FREIGHT"),
    ))  # fmt: skip
    assert [line.code if line else None for line in told.lines] == [None, PriceCode.NEGATIVE]
    assert [str(share) for share in told.charges[0].shares] == ["3.00", "0"]


def test_discounts_beyond_the_goods_are_told_as_no_total():
    told = basket((ONE, "1"), rows=(charge("h", "-10.01", "HEADER_ABS"),))
    assert (told.code, told.trace()["code"]) == (PriceCode.NEGATIVE, "NEGATIVE")


def test_the_trace_of_a_document_says_what_was_charged_and_what_was_not():
    rows = (charge("h", "-10", "HEADER_PCT"), charge("usd", "5", "FREIGHT", currency="USD"))
    assert basket((ONE, "1"), (TWO, "2"), rows=rows).trace() == {
        "account": "10001", "on": "2026-06-01", "currency": "EUR", "goods": "30.00",
        "charges": [
            {"type": "HEADER_PCT", "value": "-10", "list": "h", "key": "h", "from": "all, all", "amount": "-3.00",
             "shares": ["-1.00", "-2.00"]},
        ],
        "total": "27.00",
        "lost": [{"list": "usd", "key": "usd", "because": "currency USD, not EUR"}],
        "resolver": "1.1",
    }  # fmt: skip


def test_tax_is_computed_on_the_sum_of_each_class_with_its_shares():
    full, reduced = article("F", "full"), article("R", "reduced")
    told = basket((full, "1"), (reduced, "1"), (full, "1"), rows=(charge("h", "-1", "HEADER_ABS"),))
    tax = taxed(told, {"full": D(19), "reduced": D(7)})
    assert [(each.tax_class, each.taxable, each.amount) for each in tax.sums] == [
        ("full", D("19.33"), D("3.67")), ("reduced", D("9.67"), D("0.68")),
    ]  # fmt: skip
    assert tax.payable == D("33.35")


def test_the_worked_example_of_the_docs_comes_out_to_the_cent():
    rows = (
        condition("bolt", "all", "product:BOLT", "4.00", per=D(10)),
        condition("nut", "all", "product:NUT", "1.10", per=D(10)),
        msgspec.structs.replace(condition("l", "account:10001", "all", "0", "DISC_LADDER"), ladder="10+5+2"),
        charge("h", "-3", "HEADER_PCT", scale_basis="value", min_quantity=D(50)), charge("f", "9.90", "FREIGHT"),
    )  # fmt: skip
    told = basket((article("BOLT"), "125"), (article("NUT"), "333"), rows=rows)
    lines = [line for line in told.lines if line and line.net is not None]
    assert [str(line.net) for line in lines] == ["41.90", "30.69"]
    assert [[str(share.amount) for share in line.shares] for line in lines] == [["-1.26", "5.71"], ["-0.92", "4.19"]]
    tax = taxed(told, {None: D(19)})
    assert (str(told.total), str(tax.sums[0].amount), str(tax.payable)) == ("80.31", "15.26", "95.57")


def test_tax_by_line_rounds_each_line():
    rows = (condition("c", "all", "product:F", "0.03"),)
    lines = tuple((article("F", "full"), "1") for _ in range(3))
    by_rate = basket(*lines, rows=rows)
    by_line = basket(*lines, rows=rows, rules=PriceRules(tax_basis=TaxBasis.LINE))
    rates: dict[str | None, Decimal] = {"full": D(19)}
    assert [taxed(each, rates).sums[0].amount for each in (by_rate, by_line)] == [D("0.02"), D("0.03")]


def test_a_tax_class_without_a_rate_leaves_what_is_payable_open():
    tax = taxed(basket((article("F", "full"), "1"), (ONE, "1"), rows=()), {"full": D(19)})
    assert [(each.tax_class, each.amount) for each in tax.sums] == [(None, None), ("full", D("1.90"))]
    assert tax.payable is None


def test_what_is_payable_is_open_where_a_line_has_no_price_or_discounts_exceed_the_goods():
    rates: dict[str | None, Decimal] = {None: D(19)}
    free = condition("free", "all", "product:ONE", "-11", "DISC_ABS")
    assert taxed(basket((TWO, "1"), (ONE, "1"), rows=(free,)), rates).payable is None
    assert taxed(basket((ONE, "1"), rows=(charge("h", "-10.01", "HEADER_ABS"),)), rates).payable is None


def test_taxes_are_told_with_what_they_are_of():
    told = taxed(basket((article("F", "full"), "1"), (ONE, "1"), rows=()), {"full": D("19.50")}).trace()
    assert told == {
        "taxes": [
            {"tax_class": None, "rate": None, "base": "10.00", "amount": None},
            {"tax_class": "full", "rate": "19.5", "base": "10.00", "amount": "1.95"},
        ],
        "payable": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("price", "payable"), [("1.02", "1.00"), ("1.03", "1.05"), ("1.075", "1.10"), ("1.07", "1.05")]
)
def test_francs_are_paid_in_steps_of_five_centimes_at_the_end_only(price, payable):
    row = condition("c", "all", "all", price, currency="CHF")
    told = basket((ONE, "1"), rows=(row,), currency="CHF")
    assert str(taxed(told, {None: D(0)}).payable) == payable


@given(
    amount=st.integers(-(10**7), 10**7),
    weights=st.lists(st.integers(0, 10**6), max_size=60),
    currency=st.sampled_from(("EUR", "JPY", "BHD")),
)
def test_parts_sum_to_the_whole_and_none_is_a_cent_off(amount, weights, currency):
    cent = Decimal(1).scaleb(-minor_units(currency))
    parts = spread(amount * cent, [weight * cent for weight in weights], currency)
    assert len(parts) == len(weights)
    assert sum(parts) == (amount * cent if weights else 0)
    for weight, part in zip(weights, parts, strict=True):
        due = Fraction(amount * weight, sum(weights)) if sum(weights) else Fraction(amount, len(weights))
        assert abs(Fraction(part / cent) - due) < 1


@given(
    price=st.fractions(min_value=0, max_value=10**6, max_denominator=10**6),
    pers=st.lists(st.sampled_from((1, 10, 100, 200, 1000)), max_size=2),
)
def test_a_published_price_is_exact_wherever_four_decimals_can_be(price, pers):
    wanted = [PriceUnit(D(per), "PCE", Fraction(per)) for per in pers]
    amount, unit = publish(price, wanted, PriceUnit(D(1), "PCE", Fraction(1)))
    sizes = [Fraction(per) for per in pers] + [Fraction(10**power) for power in range(5)]
    exact = [size for size in sizes if (price * size * 10**4).denominator == 1]
    if exact:
        assert (unit.size, Fraction(amount)) == (exact[0], price * exact[0])
    else:
        assert unit.size == (sizes[0] if pers else 10**4)
        assert abs(Fraction(amount) - price * unit.size) <= Fraction(1, 20000)
