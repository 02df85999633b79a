"""What of the purchases before counts towards the scales over a period that concern a basket."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from gateway.commerce.basket import PriceBook
from gateway.commerce.conditions import Finder, PriceContext, Wanted, objects
from gateway.commerce.scales import counted
from gateway.commerce.units import base_units
from gateway.commerce.volumes import Counted
from gateway.model.price import PriceList
from gateway.model.product import Product
from gateway.model.purchases import Bought

_ZERO, _ONE = Decimal(0), Decimal(1)


def has_periods(book: PriceBook) -> bool:
    """Whether any of the conditions counts what was bought before."""
    return any(each.scale_period is not None for found in book.conditions.values() for each in found)


def counted_for(context: PriceContext, book: PriceBook, items: Collection[Wanted]) -> Iterator[Counted]:
    """What the scales over a period count that concern any of the items."""
    for item in items:
        for name in objects(item.product, item.configuration):
            for condition in book.conditions.get(name, ()):
                if condition.scale_period is not None:
                    known = book.lists.get(condition.list) or PriceList(list=condition.list)
                    yield counted(condition, known, item.product, context)


def scale_groups(context: PriceContext, book: PriceBook, products: Collection[Product]) -> dict[str, frozenset[str]]:
    """The scale groups that each of the articles belongs to, as lines of a document do, by SKU."""
    finder = Finder(context, book.lists)
    return {
        product.sku: frozenset(
            offer.condition.scale_group or ""
            for offer in finder.offers(Wanted(product, _ONE, product.base_unit), book.conditions)
            if offer.condition.scale_basis == "group_qty" and offer.refusal is None
        )
        for product in products
    }


def quantities_of(
    wanted: Collection[Counted],
    bought: Bought,
    products: Mapping[str, Product],
    groups: Mapping[str, Collection[str]],
) -> dict[Counted, Fraction]:
    """What was bought of each article, or of all that belong to a group, in the unit they are counted in.

    `products` are the articles that were bought, `groups` the scale groups that each belongs to.
    """
    of_article: dict[str, list[tuple[str, Decimal]]] = {}
    for (sku, unit), quantity in bought.items():
        of_article.setdefault(sku, []).append((unit, quantity))
    members: dict[str, list[str]] = {}
    for sku, names in groups.items():
        for name in names:
            members.setdefault(name, []).append(sku)
    found = {}
    for each in wanted:
        skus = members.get(each.group.name, []) if each.group.name else [each.group.product]
        parts = ((products[sku], *part) for sku in skus for part in of_article.get(sku, ()))
        found[each] = _together(parts, each.group.unit)
    return found


def _together(parts: Iterable[tuple[Product, str, Decimal]], wanted: str) -> Fraction:
    """The quantities of articles, each with its unit, in the wanted unit; nothing of those that lack one of the two."""
    same, others = _ZERO, Fraction(0)
    for product, unit, quantity in parts:
        if unit == wanted:
            same += quantity
            continue
        size, of_wanted = base_units(product, unit), base_units(product, wanted)
        if size and of_wanted:
            others += Fraction(quantity) * size / of_wanted
    return others + Fraction(same)
