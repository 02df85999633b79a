"""What a mapping left unread of a message: every filled element is read, or ignored with a reason, or listed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import chain
from operator import or_
from typing import NamedTuple

from gateway.edifact.structure import Group
from gateway.edifact.syntax import Repeated, Segment, ServiceCharacters
from gateway.issues import Issue, Severity
from gateway.mapping.layout import Leaf, MessageLayout, leaf_bit
from gateway.mapping.path_reads import PathTarget
from gateway.mapping.reading import Reading

HOLDING_GROUPS = frozenset({"LIN", "ALC", "SCC", "LOC", "TOD"})
"""Groups in which nothing may be left unread: it would change what is delivered or paid."""

EVERY_BIT = -1
"""The bits of a segment that is ignored as a whole."""


MOST_KNOWN = 50_000


class Unread(NamedTuple):
    """A value nobody read: the segment counted from 1, the path `FTX[ZZZ]/4440`, the value, its place and weight."""

    segment: int
    path: str
    value: str
    offset: int
    leaf: Leaf
    holds: bool

    def at(self, offsets: Sequence[int]) -> Unread:
        """The same with its offset in the file."""
        return self._replace(offset=offsets[self.segment - 1])

    @property
    def where(self) -> str:
        """Its place, for people."""
        return f"segment {self.segment}, {self.path}, offset {self.offset}"

    def issue(self) -> Issue:
        """The issue: an error where it holds the message, else a finding."""
        return Issue(
            code="mapping.unread",
            text=f"{self.path} is neither read nor ignored: {self.value[:80]!r}",
            severity=Severity.ERROR if self.holds else Severity.FINDING,
            segment=self.segment,
            tag=self.path[:3],
            element=self.leaf.code or None,
            element_position=self.leaf.element,
            component_position=self.leaf.component + 1 if self.leaf.in_composite else None,
            offset=self.offset,
        )

    def as_object(self) -> dict[str, object]:
        """The value as JSON values; `holds` says that it keeps the message from going on."""
        return {key: value for key, value in self._asdict().items() if key != "leaf"}


class UnreadText(NamedTuple):
    """A value nobody read of a tree or a table: its place, the path to it, and whether it holds the message."""

    line: int
    column: int | None
    path: str
    value: str
    holds: bool

    @property
    def where(self) -> str:
        """Its place, for people."""
        return f"line {self.line}, {self.path}"

    def issue(self) -> Issue:
        """The issue: an error where it holds the message, else a finding."""
        return Issue(
            code="mapping.unread",
            text=f"{self.path} is neither read nor ignored: {self.value[:80]!r}",
            severity=Severity.ERROR if self.holds else Severity.FINDING,
            line=self.line,
            column=self.column,
            path=self.path,
        )

    def as_object(self) -> dict[str, object]:
        """The value as JSON values; `holds` says that it keeps the message from going on."""
        return dict(self._asdict())


class Surrounding(NamedTuple):
    """Where a segment stands: the triggers of the groups around it, outermost first, and whether one of them holds."""

    groups: tuple[str, ...] = ()
    holds: bool = False


_NOWHERE = Surrounding()


class Ignored(NamedTuple):
    """One line of [ignore]: the innermost groups around the segment, and where it points in it."""

    groups: tuple[str, ...]
    targets: tuple[PathTarget, ...]
    whole: bool

    @property
    def is_general(self) -> bool:
        """Whether it holds for every segment of its tag."""
        return not self.groups and not any(target.tests for target in self.targets)

    @property
    def general_bits(self) -> int:
        """The bits it ignores in every segment of its tag."""
        return EVERY_BIT if self.whole else reduce(or_, (leaf.bit for one in self.targets for leaf in one.leaves))

    def bits(self, segment: Segment) -> int:
        """The bits of a segment's leaves that are ignored."""
        mask = reduce(or_, (target.mask(segment) for target in self.targets))
        return EVERY_BIT if self.whole and mask else mask


class UnreadFinder:
    """Lists what is unread in a message of one type; `ignored` by tag.

    Segments come again line after line: those of which nothing was left are known by their text and what was read.
    """

    def __init__(self, layout: MessageLayout, ignored: Mapping[str, Sequence[Ignored]]) -> None:
        self._layout = layout
        self._general = {
            tag: reduce(or_, (line.general_bits for line in lines if line.is_general), 0)
            for tag, lines in ignored.items()
        }
        self._known: dict[ServiceCharacters, set[tuple[str, int]]] = {}
        self._special = {tag: [line for line in lines if not line.is_general] for tag, lines in ignored.items()}

    def find(self, reading: Reading, root: Group) -> list[Unread]:
        """Every filled leaf that was neither read nor ignored, in the order of the message, without offsets."""
        known = self._known_in(reading.service)
        suspects: list[tuple[int, int]] = []
        for index, line in enumerate(zip(reading.pieces, reading.read, strict=True)):
            if line in known:
                continue
            seen = self._seen(reading.segments[index], line[1], repeats=bool(reading.service.repetition))
            if seen is not None:
                suspects.append((index, seen))
                continue
            known.add(line)
        if not suspects:
            return []
        around = _surroundings(root)
        return [one for index, seen in suspects for one in self._left(reading, index, seen, around)]

    def _known_in(self, service: ServiceCharacters) -> set[tuple[str, int]]:
        """What is known of texts with these service characters; a sender who varies both fills no memory."""
        if sum(map(len, self._known.values())) >= MOST_KNOWN:
            self._known.clear()
        return self._known.setdefault(service, set())

    def _seen(self, segment: Segment, read: int, *, repeats: bool) -> int | None:
        """The bits read or ignored wherever the segment stands; None where nothing of it is left."""
        ignored = self._general.get(segment[0][0], 0)
        # Only filled leaves are marked as read, and the tag: as many marks as texts means that all is read.
        if ignored == EVERY_BIT or (not repeats and (read | 1).bit_count() == _count(segment)):
            return None
        return read | ignored if _has_unread(segment, read | ignored) else None

    def _left(self, reading: Reading, index: int, seen: int, around: Mapping[int, Surrounding]) -> list[Unread]:
        """What is left of one segment after the lines of [ignore] that ask for its groups or its values."""
        segment, place = reading.segments[index], around.get(index, _NOWHERE)
        for line in self._special.get(segment[0][0], ()):
            if not line.groups or place.groups[-len(line.groups) :] == line.groups:
                seen |= line.bits(segment)
        return [] if seen == EVERY_BIT else self._of_segment(index, segment, seen, holds=place.holds)

    def _of_segment(self, index: int, segment: Segment, seen: int, *, holds: bool) -> list[Unread]:
        """A segment's unread leaves; a qualifier is not listed beside the leaves whose paths name it."""
        tag = segment[0][0]
        layout = self._layout.segment(tag)
        qualified = layout is not None and layout.qualified and bool(qualifier(segment))
        leaves = [(self._leaf(tag, element, component), text) for element, component, text in _leaves(segment, seen)]
        if qualified and len(leaves) > 1 and (leaves[0][0].element, leaves[0][0].component) == (1, 0):
            del leaves[0]
        found = []
        for leaf, text in leaves:
            name = f"[{qualifier(segment)}]" if qualified and (leaf.element, leaf.component) != (1, 0) else ""
            path = f"{tag}{name}/{leaf.code or leaf.element}"
            found.append(Unread(index + 1, path, text, 0, leaf, holds))
        return found

    def _leaf(self, tag: str, element: int, component: int) -> Leaf:
        """The leaf at a place; without a code where the directory has none there."""
        layout = self._layout.segment(tag)
        known = layout.places.get((element, component)) if layout else None
        return known or Leaf("", element, component, in_composite=True)


_BITS = tuple(
    () if element == 0 else tuple(leaf_bit(element, component) for component in range(128)) for element in range(128)
)


def _count(segment: Segment) -> int:
    """How many texts a segment has, its tag among them."""
    return len(list(filter(None, chain.from_iterable(segment))))


def _has_unread(segment: Segment, seen: int) -> bool:
    for bits, element in zip(_BITS, segment, strict=False):
        for bit, text in zip(bits, element, strict=False):
            if text and not seen & bit:
                return True
        if element.__class__ is Repeated:
            return True
    return False


def _leaves(segment: Segment, seen: int) -> Iterator[tuple[int, int, str]]:
    """Element, component and text of what is unread; of a repeating element only the first repetition can be read."""
    for position, element in enumerate(segment[1:], 1):
        for component, text in enumerate(element):
            if text and not seen & leaf_bit(position, component):
                yield position, component, text
        if isinstance(element, Repeated):
            for repetition in element.repetitions[1:]:
                yield from ((position, component, text) for component, text in enumerate(repetition) if text)


def qualifier(segment: Segment) -> str:
    """A segment's first data element."""
    return segment[1][0] if len(segment) > 1 else ""


def _surroundings(root: Group) -> dict[int, Surrounding]:
    """Where each segment of the tree stands, by its index; a trigger stands in the groups around its own."""
    places: dict[int, Surrounding] = {}
    open_groups = [(root, _NOWHERE)]
    while open_groups:
        group, outside = open_groups.pop()
        inside = outside
        if group.trigger:
            inside = Surrounding((*outside.groups, group.trigger), outside.holds or group.trigger in HOLDING_GROUPS)
        for indexes in group.segments.values():
            places.update(dict.fromkeys(indexes, inside))
        if group.trigger:
            places[group.index] = Surrounding(outside.groups, inside.holds)
        open_groups += [(one, inside) for below in group.groups.values() for one in below]
    return places
