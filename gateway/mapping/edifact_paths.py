"""Paths of the edifact dialect read: groups, a segment with its filters, an element.

path    = { group ">" } segment [ "/" element ]
group   = TAG { filter }       segment = TAG { filter }
filter  = "[" [element "="] value { "," value } "]"
element = four digits [ "#" n | "*" ]
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gateway.mapping.grammar import Scanner

_TAG = re.compile(r"[A-Z][A-Z0-9]{2}(?![A-Za-z0-9])")
_ELEMENT = re.compile(r"[0-9]{4}(?![0-9])")
_EQUALS = re.compile(r"[0-9]{4}[ \t]*=")
_VALUE = re.compile(r"[^\[\]',=]+")
_NUMBER = re.compile(r"[1-9][0-9]?")


class Filter(NamedTuple):
    """One filter: the element's code, None for the segment's qualifier, and the values it may have."""

    element: str | None
    values: tuple[str, ...]
    offset: int


class Tagged(NamedTuple):
    """A segment or group by its tag and what must hold of it."""

    tag: str
    filters: tuple[Filter, ...]
    offset: int


class ElementReference(NamedTuple):
    """An element by its code; `occurrence` counts from 1, None without #n."""

    code: str
    occurrence: int | None
    every: bool
    offset: int


class EdifactPath(NamedTuple):
    """A path: the groups to go down, the segment, and the element or the segment as a whole."""

    groups: tuple[Tagged, ...]
    segment: Tagged
    element: ElementReference | None
    text: str


def edifact_path(scanner: Scanner) -> EdifactPath:
    """The path that comes next."""
    scanner.skip()
    begin = scanner.offset
    tagged = [_tagged(scanner)]
    while scanner.accept(">"):
        tagged.append(_tagged(scanner))
    # `//` begins a fallback, a single `/` the element.
    element = None if scanner.sees("//") or not scanner.accept("/") else _element(scanner)
    return EdifactPath(tuple(tagged[:-1]), tagged[-1], element, scanner.text[begin : scanner.offset].strip())


def _tagged(scanner: Scanner) -> Tagged:
    scanner.skip()
    offset = scanner.offset
    tag = scanner.match(_TAG, "a segment tag")
    filters: list[Filter] = []
    while scanner.accept("["):
        filters.append(_filter(scanner))
    return Tagged(tag, tuple(filters), offset)


def _filter(scanner: Scanner) -> Filter:
    scanner.skip()
    offset = scanner.offset
    element = None
    if _EQUALS.match(scanner.text, offset):
        element = scanner.match(_ELEMENT, "an element")
        scanner.expect("=")
    values = [_value(scanner)]
    while scanner.accept(","):
        values.append(_value(scanner))
    scanner.expect("]")
    return Filter(element, tuple(values), offset)


def _value(scanner: Scanner) -> str:
    return scanner.literal() if scanner.sees("'") else scanner.match(_VALUE, "a value").strip()


def _element(scanner: Scanner) -> ElementReference:
    scanner.skip()
    offset = scanner.offset
    code = scanner.match(_ELEMENT, "an element of four digits")
    if scanner.accept("*"):
        return ElementReference(code, None, True, offset)
    occurrence = int(scanner.match(_NUMBER, "a number from 1 to 99")) if scanner.accept("#") else None
    return ElementReference(code, occurrence, False, offset)
