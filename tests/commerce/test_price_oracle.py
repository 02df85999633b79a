"""The resolver against the rules told again by another program, over baskets at random."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from gateway.commerce.basket import Basket, PriceBook, price_basket
from gateway.commerce.conditions import BelowFloor, PriceContext, PriceRules, Volumes, Wanted
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
        PriceRules(Rounding(told.rounding), BelowFloor(told.below_floor)), Volumes(told.called_off, told.groups),
    )  # fmt: skip
    wanted = [
        Wanted(each.product, each.quantity, each.unit, each.contract, each.quote, each.configuration)
        for each in told.lines
    ]
    return price_basket(context, wanted, PriceBook(book, told.lists))


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


def test_three_thousand_random_lines_cost_what_the_rules_say_in_any_order_of_the_rows():
    outcomes = sum((compare(seed, shuffled=True) for seed in range(60)), Counter[str]())
    assert outcomes.total() == 3_000
    assert outcomes["PRICED"] > 1_500
    assert {"NO_PRICE", "NO_UOM_PATH", "BELOW_FLOOR", "ERP_ASK"} <= outcomes.keys()


@pytest.mark.soak
def test_a_million_random_lines_cost_what_the_rules_say():
    outcomes: Counter[str] = Counter()
    for seed in range(1_000, 21_000):
        outcomes += compare(seed, shuffled=seed % SHUFFLED == 0)
    print(f"{outcomes.total()} lines compared: {dict(outcomes)}")
    assert outcomes.total() == 1_000_000
