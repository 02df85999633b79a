"""Tables of a mapping at work: from a place of the message to a part of the document.

Most rules of a table are about what a place does not have. So what is worth asking is worked out once for each shape
of place that comes along (its tags, how often each stands, and the qualifiers its rules test) and kept: a plan. Most of
a plan says directly which segment and component has the text; only the rest is looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from gateway.edifact.syntax import Segment
from gateway.mapping import rules
from gateway.mapping.edifact_rules import EdifactRule
from gateway.mapping.path_reads import PathTarget, fulfilled
from gateway.mapping.paths import CompiledPlaces
from gateway.mapping.reading import Place, Read, Reading
from gateway.mapping.rules import Fault, InboundRule, PlaceT, ReadingT
from gateway.mapping.targets import POSITION

Finish: TypeAlias = rules.Finish[Reading, Place]
Document: TypeAlias = dict[str, object]
Holds: TypeAlias = Callable[[Reading, Place], bool]
Shape: TypeAlias = tuple[str | int, ...]
Shaped: TypeAlias = tuple[Shape, list[int]]

POSITION_MISSING = "position"
MAX_PLANS = 1_000


class _Step(NamedTuple):
    """One value of a plan: the place's segment of number `at` has it in a component; looked for where `at` is -1.

    `mask` marks what is read, `finish` takes the text through the rule's steps. `alone` says that the rule finds
    nothing where that component is empty.
    """

    name: str
    evaluate: Read
    at: int = -1
    element: int = 0
    component: int = 0
    mask: int = 0
    finish: Finish | None = None
    alone: bool = False


class _Plan(NamedTuple):
    """What is worth asking of a place of one shape."""

    steps: tuple[_Step, ...]
    parts: tuple[tuple[str, PartReader], ...]


class TableReader(NamedTuple):
    """One target table: values and parts by name. It is absent where none of its values came from the source.

    `asked` has by tag the leaves (element, component) the paths test.
    """

    rules: tuple[tuple[str, EdifactRule], ...]
    parts: tuple[tuple[str, PartReader], ...]
    defaults: tuple[tuple[str, object], ...]
    asked: Mapping[str, tuple[tuple[int, int], ...]]
    plans: dict[Shape, _Plan]

    def fill(self, reading: Reading, place: Place, shaped: Shaped | None = None) -> Document | None:
        """The table's values read from a place; None where nothing was there. `shaped` is the place as seen before."""
        shape, indexes = shaped = shaped or self._shape(reading, place)
        plan = self.plans.get(shape) or self._planned(shaped, reading, place)
        document = _values(plan.steps, indexes, reading, place)
        for name, part in plan.parts:
            value = part.read(reading, place, shaped)
            if value:
                document[name] = value
        if not document:
            return None
        for name, default in self.defaults:
            document.setdefault(name, default)
        return document

    def _shape(self, reading: Reading, place: Place) -> Shaped:
        """The tags of the place, how often each stands and the values of the leaves asked; and the segments' indexes.

        The counts keep two places apart that differ in nothing else, so that a plan's numbers fit; and they say where
        the values end, so that no value a sender writes can be taken for a tag.
        """
        shape: list[str | int] = []
        indexes: list[int] = []
        asked = self.asked
        for tag, own in place.segments.items():
            shape += (tag, len(own))
            indexes += own
            if tag in asked:
                _note_leaves(shape, [reading.segments[index] for index in own], asked[tag])
        for tag, groups in place.groups.items():
            triggers = [group.index for group in groups]
            shape += (tag, len(triggers))
            indexes += triggers
            if tag in asked:
                _note_leaves(shape, [reading.segments[index] for index in triggers], asked[tag])
        return tuple(shape), indexes

    def _planned(self, shaped: Shaped, reading: Reading, place: Place) -> _Plan:
        """The plan for places of this shape, worked out once; a sender who varies it fills no memory."""
        if len(self.plans) >= MAX_PLANS:
            self.plans.clear()
        shape, indexes = shaped
        rules = [(name, rule) for name, rule in self.rules if _matters(rule, reading, place)]
        plan = self.plans[shape] = _Plan(
            tuple(_step(name, rule, indexes, reading, place) for name, rule in rules),
            tuple((name, part) for name, part in self.parts if part.matters(reading, place)),
        )
        return plan


def _note_leaves(shape: list[str | int], segments: list[Segment], leaves: Sequence[tuple[int, int]]) -> None:
    for segment in segments:
        for element, component in leaves:
            texts = segment[element] if len(segment) > element else ()
            shape.append(texts[component] if len(texts) > component else "")


def _matters(rule: EdifactRule, reading: Reading, place: Place) -> bool:
    """Whether the rule can find, or must miss, anything at a place."""
    return rule.is_required or any(path.leads(reading, place) for path in rule.paths)


def _candidates(rule: EdifactRule, reading: Reading, place: Place) -> list[tuple[int, PathTarget]]:
    """The segments (by index) and places in them where the text can stand, in the order they are looked at."""
    return [found for path in rule.direct for found in path.candidates(reading, place)]


def _step(name: str, rule: EdifactRule, indexes: list[int], reading: Reading, place: Place) -> _Step:
    """How the plan has a rule's value: directly, where its first candidate is a segment of the place."""
    candidates = _candidates(rule, reading, place)
    if not candidates or candidates[0][0] not in indexes:
        return _Step(name, rule.evaluate)
    index, target = candidates[0]
    tag = reading.segments[index][0][0]
    if tag in place.segments and tag in place.groups:
        return _Step(name, rule.evaluate)  # which of the two stands first is not part of the shape
    (leaf,) = target.leaves
    alone = len(candidates) == 1 and not rule.is_required
    mask = fulfilled(target.tests, reading.segments[index]) | leaf.bit
    at = indexes.index(index)
    return _Step(name, rule.evaluate, at, leaf.element, leaf.component, mask, rule.finish, alone)


def _values(steps: tuple[_Step, ...], indexes: list[int], reading: Reading, place: Place) -> Document:
    """The values the steps find: one loop without calls for those that stand where the plan says."""
    document: Document = {}
    segments, read = reading.segments, reading.read
    for name, evaluate, at, element, component, mask, finish, alone in steps:
        value: object = None
        if at >= 0:
            index = indexes[at]
            segment = segments[index]
            if len(segment) > element and len(segment[element]) > component:
                value = segment[element][component]
        if value:
            read[index] |= mask
            if finish is not None:
                value = finish(reading, place, value)
        else:
            value = None if alone else evaluate(reading, place)
        if value is not None:
            document[name] = value
    return document


class PartReader(NamedTuple):
    """A table inside another: at the same place, once elsewhere, or for every place `each` finds.

    `position` counts items that state none. Items that are `named` are texts by their names.
    """

    table: TableReader
    places: CompiledPlaces | None
    many: bool
    when: Holds | None
    position: InboundRule | None
    named: bool = False

    def matters(self, reading: Reading, place: Place) -> bool:
        """Whether the part can be at a place of the shape that this one has."""
        if self.places is None:
            return True
        start = self.places.start
        if start not in place.segments and start not in place.groups:
            return False
        return not self.places.near or bool(self.places.find(reading, place))

    def read(self, reading: Reading, place: Place, shaped: Shaped | None = None) -> object:
        """The part, or the list of parts; `shaped` is the place as the table around has seen it."""
        if self.places is None:
            there = self.when is None or self.when(reading, place)
            return self.table.fill(reading, place, shaped) if there else None
        found, when = self.places.find(reading, place), self.when
        places: Iterable[Place] = found if when is None else (one for one in found if when(reading, one))
        if self.many:
            items = items_of(self.table.fill, self.position, reading, places)
            return texts_by_name(items) if self.named else items
        for one in places:
            return self.table.fill(reading, one)
        return None


def texts_by_name(items: list[Document]) -> dict[str, object]:
    """The entries of a field that has texts by their names; those of one name line by line, and none without a name."""
    texts: dict[str, list[str]] = {}
    for item in items:
        if "name" in item:
            texts.setdefault(str(item["name"]), []).append(str(item.get("text", "")))
    return {name: "\n".join(filter(None, lines)) for name, lines in texts.items()}


def items_of(
    fill: Callable[[ReadingT, PlaceT], Document | None],
    position: InboundRule | None,
    reading: ReadingT,
    places: Iterable[PlaceT],
) -> list[Document]:
    """The items of a list, one for each place that has any value; `position` counts those that state none."""
    items: list[Document] = []
    for one in places:
        before = len(reading.faults)
        item = fill(reading, one)
        if item is not None and position is not None and POSITION not in item:
            item[POSITION] = len(items) + 1
            reading.faults.append(Fault(position, one, POSITION_MISSING, "the line has no position; it was counted"))
        if len(reading.faults) > before:
            reading.number_faults(before, len(items))
        if item is not None:
            items.append(item)
    return items
