"""Volumes: what was called off and bought before, as far as prices depend on it; nothing is read where none does."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from fractions import Fraction

from gateway.commerce.basket import PriceBook
from gateway.commerce.conditions import PriceContext, Wanted, objects
from gateway.commerce.purchases import counted_for, has_periods, quantity_of, scale_groups
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
        wanted = set(counted_for(self._context, book, items))
        looked_up = {each: self._look(each, wanted, together) for each in wanted}
        found = {looked: self._found[looked] for looked in looked_up.values()}
        return Volumes(called_off, {each: self._sum(each, found[at]) for each, at in looked_up.items()}, found)

    def _look(self, each: Counted, wanted: Collection[Counted], together: frozenset[str]) -> Looked:
        """What was looked up to know it: the articles that are asked for, or all where a group counts."""
        groups = [other.group for other in wanted if other[:2] == each[:2]]
        named = frozenset(group.product for group in groups)
        if named <= together:
            named = together
        products = None if any(group.name for group in groups) else named
        looked = Looked(self._snapshot.belonging(each.account), each.first, self._context.on, products)
        if looked not in self._found:
            self._found[looked] = self._snapshot.bought(looked, self._but)
        return looked

    def _sum(self, each: Counted, bought: Bought) -> Fraction:
        skus = {sku for sku, _ in bought}
        groups = self._groups(skus) if each.group.name else {}
        return quantity_of(each, bought, self._snapshot.products(skus), groups)

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
