"""How much of an article is asked for, as scales measure it: quantity, weight, volume, value, quantity of a group."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gateway.commerce.units import base_units
from gateway.model.product import Product

# UN/ECE Recommendation 20.
WEIGHTS: Mapping[str, Fraction] = {
    "KGM": Fraction(1), "GRM": Fraction(1, 1000), "MGM": Fraction(1, 10**6), "TNE": Fraction(1000),
    "LBR": Fraction(45359237, 10**8), "ONZ": Fraction(28349523125, 10**12),
}  # fmt: skip
"""Kilograms in one of each unit of weight."""
VOLUMES: Mapping[str, Fraction] = {
    "MTQ": Fraction(1), "DMQ": Fraction(1, 1000), "LTR": Fraction(1, 1000), "HLT": Fraction(1, 10),
    "CMQ": Fraction(1, 10**6), "MLT": Fraction(1, 10**6),
}  # fmt: skip
"""Cubic metres in one of each unit of volume."""


def weight_of(product: Product) -> Fraction | None:
    """Kilograms of one base unit: what the article states, else what one of its units says; None where neither does."""
    if product.weight_kg is not None:
        return Fraction(product.weight_kg)
    return _of_unit(product, WEIGHTS)


def volume_of(product: Product) -> Fraction | None:
    """Cubic metres of one base unit, as one of the article's units says; None where none does."""
    return _of_unit(product, VOLUMES)


def _of_unit(product: Product, known: Mapping[str, Fraction]) -> Fraction | None:
    for code in (product.base_unit, *(unit.code for unit in product.units)):
        size = base_units(product, code)
        if code in known and size:
            return known[code] / size
    return None
