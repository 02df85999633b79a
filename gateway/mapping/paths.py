"""Paths compiled: closures from a place in the message to the values there.

Scope: a path sees its own place's segments, the trigger segments of the groups directly inside it, and those of the
places around it; deeper only by `>`. Filter and value in one repeating composite hold in the same occurrence.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from gateway.errors import ConfigError
from gateway.mapping.edifact_paths import EdifactPath, Tagged
from gateway.mapping.grammar import Position
from gateway.mapping.layout import GroupLayout, Leaf, MessageLayout, SegmentLayout, lone_segment
from gateway.mapping.path_reads import PathTarget, PathTest, fulfilled, read_every, read_one
from gateway.mapping.reading import FindPlaces, FindSegments, Place, Read, Reading, SegmentPlace


class Scope(NamedTuple):
    """What a path sees: the layout of its own place, and the first tags of the places around it, innermost first."""

    message: MessageLayout
    own: GroupLayout
    around: tuple[str, ...] = ()
    trigger: str = ""

    def enter(self, tag: str) -> Scope:
        """The scope inside the groups that `tag` opens, or inside one segment."""
        layout = self.own.groups.get(tag) or lone_segment(tag)
        return Scope(self.message, layout, (self.trigger, *self.around), tag)


class CompiledPath(NamedTuple):
    """A path compiled: its text, how its value is read, and what it reads, for messages and coverage.

    `start` is the tag a place must have for the path to find anything; empty where it looks outwards.
    """

    text: str
    read: Read
    find: FindSegments
    targets: tuple[PathTarget, ...]
    tag: str
    start: str

    @property
    def asked(self) -> tuple[Leaf, ...]:
        """The leaves of `start`'s segments on whose values it depends whether the path leads anywhere."""
        if self.start != self.tag:
            return ()
        return tuple({leaf for target in self.targets for test in target.tests for leaf in test.leaves})

    def candidates(self, reading: Reading, place: Place) -> list[tuple[int, PathTarget]]:
        """The segments (by index) and places in them where the value can stand, whatever stands there now."""
        return [
            (index, target)
            for index in self.find(reading, place)
            for target in self.targets
            if fulfilled(target.tests, reading.segments[index])
        ]

    def leads(self, reading: Reading, place: Place) -> bool:
        """Whether a segment of the place can hold the value; where it looks outwards or deeper, it may."""
        if self.start != self.tag:
            return not self.start or self.start in place.segments or self.start in place.groups
        return bool(self.candidates(reading, place))

    def locate(self, reading: Reading, place: Place) -> tuple[int, Leaf] | None:
        """The segment and leaf of the value read, else those where it is missing; None without such a segment."""
        candidates = self.candidates(reading, place)
        filled = (one for one in candidates if one[1].mask(reading.segments[one[0]]))
        found = next(filled, candidates[0] if candidates else None)
        return (found[0], found[1].leaves[0]) if found else None


def compile_path(
    path: EdifactPath, scope: Scope, at: Position, composite: tuple[str, ...], *, every: bool
) -> CompiledPath:
    """The path as a closure; `composite` names the elements a step reads of a whole segment. Raises ConfigError."""
    try:
        return _known_path(path, scope, composite, every=every)
    except ConfigError:
        return _compiled(path, scope, at, composite, every=every)


@lru_cache(maxsize=20_000)
def _known_path(path: EdifactPath, scope: Scope, composite: tuple[str, ...], *, every: bool) -> CompiledPath:
    """The path without its place: partners share most of theirs, and the closures with them."""
    return _compiled(path, scope, Position("", 0, 0), composite, every=every)


def _compiled(
    path: EdifactPath, scope: Scope, at: Position, composite: tuple[str, ...], *, every: bool
) -> CompiledPath:
    start = _start(path, scope)
    for group in path.groups:
        scope = _entered(scope, group, at)
    tag = path.segment.tag
    layout = _segment_layout(path.segment, scope.message, at)
    targets = _targets(path, layout, at, composite)
    find = _finder(path, scope, at)
    many = every or (path.element is not None and path.element.every)
    read = read_every(find, targets) if many else read_one(find, targets)
    return CompiledPath(path.text, read, find, targets, tag, start)


def _start(path: EdifactPath, scope: Scope) -> str:
    """The tag of the place's own a path begins with; empty where it looks outwards."""
    first = (*path.groups, path.segment)[0].tag
    return first if path.groups or first in scope.own.tags or first in scope.own.groups else ""


def path_targets(path: EdifactPath, message: MessageLayout, at: Position) -> tuple[PathTarget, ...]:
    """Where a path points in its segment, wherever that stands; without an element at the whole. Raises ConfigError."""
    layout = _segment_layout(path.segment, message, at)
    if path.element is None:
        return (PathTarget((), _tests(path.segment, layout, at)),)
    return _targets(path, layout, at, ())


class CompiledPlaces(NamedTuple):
    """The places `at` or `each` names: how they are found, and the scope inside one.

    `start` is the tag the path begins with, `asked` the leaves of its segments the path tests; it is `near` where it
    goes no deeper than that.
    """

    find: FindPlaces
    scope: Scope
    start: str
    asked: tuple[Leaf, ...]
    near: bool


def compile_places(path: EdifactPath, scope: Scope, at: Position) -> CompiledPlaces:
    """The places `at` or `each` names, groups or else segments. Raises ConfigError."""
    if path.element is not None:
        raise ConfigError(problems=[at.problem("at and each name groups or segments, no element")])
    finders: list[FindPlaces] = []
    asked: list[tuple[Leaf, ...]] = []
    for group in (*path.groups, path.segment):
        is_group = group.tag in scope.own.groups
        layout = _segment_layout(group, scope.message, at)
        if not is_group and (group is not path.segment or group.tag not in scope.own.tags):
            fault = f"{group.tag} opens no group and is no segment here in {scope.message.name}"
            raise ConfigError(problems=[at.problem(fault, offset=group.offset)])
        tests = _tests(group, layout, at)
        asked.append(tuple(leaf for test in tests for leaf in test.leaves))
        finders.append(_groups(group.tag, tests) if is_group else _segments(group.tag, tests))
        scope = scope.enter(group.tag)
    first = (*path.groups, path.segment)[0]
    return CompiledPlaces(_chained(finders), scope, first.tag, asked[0], near=not path.groups)


def _entered(scope: Scope, group: Tagged, at: Position) -> Scope:
    if group.tag not in scope.own.groups:
        known = ", ".join(scope.own.groups) or "none"
        fault = f"{group.tag} opens no group here in {scope.message.name}"
        raise ConfigError(problems=[at.problem(fault, f"groups here: {known}", group.offset)])
    return scope.enter(group.tag)


def _segment_layout(tagged: Tagged, message: MessageLayout, at: Position) -> SegmentLayout:
    layout = message.segment(tagged.tag)
    if layout is None:
        fault = f"{message.name} has no segment {tagged.tag}"
        raise ConfigError(problems=[at.problem(fault, offset=tagged.offset)])
    return layout


def _tests(tagged: Tagged, layout: SegmentLayout, at: Position) -> tuple[PathTest, ...]:
    found: list[PathTest] = []
    for stated in tagged.filters:
        qualifier = (layout.qualifier,) if layout.qualifier else ()
        leaves = qualifier if stated.element is None else tuple(layout.leaves.get(stated.element, ()))
        if not leaves:
            raise _no_element(stated.element or "qualifier", layout, at, stated.offset)
        found.append(PathTest(leaves, frozenset(stated.values)))
    return tuple(found)


def _targets(
    path: EdifactPath, layout: SegmentLayout, at: Position, composite: tuple[str, ...]
) -> tuple[PathTarget, ...]:
    tests = _tests(path.segment, layout, at)
    reference = path.element
    if reference is None:
        if not composite:
            advice = f"name an element, {layout.tag}/1234, or a step that reads a segment, | date"
            raise ConfigError(problems=[at.problem("this path has no element", advice, path.segment.offset)])
        for code in composite:
            if code not in layout.leaves:
                raise _no_element(code, layout, at, path.segment.offset)
        return (PathTarget(tuple(layout.leaves[code][0] for code in composite), tests),)
    leaves = layout.leaves.get(reference.code, [])
    if reference.occurrence is not None:
        leaves = leaves[reference.occurrence - 1 : reference.occurrence]
    if not leaves:
        raise _no_element(reference.code, layout, at, reference.offset)
    return tuple(PathTarget((leaf,), tuple(_narrowed(test, leaf) for test in tests)) for leaf in leaves)


def _narrowed(test: PathTest, leaf: Leaf) -> PathTest:
    """The test in the occurrence of the composite in which the leaf stands, where it has leaves there."""
    same = tuple(other for other in test.leaves if other.element == leaf.element)
    return test._replace(leaves=same) if same else test


def _no_element(code: str, layout: SegmentLayout, at: Position, offset: int) -> ConfigError:
    known = ", ".join(layout.leaves)
    return ConfigError(problems=[at.problem(f"{layout.tag} has no such element {code}", f"it has {known}", offset)])


def _finder(path: EdifactPath, scope: Scope, at: Position) -> FindSegments:
    """From a place to the indexes of the segments a path may read; `scope` is that after its groups."""
    tag = path.segment.tag
    own, below = tag in scope.own.tags, tag in scope.own.groups
    if path.groups:
        finders = []
        for group in path.groups:
            layout = _segment_layout(group, scope.message, at)
            finders.append(_groups(group.tag, _tests(group, layout, at)))
        places = _chained(finders)
        if own or below:
            return lambda reading, place: [i for one in places(reading, place) for i in _direct(tag, one)]
    elif own and below:
        return lambda _, place: _direct(tag, place)
    elif own:
        return lambda _, place: place.segments.get(tag, ())
    elif below:
        return lambda _, place: [group.index for group in place.groups.get(tag, ())]
    elif tag in scope.around:
        return _outward(scope.around.index(tag) + 1)
    fault = f"{tag} is out of sight here in {scope.message.name}"
    advice = "a path sees its own group, the triggers of groups directly inside and around; deeper by >"
    raise ConfigError(problems=[at.problem(fault, advice, path.segment.offset)])


def _direct(tag: str, place: Place) -> list[int]:
    """The segments of a place and the triggers of the groups directly inside it, in order."""
    return sorted([*place.segments.get(tag, ()), *(group.index for group in place.groups.get(tag, ()))])


def _outward(levels: int) -> FindSegments:
    def find(_: Reading, place: Place) -> Sequence[int]:
        around: Place | None = place
        for _level in range(levels):
            around = around.parent if around else None
        return (around.index,) if around else ()

    return find


def _groups(tag: str, tests: tuple[PathTest, ...]) -> FindPlaces:
    if not tests:
        return lambda _, place: place.groups.get(tag, ())

    def find(reading: Reading, place: Place) -> Sequence[Place]:
        found = []
        for group in place.groups.get(tag, ()):
            mask = fulfilled(tests, reading.segments[group.index])
            if mask:
                reading.read[group.index] |= mask
                found.append(group)
        return found

    return find


def _segments(tag: str, tests: tuple[PathTest, ...]) -> FindPlaces:
    def find(reading: Reading, place: Place) -> Sequence[Place]:
        found = []
        for index in place.segments.get(tag, ()):
            mask = fulfilled(tests, reading.segments[index])
            if mask:
                reading.read[index] |= mask
                found.append(SegmentPlace(tag, index, place))
        return found

    return find


def _chained(finders: Sequence[FindPlaces]) -> FindPlaces:
    if len(finders) == 1:
        return finders[0]
    first, rest = finders[0], _chained(finders[1:])
    return lambda reading, place: [deeper for one in first(reading, place) for deeper in rest(reading, one)]
