"""Lists that a buyer's system takes without anybody shopping: what a word finds, and the catalogue page by page."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import islice

from msgspec.structs import replace

from gateway.commerce.buyer_rules import Weight, fit
from gateway.commerce.price_plans import Listed, Tier
from gateway.commerce.pricing import PriceUnit, publish
from gateway.commerce.units import base_units
from gateway.model.cart import Cart
from gateway.model.catalogue import documents
from gateway.model.product import Product
from gateway.model.profile import Profile
from gateway.oci.call import Page
from gateway.oci.json_page import Article, Picture, Scale, json_page
from gateway.pipeline.assortment import permitted_products
from gateway.pipeline.price_list import price_list
from gateway.punchout.returning import cart_to_give
from gateway.punchout.shelf import Shelf
from gateway.search.finding import Finder
from gateway.search.index import SearchIndex

MOST_FOUND = 100
"""Articles that a search in the background gives: the buyer's system shows them beside those of other catalogues."""


def found_in_background(shelf: Shelf, index: SearchIndex, profile: Profile, text: str) -> Cart:
    """What the words find as a cart of single articles, fitted to the buyer's rules; what does not fit is left out."""
    found = Finder(shelf.snapshot, shelf.desk, index).find(text, MOST_FOUND)
    fitted = fit(cart_to_give(shelf.session, tuple(shelf.offered(found.products))), profile)
    bad = {each.line for each in fitted.findings if each.weight is Weight.BLOCKING}
    good = tuple(each for each in fitted.cart.lines if each.position not in bad)
    return replace(fitted.cart, lines=good)


def catalogue_page(shelf: Shelf, profile: Profile, page: Page) -> bytes:
    """A page of all that the account may buy, with its prices, in the order of SKUs, as OCI 5.0 downloads it.

    An article without a price counts, and is not listed; nor is one in a unit that the buyer's system has no code for.
    """
    skus = catalogue_skus(shelf)
    first = min((page.number - 1) * page.size, len(skus))
    after = skus[first - 1] if first else ""
    listed = islice(price_list(shelf.snapshot, shelf.asked, after), min(page.size, len(skus) - first))
    priced = [each for each in listed if each.tiers]
    products = shelf.snapshot.products([each.product.sku for each in priced])
    articles = (_article(each, products.get(each.product.sku, each.product), profile, shelf) for each in priced)
    return json_page(page, len(skus), [each for each in articles if each is not None])


def catalogue_skus(shelf: Shelf) -> Sequence[str]:
    """The SKUs of all that the account may buy, found out once for each state of the trade data."""

    def find(_: object) -> dict[str, tuple[str, ...]]:
        products = permitted_products(shelf.snapshot, shelf.desk.buyer, for_prices=True)
        return {"": tuple(each.sku for each in products)}

    return shelf.snapshot.found_out(("skus", shelf.desk.buyer), [""], find).get("", ())


def _article(listed: Listed, product: Product, profile: Profile, shelf: Shelf) -> Article | None:
    """The article at prices for its base unit, in which VALIDATE counts; None where the buyer has no code for it."""
    unit = profile.unit_sent(product.base_unit)
    if unit is None:
        return None
    (first, *scales), called = _for_same_units(listed.tiers, product), shelf.session.called
    return Article(
        product_id=product.sku, texts=product.names or {called.language: product.name}, price=first.unit_price,
        per=first.price_unit, currency=called.currency, unit=unit, lead_time_days=product.lead_time_days,
        min_quantity=product.min_quantity, scales=tuple(_scales(scales, first, shelf)),
        pictures=tuple(_pictures(product)), attributes=product.attributes, category=product.category or "",
    )  # fmt: skip


def _for_same_units(tiers: Sequence[Tier], product: Product) -> list[Tier]:
    """The tiers with their prices for so many base units as the first one, or for as many as one of them needs."""
    first = _for_base_units(tiers[0], product)
    stated = [_for_base_units(each, product, first.price_unit) for each in tiers]
    most = max(each.price_unit for each in stated)
    return [_for_base_units(each, product, most) for each in tiers]


def _for_base_units(tier: Tier, product: Product, per: Decimal | None = None) -> Tier:
    """The tier with its price for base units, in which its quantity is: for `per` of them, where that says the same."""
    size = base_units(product, tier.unit)
    if size is None:
        return tier
    exact = Fraction(tier.unit_price) / (Fraction(tier.price_unit) * size)
    own = per or (tier.price_unit if size == 1 else None)
    wanted = [PriceUnit(own, product.base_unit, Fraction(own))] if own else []
    price, shown = publish(exact, wanted, PriceUnit(Decimal(1), product.base_unit, Fraction(1)))
    return tier._replace(unit_price=price, price_unit=shown.per, unit=shown.unit)


def _scales(tiers: Sequence[Tier], first: Tier, shelf: Shelf) -> Iterator[Scale]:
    """The prices from further quantities on that hold today, as far as they are stated as the first one is."""
    for each in tiers:
        holds = (each.valid_from or shelf.today) <= shelf.today <= (each.valid_to or shelf.today)
        if holds and each.above is None and (each.unit, each.price_unit) == (first.unit, first.price_unit):
            yield Scale(each.quantity, each.unit_price)


def _pictures(product: Product) -> Iterator[Picture]:
    for each in documents(product.documents):
        yield Picture(each.url, mimetypes.guess_type(each.url)[0] or "application/octet-stream", each.name or "")
