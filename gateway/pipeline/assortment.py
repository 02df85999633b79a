"""What an account may buy, read from the store: of a few articles, or all of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gateway.commerce.assortment import entitlement, scopes
from gateway.model.product import Product
from gateway.pipeline.snapshot import Snapshot

FEW = 5_000


def permitted(snapshot: Snapshot, subjects: tuple[str, ...], products: Collection[Product]) -> frozenset[str]:
    """The SKUs of the articles that an account of these subjects may buy, of those given."""
    assignments = snapshot.assignments(subjects)
    named = {scope for product in products for scope in scopes(product)} if assignments.names else ()
    members = snapshot.members(assignments.names, named) if named else ()
    entitled = entitlement(assignments, members)
    return frozenset(product.sku for product in products if entitled.permits(product))


def scopes_within(snapshot: Snapshot, subjects: tuple[str, ...]) -> frozenset[str] | None:
    """The scopes of which an article has one that an account of these subjects may buy; None where none narrow it."""

    def read(_: Collection[str]) -> dict[str, tuple[frozenset[str] | None]]:
        assignments = snapshot.assignments(subjects)
        members = snapshot.catalogue.members(assignments.names) if assignments.names else ()
        return {"": (entitlement(assignments, members).named,)}

    [(named,)] = snapshot.found_out(("within", subjects), [""], read).values()
    return named


def permitted_products(
    snapshot: Snapshot, subjects: tuple[str, ...], after: str = "", *, for_prices: bool = False
) -> Iterator[Product]:
    """Every article that an account of these subjects may buy, in the order of SKUs, from the one after a SKU on.

    For prices only their name is read besides what prices depend on, unless a rule of an assortment asks for more.
    """
    assignments = snapshot.assignments(subjects)
    members = snapshot.catalogue.members(assignments.names) if assignments.names else ()
    entitled = entitlement(assignments, members)
    named = entitled.named
    held = None if named is None else snapshot.catalogue.held(named)
    # Past some thousand articles, to read them all and to leave some out is faster than to look each up.
    is_narrow = for_prices and not entitled.has_rules
    read = snapshot.catalogue.priced if is_narrow else snapshot.catalogue.products
    products = read(after, None if held is None or len(held) > FEW else held)
    return (product for product in products if entitled.permits(product))
