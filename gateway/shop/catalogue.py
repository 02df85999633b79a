"""Pages of the catalogue: the first one, and what a search finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from gateway.model.product import Product
from gateway.search.finding import Finder, Found, How, place_named
from gateway.search.index import SearchIndex
from gateway.shop.articles import Article, Step, articles_of, next_tiers
from gateway.shop.notes import Note, quantity_note
from gateway.shop.visit import Visit

AT_ONCE = 25
_TOLD = {How.ALIKE: "search.alike", How.SOME_WORDS: "search.some", How.NOTHING: "search.nothing"}


class Hit(NamedTuple):
    """A row of a list: the article, what stands in its quantity field, and why it was not taken."""

    article: Article
    anchor: str
    steps: Sequence[Step]
    text: str
    unit: str
    note: Note | None
    permitted: frozenset[str]


class Exact(NamedTuple):
    """The one article that a search means, by which of its numbers it was found, and the unit that this names."""

    sku: str
    by: str
    unit: str | None = None


def home_page(visit: Visit) -> str:
    """The first page."""
    return visit.page("home")


def search_page(visit: Visit, index: SearchIndex) -> str | Exact:
    """What is found; the article itself where a number means one alone."""
    sought = visit.asked("q").strip()
    after = place_named(visit.asked("after"))
    found = Finder(visit.shelf.snapshot, visit.shelf.desk, index).find(sought, AT_ONCE, after)
    if found.how is How.NUMBER and len(found.products) == 1:
        return Exact(found.products[0].sku, found.number or "sku", found.unit)
    return visit.page(
        "search", sought=sought, told=_told(visit, found, sought), hits=hits_of(visit, found.products),
        is_all=found.following is None and not after.at, is_further=after.at > 0, following=found.following,
    )  # fmt: skip


def hits_of(visit: Visit, products: Sequence[Product]) -> list[Hit]:
    """The articles as rows."""
    permitted = _permitted_successors(visit, products)
    return [_hit(visit, article, permitted) for article in articles_of(visit, products)]


def _hit(visit: Visit, article: Article, permitted: frozenset[str]) -> Hit:
    text, unit = visit.figures.field(article.least), article.product.base_unit
    note = None
    if visit.asked("at") == article.sku:
        text, unit = visit.asked("n"), visit.asked("u") or unit
        note = quantity_note(visit, visit.asked("why"), text, article.sku, unit)
    return Hit(article, f"r-{article.sku}", next_tiers(visit, article), text, unit, note, permitted)


def _permitted_successors(visit: Visit, products: Sequence[Product]) -> frozenset[str]:
    named = {product.successor for product in products if product.successor}
    return visit.shelf.desk.permitted(visit.shelf.snapshot.products(named).values())


def _told(visit: Visit, found: Found, sought: str) -> Markup | str:
    if found.how is How.NUMBER:
        return visit.texts.counted("search.ambiguous", len(found.products))
    key = _TOLD.get(found.how)
    return visit.texts(key, text=sought) if key and sought else ""
