"""A message checked against its directory: structure first, then every element's presence, format and code."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

import msgspec

from gateway.edifact.directory import ComponentUse, Directory, ElementUse
from gateway.edifact.element_checks import checks, is_sound, matcher, parse_format
from gateway.edifact.structure import Group, SegmentedMessage, arrange
from gateway.edifact.syntax import Element, Repeated, Segment, ServiceCharacters
from gateway.issues import Issue, Severity

_OTHER_LIST = frozenset({"1131", "3055"})
"""Components that name another code list or its agency: the codes beside them are not the directory's."""
_SHOWN = 40
_MOST_REMEMBERED = 50_000


class CheckedMessage(SegmentedMessage, Protocol):
    """What is checked: an arranged message that says its type and its decimal mark."""

    @property
    def type(self) -> str:
        """UNH 0065."""

    @property
    def service(self) -> ServiceCharacters:
        """The service characters, the decimal mark that UNA names among them."""

    @property
    def pieces(self) -> list[str]:
        """The segments as text, beside `segments`."""


def validate(message: CheckedMessage, directory: Directory) -> tuple[Group, list[Issue]]:
    """The message as a tree of groups and everything that is wrong with it, in the order of its segments.

    A type without a table is not arranged: its segments all stand in the root.
    """
    table = directory.message(message.type)
    root, issues = arrange(message, table) if table else (_flat(message), [])
    check_of = checks(directory, message.service.decimal)
    sound = _sound_pieces(directory, message.service)
    for index, (piece, segment) in enumerate(zip(message.pieces, message.segments, strict=True)):
        if piece in sound:
            continue
        check = check_of.get(segment[0][0])
        if not check or is_sound(segment, check):
            if len(sound) >= _MOST_REMEMBERED:
                sound.clear()
            sound.add(piece)
        else:
            place = Issue(code="", text="", segment=index + 1, tag=segment[0][0], offset=message.offset_of(index))
            issues += _SegmentFaults(place, directory, message.service.decimal).of(segment, check.uses)
    issues.sort(key=_position)
    return root, issues


@lru_cache(maxsize=16)
def _sound_pieces(_directory: Directory, _service: ServiceCharacters) -> set[str]:
    """The texts of segments found sound so far: units, prices and articles come again line after line."""
    return set()


def _position(issue: Issue) -> int:
    return issue.segment or 0


def _flat(message: CheckedMessage) -> Group:
    root = Group()
    for index, segment in enumerate(message.segments):
        root.segments.setdefault(segment[0][0], []).append(index)
    return root


class _SegmentFaults:
    """What is wrong with the elements of one segment; `place` is the issue without its fault."""

    def __init__(self, place: Issue, directory: Directory, decimal_mark: str) -> None:
        self._place = place
        self._directory = directory
        self._decimal_mark = decimal_mark

    def of(self, segment: Segment, uses: tuple[ElementUse, ...]) -> Iterator[Issue]:
        """Every fault, in the order of the elements."""
        for position, use in enumerate(uses, 1):
            element = segment[position] if position < len(segment) else [""]
            repetitions = element.repetitions if isinstance(element, Repeated) else [element]
            for repetition in repetitions:
                yield from self._element(repetition, use, position)
            if len(repetitions) > use.repetitions:
                text = f"{use.code} is given more than {use.repetitions} times"
                yield self._issue("element.too-many", text, use.code, position)
        for position in range(len(uses) + 1, len(segment)):
            if any(segment[position]):
                text = f"{self._place.tag} has {len(uses)} elements, not {position}"
                yield self._issue("element.too-many", text, None, position)

    def _element(self, element: Element, use: ElementUse, position: int) -> Iterator[Issue]:
        if not any(element):
            if use.status == "M":
                yield self._issue("element.missing", f"{use.code} is missing", use.code, position)
            return
        components = use.components
        for at, component in enumerate(components):
            value = element[at] if at < len(element) else ""
            issue = self._component(value, component, self._has_own_codes(element, components, at))
            if issue:
                place = {"element_position": position, "component_position": at + 1 if use.is_composite else None}
                yield msgspec.structs.replace(issue, **place)
        for at in range(len(components), len(element)):
            if element[at]:
                text = f"{use.code} has {len(components)} components, not {at + 1}"
                yield self._issue("element.too-many", text, use.code, position, at + 1)

    @staticmethod
    def _has_own_codes(element: Element, components: tuple[ComponentUse, ...], at: int) -> bool:
        """Whether another component says that the codes at `at` come from a list of someone else."""
        named = zip(element, components, strict=False)
        return any(value and use.code in _OTHER_LIST for other, (value, use) in enumerate(named) if other != at)

    def _component(self, value: str, use: ComponentUse, has_own_codes: bool) -> Issue | None:
        """The fault of one component, without its position in the segment."""
        if not value:
            return self._issue("element.missing", f"{use.code} is missing", use.code) if use.status == "M" else None
        codes = self._directory.codes(use.code)
        if codes is not None and value in codes:
            return None
        shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}..."
        form = parse_format(use.format)
        if not matcher(form, self._decimal_mark)(value):
            other_mark = "." if self._decimal_mark == "," else ","
            if form.kind == "n" and matcher(form, other_mark)(value):
                text = f"{use.code}: {shown!r} has another decimal mark than {self._decimal_mark!r}"
                issue = self._issue("element.wrong-type", text, use.code)
                return msgspec.structs.replace(issue, severity=Severity.FINDING)
            length = sum(char.isdecimal() for char in value) if form.kind == "n" else len(value)
            text = f"{use.code}: {shown!r} is not of the form {use.format}"
            if length > form.most:
                return self._issue("element.too-long", text, use.code)
            is_short = length < form.fewest and form.kind != "n"
            return self._issue("element.too-short" if is_short else "element.wrong-type", text, use.code)
        if codes is None or has_own_codes:
            return None
        issue = self._issue("element.code-unknown", f"{use.code}: {shown!r} is not in the code list", use.code)
        if use.code in self._directory.closed_lists:
            return issue
        return msgspec.structs.replace(issue, severity=Severity.FINDING)

    def _issue(
        self, code: str, text: str, element: str | None, position: int | None = None, component: int | None = None
    ) -> Issue:
        return msgspec.structs.replace(
            self._place, code=code, text=text, element=element, element_position=position, component_position=component
        )
