"""Segment templates: `QTY+113:{confirmed? | plain}:{unit}` as values, before anything is compiled.

A template looks like the segment it makes: `+` between elements, `:` between components, `?` releases the next
character. `{path}` is a placeholder, `{path?}` and `{path!}` say what empty means, `[..]` around a composite makes it
one of a list of like composites, `@name` places a nested table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

_TAG = re.compile(r"[A-Z][A-Z0-9]{2}")
_TABLE = re.compile(r"@([a-z][a-z0-9_]*)")
_SEPARATORS = "+:[]{}"


class TemplateError(ValueError):
    """The template cannot be read; `offset` counts its characters from 0."""

    def __init__(self, text: str, offset: int) -> None:
        super().__init__(text)
        self.offset = offset


class Placeholder(NamedTuple):
    """A value to fill in: the rule between the braces, and where in the template that begins."""

    rule: str
    offset: int


Component: TypeAlias = tuple[str | Placeholder, ...]


class Slot(NamedTuple):
    """One element of a template: its components, and whether it is one of a list of like composites."""

    components: tuple[Component, ...]
    listed: bool
    offset: int


class SegmentTemplate(NamedTuple):
    """A segment to be written; `slots[i]` is the element after the tag at position i + 1."""

    tag: str
    slots: tuple[Slot, ...]

    @property
    def key(self) -> str:
        """What an overlay names this segment by: its tag and, where that is a literal, its qualifier."""
        first = self.slots[0].components[0] if self.slots else ()
        if len(first) == 1 and isinstance(first[0], str):
            return f"{self.tag}+{first[0]}"
        return self.tag


class TablePlace(NamedTuple):
    """`@name`: the place of a nested table."""

    name: str

    @property
    def key(self) -> str:
        """What an overlay names this place by."""
        return f"@{self.name}"


def parse_template(text: str) -> SegmentTemplate | TablePlace:
    """The template a text states. Raises TemplateError with the offset of the fault."""
    place = _TABLE.fullmatch(text)
    if place:
        return TablePlace(place[1])
    tag = _TAG.match(text)
    if tag is None or text[tag.end() : tag.end() + 1] not in ("", "+"):
        raise TemplateError("a segment begins with its tag of three capitals, a nested table with @", 0)
    return SegmentTemplate(tag[0], tuple(_Scanner(text, tag.end()).slots()))


def parse_text(text: str) -> Component:
    """A text with placeholders in it, `Order {number}`; {{ and }} are braces. Raises TemplateError with the offset."""
    parts: list[str | Placeholder] = []
    at = 0
    while at < len(text):
        if text.startswith(("{{", "}}"), at):
            parts.append(text[at])
            at += 2
        elif text[at] == "{":
            end = _closing_brace(text, at)
            parts.append(Placeholder(text[at + 1 : end], at + 1))
            at = end + 1
        else:
            end = next((place for place in range(at + 1, len(text)) if text[place] in "{}"), len(text))
            parts.append(text[at:end])
            at = end
    return tuple(parts)


class _Scanner:
    """Reads the elements of one template from left to right."""

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self._at = position

    def slots(self) -> Iterator[Slot]:
        while self._next() == "+":
            self._at += 1
            yield self._slot()
        if self._at < len(self._text):
            raise TemplateError(f"{self._next()!r} is not expected here", self._at)

    def _slot(self) -> Slot:
        offset, listed = self._at, self._next() == "["
        self._at += listed
        components = [self._component()]
        while self._next() == ":":
            self._at += 1
            components.append(self._component())
        if listed:
            if self._next() != "]":
                raise TemplateError("the list's composite is not closed by ]", offset)
            self._at += 1
        return Slot(tuple(components), listed, offset)

    def _component(self) -> Component:
        parts: list[str | Placeholder] = []
        while self._at < len(self._text):
            if self._next() == "{":
                parts.append(self._placeholder())
            elif self._next() in _SEPARATORS:
                break
            else:
                parts.append(self._literal())
        return tuple(parts)

    def _literal(self) -> str:
        characters: list[str] = []
        while self._at < len(self._text) and self._next() not in _SEPARATORS:
            if self._next() == "?":
                self._at += 1
                if self._at == len(self._text):
                    raise TemplateError("the release character ? stands before a character", self._at - 1)
            characters.append(self._next())
            self._at += 1
        return "".join(characters)

    def _placeholder(self) -> Placeholder:
        start, end = self._at + 1, _closing_brace(self._text, self._at)
        self._at = end + 1
        return Placeholder(self._text[start:end], start)

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]


def _closing_brace(text: str, start: int) -> int:
    """The offset of the } that ends the placeholder opened at `start`; one inside quotes is data."""
    quoted = False
    for position in range(start + 1, len(text)):
        if text[position] == "'":
            quoted = not quoted
        elif text[position] == "}" and not quoted:
            return position
    raise TemplateError("the placeholder is not closed by }", start)
