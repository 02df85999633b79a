"""Scales: what they measure, which step is reached, what call-offs leave."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest

from gateway.commerce.basket import Basket, PriceBook, price_basket, price_each
from gateway.commerce.pricing import PriceAnswer, PriceCode, Wanted, resolve
from gateway.commerce.volumes import Counted, Group, Volumes
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product, Unit

from .goods import CONTEXT, NUT, SCREW, TODAY, D, condition

PRICE = condition("p", "all", "all", "100")
STEPS = tuple(
    condition(f"s{least}", "all", "all", amount, list="steps", min_quantity=D(least), scale_mode="graduated")
    for least, amount in ((0, "4"), (100, "3"), (1000, "2"))
)


def priced(quantity: str, *rows: PriceCondition, unit: str = "PCE", product: Product = SCREW, **context) -> PriceAnswer:
    lists: dict[str, PriceList] = context.pop("lists", {})
    return resolve(CONTEXT._replace(**context), Wanted(product, D(quantity), unit), rows, lists)


def basket(*wanted: tuple[Product, str], rows: tuple[PriceCondition, ...], **context) -> Basket:
    book: dict[str, list[PriceCondition]] = {}
    for row in rows:
        book.setdefault(row.object, []).append(row)
    lines = [Wanted(product, D(quantity), "PCE") for product, quantity in wanted]
    return price_basket(CONTEXT._replace(**context), lines, PriceBook(book, {}))


def bought(quantity: int, group: Group) -> Volumes:
    return Volumes(bought={Counted("10001", date(2026, 1, 1), group): Fraction(quantity)})


def because(answer: PriceAnswer) -> dict[str, str]:
    lost: list[dict[str, str]] = answer.trace()["lost"]  # type: ignore[assignment]
    return {each["key"]: each["because"] for each in lost}


@pytest.mark.parametrize(
    ("quantity", "net"),
    [("50", "200.00"), ("100", "400.00"), ("150", "550.00"), ("1000", "3100.00"), ("1500", "4100.00")],
)
def test_each_interval_of_a_graduated_scale_has_its_own_price(quantity, net):
    assert str(priced(quantity, *STEPS).net) == net


def test_a_graduated_scale_counts_boxes_as_what_they_hold():
    assert priced("5", *STEPS, unit="BX").net == priced("1000", *STEPS).net


def test_what_lies_below_the_first_step_of_a_graduated_scale_goes_with_it():
    assert priced("150", *STEPS[1:]).net == D("450.00")
    assert priced("99", *STEPS[1:]).code is PriceCode.NO_PRICE


def test_the_intervals_of_a_graduated_scale_are_traced_and_none_of_them_lost():
    trace = priced("150", *STEPS).trace()
    assert trace["winner"]["intervals"] == [  # type: ignore[index]
        {"key": "s0", "measure": "100 PCE", "stated": "4/1"}, {"key": "s100", "measure": "50 PCE", "stated": "3/1"},
    ]  # fmt: skip
    assert [each["key"] for each in trace["lost"]] == ["s1000"]  # type: ignore[attr-defined]


def test_a_graduated_discount_is_the_average_of_its_intervals():
    rows = [
        condition(f"d{least}", "all", "all", off, "DISC_PCT", list="d", min_quantity=D(least), scale_mode="graduated")
        for least, off in ((0, "0"), (10, "-10"))
    ]
    assert priced("20", PRICE, *rows).net == D("1900.00")


def test_a_scale_by_value_counts_what_the_line_costs_at_its_base_price():
    off = condition("v", "all", "all", "-10", "DISC_PCT", scale_basis="value", min_quantity=D(500))
    assert priced("5", PRICE, off).net == D("450.00")
    short = priced("4.99", PRICE, off)
    assert (short.net, because(short)["v"]) == (D("499.00"), "499 EUR < 500 EUR")


def test_a_scale_by_weight_counts_kilograms_of_the_article_or_of_its_unit():
    heavy = Product(sku="H", name="", base_unit="PCE", weight_kg=D("2.5"))
    off = condition("w", "all", "all", "-10", "DISC_PCT", scale_basis="weight", min_quantity=D(50), scale_unit="KGM")
    grams = condition(
        "g", "all", "all", "-10", "DISC_PCT", scale_basis="weight", min_quantity=D(50000), scale_unit="GRM"
    )
    for row in (off, grams):
        assert priced("20", PRICE, row, product=heavy).net == D("1800.00")
        assert priced("19", PRICE, row, product=heavy).net == D("1900.00")
    assert because(priced("19", PRICE, off, product=heavy))["w"] == "47.5 KGM < 50 KGM"
    nuts_in_kilograms = priced("16667", PRICE, off, product=NUT)  # 1000/3 of them are one kilogram
    assert [step.offer.condition.key for step in nuts_in_kilograms.steps] == ["w"]
    assert because(priced("20", PRICE, off))["w"] == "weight or volume of the article not known"


def test_a_scale_by_volume_counts_the_article_in_its_unit_of_volume_or_what_is_said_of_it():
    oil = Product(sku="O", name="", base_unit="CAN", units=(Unit(code="CAN"), Unit(code="LTR", denominator=5)))
    off = condition("v", "all", "all", "-10", "DISC_PCT", scale_basis="volume", min_quantity=D("0.1"))
    cans = condition("c", "all", "all", "100", unit="CAN")
    assert priced("20", cans, off, unit="CAN", product=oil).net == D("1800.00")
    assert priced("19", cans, off, unit="CAN", product=oil).net == D("1900.00")
    wanted = Wanted(SCREW, D(10), "PCE", volume_m3=D("0.01"))
    rows = (PRICE, off)
    assert resolve(CONTEXT, wanted, rows, {}).net == D("900.00")
    assert resolve(CONTEXT, wanted._replace(quantity=D(9)), rows, {}).net == D("900.00")


def test_lines_of_one_scale_group_reach_a_step_together():
    rows = (
        condition("g0", "all", "all", "2", list="g"),
        condition("g0b", "all", "all", "2", list="g", scale_basis="group_qty", scale_group="small", scale_unit="PCE"),
        condition("g100", "all", "all", "1", list="g", scale_basis="group_qty", scale_group="small",
                  scale_unit="PCE", min_quantity=D(100)),
    )[1:]  # fmt: skip
    together = basket((SCREW, "60"), (NUT, "40"), rows=rows)
    assert [line.net for line in together.lines if line] == [D("60.00"), D("40.00")]
    alone = basket((SCREW, "60"), rows=rows)
    assert [line.net for line in alone.lines if line] == [D("120.00")]
    assert [line.trace()["winner"]["measured"] for line in together.lines if line] == [  # type: ignore[index]
        {"group": "small", "quantity": "100", "unit": "PCE"}
    ] * 2


def test_a_price_list_counts_no_two_articles_together():
    row = condition("g", "all", "all", "1", scale_basis="group_qty", scale_group="s", scale_unit="PCE",
                    min_quantity=D(100))  # fmt: skip
    wanted = [Wanted(SCREW, D(60), "PCE"), None, Wanted(NUT, D(40), "PCE")]
    answers = price_each(CONTEXT, wanted, PriceBook({"all": [PRICE, row]}, {}))
    assert [answer and answer.net for answer in answers] == [D("6000.00"), None, D("4000.00")]


def test_what_was_bought_before_counts_towards_a_scale_group_and_is_told():
    row = condition("g", "all", "all", "1", scale_basis="group_qty", scale_group="bolts", scale_unit="PCE",
                    min_quantity=D(1000), scale_period="year")  # fmt: skip
    answer = priced("10", row, volumes=bought(990, Group("bolts", "", "PCE")))
    assert answer.net == D("10.00")
    assert answer.trace()["winner"]["measured"] == {  # type: ignore[index]
        "group": "bolts", "quantity": "1000", "unit": "PCE", "before": "990", "by": "10001", "since": "2026-01-01",
    }  # fmt: skip
    assert because(priced("10", row))["g"] == "10 PCE of group bolts < 1000 PCE of group bolts"


def test_a_scale_of_the_article_over_a_period_counts_all_its_lines_and_what_was_bought_before():
    rows = (condition("y0", "all", "all", "2", list="y", scale_period="12m"),
            condition("y1", "all", "all", "1", list="y", scale_period="12m", min_quantity=D(1000)))  # fmt: skip
    volumes = Volumes(bought={Counted("10001", date(2025, 6, 2), Group("", "P1", "PCE")): Fraction(900)})
    together = basket((SCREW, "60"), (SCREW, "40"), (NUT, "500"), rows=rows, volumes=volumes)
    assert [line.net for line in together.lines if line] == [D("60.00"), D("40.00"), D("1000.00")]
    alone = priced("60", *rows, volumes=volumes)
    assert (alone.net, because(alone)["y1"]) == (D("120.00"), "960 PCE of article P1 < 1000 PCE of article P1")
    assert alone.trace()["next_tier"] == {
        "from": "100 PCE", "line_net": "100.00", "note": "cheaper than the ordered quantity",
    }  # fmt: skip


def test_of_a_graduated_scale_over_a_period_only_what_lies_above_the_volume_before_is_priced():
    steps = [msgspec.structs.replace(step, scale_period="validity", valid_from=TODAY) for step in STEPS]
    volumes = Volumes(bought={Counted("10001", TODAY, Group("", "P1", "PCE")): Fraction(90)})
    answer = priced("20", *steps, volumes=volumes)
    assert answer.net == D("70.00")  # 10 at 4 and 10 at 3
    assert [each["measure"] for each in answer.trace()["winner"]["intervals"]] == [  # type: ignore[index]
        "10 PCE of article P1", "10 PCE of article P1",
    ]  # fmt: skip


def test_a_condition_of_a_parent_counts_what_all_that_belong_to_it_bought():
    counted = Counted("10000", date(2026, 1, 1), Group("", "P1", "PCE"))
    row = condition("y", "account:10000", "all", "1", scale_period="year", min_quantity=D(1000))
    context = {"volumes": Volumes(bought={counted: Fraction(999)})}
    assert priced("1", row, concern=("10001", "10000"), **context).net == D("1.00")
    assert priced("1", row, concern=("10001",), **context).code is PriceCode.NO_PRICE


def test_the_next_tier_of_a_scale_group_says_what_is_missing_of_the_line():
    rows = tuple(
        condition(f"g{least}", "all", "all", amount, list="g", scale_basis="group_qty", scale_group="s",
                  scale_unit="PCE", min_quantity=D(least))
        for least, amount in ((0, "2"), (100, "1"))
    )  # fmt: skip
    lines = basket((SCREW, "60"), (NUT, "30"), rows=rows).lines
    assert lines[0]
    assert lines[0].trace()["next_tier"] == {
        "from": "70 PCE",
        "line_net": "70.00",
        "note": "cheaper than the ordered quantity",
    }


def test_a_call_off_gives_its_price_until_it_is_used_up_and_says_what_is_left():
    frame = condition("f", "account:10001", "all", "5", call_off_max=D(1000), unit="PCE")
    taken = Volumes(called_off={"f": D(950)})
    fits = priced("50", PRICE, frame, volumes=taken)
    assert (fits.net, fits.claim and fits.claim.quantity) == (D("250.00"), D(50))
    assert fits.trace()["winner"]["call_off"] == {"max": "1000", "left": "0", "unit": "PCE"}  # type: ignore[index]
    beyond = priced("51", PRICE, frame, volumes=taken)
    assert (beyond.net, beyond.claim) == (D("5100.00"), None)
    assert because(beyond)["f"] == "50 of 1000 PCE left to call off"


def test_the_lines_of_a_basket_share_a_call_off_in_their_order():
    frame = condition("f", "all", "product:P1", "5", call_off_max=D(10), unit="BX")
    told = basket((SCREW, "1200"), (SCREW, "1000"), (SCREW, "800"), rows=(PRICE, frame))
    assert [line.winner.condition.key for line in told.lines if line and line.winner] == ["f", "p", "f"]
    assert [(claim.key, claim.quantity) for claim in told.claims] == [("f", D(10))]
    assert told.trace()["claims"] == [{"key": "f", "quantity": "10"}]


def test_a_configuration_chosen_ranks_before_the_article():
    rows = (condition("c", "all", "configuration:red", "7"), condition("p1", "all", "product:P1", "5"))
    assert resolve(CONTEXT, Wanted(SCREW, D(1), "PCE", configuration="red"), rows, {}).net == D("7.00")
    assert priced("1", *rows).net == D("5.00")


def test_of_equally_new_ladders_the_cheaper_is_taken_whole():
    one = [condition(f"a{least}", "all", "all", amount, list="a", min_quantity=D(least))
           for least, amount in ((0, "10"), (100, "9"))]  # fmt: skip
    other = condition("b", "all", "all", "8", list="b")
    assert priced("100", *one, other).net == D("800.00")
    assert because(priced("100", *one, other)) == {"a0": "list b is cheaper", "a100": "list b is cheaper"}


def test_a_newer_ladder_replaces_an_older_one_of_the_same_list():
    old = condition("o", "all", "all", "1")
    new = condition("n", "all", "all", "3", valid_from=TODAY, list="o")
    assert priced("1", old, new).net == D("3.00")


def test_a_quantity_below_nothing_has_no_price():
    assert priced("-1", PRICE).code is PriceCode.NO_PRICE
    assert priced("0", PRICE).net == Decimal("0.00")
