"""Articles and accounts as an account sees them, read from the store in whole sets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from gateway.commerce.product_view import ProductView, Told, Viewer, product_view
from gateway.commerce.service import Service, service
from gateway.model.product import Product
from gateway.pipeline.assortment import permitted
from gateway.pipeline.snapshot import Snapshot


def viewer_of(
    snapshot: Snapshot, account: str, subjects: Sequence[str], on: date, language: str | None = None
) -> Viewer:
    """Who looks: the account with its subjects; its own language where no other is wanted."""
    chain = snapshot.chain(account)
    spoken = language or next((each.language for each in chain if each.language), None)
    return Viewer(subjects, tuple(each.account for each in chain), on, spoken)


def product_views(snapshot: Snapshot, viewer: Viewer, products: Sequence[Product]) -> list[ProductView]:
    """The articles as the viewer sees them, in order, whatever he may buy: ask for what is permitted first."""
    skus = [product.sku for product in products]
    relations = snapshot.catalogue.relations(skus)
    related = {each.related for found in relations.values() for each in found}
    related |= {product.successor for product in products if product.successor}
    sold = permitted(snapshot, tuple(viewer.subjects), snapshot.products(related).values())
    texts = snapshot.catalogue.tailoring(viewer.subjects, skus)
    numbers = snapshot.catalogue.numbers_of(viewer.chain, skus)
    return [
        product_view(
            product,
            viewer,
            Told(texts.get(product.sku, ()), relations.get(product.sku, ()), numbers.get(product.sku, ()), sold),
        )
        for product in products
    ]


def service_of(snapshot: Snapshot, account: str, subjects: Sequence[str]) -> Service:
    """How the account of these subjects is served, and by whom."""
    chain = snapshot.chain(account)
    levels = snapshot.catalogue.service_levels({each.service_level for each in chain if each.service_level})
    return service(chain, subjects, levels, snapshot.catalogue.service_contacts(subjects))
