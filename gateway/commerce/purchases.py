"""What of the purchases before counts towards the scales over a period that concern a basket."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
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

_ZERO, _ONE = Fraction(0), Decimal(1)


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


def quantity_of(
    each: Counted, bought: Bought, products: Mapping[str, Product], groups: Mapping[str, Collection[str]]
) -> Fraction:
    """What was bought of an article, or of all that belong to a group, in the unit they are counted in.

    `products` are the articles that were bought, `groups` the scale groups that each belongs to.
    """
    group = each.group

    def counts(sku: str) -> bool:
        return group.name in groups.get(sku, ()) if group.name else sku == group.product

    quantities = (
        _in_unit(quantity, products[sku], unit, group.unit) for (sku, unit), quantity in bought.items() if counts(sku)
    )
    return sum(quantities, _ZERO)


def _in_unit(quantity: Decimal, product: Product, unit: str, wanted: str) -> Fraction:
    """A quantity in another unit of the article; nothing where it lacks one of the two."""
    size, of_wanted = base_units(product, unit), base_units(product, wanted)
    return Fraction(quantity) * size / of_wanted if size and of_wanted else _ZERO
