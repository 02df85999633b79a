"""Quantities from one unit of a product into another, exactly and always by way of its base unit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from gateway.model.product import Product

# Partners name a single piece by any of these (UN/ECE Recommendation 20 H87, C62, EA; PCE in EDIFACT directories
# up to D.00; ST as SAP systems write "Stueck").
_PIECE = frozenset({"PCE", "EA", "C62", "H87", "ST"})
# What is counted as well: a pair and a set (Rec 20).
_COUNTED = _PIECE | {"PR", "SET"}
_ONE = Fraction(1)
# The same few numbers come again line after line, and making a Fraction of one costs more than all comparing.
exact = lru_cache(maxsize=65536)(Fraction)
"""The number, or the quotient of two integers, as a Fraction."""


def below(one: Fraction, other: Fraction) -> bool:
    """Whether the one is less than the other: what their comparison says, in a third of its time."""
    return one.numerator * other.denominator < other.numerator * one.denominator


def times(size: Fraction, count: Decimal) -> Fraction:
    """So many of the size; the same where it is one of it, as for most lines."""
    return size if count == 1 else size * exact(count)


def same_unit(one: str, other: str) -> bool:
    """Whether both codes name the same unit."""
    return one == other or (one in _PIECE and other in _PIECE)


def is_counted(product: Product) -> bool:
    """Whether there are only whole ones of the product's base unit: it is counted, and no unit is a part of it."""
    return product.base_unit in _COUNTED and all(each.base_units.denominator == 1 for each in product.units)


def unit_code(product: Product, code: str) -> str | None:
    """The product's own code for this unit, None where it has no such unit."""
    if code == product.base_unit or product.unit(code):
        return code
    if code not in _PIECE:
        return None
    own = (product.base_unit, *(unit.code for unit in product.units))
    return next((each for each in own if each in _PIECE), None)


def base_units(product: Product, code: str) -> Fraction | None:
    """Base units of the product in one of this unit, None where it has no such unit."""
    if code == product.base_unit:
        return _ONE
    own = unit_code(product, code)
    if own is None:
        return None
    unit = product.unit(own)
    return _ONE if unit is None or own == product.base_unit else exact(unit.numerator, unit.denominator)


def convert(product: Product, quantity: Decimal | Fraction, from_unit: str, to_unit: str) -> Fraction | None:
    """The quantity in the other unit, exactly; None where the product lacks one of the two."""
    source, target = base_units(product, from_unit), base_units(product, to_unit)
    if source is None or target is None:
        return None
    number = exact(quantity)
    if source == target:
        return number
    return number * source if target == 1 else number * source / target
