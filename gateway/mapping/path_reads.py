"""How the value of a path is read: closures from a place to the text there, the frequent forms first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gateway.edifact.syntax import Segment
from gateway.mapping.layout import Leaf, leaf_bit
from gateway.mapping.reading import FindSegments, Place, Read, Reading


class PathTest(NamedTuple):
    """What must hold of a segment: one of the leaves has one of the values."""

    leaves: tuple[Leaf, ...]
    values: frozenset[str]

    def bit(self, segment: Segment) -> int:
        """The bit of the leaf that fulfils it, 0 where none does."""
        for leaf in self.leaves:
            if leaf.text(segment) in self.values:
                return leaf.bit
        return 0


class PathTarget(NamedTuple):
    """One place of the wanted value in a segment; `leaves` has more than one where a composite is read.

    Without leaves it is the segment as a whole.
    """

    leaves: tuple[Leaf, ...]
    tests: tuple[PathTest, ...]

    def mask(self, segment: Segment) -> int:
        """The bits of what is read when the value is taken, 0 where it is absent or a test fails."""
        if self.leaves and not self.leaves[0].text(segment):
            return 0
        mask = fulfilled(self.tests, segment)
        if mask:
            for leaf in self.leaves:
                if leaf.text(segment):
                    mask |= leaf.bit
        return mask

    def value(self, segment: Segment) -> object:
        """The text, or the texts of the composite."""
        texts = tuple(leaf.text(segment) for leaf in self.leaves)
        return texts[0] if len(texts) == 1 else texts


_ALWAYS = 1
"""A bit no leaf has: the tag's place."""


def fulfilled(tests: Sequence[PathTest], segment: Segment) -> int:
    """The bits of the leaves that fulfil every test, 0 where one fails."""
    mask = _ALWAYS
    for test in tests:
        bit = test.bit(segment)
        if not bit:
            return 0
        mask |= bit
    return mask


def read_one(find: FindSegments, targets: tuple[PathTarget, ...]) -> Read:
    """From a place to the first value there, None where there is none."""
    if _is_plain(targets):
        tests = targets[0].tests
        return (
            _read_filtered(find, targets[0].leaves[0], tests[0])
            if tests
            else _read_unfiltered(find, targets[0].leaves[0])
        )
    if _is_composite(targets):
        return _read_composite(find, targets[0])
    repeated = _repeated(targets)
    return _read_repeated(find, repeated) if repeated else _read_first(find, targets)


def _is_plain(targets: tuple[PathTarget, ...]) -> bool:
    """Whether there is one place for the value and at most a test of one leaf: the most frequent path by far."""
    if len(targets) > 1 or len(targets[0].leaves) > 1:
        return False
    tests = targets[0].tests
    return not tests or (len(tests) == 1 and len(tests[0].leaves) == 1)


def _read_unfiltered(find: FindSegments, leaf: Leaf) -> Read:
    element, component, bit = leaf.element, leaf.component, leaf.bit

    def read(reading: Reading, place: Place) -> object:
        for index in find(reading, place):
            segment = reading.segments[index]
            if len(segment) > element:
                texts = segment[element]
                if len(texts) > component and texts[component]:
                    reading.read[index] |= bit
                    return texts[component]
        return None

    return read


def _read_filtered(find: FindSegments, leaf: Leaf, test: PathTest) -> Read:
    element, component, bit = leaf.element, leaf.component, leaf.bit
    asked, wanted = test.leaves[0], test.values
    asked_element, asked_component, asked_bit = asked.element, asked.component, asked.bit

    def read(reading: Reading, place: Place) -> object:
        for index in find(reading, place):
            segment = reading.segments[index]
            if len(segment) <= asked_element or len(segment[asked_element]) <= asked_component:
                continue
            if segment[asked_element][asked_component] not in wanted:
                continue
            reading.read[index] |= asked_bit
            texts = segment[element] if len(segment) > element else ()
            if len(texts) > component and texts[component]:
                reading.read[index] |= bit
                return texts[component]
        return None

    return read


def _is_composite(targets: tuple[PathTarget, ...]) -> bool:
    """Whether it is a composite handed to a step (DTM[2]), with one test of one leaf."""
    tests = targets[0].tests
    one = len(targets) == len(tests) == 1 and len(tests[0].leaves) == 1
    return one and len({leaf.element for leaf in targets[0].leaves}) == 1


def _read_composite(find: FindSegments, target: PathTarget) -> Read:
    """The fast form of `_read_first` for a composite of one element: where its last component stands, so do all."""
    test, leaves = target.tests[0], target.leaves
    asked, wanted, element = test.leaves[0], test.values, leaves[0].element
    asked_element, asked_component = asked.element, asked.component
    components = tuple(leaf.component for leaf in leaves)
    last, mask = max(components), asked.bit | sum(leaf.bit for leaf in leaves)

    def read(reading: Reading, place: Place) -> object:
        for index in find(reading, place):
            segment = reading.segments[index]
            if len(segment) <= asked_element or len(segment) <= element:
                continue
            texts, tested = segment[element], segment[asked_element]
            if len(tested) <= asked_component or tested[asked_component] not in wanted:
                continue
            found = tuple([texts[at] for at in components]) if len(texts) > last else ()
            if found and all(found):
                reading.read[index] |= mask
                return found
            # Only what is filled counts as read; that is worked out one by one.
            partly = target.mask(segment)
            if partly:
                reading.read[index] |= partly
                return target.value(segment)
        return None

    return read


class _Repeated(NamedTuple):
    """A value in a composite that repeats: what the segment must be, and what each occurrence is asked and read."""

    common: tuple[PathTest, ...]
    elements: range
    asked: int
    wanted: frozenset[str]
    component: int


def _repeated(targets: tuple[PathTarget, ...]) -> _Repeated | None:
    """The targets as a composite that repeats in neighbouring elements (PIA[7143=IN]/7140); None where they differ."""
    first, last = targets[0], targets[-1]
    if len(first.leaves) > 1 or not first.tests:
        return None
    asked, component = first.tests[-1].leaves[0], first.leaves[0].component
    elements = range(first.leaves[0].element, last.leaves[0].element + 1)
    for target, element in zip(targets, elements, strict=False):
        leaf, own = target.leaves[0], target.tests[-1]
        at = (leaf.element, leaf.component, *((one.element, one.component) for one in own.leaves))
        if target.tests[:-1] != first.tests[:-1] or at != (element, component, (element, asked.component)):
            return None
    if len(targets) != len(elements):
        return None
    return _Repeated(first.tests[:-1], elements, asked.component, first.tests[-1].values, component)


def _read_repeated(find: FindSegments, where: _Repeated) -> Read:
    """The fast form of `_read_first` for a composite that repeats: the occurrence asked is the one read."""
    common, elements, asked, wanted, component = where
    least = max(asked, component)

    def read(reading: Reading, place: Place) -> object:
        for index in find(reading, place):
            segment = reading.segments[index]
            mask = fulfilled(common, segment)
            if not mask:
                continue
            for element in elements[: max(len(segment) - elements.start, 0)]:
                texts = segment[element]
                if len(texts) > least and texts[asked] in wanted and texts[component]:
                    reading.read[index] |= mask | leaf_bit(element, asked) | leaf_bit(element, component)
                    return texts[component]
        return None

    return read


def _read_first(find: FindSegments, targets: tuple[PathTarget, ...]) -> Read:
    def read(reading: Reading, place: Place) -> object:
        for index in find(reading, place):
            segment = reading.segments[index]
            for target in targets:
                mask = target.mask(segment)
                if mask:
                    reading.read[index] |= mask
                    return target.value(segment)
        return None

    return read


def read_every(find: FindSegments, targets: tuple[PathTarget, ...]) -> Read:
    """From a place to every value there in order, None where there is none."""

    def read(reading: Reading, place: Place) -> object:
        values = []
        for index in find(reading, place):
            segment = reading.segments[index]
            for target in targets:
                mask = target.mask(segment)
                if mask:
                    reading.read[index] |= mask
                    values.append(target.value(segment))
        return values or None

    return read
