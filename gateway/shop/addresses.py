"""Addresses within a session: relative, so that they hold behind whatever stands before us, and of this session only.

The language a shopper chose, and that he wants the pages dark, stand behind the key (`/shop/KEY.en.dark/cart`), since
no cookie could keep it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from gateway.model.punchout import Operation
from gateway.model.shopping import Session
from gateway.shop.texts import LANGUAGES

_PAGE = re.compile(r"(?:|search|cart|quick|transfer|return|p/[^/?#\\\s]+)", re.ASCII)
_TOLD = ("at", "n", "u", "why", "gone", "left", "changed")
"""Parameters that tell what a form came to: they are not carried on."""
_MOST_PARAMETERS = 1_000
_DARK = "dark"

Query = tuple[tuple[str, str], ...]


class Place(NamedTuple):
    """A page of a session: the key and what was chosen as its address has them, the page with its query."""

    key: str
    chosen: str | None = None
    page: str = ""
    query: Query = ()
    is_dark: bool = False

    @property
    def root(self) -> str:
        """What leads from the page to the first page of the session."""
        return "../" * self.page.count("/")

    @property
    def shop(self) -> str:
        """What leads from the page to /shop/."""
        return f"{self.root}../"

    def to(self, page: str = "", **query: object) -> str:
        """The relative address of another page of the session."""
        return (self.root + _with_query(page, [(name, str(each)) for name, each in query.items()])) or "./"

    def article(self, sku: str, **query: object) -> str:
        """The relative address of an article's page."""
        return self.to(article_page(sku), **query)

    def spoken(self, language: str) -> str:
        """The relative address of this page in another language."""
        return self._in(self._replace(chosen=language))

    @property
    def other_light(self) -> str:
        """The relative address of this page dark where it is light, and light where it is dark."""
        return self._in(self._replace(is_dark=not self.is_dark))

    def _in(self, other: Place) -> str:
        """The relative address of this page as another place has it."""
        chosen = (other.key, other.chosen, _DARK if other.is_dark else None)
        return f"{self.shop}{'.'.join(filter(None, chosen))}/{self.back}"

    @property
    def back(self) -> str:
        """This page as forms name it, to come back to."""
        return _with_query(self.page, [each for each in self.query if each[0] not in _TOLD])


def place_of(segment: str, page: str, raw_query: str) -> Place:
    """The place that an address names."""
    key, *chosen = segment.split(".")
    language = next((each for each in chosen if each in LANGUAGES), None)
    return Place(key, language, page, tuple(_parameters(raw_query)), _DARK in chosen)


def article_page(sku: str) -> str:
    """The page of an article."""
    return f"p/{quote(sku, safe='')}"


def start_of(session: Session, selected: str | None) -> str:
    """The page a session begins with: the cart that was brought, the article selected, what is looked for, or home."""
    if session.setup.operation is Operation.EDIT:
        return "cart"
    if selected:
        return article_page(selected)
    if session.is_read_only:
        return "cart"
    return _with_query("search", [("q", session.called.search)]) if session.called.search else ""


def came_from(back: str, told: Query, anchor: str = "") -> str:
    """Where the browser goes after a form: the page it came from, told what it came to.

    What names no page of a session leads to its first one, whoever wrote it.
    """
    page, _, query = back.partition("?")
    if not _PAGE.fullmatch(page):
        page, query = "", ""
    kept = [each for each in _parameters(query) if each[0] not in _TOLD]
    address = _with_query(page, [*kept, *told]) or "./"
    return f"{address}#{quote(anchor, safe='')}" if anchor else address


def form_token(session: Session, key: str) -> str:
    """What the forms of a session carry: made of what its address shows and what it does not."""
    return hmac.new(key.encode(), f"form {session.id}".encode(), hashlib.sha256).hexdigest()


def is_of(session: Session, key: str, token: str) -> bool:
    """Whether a form that carries this token is one of the session's."""
    return hmac.compare_digest(form_token(session, key).encode(), token.encode("utf-8", "surrogatepass"))


def _parameters(query: str) -> list[tuple[str, str]]:
    """The parameters of a query; none of one that has more than any address of ours."""
    return parse_qsl(query, keep_blank_values=True) if query.count("&") < _MOST_PARAMETERS else []


def _with_query(page: str, query: list[tuple[str, str]]) -> str:
    return f"{page}?{urlencode(query)}" if query else page
