"""The resolver against the rules told again by another program, over baskets at random."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest

from gateway.commerce.basket import Basket, PriceBook, price_basket
from gateway.commerce.conditions import BelowFloor, PriceContext, PriceRules, Wanted
from gateway.commerce.purchases import counted_for, quantities_of, scale_groups
from gateway.commerce.volumes import Counted, Volumes
from gateway.model.money import Rounding
from gateway.model.price import PriceCondition

from .price_cases import case
from .price_oracle import Case, tell

LINES = 50
# Of each basket in the soak run one in so many is priced a second time with its rows shuffled.
SHUFFLED = 4


def basket_of(told: Case, rows: tuple[PriceCondition, ...]) -> Basket:
    """The case as the resolver prices it."""
    book: dict[str, list[PriceCondition]] = {}
    for row in rows:
        book.setdefault(row.object, []).append(row)
    context = PriceContext(
        "10001", told.subjects, told.on, told.currency, told.contract, told.policy, told.quote,
        PriceRules(Rounding(told.rounding), BelowFloor(told.below_floor)), concern=("10001", "10000"),
    )  # fmt: skip
    wanted = [
        Wanted(each.product, each.quantity, each.unit, each.contract, each.quote, each.configuration)
        for each in told.lines
    ]
    priced_at = PriceBook(book, told.lists)
    bought = {each: volume(told, context, priced_at, each) for each in counted_for(context, priced_at, wanted)}
    return price_basket(context._replace(volumes=Volumes(told.called_off, bought)), wanted, priced_at)


def volume(told: Case, context: PriceContext, book: PriceBook, each: Counted) -> Fraction:
    """What was bought of what is counted, of the purchases that a store would find."""
    belonging = {"10001": ("10001", "10002"), "10000": ("10000", "10001", "10002", "10003")}[each.account]
    found = [one for one in told.purchases if one.account in belonging and each.first <= one.day <= told.on]
    bought: dict[tuple[str, str], Decimal] = {}
    for one in found:
        key = one.product.sku, one.unit
        bought[key] = bought.get(key, Decimal(0)) + one.quantity
    products = {one.product.sku: one.product for one in found}
    return quantities_of([each], bought, products, scale_groups(context, book, products.values()))[each]


def facts(basket: Basket) -> tuple[list[object], list[object]]:
    lines: list[object] = [(line.code, line.net) for line in basket.lines if line]
    charges: list[object] = [(each.offer.condition.key, each.amount, each.shares) for each in basket.charges]
    return lines, charges


def compare(seed: int, shuffled: bool) -> Counter[str]:
    """How often each outcome came, over the lines of one basket; fails where the two programs differ."""
    made = case(seed, LINES)
    told, basket = tell(made), basket_of(made, made.rows)
    assert facts(basket) == (told.lines, told.charges), f"basket {seed}"
    if shuffled:
        rows = list(made.rows)
        random.Random(seed).shuffle(rows)  # noqa: S311 nothing secret is drawn
        again = basket_of(made, tuple(rows))
        assert facts(again) == facts(basket), f"basket {seed} shuffled"
        assert [line and line.trace() for line in again.lines] == [line and line.trace() for line in basket.lines]
        assert again.trace() == basket.trace()
    return Counter(str(line.code or "PRICED") for line in basket.lines if line)


def test_fifteen_hundred_random_lines_cost_what_the_rules_say_in_any_order_of_the_rows():
    outcomes = sum((compare(seed, shuffled=True) for seed in range(30)), Counter[str]())
    assert outcomes.total() == 1_500
    assert outcomes["PRICED"] > 750
    assert {"NO_PRICE", "NO_UOM_PATH", "BELOW_FLOOR", "ERP_ASK"} <= outcomes.keys()


@pytest.mark.soak
def test_a_million_random_lines_cost_what_the_rules_say():
    outcomes: Counter[str] = Counter()
    for seed in range(1_000, 21_000):
        outcomes += compare(seed, shuffled=seed % SHUFFLED == 0)
    print(f"{outcomes.total()} lines compared: {dict(outcomes)}")
    assert outcomes.total() == 1_000_000
