"""What a line confirms as our own systems read it: in the article's units, the price for the unit of the quantity."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import msgspec

from gateway.commerce.comparison import stated_unit
from gateway.commerce.facts import LineDecision
from gateway.commerce.pricing import PriceUnit, publish
from gateway.commerce.units import base_units, exact, same_unit
from gateway.model.order import Line, Price
from gateway.model.product import Product
from gateway.model.response import ResponseSchedule

_ONE = Decimal(1)


class Sale(NamedTuple):
    """A confirmed line. `price` is for so many (`per`) of the unit that the quantities and `schedule` are in."""

    quantity: Decimal
    backordered: Decimal
    price: Price | None
    schedule: tuple[ResponseSchedule, ...]


def sale(line: Line, decided: LineDecision) -> Sale:
    """The line as confirmed, in the decision's `unit`."""
    if decided.pack == 1:
        return Sale(decided.quantity, decided.backordered, _price(line, decided), decided.schedule)
    parts = (msgspec.structs.replace(part, quantity=part.quantity * decided.pack) for part in decided.schedule)
    pack = decided.pack
    return Sale(decided.quantity * pack, decided.backordered * pack, _price(line, decided), tuple(parts))


def _price(line: Line, decided: LineDecision) -> Price | None:
    """The confirmed price for the unit, as it stands where it is for that already."""
    price, answer, unit = decided.price, decided.answer, decided.unit
    if price is None or price.amount is None or answer is None or unit is None:
        return price
    if decided.pack == 1 and (price.unit is None or same_unit(price.unit, unit)):
        return price
    product = answer.request.product
    one = base_units(product, unit) or Fraction(1)
    rate = answer.exact if price is decided.agreed else exact(price.amount) / price_size(line, decided, price, product)
    amount, shown = publish(rate, (), PriceUnit(_ONE, unit, one))
    return Price(amount=amount, per=shown.per, unit=unit)


def price_size(line: Line, decided: LineDecision, price: Price, product: Product) -> Fraction:
    """What a price is for, as the buyer of the line writes prices, in base units."""
    unit = decided.unit or product.base_unit
    one = base_units(product, unit) or Fraction(1)
    own = base_units(product, price.unit) if price.unit else None
    if decided.pack != 1 and own and (line.price is None or line.price.unit != price.unit):
        return own * exact(price.per or _ONE)  # a unit of ours, not a pack of the buyer's
    priced = msgspec.structs.replace(line, price=price)
    stated = stated_unit(priced, PriceUnit(_ONE, unit, one * exact(decided.pack)), product)
    return stated.size if stated else one
