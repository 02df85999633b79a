"""Inbound mappings: a message read through compiled rules, with every fault and everything left unread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from gateway.edifact.structure import Group
from gateway.issues import Issue, Severity
from gateway.mapping.inbound_tables import Stated
from gateway.mapping.layout import Leaf
from gateway.mapping.paths import CompiledPath
from gateway.mapping.reading import Place, Reading, SourceMessage
from gateway.mapping.rules import Fault, InboundRule
from gateway.mapping.table_reader import POSITION_MISSING, Document, PartReader
from gateway.mapping.unread import Unread, UnreadFinder, UnreadText


class Translation(NamedTuple):
    """What a mapping made of a message: a tree `msgspec.convert` takes, the issues, and what was left unread."""

    document: Document
    issues: list[Issue]
    unread: Sequence[Unread | UnreadText]


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
        reading = Reading(message)
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
    place = cast("Place", fault.place)
    for path in fault.rule.paths:
        found = cast("CompiledPath", path).locate(reading, place)
        if found is not None:
            return found
    return place.index, None
