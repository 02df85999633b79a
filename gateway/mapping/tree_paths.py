"""Paths of the xml and json dialects read: from an element, or from around it, down by names.

path   = [ "/" | { "../" } ] step { "/" step } [ "*" ] | "." | ".." { "/.." }
step   = name { filter }       name = [ "@" ] [ prefix ":" ] word | '"' text '"' | "*": any element
filter = "[" n "]" | "[" name { "/" name } "=" value { "," value } "]"
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gateway.mapping.grammar import Scanner

ROOT = -1
"""Where a path begins that starts with `/`: at the element that is the message."""

ANY = "*"
"""The name of any element."""

_WORD = re.compile(r"@?[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?")
_QUOTED = re.compile(r'"[^"]+"')
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
_VALUE = re.compile(r"[^\[\]',=]+")


class TreeFilter(NamedTuple):
    """What must hold of an element: what stands at a path inside it has one of the values."""

    names: tuple[TreeName, ...]
    values: tuple[str, ...]


class TreeName(NamedTuple):
    """The name of an element or attribute; without a prefix it is meant in any namespace."""

    prefix: str
    name: str
    offset: int


class TreeStep(NamedTuple):
    """One step down: the name, what must hold, and which of those it is (from 1), None for all."""

    name: TreeName
    filters: tuple[TreeFilter, ...]
    number: int | None


class TreePath(NamedTuple):
    """A path: how many elements up it begins (`ROOT`: at the message), the steps down, and whether all are taken."""

    up: int
    steps: tuple[TreeStep, ...]
    every: bool
    text: str


def tree_path(scanner: Scanner) -> TreePath:
    """The path that comes next."""
    scanner.skip()
    begin = scanner.offset
    up, has_steps = _beginning(scanner)
    steps: list[TreeStep] = []
    if has_steps:
        steps.append(_step(scanner))
        # `//` begins a fallback, a single `/` the next step.
        while not scanner.sees("//") and scanner.accept("/"):
            steps.append(_step(scanner))
    every = bool(steps) and scanner.accept("*")
    return TreePath(up, tuple(steps), every, scanner.text[begin : scanner.offset].strip())


def _beginning(scanner: Scanner) -> tuple[int, bool]:
    """How far up the path begins, and whether steps follow."""
    if scanner.accept("/"):
        return ROOT, True
    up = 0
    while scanner.accept(".."):
        up += 1
        if scanner.sees("//") or not scanner.accept("/"):
            return up, False
    return (0, False) if not up and scanner.accept(".") else (up, True)


def _step(scanner: Scanner) -> TreeStep:
    name = _name(scanner)
    filters: list[TreeFilter] = []
    number = None
    while scanner.accept("["):
        scanner.skip()
        if number is not None:
            raise scanner.fault("the number of an element comes last", "as in E1EDKA1[PARVW='AG'][1]")
        if _NUMBER.match(scanner.text, scanner.offset):
            number = int(scanner.match(_NUMBER, "a number from 1"))
        else:
            filters.append(_filter(scanner))
        scanner.expect("]")
    return TreeStep(name, tuple(filters), number)


def _filter(scanner: Scanner) -> TreeFilter:
    names = [_name(scanner)]
    while scanner.accept("/"):
        names.append(_name(scanner))
    scanner.expect("=")
    values = [_value(scanner)]
    while scanner.accept(","):
        values.append(_value(scanner))
    return TreeFilter(tuple(names), tuple(values))


def _name(scanner: Scanner) -> TreeName:
    scanner.skip()
    offset = scanner.offset
    if scanner.accept(ANY):
        return TreeName("", ANY, offset)
    if scanner.sees('"'):
        return TreeName("", scanner.match(_QUOTED, "a name between quotes")[1:-1], offset)
    word = scanner.match(_WORD, "the name of an element, or @ and that of an attribute")
    mark, plain = ("@", word[1:]) if word.startswith("@") else ("", word)
    prefix, _, name = plain.rpartition(":")
    return TreeName(prefix, mark + name, offset)


def _value(scanner: Scanner) -> str:
    return scanner.literal() if scanner.sees("'") else scanner.match(_VALUE, "a value").strip()
