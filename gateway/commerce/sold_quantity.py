"""Which quantities of an article are sold: its minimum, and its step from there on."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from gateway.commerce.units import exact, is_counted
from gateway.model.product import Product
from gateway.model.quantity import nearest

_ONE = Fraction(1)


class Unsold(StrEnum):
    """Why a quantity is not sold."""

    MINIMUM = "minimum"
    STEP = "step"


class Offer(NamedTuple):
    """That a quantity is not sold, and the nearest ones that are, in the same unit, the lower one first."""

    reason: Unsold
    quantities: tuple[Decimal, ...]


def next_sold(product: Product, ordered: Fraction, size: Fraction, *, in_whole: bool) -> Fraction:
    """The least quantity that is sold and holds what is ordered, in base units.

    `size` is one ordered unit; `in_whole`: only so many whole ones of it can be stated.
    """
    return _next(product, exact(product.quantity_step or 0), ordered, size if in_whole else None)


def _next(product: Product, step: Fraction, ordered: Fraction, whole: Fraction | None) -> Fraction:
    """The same by this step, 0 for none; `whole` is the unit of which only whole ones can be stated."""
    right = max(ordered, exact(product.min_quantity or 0))
    if step:
        right = -(-right // step) * step
    # Whole ordered units have to hold the right quantity, else it could not be confirmed in the buyer's unit.
    return -(-right // whole) * whole if right != ordered and whole is not None else right


def least_sold(product: Product, size: Fraction = _ONE) -> Decimal:
    """The least quantity from one on that is sold of a unit of this size, in whole ones unless it is sold in parts."""
    return _stated(next_sold(product, size, size, in_whole=not _is_in_parts(product, size)), size)


def unsold(product: Product, quantity: Decimal, size: Fraction) -> Offer | None:
    """Why this quantity of a unit of this size is not sold, None where it is.

    What is counted is sold in whole ones, unless its minimum or its step says otherwise.
    """
    ordered, in_whole = exact(quantity) * size, quantity % 1 == 0 and not _is_in_parts(product, size)
    step = _step(product)
    following = _next(product, step, ordered, size if in_whole else None)
    if following == ordered:
        return None
    if not _can_be_stated(following, size):
        following = _next(product, step, ordered, size)
    least = exact(product.min_quantity or 0)
    if ordered < least:
        return Offer(Unsold.MINIMUM, (_stated(following, size),))
    lower = ordered // step * step
    if in_whole and (lower / size).denominator != 1:
        return Offer(Unsold.STEP, (_stated(following, size),))
    below = (_stated(lower, size),) if lower >= least and lower > 0 and _can_be_stated(lower, size) else ()
    return Offer(Unsold.STEP, (*below, _stated(following, size)))


def _step(product: Product) -> Fraction:
    """The step in which a shopper is sold the product, in base units; 0 where it has none."""
    if product.quantity_step:
        return exact(product.quantity_step)
    return _ONE if is_counted(product) and not _is_in_parts(product, _ONE) else Fraction(0)


def _is_in_parts(product: Product, size: Fraction) -> bool:
    """Whether a unit of this size is the base unit, and that has parts: so its minimum or its step says."""
    stated = (product.min_quantity or 0, product.quantity_step or 0)
    return size == 1 and any(each % 1 != 0 for each in stated)


def _can_be_stated(quantity: Fraction, size: Fraction) -> bool:
    """Whether the decimals of documents hold it exactly: a twelfth of a box they do not."""
    return exact(_stated(quantity, size)) * size == quantity


def _stated(quantity: Fraction, size: Fraction) -> Decimal:
    return nearest(quantity / size)
