"""When how much of an article can be delivered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from gateway.model.product import Product, Stock


class Wish(NamedTuple):
    """A quantity in base units, the day it is wanted on and the last day it may come; `lot` is what is not split."""

    quantity: Fraction
    on: date
    deadline: date | None
    lot: Fraction


class Delivery(NamedTuple):
    """A quantity in base units that comes on a day; `late` past the deadline of the wish it serves."""

    quantity: Fraction
    on: date
    late: bool


class Stockroom:
    """What is free while one order is decided: its lines share the stock in their order."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._free: dict[str, list[tuple[date, Fraction]]] = {}

    def promise(self, product: Product, stock: Sequence[Stock], wishes: Iterable[Wish]) -> list[Delivery]:
        """The deliveries of one line; what they lack to its quantity is on back order.

        An article without stock records is available within its lead time.
        """
        if not stock:
            ready = self._today + timedelta(days=product.lead_time_days)
            return [_delivery(wish.quantity, ready, wish) for wish in wishes]
        if product.sku not in self._free:
            rows = ((row.available_on or self._today, Fraction(row.quantity)) for row in stock)
            self._free[product.sku] = sorted(rows)
        return [delivery for wish in wishes for delivery in self._serve(product.sku, wish)]

    def _serve(self, sku: str, wish: Wish) -> list[Delivery]:
        """What the free stock gives to one wish, in whole lots; it is taken away."""
        deliveries: list[Delivery] = []
        collected = given = Fraction(0)
        rows = self._free[sku]
        for on, quantity in rows:
            collected += quantity
            whole = collected // wish.lot * wish.lot if wish.lot else collected
            part = min(wish.quantity, wish.quantity if collected >= wish.quantity else whole) - given
            if part > 0:
                deliveries.append(_delivery(part, on, wish))
                given += part
        self._free[sku] = _less(rows, given)
        return _merged(deliveries)


def _delivery(quantity: Fraction, ready: date, wish: Wish) -> Delivery:
    """The delivery of what is ready on a day: not before it is wanted."""
    on = max(ready, wish.on)
    return Delivery(quantity, on, wish.deadline is not None and on > wish.deadline)


def _less(rows: list[tuple[date, Fraction]], taken: Fraction) -> list[tuple[date, Fraction]]:
    """The stock after the earliest of it was taken."""
    left = []
    for on, quantity in rows:
        part = min(quantity, taken)
        taken -= part
        left.append((on, quantity - part))
    return left


def _merged(deliveries: list[Delivery]) -> list[Delivery]:
    """The deliveries with those of one day as one."""
    days: dict[date, Delivery] = {}
    for each in deliveries:
        same = days.get(each.on)
        days[each.on] = each._replace(quantity=each.quantity + same.quantity) if same else each
    return list(days.values())
