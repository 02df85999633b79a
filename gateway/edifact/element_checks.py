"""What a directory asks of each element, ready to be applied to segments quickly.

A sound segment is the rule: `is_sound` only finds that nothing needs a closer look, `validation` says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from gateway.edifact.directory import ComponentUse, Directory, ElementUse
from gateway.edifact.syntax import Segment

_FORMAT = re.compile(r"(an?|n)(\.\.)?(\d+)")


class Format(NamedTuple):
    """A data element's format: kind (a, an, n), and how few and many characters it has."""

    kind: str
    fewest: int
    most: int


class Part(NamedTuple):
    """A component: text of up to `free` characters is good, longer text must be in `codes` or have the form `fits`."""

    free: int
    codes: frozenset[str]
    fits: Callable[[str], object]
    mandatory: bool


class Check(NamedTuple):
    """A segment: how few and many elements it has (the tag counted).

    For each element: whether it must be, how few and many components it has, and its parts.
    """

    fewest: int
    most: int
    elements: tuple[tuple[bool, int, int, tuple[Part, ...]], ...]
    uses: tuple[ElementUse, ...]


@lru_cache(maxsize=64)
def checks(directory: Directory, decimal_mark: str) -> dict[str, Check]:
    """The check of every segment of a directory under one decimal mark, by tag."""
    return {tag: _check(directory, tag, decimal_mark) for tag in directory.tags}


def is_sound(segment: Segment, check: Check) -> bool:
    """Whether nothing in the segment needs a closer look."""
    fewest_elements, most_elements, elements, _ = check
    if not fewest_elements <= len(segment) <= most_elements:
        return False
    values = iter(segment)
    next(values)
    for element, (required, fewest, most, parts) in zip(values, elements, strict=False):
        if not element[0] and len(element) == 1:
            if required:
                return False
            continue
        if not fewest <= len(element) <= most or element.__class__ is not list:
            return False
        for value, (free, codes, fits, mandatory) in zip(element, parts, strict=False):
            if len(value) > free:
                if value not in codes and not fits(value):
                    return False
            elif mandatory and not value:
                return False
    return True


def parse_format(form: str) -> Format:
    """The format that a directory writes "an..35", "n6" or "a3"."""
    found = _FORMAT.fullmatch(form)
    if not found:
        return Format("an", 1, 0)
    most = int(found[3])
    return Format(found[1], 1 if found[2] else most, most)


def matcher(form: Format, decimal_mark: str) -> Callable[[str], object]:
    """What says whether a value has a format; sign and decimal mark do not count (ISO 9735, numeric values)."""
    fewest, most = form.fewest, form.most
    if form.kind == "an":
        expression = f"(?s:.{{{fewest},{most}}})"
    elif form.kind == "a":
        expression = f"[^0-9]{{{fewest},{most}}}"
    else:
        mark = re.escape(decimal_mark)
        expression = rf"-?(?:\d{{{fewest},{most}}}|(?=.{{{max(fewest, 2) + 1},{most + 1}}}\Z)\d+{mark}\d+)"
    return re.compile(expression, re.ASCII).fullmatch


def _check(directory: Directory, tag: str, decimal_mark: str) -> Check:
    table = directory.segment(tag)
    uses = table.elements if table else ()
    elements: list[tuple[bool, int, int, tuple[Part, ...]]] = []
    fewest_elements = 1
    for position, use in enumerate(uses, 1):
        parts = tuple(_part(directory, component, decimal_mark) for component in use.components)
        fewest = max((at for at, part in enumerate(parts, 1) if part.mandatory), default=1)
        elements.append((use.status == "M", fewest, len(parts), parts))
        if use.status == "M":
            fewest_elements = position + 1
    return Check(fewest_elements, len(uses) + 1, tuple(elements), uses)


def _part(directory: Directory, use: ComponentUse, decimal_mark: str) -> Part:
    mandatory = use.status == "M"
    codes = directory.codes(use.code)
    if codes is not None:
        return Part(0, codes, _never, mandatory)
    form = parse_format(use.format)
    if form.kind == "an" and form.fewest == 1:
        return Part(form.most, frozenset(), _never, mandatory)
    return Part(0, frozenset(), matcher(form, decimal_mark), mandatory)


def _never(_value: str) -> bool:
    return False
