"""Finding: what an account means by a number or by words, of what it may buy, as the store says now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from gateway.commerce.matching import gtin_forms
from gateway.model.product import PartNumber, Product
from gateway.pipeline.assortment import scopes_within
from gateway.pipeline.desk import PriceDesk
from gateway.pipeline.snapshot import Snapshot
from gateway.search.index import SearchIndex
from gateway.search.words import MOST_WORDS, begins_number, number_form, telling, words_of

MOST_HITS = 2_000
"""Past so many articles a question is too wide to be gone through."""
MOST_LETTERS = 400
"""The letters of a question that count."""
_MOST_OUTSIDE = 200
"""Hits gone through before only those of the account's assortment are looked for."""
_MOST_SCOPES = 5_000
_AT_ONCE = 100


class How(StrEnum):
    """By what something was found."""

    NUMBER = "number"
    WORDS = "words"
    BEGINNING = "beginning"
    ALIKE = "alike"
    SOME_WORDS = "some-words"
    NOTHING = "nothing"


_WAYS = (How.WORDS, How.BEGINNING, How.ALIKE, How.SOME_WORDS)


class Place(NamedTuple):
    """How far a list was gone through, and whether what it lists lies within the account's assortment alone."""

    at: int = 0
    within: bool = False

    def __str__(self) -> str:
        return f"{'within-' if self.within else ''}{self.at}"


_BEGINNING = Place()


def place_named(text: str) -> Place:
    """The place that a text names; the beginning where it names none."""
    bare = text.removeprefix("within-")
    at = int(bare) if bare.isascii() and bare.isdigit() and len(bare) < len(str(MOST_HITS)) + 1 else 0
    return Place(min(at, MOST_HITS), bare != text)


class Found(NamedTuple):
    """Articles in the order of how well they fit; `following` is where those after them begin, None at the end.

    Of a number, `number` is which one it is of the first article: sku, gtin, buyer_sku or manufacturer_part. `unit` is
    that which it names besides, as a GTIN does and a customer's own number may.
    """

    products: tuple[Product, ...]
    how: How
    number: str | None = None
    following: Place | None = None
    unit: str | None = None


class Finder:
    """Finds for one account, at one state of the store."""

    def __init__(self, snapshot: Snapshot, desk: PriceDesk, index: SearchIndex) -> None:
        self._snapshot = snapshot
        self._desk = desk
        self._index = index
        self._chain = tuple(each.account for each in snapshot.chain(desk.context.account))

    def find_each(self, texts: Sequence[str], most: int = 25) -> list[Found]:
        """What each of the texts means. The articles of our own numbers are read at once, and not anew for each."""
        self._snapshot.products([text.strip()[:MOST_LETTERS] for text in texts])
        return [self.find(text, most) for text in texts]

    def find(self, text: str, most: int = 25, after: Place = _BEGINNING) -> Found:
        """What the text means: the article whose number it is, else those it tells of, else those whose numbers begin
        so, else those it nearly tells of.
        """
        text = text.strip()[:MOST_LETTERS]
        named = self._by_number(text)
        if named is not None:
            return named
        words = telling(list(dict.fromkeys(words_of(text))))[:MOST_WORDS]
        for how in _WAYS if words else ():
            asked = [number_form(text)] if how is How.BEGINNING else words
            found = self._by_words(asked, how, after, most)
            # What follows a page that was full to the brim is nothing, and no other way to find.
            if found.products or (after.at and self._by_words(asked, how, _BEGINNING, 1).products):
                return found
        return Found((), How.NOTHING)

    def _by_number(self, text: str) -> Found | None:
        """The articles the account may buy that this is a number of: as it stands, else however it is written."""
        for kind, skus in self._exactly(text) if text else ():
            products = self._sold(skus)
            if products:
                return self._of_number(products, kind, number_form(text))
        form = number_form(text)
        if not any(sign.isdigit() for sign in form):
            return None
        # A GTIN is the same however many zeros stand before it.
        for each in dict.fromkeys((form, form.lstrip("0"))):
            products = self._sold(self._index.by_number(each, self._chain, _AT_ONCE)) if each else ()
            named = self._still_named(products, each)
            if named:
                return self._of_number(named, _which(named[0], each), each)
        return None

    def _of_number(self, products: tuple[Product, ...], kind: str, form: str) -> Found:
        """What a number means, with the unit that it names of the first article."""
        unit = None
        if kind == "gtin":
            packs = (each for each in products[0].units if each.gtin and _is_gtin(each.gtin, form))
            unit = next((each.code for each in packs), None)
        if kind == "buyer_sku":
            own = self._own_numbers([products[0].sku]).get(products[0].sku, [])
            unit = next((each.unit for each in own if number_form(each.number) == form), None)
        return Found(products, How.NUMBER, kind, unit=unit)

    def _own_numbers(self, skus: Sequence[str]) -> dict[str, list[PartNumber]]:
        """What the account calls each of the articles on the day."""
        on = self._desk.context.on
        numbers = self._snapshot.catalogue.numbers_of(self._chain, skus) if skus else {}
        return {sku: [each for each in own if each.holds(on)] for sku, own in numbers.items()}

    def _still_named(self, products: Sequence[Product], form: str) -> tuple[Product, ...]:
        """Those of the articles that have the number themselves, or that the account calls so on the day."""
        own = self._own_numbers([each.sku for each in products])
        held = {sku for sku, numbers in own.items() if any(number_form(each.number) == form for each in numbers)}
        return tuple(each for each in products if each.sku in held or _which(each, form) != "buyer_sku")

    def _exactly(self, text: str) -> Iterator[tuple[str, Sequence[str]]]:
        """What the text names by each kind of number; a kind is read once those before it name nothing that is sold."""
        yield "sku", [text]
        yield "gtin", [sku for sku, _ in self._snapshot.by_gtin(gtin_forms(text)).values()]
        own = self._snapshot.part_numbers(self._chain, [text]).get(text, [])
        held = [each for each in own if each.holds(self._desk.context.on)]
        yield "buyer_sku", [each.product for each in held if each.account == held[0].account]
        yield "manufacturer_part", self._snapshot.manufacturer_parts([text]).get(text, [])

    def _by_words(self, words: Sequence[str], how: How, after: Place, most: int) -> Found:
        """A part of what the words tell of: all of them, or else the first that tells of anything."""
        asked = [[word] for word in words] if how is How.SOME_WORDS else [words]
        found = Found((), how)
        for each in asked:
            found = self._listed(_Asked(each, how), after, most)
            if found.products:
                break
        return found

    def _listed(self, asked: _Asked, after: Place, most: int) -> Found:
        """So many articles from a place on. Where few of those that fit can be bought, only these are gone through."""
        found = self._gone_through(asked, after, most)
        if after.at == 0 and len(found.products) < most and found.following is not None:
            return self._gone_through(asked, Place(0, within=True), most)
        return found

    def _gone_through(self, asked: _Asked, after: Place, most: int) -> Found:
        within = self._within() if after.within else None
        last = MOST_HITS if after.within or after.at else _MOST_OUTSIDE
        place = after.at
        taken: list[Product] = []
        while len(taken) < most and place < last:
            skus = self._proposed(asked, within, place)
            sold = {each.sku: each for each in self._sold(skus)}
            for sku in skus:
                place += 1
                if sku in sold:
                    taken.append(sold.pop(sku))
                if len(taken) == most:
                    break
            if len(skus) < _AT_ONCE and len(taken) < most:
                return Found(tuple(taken), asked.how)
        return Found(tuple(taken), asked.how, following=after._replace(at=place) if place < MOST_HITS else None)

    def _proposed(self, asked: _Asked, within: Collection[str] | None, place: int) -> list[str]:
        """What the index proposes from a place on."""
        part = (place, _AT_ONCE)
        if asked.how is not How.BEGINNING:
            return self._index.by_words(asked.words, within, part, alike=asked.how is How.ALIKE)
        [form] = asked.words
        return self._index.by_beginning(form, self._chain, part) if begins_number(form) else []

    def _within(self) -> Collection[str] | None:
        """The scopes that narrow what is gone through; None where nothing does, or too many do."""
        named = scopes_within(self._snapshot, self._desk.buyer)
        return named if named is not None and len(named) <= _MOST_SCOPES else None

    def _sold(self, skus: Sequence[str]) -> tuple[Product, ...]:
        """The articles of these SKUs that the account may buy, in their order, each once."""
        products = self._snapshot.products(skus)
        permitted = self._desk.permitted(products.values())
        return tuple(products[sku] for sku in dict.fromkeys(skus) if sku in permitted)


class _Asked(NamedTuple):
    """Words looked for, and how."""

    words: Sequence[str]
    how: How


def _which(product: Product, form: str) -> str:
    """Which number of the article has this form; what none of its own has is the account's."""
    if number_form(product.sku) == form:
        return "sku"
    if product.manufacturer_part and number_form(product.manufacturer_part) == form:
        return "manufacturer_part"
    is_gtin = any(_is_gtin(unit.gtin, form) for unit in product.units if unit.gtin)
    return "gtin" if is_gtin else "buyer_sku"


def _is_gtin(gtin: str, form: str) -> bool:
    """Whether both are the same GTIN, however many zeros stand before it."""
    return gtin.lstrip("0") == form.lstrip("0")
