"""Mappings of EDIFACT messages compiled: tables to readers, every fault with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from gateway.edifact.directory import load, releases
from gateway.errors import ConfigError, Problem
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.edifact_paths import EdifactPath, edifact_path
from gateway.mapping.edifact_rules import EdifactRule, EdifactRules
from gateway.mapping.grammar import parse_condition, parse_path
from gateway.mapping.inbound import InboundMapping
from gateway.mapping.inbound_tables import InboundTable, Stated, merge
from gateway.mapping.layout import MessageLayout, message_layout
from gateway.mapping.paths import CompiledPlaces, Scope, compile_path, compile_places, path_targets
from gateway.mapping.rules import FieldPath, InboundRule, RuleCompiler, condition_of
from gateway.mapping.steps import FindCodes
from gateway.mapping.table_compiler import Dialect, TableCompiler
from gateway.mapping.table_reader import Holds, PartReader, TableReader
from gateway.mapping.targets import Target, word_of
from gateway.mapping.unread import Ignored, UnreadFinder


def compile_edifact(document: EffectiveDocument, owner: type[msgspec.Struct], find_codes: FindCodes) -> InboundMapping:
    """The mapping as closures. Raises ConfigError with every problem of the document."""
    layout = _message(document)
    problems: list[Problem] = []
    merged = merge(document, problems)
    compiler = TableCompiler(_Edifact(find_codes), problems)
    table = compiler.table(merged.root, owner, Scope(layout, layout.root), FieldPath(singular=word_of(owner)))
    ignored = _Ignores(layout, problems).compile(merged.ignored)
    if problems:
        raise ConfigError(f"The mapping {document.id} cannot be used.", problems)
    root = PartReader(table, None, many=False, when=None, position=None)
    finder = UnreadFinder(layout, ignored)
    return InboundMapping(
        document.id, document.reads, document.makes, tuple(compiler.rules), merged.ignored, root, finder
    )


def _message(document: EffectiveDocument) -> MessageLayout:
    """The message type read. Raises ConfigError where it is unknown."""
    base = document.sources[0]
    words = document.reads.split()
    release = words[2].partition(".") if len(words) > 2 else ("", "", "")
    directory = load(release[0], release[2])
    if directory is None:
        fault = f"there are no tables for {document.reads!r}"
        advice = f'write "edifact TYPE RELEASE" with a release of {", ".join(releases())}'
        raise ConfigError(problems=[base.problem(("reads",), fault, advice)])
    layout = message_layout(directory, words[1])
    if layout is None:
        fault = f"{words[2]} has no message {words[1]}"
        advice = f"it has {', '.join(directory.message_types)}"
        raise ConfigError(problems=[base.problem(("reads",), fault, advice)])
    return layout


class _Frame(NamedTuple):
    """Where a table's places are found, None where it stands at the place of the table around, and what must hold."""

    places: CompiledPlaces | None
    when: Holds | None


class _Edifact(Dialect[Scope, _Frame, EdifactRule, TableReader, PartReader]):
    """Tables of the edifact dialect."""

    def __init__(self, find_codes: FindCodes) -> None:
        self._find_codes = find_codes

    def rule(self, stated: Stated, goal: Target, scope: Scope, field: FieldPath) -> EdifactRule:
        """The rule that fills a field."""
        return RuleCompiler(EdifactRules(scope), self._find_codes).compile(stated, goal, field)

    def frame(self, table: InboundTable, scope: Scope) -> tuple[_Frame, Scope]:
        """Where a table's places are found, and the scope inside them."""
        stated = table.stands
        places = stated and compile_places(parse_path(stated.text, edifact_path, stated.at), scope, stated.at)
        inner = places.scope if places else scope
        return _Frame(places, self._condition(table.when, inner) if table.when else None), inner

    def table(self, rules: Mapping[str, EdifactRule], parts: list[tuple[str, PartReader]]) -> TableReader:
        """The reader of a table."""
        defaults = tuple((name, rule.default) for name, rule in rules.items() if rule.default is not None)
        return TableReader(tuple(rules.items()), tuple(parts), defaults, _asked(rules, parts), {})

    def part(self, table: TableReader, frame: _Frame, goal: Target, position: InboundRule | None) -> PartReader:
        """The reader of a table inside another."""
        return PartReader(table, frame.places, goal.many, frame.when, position, goal.is_named)

    def _condition(self, stated: Stated, scope: Scope) -> Holds:
        condition = parse_condition(stated.text, edifact_path, stated.at)
        read = compile_path(condition.path, scope, stated.at, (), every=False).read
        return condition_of(read, condition)


def _asked(
    rules: Mapping[str, EdifactRule], parts: Iterable[tuple[str, PartReader]]
) -> dict[str, tuple[tuple[int, int], ...]]:
    """By tag the leaves (element, component) that paths of rules and parts test, parts at the same place included."""
    asked: dict[str, set[tuple[int, int]]] = {}
    paths = [(path.start, path.asked) for rule in rules.values() for path in rule.paths]
    paths += [(part.places.start, part.places.asked) for _, part in parts if part.places]
    for start, leaves in paths:
        if leaves:
            asked.setdefault(start, set()).update((leaf.element, leaf.component) for leaf in leaves)
    for _, part in parts:
        for tag, lent in () if part.places else part.table.asked.items():
            asked.setdefault(tag, set()).update(lent)
    return {tag: tuple(sorted(leaves)) for tag, leaves in asked.items()}


class _Ignores:
    """Compiles [ignore]: paths without a place to start from (`TAG[Q]/ELEMENT`, `GROUP>TAG`), each with a reason."""

    def __init__(self, layout: MessageLayout, problems: list[Problem]) -> None:
        self._layout = layout
        self._problems = problems

    def compile(self, ignored: Mapping[str, Stated]) -> dict[str, list[Ignored]]:
        """What is ignored, by tag."""
        lines: dict[str, list[Ignored]] = {}
        for key, stated in ignored.items():
            try:
                path = parse_path(key, edifact_path, stated.key)
                lines.setdefault(path.segment.tag, []).append(self._line(path, stated))
            except ConfigError as error:
                self._problems.extend(error.problems)
        return lines

    def _line(self, path: EdifactPath, stated: Stated) -> Ignored:
        if any(group.filters for group in path.groups):
            raise ConfigError(problems=[stated.key.problem(f"{path.text}: groups of [ignore] take no filter")])
        groups = tuple(group.tag for group in path.groups)
        return Ignored(groups, path_targets(path, self._layout, stated.key), whole=path.element is None)
