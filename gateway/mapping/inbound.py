"""Inbound mappings: a message read through compiled rules, with every fault and everything left unread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from gateway.edifact.structure import Group
from gateway.edifact.syntax import Segment
from gateway.issues import Issue, Severity
from gateway.mapping.inbound_rules import CompiledRule, InboundRule
from gateway.mapping.inbound_tables import Stated
from gateway.mapping.layout import Leaf
from gateway.mapping.reading import Fault, FindPlaces, Place, Read, Reading
from gateway.mapping.unread import Unread, UnreadFinder

Document: TypeAlias = dict[str, object]
Holds: TypeAlias = Callable[[Reading, Place], bool]

POSITION = "position"
POSITION_MISSING = "position"


class SourceMessage(Protocol):
    """A message that can be read: its segments from UNH to UNT and where each begins."""

    @property
    def segments(self) -> list[Segment]:
        """The segments."""

    def offsets(self) -> list[int]:
        """The byte offset of every segment's tag."""


class Translation(NamedTuple):
    """What a mapping made of a message: a tree `msgspec.convert` takes, the issues, and what was left unread."""

    document: Document
    issues: list[Issue]
    unread: list[Unread]


class _Plan(NamedTuple):
    """What is worth asking of a place of one shape: most rules of a table are about what it does not have."""

    rules: tuple[tuple[str, Read], ...]
    parts: tuple[tuple[str, PartReader], ...]


MAX_PLANS = 1_000


class TableReader(NamedTuple):
    """One target table: values and parts by name. It is absent where none of its values came from the source.

    `asked` has by tag the leaves (element, component) the paths test: with the tags they are a place's shape.
    """

    rules: tuple[tuple[str, CompiledRule], ...]
    parts: tuple[tuple[str, PartReader], ...]
    defaults: tuple[tuple[str, object], ...]
    asked: Mapping[str, tuple[tuple[int, int], ...]]
    plans: dict[tuple[str, ...], _Plan]

    def fill(self, reading: Reading, place: Place) -> Document | None:
        """The table's values read from a place; None where nothing was there."""
        document: Document = {}
        shape = self._shape(reading, place)
        plan = self.plans.get(shape) or self._planned(shape, reading, place)
        for name, evaluate in plan.rules:
            value = evaluate(reading, place)
            if value is not None:
                document[name] = value
        for name, part in plan.parts:
            value = part.read(reading, place)
            if value:
                document[name] = value
        if not document:
            return None
        for name, default in self.defaults:
            document.setdefault(name, default)
        return document

    def _shape(self, reading: Reading, place: Place) -> tuple[str, ...]:
        """The tags of the place and the values of the leaves asked."""
        shape: list[str] = []
        segments, asked = reading.segments, self.asked
        for tag, indexes in place.segments.items():
            shape.append(tag)
            if tag in asked:
                for index in indexes:
                    _note_leaves(shape, segments[index], asked[tag])
        for tag, groups in place.groups.items():
            shape.append(tag)
            if tag in asked:
                for group in groups:
                    _note_leaves(shape, segments[group.index], asked[tag])
        return tuple(shape)

    def _planned(self, shape: tuple[str, ...], reading: Reading, place: Place) -> _Plan:
        """The plan for places of this shape, worked out once; a sender who varies it fills no memory."""
        if len(self.plans) >= MAX_PLANS:
            self.plans.clear()
        plan = self.plans[shape] = _Plan(
            tuple((name, rule.evaluate) for name, rule in self.rules if rule.matters(reading, place)),
            tuple((name, part) for name, part in self.parts if part.start in ("", *place.segments, *place.groups)),
        )
        return plan


def _note_leaves(shape: list[str], segment: Segment, leaves: Sequence[tuple[int, int]]) -> None:
    length = len(segment)
    for element, component in leaves:
        texts = segment[element] if length > element else ()
        shape.append(texts[component] if len(texts) > component else "")


class PartReader(NamedTuple):
    """A table inside another: once, or for every place `each` finds; `position` counts items that state none.

    `start` is the tag a place must have for the part to be there; empty where it stands at the place itself.
    """

    table: TableReader
    start: str
    places: FindPlaces | None
    many: bool
    when: Holds | None
    position: InboundRule | None

    def read(self, reading: Reading, place: Place) -> object:
        """The part, or the list of parts."""
        places: Sequence[Place] = (place,) if self.places is None else self.places(reading, place)
        if self.many:
            return self._items(reading, places)
        for one in places:
            if self.when is None or self.when(reading, one):
                return self.table.fill(reading, one)
        return None

    def _items(self, reading: Reading, places: Sequence[Place]) -> list[Document]:
        items: list[Document] = []
        fill, when, position = self.table.fill, self.when, self.position
        for one in places:
            if when is not None and not when(reading, one):
                continue
            before = len(reading.faults)
            item = fill(reading, one)
            if item is not None and position is not None and POSITION not in item:
                item[POSITION] = len(items) + 1
                reading.faults.append(
                    Fault(position, one, POSITION_MISSING, "the line has no position; it was counted")
                )
            if len(reading.faults) > before:
                reading.number_faults(before, len(items))
            if item is not None:
                items.append(item)
        return items


class InboundMapping(NamedTuple):
    """A compiled inbound mapping: what it reads and makes, its rules for coverage, and how it runs."""

    id: str
    reads: str
    makes: str
    rules: tuple[InboundRule, ...]
    ignored: dict[str, Stated]
    root: PartReader
    unread: UnreadFinder

    def translate(self, message: SourceMessage, root: Group) -> Translation:
        """The canonical document of a message arranged in groups, with issues at their places."""
        reading = Reading(message.segments)
        document = self.root.read(reading, root)
        unread = self.unread.find(reading, root)
        issues: list[Issue] = []
        if reading.faults or unread:
            offsets = message.offsets()
            issues = [_issue(fault, reading, offsets) for fault in reading.faults]
            unread = [one.at(offsets) for one in unread]
            issues += [one.issue() for one in unread]
        return Translation(document if isinstance(document, dict) else {}, issues, unread)


def _issue(fault: Fault, reading: Reading, offsets: Sequence[int]) -> Issue:
    """The fault as an issue at the element the rule reads, or at the place's first segment without one."""
    index, leaf = _located(fault, reading)
    rule = fault.rule
    counted = fault.kind == POSITION_MISSING
    return Issue(
        code="mapping.position.missing" if counted else rule.code(fault.kind),
        text=fault.text,
        severity=Severity.FINDING if counted else Severity.ERROR,
        segment=index + 1,
        tag=reading.segments[index][0][0],
        element=leaf.code if leaf else None,
        element_position=leaf.element if leaf else None,
        component_position=leaf.component + 1 if leaf and leaf.in_composite else None,
        offset=offsets[index],
        rule=str(rule.stated.key),
        field=rule.field.template.format(*fault.indexes),
    )


def _located(fault: Fault, reading: Reading) -> tuple[int, Leaf | None]:
    """The segment and leaf a fault is about: the first of the rule's paths that finds its segment."""
    for path in fault.rule.paths:
        found = path.locate(reading, fault.place)
        if found is not None:
            return found
    return fault.place.index, None
