"""Tables of a mapping compiled, in whatever dialect: rules to fields, tables to parts, every fault with its place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Generic, Protocol, TypeVar

import msgspec

from gateway.errors import ConfigError, Problem
from gateway.mapping.document_fields import known_fields
from gateway.mapping.inbound_tables import InboundTable, Stated
from gateway.mapping.rules import FieldPath, InboundRule
from gateway.mapping.targets import POSITION, Target, required_fields, target


class AnyRule(Protocol):
    """What the compiler asks of a rule compiled."""

    @property
    def rule(self) -> InboundRule:
        """The rule for messages."""

    @property
    def default(self) -> object:
        """What a text at its end gives, None without one."""

    @property
    def is_required(self) -> bool:
        """Whether it reports a value that is missing."""


ScopeT = TypeVar("ScopeT")
FrameT = TypeVar("FrameT")
RuleT = TypeVar("RuleT", bound=AnyRule)
TableT = TypeVar("TableT")
PartT = TypeVar("PartT")


class Dialect(ABC, Generic[ScopeT, FrameT, RuleT, TableT, PartT]):
    """What compiling tables asks of a dialect. Every method but the last two raises ConfigError."""

    @abstractmethod
    def rule(self, stated: Stated, goal: Target, scope: ScopeT, field: FieldPath) -> RuleT:
        """The rule that fills a field."""

    @abstractmethod
    def frame(self, table: InboundTable, scope: ScopeT) -> tuple[FrameT, ScopeT]:
        """Where a table's places are found (`at`, `each`, `when`), and the scope inside them."""

    @abstractmethod
    def table(self, rules: Mapping[str, RuleT], parts: list[tuple[str, PartT]]) -> TableT:
        """The reader of a table."""

    @abstractmethod
    def part(self, table: TableT, frame: FrameT, goal: Target, position: InboundRule | None) -> PartT:
        """The reader of a table inside another, which fills `goal`; `position` counts items that state none."""


class TableCompiler(Generic[ScopeT, FrameT, RuleT, TableT, PartT]):
    """Compiles the tables of one document; `problems` collects what it refuses, `rules` what it compiled."""

    def __init__(self, dialect: Dialect[ScopeT, FrameT, RuleT, TableT, PartT], problems: list[Problem]) -> None:
        self._dialect = dialect
        self._problems = problems
        self.rules: list[InboundRule] = []

    def table(self, table: InboundTable, owner: type[msgspec.Struct], scope: ScopeT, path: FieldPath) -> TableT:
        """The reader of a table that fills a part of type `owner`."""
        compiled: dict[str, RuleT] = {}
        for name, stated in table.rules.items():
            goal = self._goal(owner, name, stated)
            rule = self._rule(stated, goal, scope, path) if goal else None
            if rule is not None:
                compiled[name] = rule
        parts: list[tuple[str, PartT]] = []
        for name, inner in table.tables.items():
            part = self._part(owner, name, inner, scope, path)
            if part is not None:
                parts.append((name, part))
        self._check_required(table, owner, compiled)
        return self._dialect.table(compiled, parts)

    def _goal(self, owner: type[msgspec.Struct], name: str, stated: Stated) -> Target | None:
        goal = target(owner, name)
        if goal is None:
            fault = f"{owner.__name__} has no field {name!r}"
            self._problems.append(stated.key.problem(fault, known_fields(owner, name)))
        return goal

    def _rule(self, stated: Stated, goal: Target, scope: ScopeT, path: FieldPath) -> RuleT | None:
        try:
            rule = self._dialect.rule(stated, goal, scope, path.inside(goal.name))
        except ConfigError as error:
            self._problems.extend(error.problems)
            return None
        self.rules.append(rule.rule)
        return rule

    def _part(
        self, owner: type[msgspec.Struct], name: str, table: InboundTable, scope: ScopeT, path: FieldPath
    ) -> PartT | None:
        goal = target(owner, name)
        if goal is not None and table.each is None:
            goal = goal.whole
        if goal is None or not goal.is_table or goal.many != (table.each is not None):
            self._problems.append(_misplaced(owner, name, goal, table))
            return None
        try:
            frame, inner = self._dialect.frame(table, scope)
        except ConfigError as error:
            self._problems.extend(error.problems)
            return None
        inside = path.inside(name, many=goal.many)
        reader = self.table(table, goal.type, inner, inside)
        position = None
        if table.each is not None and POSITION in required_fields(goal.type):
            stated = table.rules.get(POSITION, table.each)
            position = InboundRule(inside.inside(POSITION), stated, ())
        return self._dialect.part(reader, frame, goal, position)

    def _check_required(self, table: InboundTable, owner: type[msgspec.Struct], compiled: Mapping[str, RuleT]) -> None:
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


def _misplaced(owner: type[msgspec.Struct], name: str, goal: Target | None, table: InboundTable) -> Problem:
    if goal is None:
        return table.at.problem(f"{owner.__name__} has no field {name!r}", known_fields(owner, name))
    if not goal.is_table:
        return table.at.problem(f"{name} is filled by a rule, not by a table")
    if goal.many:
        return table.at.problem(f"{name} is a list: the table needs each", 'as in each = "LIN"')
    return table.at.problem(f"{name} is no list: use at, not each", 'as in at = "NAD[BY]"')
