"""What a mapping can reach of a message type: every element that a rule reads or [ignore] names, wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from gateway.edifact.directory import Directory
from gateway.errors import Problem
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.edifact_paths import EdifactPath, Tagged, edifact_path
from gateway.mapping.grammar import Listing, Literal, StepCall, parse_condition, parse_path, parse_rule
from gateway.mapping.inbound_tables import InboundTable, Stated, merge
from gateway.mapping.layout import GroupLayout, Leaf, MessageLayout, message_layout
from gateway.mapping.path_reads import PathTarget
from gateway.mapping.paths import Scope, path_targets
from gateway.mapping.steps import composite_of

Location: TypeAlias = tuple[tuple[str, ...], str]
"""The groups a segment stands in by trigger, that of its own group included, and its tag."""


class OutOfReach(NamedTuple):
    """The elements of one segment of the message type that nothing reads or ignores; `whole` when it is all of them."""

    segment: str
    elements: tuple[str, ...]
    whole: bool


def out_of_reach(document: EffectiveDocument, directory: Directory) -> list[OutOfReach]:
    """What no rule can reach of the message the document reads; the document has been compiled before."""
    layout = message_layout(directory, document.reads.split()[1])
    if layout is None:
        return []
    problems: list[Problem] = []
    merged = merge(document, problems)
    reach = _Reach(layout)
    reach.table(merged.root, Scope(layout, layout.root), (((), ""),))
    for key, stated in merged.ignored.items():
        reach.ignore(parse_path(key, edifact_path, stated.key), stated)
    return list(reach.missing())


class _Reach:
    """Collects the leaves that are read, by location."""

    def __init__(self, layout: MessageLayout) -> None:
        self._layout = layout
        self._read: dict[Location, set[Leaf]] = {}
        self._locations = list(_locations(layout.root, ()))

    def table(self, table: InboundTable, scope: Scope, around: Sequence[Location]) -> None:
        """Everything a table and those inside it read; `around` are the places it stands in, the message first."""
        stated = table.each or table.place
        if stated is not None:
            path = parse_path(stated.text, edifact_path, stated.at)
            scope, around = self._enter((*path.groups, path.segment), scope, around, stated)
        if table.when is not None:
            condition = parse_condition(table.when.text, edifact_path, table.when.at)
            self._path(condition.path, (), scope, around, table.when)
        for rule in table.rules.values():
            self._rule(rule, scope, around)
        for inner in table.tables.values():
            self.table(inner, scope, around)

    def ignore(self, path: EdifactPath, stated: Stated) -> None:
        """What a line of [ignore] names, at every place it fits."""
        groups = tuple(group.tag for group in path.groups)
        targets = path_targets(path, self._layout, stated.key)
        for location in self._locations:
            inside, tag = location
            outside = inside[:-1] if inside and inside[-1] == tag else inside
            if tag == path.segment.tag and (not groups or outside[-len(groups) :] == groups):
                self._mark(location, targets)
                if path.element is None:
                    self._read[location].update(self._leaves(tag))

    def missing(self) -> Iterator[OutOfReach]:
        """The segments of the message of which something is out of reach, group by group."""
        for location in self._locations:
            groups, tag = location
            leaves = self._leaves(tag)
            read = self._read.get(location, set())
            codes = tuple(dict.fromkeys(leaf.code for leaf in leaves if leaf not in read))
            if codes:
                outside = groups[:-1] if groups and groups[-1] == tag else groups
                yield OutOfReach(">".join((*outside, tag)), codes, not read)

    def _rule(self, stated: Stated, scope: Scope, around: Sequence[Location]) -> None:
        rule = parse_rule(stated.text, edifact_path, stated.at)
        for source in rule.sources:
            for path in source.sources if isinstance(source, Listing) else (source,):
                if not isinstance(path, Literal):
                    self._path(path, rule.steps, scope, around, stated)

    def _path(
        self, path: EdifactPath, steps: Sequence[StepCall], scope: Scope, around: Sequence[Location], stated: Stated
    ) -> None:
        scope, around = self._enter(path.groups, scope, around, stated)
        tag, groups = path.segment.tag, around[-1][0]
        targets = path_targets(path, self._layout, stated.at)
        layout = self._layout.segment(tag)
        if path.element is None and layout is not None:
            leaves = tuple(layout.leaves[code][0] for code in composite_of(steps))
            targets = tuple(target._replace(leaves=leaves) for target in targets)
        if tag in scope.own.tags:
            self._mark((groups, tag), targets)
        if tag in scope.own.groups:
            self._mark(((*groups, tag), tag), targets)
        elif tag not in scope.own.tags:
            self._mark(around[-2 - scope.around.index(tag)], targets)

    def _enter(
        self, entered: Sequence[Tagged], scope: Scope, around: Sequence[Location], stated: Stated
    ) -> tuple[Scope, Sequence[Location]]:
        for tagged in entered:
            groups = around[-1][0]
            inside = (*groups, tagged.tag) if tagged.tag in scope.own.groups else groups
            around = (*around, (inside, tagged.tag))
            whole = EdifactPath((), tagged, None, tagged.tag)
            self._mark(around[-1], path_targets(whole, self._layout, stated.at))
            scope = scope.enter(tagged.tag)
        return scope, around

    def _mark(self, location: Location, targets: Sequence[PathTarget]) -> None:
        read = self._read.setdefault(location, set())
        for target in targets:
            read.update(target.leaves)
            for test in target.tests:
                read.update(test.leaves)

    def _leaves(self, tag: str) -> list[Leaf]:
        layout = self._layout.segment(tag)
        return list(layout.places.values()) if layout else []


def _locations(group: GroupLayout, around: tuple[str, ...]) -> Iterator[Location]:
    """Every place of a segment in the message type, groups after the segments of their parent."""
    for tag in sorted(group.tags):
        yield around, tag
    for trigger, below in group.groups.items():
        yield from _locations(below, (*around, trigger))
