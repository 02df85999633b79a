"""Which quantities of an article are sold, as a shopper is told."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commerce.sold_quantity import Offer, Unsold, unsold
from gateway.commerce.units import base_units
from gateway.model.product import Product, Unit

D = Decimal


def article(base_unit: str = "PCE", *units: Unit, **more: object) -> Product:
    """An article of this base unit."""
    return Product(sku="A", name="A", base_unit=base_unit, units=(Unit(code=base_unit), *units), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("product", "quantity", "nearest"),
    [
        (article(), "1.5", (1, 2)),
        (article(), "0.5", (1,)),
        (article("PR"), "2.5", (2, 3)),
        (article(min_quantity=D(10)), "10.5", (10, 11)),
        (article(quantity_step=D(5)), "7", (5, 10)),
    ],
)
def test_what_is_counted_is_sold_in_whole_ones(product: Product, quantity: str, nearest: tuple[int, ...]) -> None:
    assert unsold(product, D(quantity), Fraction(1)) == Offer(Unsold.STEP, tuple(map(D, nearest)))
    assert all(unsold(product, D(each), Fraction(1)) is None for each in nearest)


@pytest.mark.parametrize(
    "product",
    [
        article("MTR"),
        article(quantity_step=D("0.5")),
        article(min_quantity=D("0.5")),
        article("PCE", Unit(code="MTR", denominator=2)),
    ],
)
def test_what_is_measured_or_stated_in_parts_is_sold_in_parts(product: Product) -> None:
    assert unsold(product, D("1.5"), Fraction(1)) is None


@given(st.integers(1, 100_000), st.integers(1, 500))
def test_a_part_of_a_box_is_sold_where_it_holds_whole_pieces(pieces: int, held: int) -> None:
    box = article("PCE", Unit(code="BX", numerator=held))
    size = base_units(box, "BX")
    assert size is not None
    boxes = Decimal(pieces) / held
    is_exact = Fraction(boxes) * held == pieces
    assert (unsold(box, boxes, size) is None) == is_exact


@given(st.decimals(D("0.000001"), 1_000, places=6), st.integers(1, 500), st.none() | st.integers(1, 1_000).map(Decimal))
def test_what_is_offered_instead_is_sold(boxes: Decimal, held: int, least: Decimal | None) -> None:
    box = article("PCE", Unit(code="BX", numerator=held), min_quantity=least)
    offer = unsold(box, boxes, Fraction(held))
    assert offer is None or all(unsold(box, each, Fraction(held)) is None for each in offer.quantities)


def test_a_part_of_a_box_that_no_decimals_state_is_not_offered() -> None:
    box = article("PCE", Unit(code="BX", numerator=12))
    assert unsold(box, D("0.1"), Fraction(12)) == Offer(Unsold.STEP, (D(1),))
    assert unsold(box, D("1.3"), Fraction(12)) == Offer(Unsold.STEP, (D("1.25"), D(2)))
