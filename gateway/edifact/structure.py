"""A message's segments arranged in the groups of its message table, with everything that does not fit.

The way from one place of the table to the next by a tag never changes: it is worked out once per table and kept.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Protocol

from gateway.edifact.directory import GroupUse, MessageTable, SegmentUse
from gateway.edifact.syntax import Segment
from gateway.issues import Issue

SECTION_CONTROL = "UNS"


class SegmentedMessage(Protocol):
    """What is arranged: segments from UNH to UNT and where each begins."""

    @property
    def segments(self) -> list[Segment]:
        """The segments in order."""

    def offset_of(self, index: int) -> int:
        """The byte offset of the segment at `index`."""


class Group:
    """One occurrence of a segment group; the root (trigger "", number 0) is the message.

    `index` is the trigger's index in the message's segments, `segments` the indexes of the group's own segments by tag,
    `groups` the groups inside it by trigger tag, in order. Two groups of one parent may share a trigger (ALC of the
    header and of the summary): `number` is the one of the table. `occurrence` counts from 1.
    """

    __slots__ = ("groups", "index", "number", "occurrence", "parent", "segments", "trigger")

    def __init__(self, trigger: str = "", index: int = 0, number: int = 0, parent: Group | None = None) -> None:
        self.trigger = trigger
        self.index = index
        self.number = number
        self.parent = parent
        self.occurrence = 1
        self.segments: dict[str, list[int]] = {trigger: [index]} if trigger else {}
        self.groups: dict[str, list[Group]] = {}

    def every(self, trigger: str) -> list[Group]:
        """The groups inside this one that a tag opens, in order."""
        return self.groups.get(trigger, [])


class _Place:
    """Where in the table a segment stands; `steps` is filled as tags follow it."""

    __slots__ = ("at", "group", "steps", "use")

    def __init__(self, use: SegmentUse, group: _GroupPlace, at: int) -> None:
        self.use = use
        self.group = group
        self.at = at
        self.steps: dict[str, _Step | None] = {}


class _GroupPlace:
    """A group of the table with its places and its parent."""

    __slots__ = ("at", "members", "parent", "use")

    def __init__(self, use: GroupUse, parent: _GroupPlace | None = None, at: int = 0) -> None:
        self.use = use
        self.parent = parent
        self.at = at
        self.members: list[_Place | _GroupPlace] = [
            _GroupPlace(member, self, number) if isinstance(member, GroupUse) else _Place(member, self, number)
            for number, member in enumerate(use.members)
        ]

    @property
    def trigger(self) -> _Place:
        first = self.members[0]
        return first if isinstance(first, _Place) else first.trigger


class _Step(NamedTuple):
    """How to go on: close groups, then open one or stay; `missing` holds (groups closed before, tag) of the skipped.

    `again` means the same place of the table once more, `expected` that the segment stands where the table has it.
    """

    target: _Place
    closes: int = 0
    opens: bool = False
    again: bool = False
    missing: tuple[tuple[int, str], ...] = ()
    expected: bool = True


@lru_cache(maxsize=256)
def _compiled(table: MessageTable) -> _Place:
    return _GroupPlace(table.root).trigger


def arrange(message: SegmentedMessage, table: MessageTable) -> tuple[Group, list[Issue]]:
    """The message as a tree of groups, and an issue for every missing, misplaced or surplus segment or group.

    A misplaced segment is put where the table has it, if that place lies before; otherwise the tree leaves it out.
    """
    arrangement = _Arrangement(message, _compiled(table))
    take = arrangement.take
    for index, segment in enumerate(message.segments):
        if index:
            take(index, segment[0][0])
    return arrangement.root, arrangement.issues


class _Arrangement:
    """The tree while it grows: the open group, the place in the table and how often it was filled."""

    __slots__ = ("_count", "_group", "_last_section", "_message", "_place", "issues", "root")

    def __init__(self, message: SegmentedMessage, start: _Place) -> None:
        self.root = Group()
        self.root.segments[start.use.tag] = [0]
        self.issues: list[Issue] = []
        self._message = message
        self._group = self.root
        self._place = start
        self._count = 1
        self._last_section: int | None = None

    def take(self, index: int, tag: str) -> None:
        """Put the segment at `index` into the tree."""
        step = self._place.steps.get(tag) or self._find(index, tag)
        if step is None:
            return
        if step.missing:
            self._report_missing(index, step)
        self._place = step.target
        if step.opens:
            self._open(index, step)
            return
        group = self._group
        if step.closes:
            for _ in range(step.closes):
                group = group.parent or group
            self._group = group
        indexes = group.segments.get(tag)
        if indexes is None:
            group.segments[tag] = [index]
        else:
            indexes.append(index)
        self._count = self._count + 1 if step.again else 1
        if self._count > step.target.use.repetitions:
            self._report("structure.segment.too-many", index, f"{tag} stands more than {{}} times", step.target.use)

    def _open(self, index: int, step: _Step) -> None:
        """Open a group; one that follows an occurrence of itself counts on."""
        closed = parent = self._group
        for _ in range(step.closes):
            closed, parent = parent, parent.parent or parent
        place = step.target.group
        siblings = parent.groups.setdefault(place.use.tag, [])
        self._group = Group(place.use.tag, index, place.use.number, parent)
        if step.again:
            self._group.occurrence = closed.occurrence + 1
        siblings.append(self._group)
        self._count = 1
        if self._group.occurrence > place.use.repetitions:
            text = f"group {place.use.number} ({place.use.tag}) stands more than {{}} times"
            self._report("structure.group.too-many", index, text, place.use)

    def _find(self, index: int, tag: str) -> _Step | None:
        """The step to a tag seen here for the first time; reports the tag where it is not expected."""
        step = _forward(self._place, tag)
        if step is None and not self._section_follows(index):
            step = _forward(self._place, tag, past_sections=True)
        elif step:
            self._place.steps[tag] = step
        step = step or _backward(self._place, tag)
        if step is None or not step.expected:
            text = f"{tag} is not expected here, after {self._place.use.tag}"
            self.issues.append(self._issue("structure.segment.unexpected", index, tag, text))
        return step

    def _section_follows(self, index: int) -> bool:
        """Whether UNS still comes, at or after `index`; only where it does not is it missing itself."""
        if self._last_section is None:
            tags = [segment[0][0] for segment in self._message.segments]
            self._last_section = max((at for at, tag in enumerate(tags) if tag == SECTION_CONTROL), default=0)
        return index <= self._last_section

    def _report_missing(self, index: int, step: _Step) -> None:
        """Report what was skipped, at the last segment before it as CONTRL wants it (ISO 9735, UCS 0096)."""
        for closes, tag in step.missing:
            group = self._group
            for _ in range(closes):
                group = group.parent or group
            if tag not in group.segments and tag not in group.groups:
                text = f"{tag} is missing after {self._message.segments[index - 1][0][0]}"
                self.issues.append(self._issue("structure.segment.missing", index - 1, tag, text))

    def _report(self, code: str, index: int, text: str, use: SegmentUse | GroupUse) -> None:
        self.issues.append(self._issue(code, index, use.tag, text.format(use.repetitions)))

    def _issue(self, code: str, index: int, tag: str, text: str) -> Issue:
        return Issue(code=code, text=text, segment=index + 1, tag=tag, offset=self._message.offset_of(index))


def _forward(place: _Place, tag: str, *, past_sections: bool = False) -> _Step | None:
    """The nearest place of `tag` at or after `place`: here again, later in the group, the group again, then outwards.

    UNS is there to part equal tags of two sections (ISO 9735), so the way does not lead past one unless asked to.
    """
    if place.use.tag == tag and place.use is not place.group.trigger.use:
        return _Step(place, again=True)
    missing: list[tuple[int, str]] = []
    group: _GroupPlace | None = place.group
    at, closes = place.at, 0
    while group:
        for member in group.members[at + 1 :]:
            if member.use.tag == tag:
                return _arrival(member, closes, tuple(missing))
            if member.use.status == "M":
                if member.use.tag == SECTION_CONTROL and not past_sections:
                    return None
                missing.append((closes, member.use.tag))
        closes += 1
        if group.use.tag == tag and group.parent:
            return _Step(group.trigger, closes, opens=True, again=True, missing=tuple(missing))
        at, group = group.at, group.parent
    return None


def _backward(place: _Place, tag: str) -> _Step | None:
    """The nearest place of `tag` that was passed already, in the open groups."""
    group: _GroupPlace | None = place.group
    at, closes = place.at, 0
    while group:
        for member in reversed(group.members[1:at]):
            if member.use.tag == tag:
                return _arrival(member, closes)._replace(expected=False)
        at, group = group.at, group.parent
        closes += 1
    return None


def _arrival(member: _Place | _GroupPlace, closes: int, missing: tuple[tuple[int, str], ...] = ()) -> _Step:
    """The step to a member: into a segment's place, or through the trigger into a group."""
    if isinstance(member, _GroupPlace):
        return _Step(member.trigger, closes, opens=True, missing=missing)
    return _Step(member, closes, missing=missing)
