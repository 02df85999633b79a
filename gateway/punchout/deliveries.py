"""When the lines of a cart come, as an order of them would be promised it from the stock that is free now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from msgspec.structs import replace

from gateway.commerce.availability import Stockroom, Supply, Wish
from gateway.commerce.calendars import counts_from
from gateway.commerce.units import base_units, exact
from gateway.model.cart import CartDelivery, CartLine
from gateway.model.product import Product, Stock
from gateway.model.quantity import nearest
from gateway.pipeline.terms import calendar_of
from gateway.punchout.open_cart import Supplied
from gateway.punchout.shelf import Shelf


class _Asked(NamedTuple):
    """A line, its article, and what is recorded of its stock."""

    line: CartLine
    product: Product
    stock: Sequence[Stock]


def supplied(shelf: Shelf, lines: Sequence[CartLine]) -> dict[int, Supplied]:
    """When each line comes whose article has stock records, by position; the lines share the stock in their order."""
    terms, account = shelf.desk.terms.agreed, shelf.asked.account
    days = calendar_of(shelf.snapshot, terms)
    supply = Supply(shelf.today, counts_from(days, shelf.now, account.timezone, terms.cut_off), days, terms)
    skus = {each.sku for each in lines}
    products, stock = shelf.snapshot.products(skus), shelf.snapshot.stock(skus)
    asked = [
        _Asked(line, products[line.sku], stock[line.sku])
        for line in lines
        if line.sku in products and stock.get(line.sku) and line.quantity > 0
    ]

    def served(stockroom: Stockroom) -> dict[int, Supplied]:
        found = ((each.line.position, _served(stockroom, each, shelf.today)) for each in asked)
        return {position: comes for position, comes in found if comes is not None}

    stockroom = Stockroom(supply)
    found = served(stockroom)
    return served(Stockroom(supply, stockroom.last)) if supply.comes_together else found


def scheduled(line: CartLine, comes: Supplied | None, today: date) -> CartLine:
    """The line with its deliveries, where it comes in several, and the days until the last as its lead time.

    Where nothing is known of its stock, or some of it has no day yet, it says nothing but its article's lead time.
    """
    if comes is None or comes.lacking or not comes.deliveries:
        return replace(line, schedule=())
    last = comes.deliveries[-1].on
    parts = comes.deliveries if len(comes.deliveries) > 1 else ()
    return replace(line, schedule=parts, lead_time_days=(last - today).days if last else line.lead_time_days)


def _served(stockroom: Stockroom, asked: _Asked, today: date) -> Supplied | None:
    """When one line comes; None where its article is not sold in its unit any more."""
    line, product, stock = asked
    size = base_units(product, line.unit)
    if size is None:
        return None
    # What is ordered in whole units comes in whole ones.
    wish = Wish(exact(line.quantity) * size, today, None, size if line.quantity % 1 == 0 else Fraction(0))
    promised = sorted(stockroom.promise(product, stock, [wish]), key=lambda each: each.on)
    lacking = wish.quantity - sum((each.quantity for each in promised), Fraction(0))
    deliveries = (CartDelivery(quantity=_stated(each.quantity, size), on=each.on) for each in promised)
    return Supplied(tuple(deliveries), _stated(lacking, size))


def _stated(quantity: Fraction, size: Fraction) -> Decimal:
    return nearest(quantity / size)
