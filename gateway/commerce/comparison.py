"""The price the buyer stated beside the agreed one."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from gateway.commerce.matching import Match
from gateway.commerce.policy import Tolerance
from gateway.commerce.pricing import PriceAnswer, PriceUnit
from gateway.commerce.units import base_units, exact, same_unit, times
from gateway.model.order import Line, Price
from gateway.model.product import Product

_ONE = Decimal(1)
_PRICE_UNITS = (10, 100, 1000)
# A stated price may be stale and stated for the wrong unit at once.
_NEAR = Fraction(5, 100)


def order_unit(match: Match, product: Product) -> PriceUnit:
    """One ordered unit as a price unit."""
    unit = match.unit or product.base_unit
    return PriceUnit(_ONE, unit, times(base_units(product, unit) or Fraction(1), match.pack))


def stated_unit(line: Line, ordered: PriceUnit, product: Product) -> PriceUnit | None:
    """What the line's stated price is for; None where the article is not sold in that unit, or it is for nothing."""
    price = line.price
    if price is None:
        return ordered
    per = _per(price)
    if per <= 0:
        return None
    unit = price.unit or price.unit_as_received
    # Who orders in packs of his own also prices them, even where he repeats the unit.
    if unit is None or unit in (line.unit, line.unit_as_received) or same_unit(unit, ordered.unit):
        return PriceUnit(per, ordered.unit, times(ordered.size, per))
    size = base_units(product, unit)
    return None if size is None else PriceUnit(per, unit, times(size, per))


def deviation(stated: Decimal, unit: PriceUnit, answer: PriceAnswer, tolerance: Tolerance) -> str | None:
    """The code of how the stated price differs from the agreed one, None where it is equal within tolerance."""
    agreed = answer.exact * unit.size
    if _equal(exact(stated), agreed, unit, answer, tolerance):
        return None
    if stated > 0 and agreed > 0:
        ratio = exact(stated) / agreed
        off = ratio if ratio >= 1 else 1 / ratio
        sizes = tuple((each.numerator, each.denominator) for each in answer.request.product.units)
        if any(low <= off <= high for low, high in _suspected(sizes, unit.size / exact(unit.per))):
            return "order.line.price.unit-suspected"
    return "order.line.price.too-low" if stated < agreed else "order.line.price.too-high"


def as_price(amount: Decimal, unit: PriceUnit, line: Line, match: Match) -> Price:
    """The price as the buyer writes units: left out where he left them out and means the same."""
    stated = line.price
    if stated and _per(stated) == unit.per:
        if stated.unit is None and stated.unit_as_received is None and unit.unit == match.unit:
            return Price(amount=amount, per=stated.per)
        if stated.unit and same_unit(stated.unit, unit.unit):
            return Price(amount=amount, per=stated.per, unit=stated.unit, unit_as_received=stated.unit_as_received)
    as_received = line.unit_as_received if unit.unit == match.unit else None
    return Price(amount=amount, per=unit.per, unit=unit.unit, unit_as_received=as_received or unit.unit)


def _per(price: Price) -> Decimal:
    return _ONE if price.per is None else price.per


def _equal(stated: Fraction, agreed: Fraction, unit: PriceUnit, answer: PriceAnswer, tolerance: Tolerance) -> bool:
    return is_tolerated(stated, agreed, (answer.request.base_quantity or Fraction(0)) / unit.size, tolerance)


def is_tolerated(stated: Fraction, agreed: Fraction, units: Fraction, tolerance: Tolerance) -> bool:
    """Whether all limits given hold for a line of so many price units; without any, only the same price is equal."""
    difference = abs(stated - agreed)
    if not difference:
        return True
    limits = tolerance.unit_price, tolerance.unit_price_percent, tolerance.line_value
    if all(limit is None for limit in limits):
        return False
    absolute, percent, value = limits
    return (
        (absolute is None or difference <= absolute)
        and (percent is None or difference <= agreed * exact(percent) / 100)
        and (value is None or difference * units <= value)
    )


@lru_cache(maxsize=4096)
def _suspected(sizes: tuple[tuple[int, int], ...], one: Fraction) -> tuple[tuple[Fraction, Fraction], ...]:
    """By how much a price is off that was stated for another price unit or another packaging: from, to.

    `sizes` are the article's units in base units (numerator, denominator), `one` that of the price compared.
    """
    ratios = [Fraction(*size) / one for size in sizes] + [1 / one]
    factors = {Fraction(factor) for factor in _PRICE_UNITS} | {max(each, 1 / each) for each in ratios if each != 1}
    return tuple((factor * (1 - _NEAR), factor * (1 + _NEAR)) for factor in sorted(factors))
