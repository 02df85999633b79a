"""Entries of the index: what an article, or a customer's own number for one, is found by."""

from __future__ import annotations

from typing import NamedTuple

from gateway.commerce.assortment import scopes
from gateway.model.product import PartNumber, Product
from gateway.search.words import bare_words_of, endings, number_form, stem, words_of


class Entry(NamedTuple):
    """One entry under its key; `account` is whose number it is, empty for an article itself.

    `names` are the words of its names, `words` those of everything said of it, `scopes` what an assortment may name
    to hold it.
    """

    key: str
    sku: str
    account: str = ""
    numbers: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()
    endings: frozenset[str] = frozenset()
    scopes: tuple[str, ...] = ()


def article_key(sku: str) -> str:
    """The key of an article's entry."""
    return f"article {sku}"


def number_key(number: PartNumber) -> str:
    """The key of the entry of a customer's number, from a day on."""
    return f"number {number.account} {number.number} {number.valid_from or ''}"


def article_entry(product: Product) -> Entry:
    """What an article is found by: its numbers, its names and texts in every language, its make and attributes."""
    named = [product.name, *product.names.values()]
    said = [
        product.description, *product.descriptions.values(), product.keywords, product.brand, product.manufacturer,
        product.category, *product.attributes.values(),
    ]  # fmt: skip
    names = _words(named)
    words = names | _words([text for text in said if text])
    gtins = [unit.gtin.lstrip("0") for unit in product.units if unit.gtin]
    numbers = [number_form(product.sku), number_form(product.manufacturer_part or ""), *gtins]
    return Entry(
        key=article_key(product.sku), sku=product.sku, numbers=tuple(dict.fromkeys(filter(None, numbers))),
        names=names, words=words, stems=frozenset(map(stem, words)),
        endings=frozenset(stem(each) for word in names for each in endings(word)), scopes=scopes(product),
    )  # fmt: skip


def number_entry(number: PartNumber) -> Entry:
    """What an article is found by at one account."""
    return Entry(number_key(number), number.product, number.account, (number_form(number.number),))


def _words(texts: list[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in (*words_of(text), *bare_words_of(text)))
