"""Templates against the directory: tags, order, elements and components a message has, and mandatory ones left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from gateway.edifact.directory import Directory, ElementUse, GroupUse, MessageTable, SegmentTable, SegmentUse
from gateway.errors import Problem
from gateway.mapping.grammar import Position
from gateway.mapping.template_tables import TemplateTable
from gateway.mapping.templates import SegmentTemplate, Slot

_Path: TypeAlias = list[tuple[GroupUse, int]]
"""The way from the message down to a segment: each group and the index of the member in it."""

_ENVELOPE = ("UNH", "UNT")


class _Segment(NamedTuple):
    """The template of a segment and where it stands."""

    template: SegmentTemplate
    at: Position


def check_templates(
    tables: Mapping[str, TemplateTable], directory: Directory, message: MessageTable
) -> Iterator[Problem]:
    """Every fault of the templates as templates of this message, in the order of the templates."""
    for placed in _in_order(tables, twice=False):
        yield from _check_segment(placed, directory)
    known = [placed for placed in _in_order(tables, twice=True) if directory.segment(placed.template.tag)]
    yield from _check_order(known, message)
    given = {placed.template.tag for placed in _in_order(tables, twice=False)}
    for member in message.members:
        if isinstance(member, SegmentUse) and member.status == "M" and member.tag not in (*_ENVELOPE, *given):
            at = next(iter(tables.values())).at
            yield at.problem(f"{message.type} has a mandatory {member.tag} segment, the templates have none")


def _in_order(tables: Mapping[str, TemplateTable], *, twice: bool) -> Iterator[_Segment]:
    for table in tables.values():
        yield from _of_table(table, twice=twice)


def _of_table(table: TemplateTable, *, twice: bool) -> Iterator[_Segment]:
    """The segments as a document would write them; a repeated table twice where asked."""
    for _ in range(2 if twice and table.each else 1):
        for placed in table.segments:
            if isinstance(placed.template, SegmentTemplate):
                yield _Segment(placed.template, placed.at)
            elif placed.template.name in table.tables:
                yield from _of_table(table.tables[placed.template.name], twice=twice)


def _check_order(segments: Sequence[_Segment], message: MessageTable) -> Iterator[Problem]:
    """Segments that cannot follow those before them; each template is reported once."""
    path: _Path = [(message.root, 0)]
    reported: set[tuple[int, int]] = set()
    for placed in segments:
        at = placed.at
        after = _advance(path, placed.template.tag)
        if after is not None:
            path = after
        elif (at.line, at.column) not in reported:
            reported.add((at.line, at.column))
            group, index = path[-1]
            fault = f"{placed.template.tag} cannot follow {group.members[index].tag} in {message.type}"
            yield at.problem(fault, "put the segments in the order of the message's table")


def _advance(path: _Path, tag: str) -> _Path | None:
    """The place of the next segment with this tag, searched forwards and outwards; None where there is none."""
    for depth in reversed(range(len(path))):
        group, index = path[depth]
        for place in range(index, len(group.members)):
            member = group.members[place]
            if member.tag != tag or (place == index and member.repetitions == 1):
                continue
            below: _Path = [(member, 0)] if isinstance(member, GroupUse) else []
            return [*path[:depth], (group, place), *below]
    return None


def _check_segment(placed: _Segment, directory: Directory) -> Iterator[Problem]:
    table = directory.segment(placed.template.tag)
    if table is None:
        yield placed.at.problem(f"{directory.release} has no segment {placed.template.tag}")
        return
    slots = placed.template.slots
    for index, slot in enumerate(slots):
        if index >= len(table.elements):
            fault = f"{table.tag} has no element {index + 1}, its last is {len(table.elements)}"
            yield placed.at.problem(fault, offset=slot.offset)
            return
        yield from _check_element(placed, slot, table.elements[index])
    yield from _missing_elements(placed, slots, table)


def _missing_elements(placed: _Segment, slots: Sequence[Slot], table: SegmentTable) -> Iterator[Problem]:
    for index, element in enumerate(table.elements):
        if element.status == "M" and (index >= len(slots) or not any(slots[index].components)):
            yield placed.at.problem(
                f"the mandatory element {element.code} of {table.tag} is missing", "put a value or a placeholder"
            )


def _check_element(placed: _Segment, slot: Slot, element: ElementUse) -> Iterator[Problem]:
    """Components past the composite's end, and mandatory ones left empty in a composite that is used."""
    components = element.components
    if len(slot.components) > len(components):
        fault = f"{element.code} has {len(components)} components, not {len(slot.components)}"
        yield placed.at.problem(fault, offset=slot.offset)
        return
    if not any(slot.components):
        return
    for index, use in enumerate(components):
        if use.status == "M" and (index >= len(slot.components) or not slot.components[index]):
            yield placed.at.problem(
                f"the mandatory component {use.code} of {element.code} is missing", offset=slot.offset
            )
