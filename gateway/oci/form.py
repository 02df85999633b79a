"""The form that returns a cart by OCI: where it goes, how its fields are called, what SAP would drop of it unsaid."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from gateway.graphemes import fitting, graphemes
from gateway.issues import Issue

LENGTHS: Mapping[str, int] = {
    "DESCRIPTION": 40, "MATNR": 40, "QUANTITY": 15, "UNIT": 3, "PRICE": 15, "CURRENCY": 5, "PRICEUNIT": 5,
    "LEADTIME": 5, "VENDOR": 10, "VENDORMAT": 40, "MANUFACTCODE": 10, "MANUFACTMAT": 40, "MATGROUP": 10, "SERVICE": 1,
    "CONTRACT": 10, "CONTRACT_ITEM": 5, "EXT_QUOTE_ID": 35, "EXT_QUOTE_ITEM": 10, "EXT_PRODUCT_ID": 40,
    "ATTACHMENT": 255, "ATTACHMENT_TITLE": 255, "ATTACHMENT_PURPOSE": 1, "EXT_SCHEMA_TYPE": 10, "EXT_CATEGORY_ID": 60,
    "EXT_CATEGORY": 40, "SLD_SYS_NAME": 60, "CUST_FIELD1": 10, "CUST_FIELD2": 10, "CUST_FIELD3": 10, "CUST_FIELD4": 20,
    "CUST_FIELD5": 50, "ITEM_TYPE": 1, "PARENT_ID": 5,
}  # fmt: skip
"""The characters each field of an item has room for (OCI 4.0 and 5.0, "Fields"); LONGTEXT has no end."""
LONGTEXT = "LONGTEXT"
OLDEST = "4.0"
"""The version that is meant where nobody names one: what it lacks, not every system takes."""
_ONLY_OF_5 = frozenset({"ITEM_TYPE", "PARENT_ID"})
_FIELD = re.compile(r"NEW_ITEM-([A-Z0-9_]+)\[([1-9][0-9]{0,5})\]")
_LONG = re.compile(r"NEW_ITEM-LONGTEXT_([1-9][0-9]{0,5}):132\[\]")
_NUMBER = re.compile(r"[0-9]{1,11}(?:\.[0-9]{1,3})?")
_INTEGER = re.compile(r"[0-9]+")
_NUMBERS = {"QUANTITY": _NUMBER, "PRICE": _NUMBER, "PRICEUNIT": _INTEGER, "LEADTIME": _INTEGER}
_NEEDS = {
    "PRICE": "CURRENCY", "CONTRACT_ITEM": "CONTRACT", "EXT_QUOTE_ITEM": "EXT_QUOTE_ID",
    "EXT_CATEGORY_ID": "EXT_SCHEMA_TYPE", "EXT_CATEGORY": "EXT_SCHEMA_TYPE",
}  # fmt: skip
"""Fields that say nothing without another one."""
_PLAINER = {
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2018": "'",
    "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2022": "*", "\u20ac": "EUR",
    "\u2264": "<=", "\u2265": ">=", "\u2300": "\xd8", "\u0394": "Delta", "\u03a9": "Ohm", "\u2126": "Ohm",
    "\u03bc": "\xb5", "\u2044": "/",
}  # fmt: skip
"""What people write for characters that texts of articles hold and older charsets lack."""


class Hook(NamedTuple):
    """Where a form goes: the address without its query, and the query as fields that are sent with it."""

    action: str
    fields: tuple[tuple[str, str], ...]


class Item(NamedTuple):
    """An item of a form: its number, and its fields by name; LONGTEXT is one of them."""

    number: int
    fields: Mapping[str, str]


def hook(url: str, charset: str = "utf-8") -> Hook:
    """A HOOK_URL as a form can be posted to it: a browser would drop a query, so each parameter is a field.

    Parameters are read as bytes of the charset that the form will be in. Whether the address may be posted to is
    another matter: gateway.outbound.origins.
    """
    action, _, query = url.partition("?")
    return Hook(action, tuple(parse_qsl(query, keep_blank_values=True, encoding=charset, errors="replace")))


def item_field(name: str, number: int) -> str:
    """What a field of the item of this number, from 1, is called in a form."""
    return f"NEW_ITEM-LONGTEXT_{number}:132[]" if name == LONGTEXT else f"NEW_ITEM-{name}[{number}]"


def in_charset(fields: Iterable[tuple[str, str]], charset: str) -> list[tuple[str, str]]:
    """The fields with texts that a form in this charset can hold; no field of an item gets longer than it may be.

    A browser would write a reference (&#8211;) for each character that the charset lacks, and SAP shows it as it is.
    """
    return [(name, _held(name, value, charset)) for name, value in fields]


def _held(name: str, value: str, charset: str) -> str:
    if _fits(value, charset):
        return value
    text = "".join(_written(each, charset) for each in graphemes(value)) or "?"
    field = _FIELD.fullmatch(name)
    most = LENGTHS.get(field[1]) if field else None
    return text if most is None else fitting(text, most)


def _written(grapheme: str, charset: str) -> str:
    """What stands for a character as a reader sees it: itself, what looks like it, else a question mark."""
    composed = unicodedata.normalize("NFC", grapheme)
    if _fits(composed, charset):
        return composed
    written = "".join(sign if _fits(sign, charset) else _plainer(sign, charset) for sign in grapheme)
    return written or ("" if unicodedata.category(grapheme[0]) == "Cf" else "?")


def _plainer(sign: str, charset: str) -> str:
    """What looks like a sign that the charset lacks; empty where nothing does."""
    kind = unicodedata.decomposition(sign).partition(" ")[0]
    # 10 to the fourth is not 104, and two and an eighth not 21/8.
    alike = "" if kind == "<super>" else unicodedata.normalize("NFKD", _PLAINER.get(sign, sign))
    written = (each if _fits(each, charset) else _PLAINER.get(each, "") for each in alike)
    held = "".join(each for each in written if _fits(each, charset))
    return f" {held}" if kind == "<fraction>" else held


def items_of(fields: Iterable[tuple[str, str]]) -> list[Item]:
    """The items of a form as a buyer's system reads them, by number; what is no field of an item is left out."""
    items: dict[int, dict[str, str]] = {}
    for name, value in fields:
        if long := _LONG.fullmatch(name):
            text = items.setdefault(int(long[1]), {})
            text[LONGTEXT] = text.get(LONGTEXT, "") + value
        elif field := _FIELD.fullmatch(name):
            items.setdefault(int(field[2]), {})[field[1]] = value
    return [Item(number, items[number]) for number in sorted(items)]


def faults(fields: Iterable[tuple[str, str]], charset: str, version: str = OLDEST) -> list[Issue]:
    """What the buyer's system would drop or misread of a form without a word: there is nobody to tell us later.

    `path` names the field. OCI 4.0, "Fields of the interface"; lengths are in characters.
    """
    items = items_of(fields)
    found = [each for item in items for each in _of_item(item, charset, version)]
    numbers = [item.number for item in items]
    if numbers != list(range(1, len(numbers) + 1)):
        found.append(Issue(code="oci.item.number", text="the items are not numbered from 1 without a gap"))
    return found


def _of_item(item: Item, charset: str, version: str) -> Iterator[Issue]:
    filled = {name: value for name, value in item.fields.items() if value}
    for name in _missing(filled):
        yield _fault("oci.field.missing", f"{name} is missing", item_field(name, item.number))
    for name, value in filled.items():
        where = item_field(name, item.number)
        yield from _of_field(name, value, where)
        if not _fits(value, charset):
            yield _fault("oci.field.character", f"{name} holds a character that {charset} lacks", where)
        if name in _ONLY_OF_5 and version < "5":
            yield _fault("oci.field.unknown", f"{name} is not known before OCI 5.0", where)


def _of_field(name: str, value: str, where: str) -> Iterator[Issue]:
    most = LENGTHS.get(name)
    if most is not None and len(value) > most:
        yield _fault("oci.field.too-long", f"{name} has {len(value)} characters and room for {most}", where)
    form = _NUMBERS.get(name)
    if form is not None and not form.fullmatch(value):
        yield _fault("oci.field.number", f"{name} is {value[:20]!r}, no number as OCI writes it", where)


def _missing(filled: Mapping[str, str]) -> Iterator[str]:
    """The fields an item cannot do without, by those it has."""
    if "DESCRIPTION" not in filled and "MATNR" not in filled:
        yield "DESCRIPTION"
    if "UNIT" not in filled and "MATNR" not in filled:
        yield "UNIT"
    if "QUANTITY" not in filled:
        yield "QUANTITY"
    yield from dict.fromkeys(other for name, other in _NEEDS.items() if name in filled and other not in filled)


def _fits(value: str, charset: str) -> bool:
    try:
        value.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _fault(code: str, text: str, where: str) -> Issue:
    return Issue(code=code, text=text, path=where)
