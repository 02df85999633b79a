"""Outbound mappings: a canonical document rendered as the segments of one message.

Compiled once to closures; per message there are only attribute look-ups and list appends. Rules of templates
(mapping language, section 1): a segment whose placeholders are all empty is left out, `{x?}` empty drops it, `{x!}`
empty is an issue; a composite whose placeholders are all empty loses its literals; `[..]` composites close up; a table
with placeholders none of which was filled is left out with its literals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias, cast

import msgspec

from gateway.edifact.syntax import Element, Segment
from gateway.issues import Issue
from gateway.mapping.repeats import Repeat
from gateway.mapping.template_values import Fill, JoinedFill, Rendering, Text

Values: TypeAlias = Sequence[Text]


class Rendered(NamedTuple):
    """The body of a message, without UNH and UNT, and what could not be filled."""

    segments: list[Segment]
    issues: list[Issue]


class SegmentRendering(Rendering):
    """A document being rendered as segments: those written so far."""

    __slots__ = ("segments",)

    def __init__(self, document: msgspec.Struct) -> None:
        super().__init__(document)
        self.segments: list[Segment] = []


class ElementMaker(NamedTuple):
    """One element; `make` gives it from the segment's values, None where it has placeholders and all are empty."""

    make: Callable[[Values], Element | None]
    listed: bool


def element_maker(parts: Sequence[str | int], spread: bool, listed: bool) -> ElementMaker:
    """The maker of an element of literals and indexes of values; `spread`: its last value may be a list."""
    indexes = [part for part in parts if isinstance(part, int)]

    def literal(_: Values) -> Element:
        return [part for part in parts if isinstance(part, str)]

    def single(values: Values) -> Element | None:
        value = values[indexes[0]]
        return [value] if isinstance(value, str) and value else None

    def composite(values: Values) -> Element | None:
        made = [part if isinstance(part, str) else cast("str", values[part]) for part in parts]
        for index in indexes:
            if values[index]:
                return made
        return None

    def spreading(values: Values) -> Element | None:
        last = values[indexes[-1]]
        if not any(values[index] for index in indexes):
            return None
        begin = [part if isinstance(part, str) else cast("str", values[part]) for part in parts[:-1]]
        return [*begin, last] if isinstance(last, str) else [*begin, *last]

    if not indexes:
        return ElementMaker(literal, listed)
    if spread:
        return ElementMaker(spreading, listed)
    return ElementMaker(single if len(parts) == 1 else composite, listed)


class SegmentMaker(NamedTuple):
    """One segment template; `gates` are the values of `{x?}`, `required` those of `{x!}`."""

    tag: str
    fills: tuple[Fill | JoinedFill, ...]
    elements: tuple[ElementMaker, ...]
    gates: tuple[int, ...]
    required: tuple[int, ...]
    has_list: bool

    def render(self, rendering: SegmentRendering) -> bool:
        """Writes the segment unless it is left out; whether a value of the document is in it."""
        values = [fill.text(rendering) for fill in self.fills]
        for index in self.gates:
            if not values[index]:
                return False
        for index in self.required:
            if not values[index]:
                self.fills[index].report_missing(rendering)
        if self.fills and not any(values):
            return False
        rendering.segments.append(self._segment(values))
        return bool(self.fills)

    def _segment(self, values: Values) -> Segment:
        if not self.has_list:
            return [[self.tag], *[element.make(values) or [""] for element in self.elements]]
        segment: Segment = [[self.tag]]
        left_out = 0
        for maker in self.elements:
            element = maker.make(values)
            if maker.listed and element is None:
                left_out += 1
                continue
            if left_out and not maker.listed:
                segment.extend([""] for _ in range(left_out))
                left_out = 0
            segment.append(element or [""])
        return segment


class TableMaker(NamedTuple):
    """One table: rendered once, or for each item of a list that meets the condition."""

    repeat: Repeat
    makers: tuple[SegmentMaker | TableMaker, ...]
    only_literals: bool

    def render(self, rendering: SegmentRendering) -> bool:
        """Writes the table's segments; whether a value of the document is in them."""
        written = False
        for _ in self.repeat.places(rendering):
            written = self._render_once(rendering) or written
        return written

    def _render_once(self, rendering: SegmentRendering) -> bool:
        begin = len(rendering.segments)
        written = False
        for maker in self.makers:
            written = maker.render(rendering) or written
        if not written and not self.only_literals:
            del rendering.segments[begin:]
        return written or self.only_literals


class MessageKind(NamedTuple):
    """What UNH says of a message: `edifact ORDRSP D.96A UN EAN005` as type, version, release, agency, association."""

    type: str
    version: str
    release: str
    agency: str
    association: str


class OutboundMapping(NamedTuple):
    """A compiled outbound mapping: the canonical document it reads, what it makes, and its tables in order."""

    id: str
    reads: type[msgspec.Struct]
    message: MessageKind
    tables: tuple[TableMaker, ...]

    def render(self, document: msgspec.Struct) -> Rendered:
        """The document as the body of one message; issues name fields of the document and rules of the mapping."""
        rendering = SegmentRendering(document)
        for table in self.tables:
            table.render(rendering)
        return Rendered(rendering.segments, rendering.issues)
