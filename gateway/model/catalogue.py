"""What is told of an article beside its own record: relations, texts for single customers, documents, attributes."""

from __future__ import annotations

import re
from decimal import Decimal
from urllib.parse import urlsplit

from gateway.model.quantity import parse_decimal
from gateway.model.value import Value

RELATIONS = ("accessory", "spare_part", "compatible", "successor", "substitute", "consumable", "cross")
"""What an article may be to another one."""

# A number and its unit stand apart, so that 4711A and 8x40 stay the texts they are; a leading zero makes a code.
_MEASURED = re.compile(r"(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?)(?: ([^\s\d]\S{0,19})|([%°]\S{0,2}))?")


class Relation(Value, kw_only=True):
    """An article related to another: `quantity` of `related` for one `product`, at a `position` of its drawing."""

    product: str
    related: str
    kind: str
    quantity: Decimal | None = None
    position: str | None = None


class Tailoring(Value, kw_only=True):
    """A text of an article for one subject.

    `field` is name, description or note, name:LANG or description:LANG, or attr:NAME.
    """

    subject: str
    product: str
    field: str
    value: str


class Document(Value, kw_only=True):
    """A document about an article; `type` is the ending of its address, as pdf or step."""

    url: str
    name: str | None = None
    type: str | None = None


class Attribute(Value, kw_only=True):
    """An attribute of an article: a number with its unit where the text states one, else the text alone."""

    text: str
    number: Decimal | None = None
    unit: str | None = None


def attribute(text: str) -> Attribute:
    """The attribute a text states: `8 mm`, `-20 °C`, `12` and `50%` are numbers, anything else is a text."""
    found = _MEASURED.fullmatch(text)
    if found is None:
        return Attribute(text=text)
    try:
        number = parse_decimal(found[1])
    except ValueError:
        return Attribute(text=text)
    return Attribute(text=text, number=number, unit=found[2] or found[3])


def documents(text: str | None) -> tuple[Document, ...]:
    """The documents a text lists: `NAME URL | NAME URL`; raises ValueError for an entry without a web address."""
    return tuple(_document(entry) for entry in (text or "").split("|") if entry.strip())


def _document(entry: str) -> Document:
    *name, url = entry.split()
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url[:60]!r} is no address that begins with https:// or http://")
    _, dot, ending = parts.path.rpartition("/")[2].rpartition(".")
    return Document(url=url, name=" ".join(name) or None, type=ending.lower() if dot and ending.isalnum() else None)
