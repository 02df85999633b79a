"""Which page an address of a session means."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote

from gateway.search.index import SearchIndex
from gateway.shop.article_page import article_page
from gateway.shop.cart_page import cart_page
from gateway.shop.catalogue import Exact, home_page, search_page
from gateway.shop.ending import return_page
from gateway.shop.quick_order import quick_page
from gateway.shop.visit import Visit


class Elsewhere(NamedTuple):
    """That another page is meant: its relative address."""

    address: str


def show(visit: Visit, index: SearchIndex) -> str | Elsewhere | None:
    """The page; None where there is none of this address."""
    page = visit.place.page
    if page == "search":
        return _searched(visit, index)
    if page.startswith("p/"):
        return _of_article(visit, unquote(page.removeprefix("p/")))
    if page == "transfer" or (page == "return" and visit.session.is_closed):
        # What is not given back yet has no such page, and what is has no other.
        return Elsewhere("transfer" if visit.session.is_closed else "cart")
    if page == "quick":
        return quick_page(visit, index) if visit.is_shopping else Elsewhere("cart")
    pages = {"": home_page, "cart": cart_page, "return": return_page}
    return pages[page](visit) if page in pages else None


def _searched(visit: Visit, index: SearchIndex) -> str | Elsewhere:
    found = search_page(visit, index)
    if isinstance(found, Exact):
        number = visit.asked("q").strip()
        unit = {"u": found.unit} if found.unit else {}
        return Elsewhere(visit.place.article(found.sku, by=found.by, number=number, **unit))
    return found


def _of_article(visit: Visit, sku: str) -> str | Elsewhere:
    """The page of an article; of one that the account cannot buy, what a search for its number finds."""
    return article_page(visit, sku) or Elsewhere(visit.place.to("search", q=sku))
