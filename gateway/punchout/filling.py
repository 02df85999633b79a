"""Many articles put into a cart at once: what was pasted, listed, or lies in a cart of before."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from gateway.model.product import Product
from gateway.model.quantity import shortest
from gateway.model.shopping import CartEntry, Origin, Session
from gateway.pipeline.work import Line
from gateway.punchout.committing import Written, committed
from gateway.punchout.open_cart import Hitch, Problem
from gateway.punchout.repricing import repriced_together
from gateway.punchout.restoring import new_auxiliary_id
from gateway.punchout.shelf import Shelf, is_quantity, unit_of, units_of

MOST_LINES = 5_000
"""Lines of a cart."""


class Item(NamedTuple):
    """An article to be put: our number of it, and how much of which unit; its base unit where none is named.

    `form` names the form that asks for it: what the same form put already is not put again.
    """

    sku: str
    quantity: Decimal
    unit: str | None = None
    form: str = ""


Put: TypeAlias = "CartEntry | Problem"


def put_all(line: Line, session: Session, items: Sequence[Item]) -> list[Put]:
    """What became of each article, in order: its line, or why it was not put. What can be put is, all at once."""
    done = committed(line, session, lambda shelf, entries: _filled(shelf, entries, items))
    return [done] * len(items) if isinstance(done, Problem) else done[1]


def put_from(line: Line, session: Session, left: Session, items: Sequence[Item]) -> list[Put] | Problem:
    """The same of articles that lie in the cart of another session as it was seen: nothing lies there afterwards.

    A problem where that cart is another by now, and then nothing is changed.
    """

    def work(shelf: Shelf, entries: list[CartEntry]) -> Written[list[Put]]:
        return _filled(shelf, entries, items)._replace(emptied=left)

    done = committed(line, session, work)
    return done if isinstance(done, Problem) else done[1]


def _filled(shelf: Shelf, entries: list[CartEntry], items: Sequence[Item]) -> Written[list[Put]]:
    filling = _Filling(shelf, entries)
    positions = [filling.take(item) for item in items]
    found = repriced_together(shelf, entries, filling.described())
    told: list[Put] = [
        each if isinstance(each, Problem) else _told(found.lines[each], is_new=filling.is_new(each))
        for each in positions
    ]
    put = tuple(each for each in found.lines.values() if isinstance(each, CartEntry))
    return Written(told, (*put, *found.others))


def _told(found: Put, *, is_new: bool) -> Put:
    """The line; of one that was not put, there is no position to name."""
    if isinstance(found, Problem):
        return found._replace(position=None) if is_new else found
    return found


def line_for(shelf: Shelf, entries: Sequence[CartEntry], item: Item) -> CartEntry | Problem:
    """The line that the article becomes, without its price of now; why it cannot be put."""
    filling = _Filling(shelf, entries)
    position = filling.take(item)
    return position if isinstance(position, Problem) else filling.described()[0]


class _Filling:
    """The lines that articles become, before they have a price."""

    def __init__(self, shelf: Shelf, entries: Sequence[CartEntry]) -> None:
        self._shelf = shelf
        self._count = len(entries)
        self._last = max((each.position for each in entries), default=0)
        self._first_new = self._last + 1
        self._products: dict[int, Product] = {}
        self._lines: dict[int, CartEntry] = {}
        self._known = {
            (each.line.sku, each.line.unit): each
            for each in reversed(entries)
            if each.origin is not Origin.FOREIGN and not each.is_removed
        }
        self._put_by = {each.position: each.form for each in self._known.values()}

    def take(self, item: Item) -> int | Problem:
        """The position of the article's line: one that is there already has so much more."""
        product = self._shelf.product(item.sku)
        if isinstance(product, Hitch):
            return Problem(product)
        unit = unit_of(product, item.unit)
        if unit is None:
            return Problem(Hitch.UNIT_UNKNOWN, units=units_of(product))
        same = self._known.get((product.sku, unit))
        quantity = item.quantity
        if same is not None:
            is_again = bool(item.form) and self._put_by.get(same.position) == item.form
            quantity = same.line.quantity + (0 if is_again else item.quantity)
        if not is_quantity(item.quantity) or not is_quantity(quantity):
            return Problem(Hitch.NO_QUANTITY)
        if same is None:
            if self._count >= MOST_LINES:
                return Problem(Hitch.CART_FULL)
            same = self._new(product, unit)
        entry = replace(same, line=replace(same.line, quantity=shortest(quantity)), form=item.form)
        self._known[product.sku, unit] = self._lines[entry.position] = entry
        return entry.position

    def is_new(self, position: int) -> bool:
        """Whether the line was not there before."""
        return position >= self._first_new

    def described(self) -> list[CartEntry]:
        """The lines, the new ones with the texts and numbers of their articles."""
        fresh = [each.line for position, each in self._lines.items() if position in self._products]
        texts = self._shelf.described(fresh, [self._products[each.position] for each in fresh])
        told = {each.position: each for each in texts}
        return [replace(each, line=told.get(position, each.line)) for position, each in self._lines.items()]

    def _new(self, product: Product, unit: str) -> CartEntry:
        self._count += 1
        self._last += 1
        self._products[self._last] = product
        line = self._shelf.blank(product, self._last, Decimal(0), unit)
        return CartEntry(line=replace(line, auxiliary_id=new_auxiliary_id()), on=self._shelf.today)
