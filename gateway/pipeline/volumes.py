"""Volumes: what was called off and bought before, as far as prices depend on it; nothing is read where none does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from gateway.commerce.basket import PriceBook
from gateway.commerce.conditions import PriceContext, Wanted, objects
from gateway.commerce.purchases import counted_for, has_periods, quantities_of, scale_groups
from gateway.commerce.volumes import Counted, Volumes
from gateway.model.product import Product
from gateway.model.purchases import Bought, Looked
from gateway.pipeline.snapshot import Snapshot

_NONE = Decimal(0)
_NO_ARTICLES: frozenset[str] = frozenset()


class Purchases:
    """What counts for prices of one context, of what all orders but one (`but`) took and bought; looked up once."""

    def __init__(self, snapshot: Snapshot, context: PriceContext, but: str) -> None:
        self._snapshot = snapshot
        self._context = context
        self._but = but
        self._found: dict[Looked, Bought] = {}

    def volumes(self, book: PriceBook, items: Collection[Wanted], together: frozenset[str] = _NO_ARTICLES) -> Volumes:
        """What the prices of the items at these conditions depend on.

        `together` are the articles of a price list that are asked for one after the other: looked up at once.
        """
        conditions = (each for found in book.conditions.values() for each in found)
        limited = {each.call_off for each in conditions if each.call_off_max is not None}
        taken = self._snapshot.called_off(limited, self._but) if limited else {}
        called_off = {key: taken.get(key, _NONE) for key in limited}
        if not has_periods(book):
            return Volumes(called_off)
        apart: dict[tuple[str, date], list[Counted]] = {}
        for each in set(counted_for(self._context, book, items)):
            apart.setdefault((each.account, each.first), []).append(each)
        bought: dict[Counted, Fraction] = {}
        found: dict[Looked, Bought] = {}
        for counted in apart.values():
            looked = self._look(counted, together)
            found[looked] = self._found[looked]
            bought |= self._quantities(counted, found[looked])
        return Volumes(called_off, bought, found)

    def _look(self, counted: Sequence[Counted], together: frozenset[str]) -> Looked:
        """What was looked up of an account since a day: the articles asked for, or all where a group counts."""
        account, first, _ = counted[0]
        named = frozenset(each.group.product for each in counted)
        if named <= together:
            named = together
        products = None if any(each.group.name for each in counted) else named
        looked = Looked(self._snapshot.belonging(account), first, self._context.on, products)
        if looked not in self._found:
            self._found[looked] = self._snapshot.bought(looked, self._but)
        return looked

    def _quantities(self, counted: Collection[Counted], bought: Bought) -> dict[Counted, Fraction]:
        skus = {sku for sku, _ in bought}
        groups = self._groups(skus) if any(each.group.name for each in counted) else {}
        return quantities_of(counted, bought, self._snapshot.products(skus), groups)

    def _groups(self, skus: Collection[str]) -> dict[str, frozenset[str]]:
        """The scale groups that each of the articles belongs to."""
        context = self._context

        def find(missing: Collection[str]) -> dict[str, frozenset[str]]:
            products: Collection[Product] = self._snapshot.products(missing).values()
            named = {name for product in products for name in objects(product)}
            by_object = self._snapshot.conditions(context.subjects, named)
            lists = self._snapshot.lists({each.list for found in by_object.values() for each in found})
            return scale_groups(context, PriceBook(by_object, lists), products)

        return self._snapshot.found_out((context.subjects, context.on, context.currency), skus, find)
