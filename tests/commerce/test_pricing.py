"""Prices: a total order, exact numbers, one rounding."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.commerce.pricing import PriceAnswer, PriceCode, Wanted, objects, resolve, subjects
from gateway.commerce.volumes import Volumes
from gateway.model.account import Account
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product

from .goods import BASE, CONTEXT, GOLD, OWN, OWN_5, PARENT, SCREW, TABLE, TODAY, D, condition


def priced(quantity: str, *conditions: PriceCondition, unit: str = "PCE", lists=None, **context: object) -> PriceAnswer:
    return resolve(CONTEXT._replace(**context), Wanted(SCREW, D(quantity), unit), conditions, lists or {})


@pytest.mark.parametrize(
    ("quantity", "unit", "net"), [("999", "PCE", "38.84"), ("1000", "PCE", "37.08"), ("5", "BX", "37.08")]
)
def test_the_worked_example_comes_out_to_the_cent(quantity, unit, net):
    assert str(priced(quantity, *TABLE, unit=unit).net) == net


def test_the_unit_price_is_stated_where_four_decimals_are_exact():
    answer = priced("999", *TABLE)
    assert (answer.unit_price, answer.price_unit, answer.unit) == (D("388.7875"), D(10000), "PCE")


@settings(max_examples=100, deadline=None)
@given(rows=st.permutations(TABLE))
def test_shuffled_conditions_give_the_same_answer(rows):
    assert priced("999", *rows).trace() == priced("999", *TABLE).trace()


def test_no_price_is_a_result():
    assert priced("1").code is PriceCode.NO_PRICE
    assert priced("1", OWN, unit="KGM").code is PriceCode.NO_UOM_PATH
    assert priced("1", OWN, policy="ask_erp").code is PriceCode.ERP_ASK
    assert (
        priced("1", condition("c", "all", "all", "1"), condition("d", "all", "all", "-2", "DISC_ABS")).code
        == "NEGATIVE"
    )


def test_the_nearer_subject_wins_over_the_lower_price():
    dear = condition("dear", "account:10001", "all", "9")
    assert priced("1", dear, GOLD).net == D("9.00")
    assert priced("100", dear, GOLD, policy="lowest").net == D("3.99")


def test_the_deeper_object_wins_inside_a_subject():
    assert priced("1", condition("a", "all", "all", "1"), condition("c", "all", "category:screws", "2")).net == D(
        "2.00"
    )


def test_a_contract_cited_beats_one_not_cited_and_that_every_list():
    cited = condition("k1", "all", "all", "3", contract="K1")
    other = condition("k2", "all", "product:P1", "2", contract="K2")
    near = condition("near", "account:10001", "product:P1", "1")
    assert priced("1", cited, other, near, contract="K1").net == D("3.00")
    assert priced("1", cited, other, near).net == D("2.00")


def test_a_quote_beats_what_is_not_cited_and_the_erp_stands_net():
    quote = condition("q", "all", "all", "5")
    erp = condition("erp", "all", "all", "4")
    lists = {"q": PriceList(list="q", kind="quote"), "erp": PriceList(list="erp", kind="erp_net")}
    assert priced("1", quote, erp, PARENT, lists=lists, quote="q").net == D("4.88")
    assert priced("1", quote, erp, PARENT, lists=lists).net == D("4.88")
    assert priced("1", erp, PARENT, lists=lists).net == D("4.00")
    cited = condition("k", "all", "all", "3", contract="K1")
    assert priced("1", quote, cited, lists=lists, contract="K1").net == D("3.00")
    assert priced("1", quote, cited, lists=lists, contract="q").net == D("5.00")
    assert priced("1", quote, cited, lists=lists).net == D("5.00")


def test_the_steps_of_a_contracts_line_share_what_may_be_called_off():
    steps = [
        condition(f"s{least}", "all", "all", amount, min_quantity=D(least), list="k", contract_line="10",
                  call_off_max=D(1000))
        for least, amount in ((1, "3"), (500, "2"))
    ]  # fmt: skip
    volumes = Volumes(called_off={steps[0].call_off: D(600)})
    assert steps[0].call_off == steps[1].call_off
    assert priced("400", *steps, volumes=volumes).net == D("1200.00")
    assert priced("500", *steps, volumes=volumes).code is PriceCode.NO_PRICE


def test_ladders_never_mix():
    old = (condition("o", "all", "all", "10"), condition("o100", "all", "all", "5", min_quantity=D(100), list="o"))
    new = condition("n", "all", "all", "8", valid_from=TODAY)
    assert priced("100", *old, new).net == D("800.00")
    far = condition("n", "all", "all", "8", valid_from=TODAY, min_quantity=D(50))
    assert priced("10", *old, far, BASE).net == D("0.42")


def test_a_price_counts_on_its_first_and_last_day_only():
    row = condition("r", "all", "all", "1", valid_from=TODAY, valid_to=TODAY)
    assert priced("1", row).net == D("1.00")
    for days in (-1, 1):
        assert priced("1", row, on=TODAY + timedelta(days=days)).code is PriceCode.NO_PRICE


def test_other_currencies_inactive_and_gross_lists_give_no_price():
    assert priced("1", condition("r", "all", "all", "1", currency="USD")).code is PriceCode.NO_PRICE
    for fields in ({"status": "ended"}, {"tax": "gross"}, {"valid_to": date(2026, 5, 31)}):
        lists = {"r": PriceList(list="r", **fields)}
        assert priced("1", condition("r", "all", "all", "1"), lists=lists).code is PriceCode.NO_PRICE


def test_of_one_discount_only_the_nearest_access_applies():
    near = condition("near", "account:10001", "all", "-10", "DISC_PCT")
    assert priced("1", condition("p", "all", "all", "100"), PARENT, near).net == D("90.00")


def test_discounts_follow_their_step_and_count_from_their_base():
    price = condition("p", "all", "all", "100")
    half = condition("h", "all", "all", "-50", "DISC_PCT")
    plus = condition("s", "all", "all", "10", "SURCH_PCT")
    assert priced("1", price, half, plus).net == D("55.00")
    assert priced("1", price, half, condition("s", "all", "all", "10", "SURCH_PCT", base="gross")).net == D("60.00")
    own = condition("own", "account:10001", "all", "80")
    off = condition("l", "all", "all", "-10", "DISC_PCT", base="list")
    assert priced("1", price, own, off).net == D("70.00")


def test_a_net_price_takes_no_discount():
    assert priced("1", condition("p", "all", "all", "100", stop=True), PARENT).net == D("100.00")


def test_a_yen_has_no_cents():
    assert priced("1", condition("p", "all", "all", "10.5", currency="JPY"), currency="JPY").net == D(11)


def test_the_trace_names_winner_steps_losers_and_the_next_tier():
    trace = priced("999", *TABLE).trace()
    assert trace["winner"] == {
        "list": "K-2026-17", "key": "own", "access": ["other", "account 10001", "product P1"], "stated": "7.77/1 BX",
    }  # fmt: skip
    assert trace["steps"] == [
        {"type": "DISC_PCT", "value": "-2.5", "base": "running", "from": "parent 10000, category screws"},
        {"type": "SURCH_ABS", "value": "+0.1/100", "from": "all, all"},
    ]
    assert {each["key"]: each["because"] for each in trace["lost"]} == {
        "own-5": "999 < 1000", "gold": "account beats segment", "base": "account beats all", "base-1000": "999 < 1000",
    }  # fmt: skip
    assert trace["next_tier"] == {
        "from": "1000 PCE", "line_net": "37.08", "note": "cheaper than the ordered quantity",
    }  # fmt: skip


def test_a_newer_price_that_is_only_told_hides_no_step_of_the_ladder_that_counts():
    told = condition("told", "all", "all", "2", valid_from=TODAY, statistical=True)
    step = condition("step", "all", "all", "0.9", min_quantity=D(100), list="won")
    trace = priced("99", condition("won", "all", "all", "1"), step, told).trace()
    assert trace["next_tier"] == {"from": "100 PCE", "line_net": "90.00", "note": "cheaper than the ordered quantity"}


def test_the_trace_says_why_each_condition_lost():
    rows = (
        condition("won", "all", "all", "1", valid_from=TODAY),
        condition("usd", "all", "all", "1", currency="USD"),
        condition("late", "all", "all", "1", valid_from=TODAY + timedelta(days=1)),
        condition("over", "all", "all", "1", valid_to=TODAY - timedelta(days=1)),
        condition("unit", "all", "all", "1", unit="KGM"),
        condition("old", "all", "all", "1"),
        condition("same", "all", "all", "1", valid_from=TODAY, list="won"),
        condition("near", "account:10001", "all", "-10", "DISC_PCT"),
        condition("far", "all", "all", "-20", "DISC_PCT"),
    )
    lost = {each["key"]: each["because"] for each in priced("1", *rows).trace()["lost"]}
    assert lost == {
        "usd": "currency USD, not EUR",
        "late": "valid from 2026-06-02",
        "over": "valid until 2026-05-31",
        "unit": "no way to the base unit",
        "old": "a newer ladder",
        "won": "key same comes first",
        "far": "account beats all",
    }


def test_without_a_price_the_trace_still_says_why():
    trace = priced("1", OWN_5).trace()
    assert (trace["code"], trace["lost"][0]["because"]) == ("NO_PRICE", "1 < 1000")


def test_subjects_rank_parents_and_stop_at_a_delivery_address():
    top = Account(account="1", name="")
    group = Account(account="2", name="", parent="1", parent_kind="buying_group", price_group="W")
    address = Account(account="3", name="", parent="2", parent_kind="delivery")
    accounts = {each.account: each for each in (top, group, address)}
    assert subjects(group, accounts, "edifact", ("gold", "de")) == (
        "account:2", "account:1", "buying-group:1", "segment:gold", "segment:de", "price-group:W", "channel:edifact",
        "all",
    )  # fmt: skip
    assert subjects(address, accounts) == ("account:3", "all")


def test_objects_rank_the_deepest_category_first():
    product = Product(sku="S", name="", base_unit="PCE", category="a/b", brand="X", family="F", price_group="G")
    assert objects(product) == (
        "product:S", "family:F", "category:a/b", "category:a", "price-group:G", "brand:X", "all",
    )  # fmt: skip


SUBJECTS, OBJECTS = CONTEXT.subjects, ("product:P1", "category:screws", "all")
SIZES = {"PCE": 1, "BX": 200}


@st.composite
def tables(draw: st.DrawFn) -> list[PriceCondition]:
    """Conditions as an account might have them, each with its own key."""
    rows = []
    for number in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["PRICE", "PRICE", "PRICE", "DISC_PCT", "SURCH_ABS"]))
        low, high = {"PRICE": (1, 10**6), "DISC_PCT": (-9000, -1), "SURCH_ABS": (1, 10**4)}[kind]
        amount = Decimal(draw(st.integers(low, high))).scaleb(-2)
        fields: dict[str, object] = {
            "list": "tariff",
            "min_quantity": Decimal(draw(st.sampled_from([0, 0, 5, 1000]))),
            "valid_from": draw(st.sampled_from([None, TODAY - timedelta(days=9), TODAY, TODAY + timedelta(days=1)])),
        }
        if kind != "DISC_PCT":
            fields |= {"per": Decimal(draw(st.sampled_from([1, 3, 100]))), "unit": draw(st.sampled_from(list(SIZES)))}
        subject, obj = draw(st.sampled_from(SUBJECTS)), draw(st.sampled_from(OBJECTS))
        rows.append(condition(f"r{number}", subject, obj, str(amount), kind, **fields))
    return rows


def oracle(rows: list[PriceCondition], quantity: int) -> Decimal | None:
    """The line's amount, told again from the rules."""

    def size(row: PriceCondition) -> int:
        return SIZES[row.unit or "PCE"]

    def value(row: PriceCondition) -> Fraction:
        return Fraction(row.amount) / (100 if row.type == "DISC_PCT" else Fraction(row.per) * size(row))

    def best(kind: str) -> PriceCondition | None:
        for subject in SUBJECTS:
            for obj in OBJECTS:
                place = [
                    row
                    for row in rows
                    if (row.type, row.subject, row.object) == (kind, subject, obj)
                    and (row.valid_from is None or row.valid_from <= TODAY)
                ]
                begins = max((row.valid_from or date.min for row in place), default=None)
                ladder = [row for row in place if (row.valid_from or date.min) == begins]
                steps = [row for row in ladder if row.min_quantity * size(row) <= quantity]
                if steps:
                    return min(steps, key=lambda row: (-row.min_quantity * size(row), value(row), row.list, row.key))
        return None

    price, discount, surcharge = best("PRICE"), best("DISC_PCT"), best("SURCH_ABS")
    if price is None:
        return None
    unit = value(price) * (1 + (value(discount) if discount else 0)) + (value(surcharge) if surcharge else 0)
    cents = floor(unit * quantity * 100 + Fraction(1, 2))
    return Decimal(cents).scaleb(-2)


@settings(max_examples=300, deadline=None)
@given(rows=tables(), quantity=st.integers(1, 5000), seed=st.randoms(use_true_random=False))
def test_every_price_is_that_of_the_rules_told_again(rows, quantity, seed):
    expected = oracle(rows, quantity)
    assert priced(str(quantity), *rows).net == expected
    seed.shuffle(rows)
    assert priced(str(quantity), *rows).net == expected


@settings(max_examples=100, deadline=None)
@given(rows=tables(), boxes=st.integers(1, 30))
def test_boxes_cost_what_their_pieces_cost(rows, boxes):
    assert priced(str(boxes), *rows, unit="BX").net == priced(str(boxes * 200), *rows).net


@settings(max_examples=100, deadline=None)
@given(rows=tables(), quantity=st.integers(1, 5000))
def test_a_stated_unit_price_is_exact_or_the_amount_leads(rows, quantity):
    answer = priced(str(quantity), *rows)
    if answer.unit_price is not None:
        off = abs(Fraction(answer.unit_price) - answer.exact * Fraction(answer.price_unit) * SIZES[answer.unit])
        assert off <= Fraction(1, 20000)
