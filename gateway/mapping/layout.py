"""A message type as paths see it: groups by trigger, segments by tag, elements by code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from gateway.edifact.directory import Directory, GroupUse, SegmentTable
from gateway.edifact.syntax import Segment

_COMPONENTS = 16
"""More components than any composite of the directories has."""


class Leaf(NamedTuple):
    """A place for one value: element position from 1, component from 0, and whether its element is a composite."""

    code: str
    element: int
    component: int
    in_composite: bool

    @property
    def bit(self) -> int:
        """The bit that marks this leaf of a segment as read."""
        return leaf_bit(self.element, self.component)

    def text(self, segment: Segment) -> str:
        """The value in a segment, empty where there is none."""
        if len(segment) <= self.element:
            return ""
        element = segment[self.element]
        return element[self.component] if len(element) > self.component else ""


def leaf_bit(element: int, component: int) -> int:
    """The bit of the leaf at a place."""
    return 1 << (element * _COMPONENTS + min(component, _COMPONENTS - 1))


class SegmentLayout:
    """The leaves of a segment; `qualified` says that its first one is a qualifier (a code of up to 3 characters)."""

    def __init__(self, table: SegmentTable) -> None:
        self.tag = table.tag
        self.leaves: dict[str, list[Leaf]] = {}
        self.places: dict[tuple[int, int], Leaf] = {}
        for position, element in enumerate(table.elements, 1):
            for component, use in enumerate(element.components):
                leaf = Leaf(use.code, position, component, element.is_composite)
                self.leaves.setdefault(use.code, []).append(leaf)
                self.places[position, component] = leaf
        first = table.elements[0].components[0] if table.elements else None
        self.qualified = first is not None and first.format.replace(" ", "") == "an..3"

    @property
    def qualifier(self) -> Leaf | None:
        """The leaf a filter without an element asks."""
        return self.places.get((1, 0))


@dataclass(frozen=True, slots=True, eq=False)
class GroupLayout:
    """A group: the tags of its own segments, its trigger included, and the groups inside it by trigger."""

    tags: frozenset[str]
    groups: dict[str, GroupLayout]


@cache
def lone_segment(tag: str) -> GroupLayout:
    """The layout inside one segment: nothing but itself."""
    return GroupLayout(frozenset((tag,)), {})


class MessageLayout:
    """A message type of a directory release."""

    def __init__(self, directory: Directory, message_type: str, root: GroupUse) -> None:
        self.name = f"{message_type} {directory.release}"
        self.root = _group([root])
        self._directory = directory
        self._segments: dict[str, SegmentLayout | None] = {}

    def segment(self, tag: str) -> SegmentLayout | None:
        """The segment's leaves, None where the directory has no such segment."""
        if tag not in self._segments:
            table = self._directory.segment(tag)
            self._segments[tag] = SegmentLayout(table) if table else None
        return self._segments[tag]


@cache
def message_layout(directory: Directory, message_type: str) -> MessageLayout | None:
    """The layout of a message type, None where the directory has none."""
    table = directory.message(message_type)
    return MessageLayout(directory, message_type, table.root) if table else None


def _group(uses: Iterable[GroupUse]) -> GroupLayout:
    """The layout of all groups that share parent and trigger: the tree keeps them together too."""
    members = [member for use in uses for member in use.members]
    below: dict[str, list[GroupUse]] = {}
    for member in members:
        if isinstance(member, GroupUse):
            below.setdefault(member.tag, []).append(member)
    tags = frozenset(member.tag for member in members if not isinstance(member, GroupUse))
    return GroupLayout(tags, {tag: _group(found) for tag, found in below.items()})
