"""A form that a shopper sent, as it came."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from gateway.model.shopping import Session
from gateway.search.index import SearchIndex
from gateway.shop.addresses import Place, Query, came_from
from gateway.shop.quantities import Typed, typed
from gateway.shop.texts import spoken

_MARK = 24


class Sent(NamedTuple):
    """A form as it came: of which session, to which address, with its fields; `articles` finds what it names."""

    session: Session
    place: Place
    fields: Sequence[tuple[str, str]]
    articles: SearchIndex

    def text(self, name: str) -> str:
        """A field, the last one of the name; empty where it is not there."""
        return next((value for each, value in reversed(self.fields) if each == name), "")

    @property
    def unit(self) -> str | None:
        """The unit it names."""
        return self.text("u")[:10] or None

    @property
    def typed(self) -> Typed:
        """The quantity it names: buttons state it plainly, shoppers as they write."""
        return typed(self.text("n"), self.language)

    @property
    def mark(self) -> str:
        """What tells it from any other form: the same bytes of the same page are the same form, sent again."""
        if not self.text("once"):
            return ""
        return hashlib.sha256(repr(list(self.fields)).encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]

    @property
    def language(self) -> str:
        """The language it is written in."""
        return self.place.chosen or spoken(self.session.called.language)

    def back(self, anchor: str = "", **told: str) -> str:
        """The page it came from."""
        return self.back_told(tuple(told.items()), anchor)

    def back_told(self, told: Query, anchor: str = "") -> str:
        """The page it came from, told this; of several lines in their order."""
        return came_from(self.text("back"), told, anchor)
