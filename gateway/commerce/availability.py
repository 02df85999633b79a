"""When how much of an article can be delivered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from gateway.commerce.calendars import WorkingDays, add_working_days, next_day
from gateway.commerce.terms import NO_TERMS, AgreedTerms
from gateway.model.product import Product, Stock

_EVERY_DAY = frozenset(range(7))
_ZERO = Fraction(0)


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


class Supply(NamedTuple):
    """How an account is supplied: from the day its order counts, on working days, by its terms."""

    today: date
    counts_from: date
    days: WorkingDays = WorkingDays()
    terms: AgreedTerms = NO_TERMS

    @property
    def is_split(self) -> bool:
        """Whether a line may come in parts."""
        return self.terms.partial_delivery in (None, "yes")

    @property
    def comes_together(self) -> bool:
        """Whether all that is asked for one day comes at once."""
        return self.terms.partial_delivery == "no"

    @property
    def keeps_open(self) -> bool:
        """Whether what is not there stays on back order."""
        return self.terms.backorder_policy != "cancel"

    def after(self, lead_time_days: int) -> date:
        """The day on which goods of this lead time, or of the terms' where that is longer, are there."""
        return add_working_days(self.days, self.counts_from, max(lead_time_days, self.terms.lead_time_days or 0))

    def day(self, ready: date) -> date | None:
        """The first day of delivery from this one on; None where there never is one."""
        return next_day(self.days, ready, self.terms.delivery_days or _EVERY_DAY)


class Stockroom:
    """What is free while one order is decided: its lines share the stock in their order.

    `together` says for days asked for when all of them comes, None for not at all; `last` is when the latest does.
    """

    def __init__(self, supply: Supply, together: Mapping[date, date | None] | None = None) -> None:
        self.last: dict[date, date | None] = {}
        self._supply = supply
        self._together = together or {}
        self._free: dict[str, list[tuple[date, Fraction]]] = {}

    def promise(self, product: Product, stock: Sequence[Stock], wishes: Iterable[Wish]) -> list[Delivery]:
        """The deliveries of one line; what they lack to its quantity is not there.

        An article without stock records is available within its lead time.
        """
        if stock and product.sku not in self._free:
            rows = ((row.available_on or self._supply.today, Fraction(row.quantity)) for row in stock)
            self._free[product.sku] = sorted(rows)
        promised: list[Delivery] = []
        for wish in wishes:
            if stock:
                parts = self._serve(product.sku, wish)
            else:
                parts = [(self._supply.after(product.lead_time_days), wish.quantity)]
            promised += self._delivered(parts, wish)
        return promised

    def _serve(self, sku: str, wish: Wish) -> list[tuple[date, Fraction]]:
        """What the free stock gives to one wish and when, in whole lots; it is taken away."""
        parts: list[tuple[date, Fraction]] = []
        collected = given = Fraction(0)
        rows = self._free[sku]
        earliest = self._supply.after(0)
        for on, quantity in rows:
            collected += quantity
            whole = collected // wish.lot * wish.lot if wish.lot else collected
            if not self._supply.is_split and collected < wish.quantity:
                whole = Fraction(0)
            part = min(wish.quantity, wish.quantity if collected >= wish.quantity else whole) - given
            if part > 0:
                parts.append((max(on, earliest), part))
                given += part
        self._free[sku] = _less(rows, given)
        return parts

    def _delivered(self, parts: Sequence[tuple[date, Fraction]], wish: Wish) -> list[Delivery]:
        """The parts on the days on which they are delivered, those of one day as one."""
        days: dict[date, Fraction] = {}
        for ready, quantity in parts:
            on = self._supply.day(max(ready, wish.on))
            if self._supply.comes_together and wish.on in self._together:
                on = self._together[wish.on]
            if on is not None:
                days[on] = days[on] + quantity if on in days else quantity
        lacks = sum(days.values(), _ZERO) < wish.quantity and self._supply.keeps_open
        latest = self.last.get(wish.on, wish.on)
        self.last[wish.on] = None if lacks or latest is None else max((latest, *days))
        return [
            Delivery(quantity, on, wish.deadline is not None and on > wish.deadline) for on, quantity in days.items()
        ]


def _less(rows: list[tuple[date, Fraction]], taken: Fraction) -> list[tuple[date, Fraction]]:
    """The stock after the earliest of it was taken."""
    left = []
    for on, quantity in rows:
        part = min(quantity, taken)
        taken -= part
        left.append((on, quantity - part))
    return left
