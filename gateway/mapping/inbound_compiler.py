"""Inbound documents compiled: tables to readers, every fault with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from gateway.edifact.directory import load, releases
from gateway.errors import ConfigError, Problem
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.edifact_paths import EdifactPath, edifact_path
from gateway.mapping.grammar import parse_condition, parse_path
from gateway.mapping.inbound import InboundMapping
from gateway.mapping.inbound_rules import CompiledRule, FieldPath, InboundRule, RuleCompiler
from gateway.mapping.inbound_tables import InboundTable, Stated, merge
from gateway.mapping.layout import MessageLayout, message_layout
from gateway.mapping.paths import CompiledPlaces, Scope, compile_path, compile_places, path_targets
from gateway.mapping.steps import FindCodes
from gateway.mapping.table_reader import POSITION, Holds, PartReader, TableReader
from gateway.mapping.targets import DOCUMENTS, Target, field_names, required_fields, target
from gateway.mapping.unread import Ignored, UnreadFinder


def compile_inbound(document: EffectiveDocument, find_codes: FindCodes) -> InboundMapping:
    """The mapping as closures. Raises ConfigError with every problem of the document."""
    layout, owner = _sides(document)
    problems: list[Problem] = []
    merged = merge(document, problems)
    compiler = _Compiler(find_codes, problems)
    table = compiler.table(merged.root, owner, Scope(layout, layout.root), FieldPath())
    ignored = _Ignores(layout, problems).compile(merged.ignored)
    if problems:
        raise ConfigError(f"The mapping {document.id} cannot be used.", problems)
    root = PartReader(table, None, many=False, when=None, position=None)
    finder = UnreadFinder(layout, ignored)
    return InboundMapping(
        document.id, document.reads, document.makes, tuple(compiler.rules), merged.ignored, root, finder
    )


def _sides(document: EffectiveDocument) -> tuple[MessageLayout, type[msgspec.Struct]]:
    """The message type read and the document made. Raises ConfigError where either is unknown."""
    base = document.sources[0]
    owner = DOCUMENTS.get(document.makes)
    if owner is None:
        fault = f"no mapping makes {document.makes!r}"
        raise ConfigError(problems=[base.problem(("makes",), fault, "it makes " + " or ".join(DOCUMENTS))])
    words = document.reads.split()
    release = words[2].partition(".") if len(words) > 2 else ("", "", "")
    directory = load(release[0], release[2]) if words[0] == "edifact" else None
    if directory is None:
        fault = f"there are no tables for {document.reads!r}"
        advice = f'write "edifact TYPE RELEASE" with a release of {", ".join(releases())}'
        raise ConfigError(problems=[base.problem(("reads",), fault, advice)])
    layout = message_layout(directory, words[1])
    if layout is None:
        fault = f"{words[2]} has no message {words[1]}"
        advice = f"it has {', '.join(directory.message_types)}"
        raise ConfigError(problems=[base.problem(("reads",), fault, advice)])
    return layout, owner


class _Compiler:
    """Compiles the tables of one document; `problems` collects what it refuses, `rules` what it compiled."""

    def __init__(self, find_codes: FindCodes, problems: list[Problem]) -> None:
        self._find_codes = find_codes
        self._problems = problems
        self.rules: list[InboundRule] = []

    def table(self, table: InboundTable, owner: type[msgspec.Struct], scope: Scope, path: FieldPath) -> TableReader:
        """The reader of a table that fills a part of type `owner`."""
        compiled: dict[str, CompiledRule] = {}
        for name, stated in table.rules.items():
            goal = self._goal(owner, name, stated)
            rule = self._rule(stated, goal, scope, path) if goal else None
            if rule is not None:
                compiled[name] = rule
        parts: list[tuple[str, PartReader]] = []
        for name, inner in table.tables.items():
            part = self._part(owner, name, inner, scope, path)
            if part is not None:
                parts.append((name, part))
        self._check_required(table, owner, compiled)
        defaults = tuple((name, rule.default) for name, rule in compiled.items() if rule.default is not None)
        return TableReader(tuple(compiled.items()), tuple(parts), defaults, _asked(compiled, parts), {})

    def _goal(self, owner: type[msgspec.Struct], name: str, stated: Stated) -> Target | None:
        goal = target(owner, name)
        if goal is None:
            fault = f"{owner.__name__} has no field {name!r}"
            self._problems.append(stated.key.problem(fault, f"it has {field_names(owner)}"))
        return goal

    def _rule(self, stated: Stated, goal: Target, scope: Scope, path: FieldPath) -> CompiledRule | None:
        try:
            rule = RuleCompiler(scope, self._find_codes).compile(stated, goal, path.inside(goal.name))
        except ConfigError as error:
            self._problems.extend(error.problems)
            return None
        self.rules.append(rule.rule)
        return rule

    def _part(
        self, owner: type[msgspec.Struct], name: str, table: InboundTable, scope: Scope, path: FieldPath
    ) -> PartReader | None:
        goal = target(owner, name)
        if goal is None or not goal.is_table or goal.many != (table.each is not None):
            self._problems.append(_misplaced(owner, name, goal, table))
            return None
        try:
            places = self._places(table, scope)
            inner = places.scope if places else scope
            when = self._condition(table.when, inner) if table.when else None
        except ConfigError as error:
            self._problems.extend(error.problems)
            return None
        inside = path.inside(name, many=goal.many)
        reader = self.table(table, goal.type, inner, inside)
        position = None
        if table.each is not None and POSITION in required_fields(goal.type):
            stated = table.rules.get(POSITION, table.each)
            position = InboundRule(inside.inside(POSITION), stated, ())
        return PartReader(reader, places, goal.many, when, position)

    def _places(self, table: InboundTable, scope: Scope) -> CompiledPlaces | None:
        stated = table.each or table.place
        if stated is None:
            return None
        if table.each is not None and table.place is not None:
            raise ConfigError(problems=[table.place.key.problem("a table has at or each, not both")])
        return compile_places(parse_path(stated.text, edifact_path, stated.at), scope, stated.at)

    def _condition(self, stated: Stated, scope: Scope) -> Holds:
        condition = parse_condition(stated.text, edifact_path, stated.at)
        read = compile_path(condition.path, scope, stated.at, (), every=False).read
        wanted, negated = frozenset(condition.values), condition.negated
        return lambda reading, place: (read(reading, place) in wanted) is not negated

    def _check_required(
        self, table: InboundTable, owner: type[msgspec.Struct], compiled: Mapping[str, CompiledRule]
    ) -> None:
        """Refuses fields the document needs and no rule is sure to fill; a line's position is counted."""
        for name in required_fields(owner):
            if name == POSITION:
                continue
            if name not in table.rules:
                fault = f"{owner.__name__} needs {name!r}, which no rule fills"
                self._problems.append(table.at.problem(fault, "add a rule that ends in required, or a text"))
            elif name in compiled and not compiled[name].is_required and compiled[name].default is None:
                fault = f"{name} is a required field, this rule can leave it empty"
                self._problems.append(table.rules[name].key.problem(fault, "end it in | required or // 'text'"))


def _asked(
    rules: Mapping[str, CompiledRule], parts: Iterable[tuple[str, PartReader]]
) -> dict[str, tuple[tuple[int, int], ...]]:
    """By tag the leaves (element, component) that paths of rules and parts test, parts at the same place included."""
    asked: dict[str, set[tuple[int, int]]] = {}
    paths = [(path.start, path.asked) for rule in rules.values() for path in rule.rule.paths]
    paths += [(part.places.start, part.places.asked) for _, part in parts if part.places]
    for start, leaves in paths:
        if leaves:
            asked.setdefault(start, set()).update((leaf.element, leaf.component) for leaf in leaves)
    for _, part in parts:
        for tag, lent in () if part.places else part.table.asked.items():
            asked.setdefault(tag, set()).update(lent)
    return {tag: tuple(sorted(leaves)) for tag, leaves in asked.items()}


def _misplaced(owner: type[msgspec.Struct], name: str, goal: Target | None, table: InboundTable) -> Problem:
    if goal is None:
        return table.at.problem(f"{owner.__name__} has no field {name!r}", f"it has {field_names(owner)}")
    if not goal.is_table:
        return table.at.problem(f"{name} is filled by a rule, not by a table")
    if goal.many:
        return table.at.problem(f"{name} is a list: the table needs each", 'as in each = "LIN"')
    return table.at.problem(f"{name} is no list: use at, not each", 'as in at = "NAD[BY]"')


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
            if not stated.text.strip():
                self._problems.append(stated.key.problem(f"{key} is ignored without a reason", "say why in the text"))
        return lines

    def _line(self, path: EdifactPath, stated: Stated) -> Ignored:
        if any(group.filters for group in path.groups):
            raise ConfigError(problems=[stated.key.problem(f"{path.text}: groups of [ignore] take no filter")])
        groups = tuple(group.tag for group in path.groups)
        return Ignored(groups, path_targets(path, self._layout, stated.key), whole=path.element is None)
