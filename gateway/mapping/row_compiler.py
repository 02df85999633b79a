"""Mappings of tables compiled: rules to columns, tables to rows, and a file cut at what is one message.

split = "order"                 # a message for each value of these columns; rows need not stand together
root  = "H"                     # or for each record of a type, with the rows behind it
[layout]                        # see `row_layout`
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from gateway.errors import ConfigError, Problem
from gateway.mapping.document import LAYOUT, EffectiveDocument
from gateway.mapping.grammar import parse_condition, parse_path
from gateway.mapping.inbound_tables import InboundTable, Stated, merge, stated_header
from gateway.mapping.plain_tables import PlainFrame, PlainPart, PlainTable
from gateway.mapping.row_layout import read_row_layout
from gateway.mapping.row_paths import RowPath, columns_path, row_path, rows_path
from gateway.mapping.row_reader import Cut, Needed, RowReader
from gateway.mapping.row_reads import (
    CompiledColumn,
    RowReading,
    RowRules,
    RowScope,
    RowsPlace,
    compile_column,
    find_rows,
    first_line,
)
from gateway.mapping.rules import CompiledRule, FieldPath, InboundRule, RuleCompiler, condition_of
from gateway.mapping.steps import FindCodes
from gateway.mapping.table_compiler import Dialect, TableCompiler
from gateway.mapping.targets import Target, word_of
from gateway.mapping.tree_mapping import TreeMapping
from gateway.model.trade_rows import TradeRows

RowRule: TypeAlias = CompiledRule[CompiledColumn, RowReading, RowsPlace]
RowsTable: TypeAlias = PlainTable[CompiledColumn, RowReading, RowsPlace]
RowsPart: TypeAlias = PlainPart[CompiledColumn, RowReading, RowsPlace]
RowsFrame: TypeAlias = PlainFrame[RowReading, RowsPlace]

TABLES = ("csv", "fixed")
"""The syntaxes that are read as tables."""


class RowDialect(Dialect[RowScope, RowsFrame, RowRule, RowsTable, RowsPart]):
    """Tables of the tabular dialect; `read` and `required` collect the columns that rules name."""

    def __init__(self, find_codes: FindCodes, *, makes_rows: bool) -> None:
        self._find_codes = find_codes
        self._makes_rows = makes_rows
        self.read: set[str] = set()
        self.required: list[tuple[str, ...]] = []

    def rule(self, stated: Stated, goal: Target, scope: RowScope, field: FieldPath) -> RowRule:
        """The rule that fills a field."""
        rule = RuleCompiler(RowRules(scope), self._find_codes).compile(stated, goal, field)
        columns = tuple(path.path.column for path in rule.paths)
        self.read.update(columns)
        if rule.is_required and rule.default is None and columns and not scope.optional:
            self.required.append(columns)
        return rule

    def frame(self, table: InboundTable, scope: RowScope) -> tuple[RowsFrame, RowScope]:
        """Where a table's rows are found."""
        stated, many, find = table.stands, table.each is not None, None
        if stated is not None:
            path = parse_path(stated.text, rows_path, stated.at)
            self.read.update(path.by)
            find = find_rows(path, scope, stated.at, many=many)
        when = None
        if table.when is not None:
            condition = parse_condition(table.when.text, row_path, table.when.at)
            self.read.add(condition.path.column)
            when = condition_of(compile_column(condition.path, scope, table.when.at, every=False).read, condition)
        return PlainFrame(find, when), scope._replace(optional=scope.optional or when is not None)

    def table(self, rules: Mapping[str, RowRule], parts: list[tuple[str, RowsPart]]) -> RowsTable:
        """The reader of a table."""
        return PlainTable(tuple(rules.items()), tuple(parts))

    def part(self, table: RowsTable, frame: RowsFrame, goal: Target, position: InboundRule | None) -> RowsPart:
        """The reader of a table inside another."""
        line = first_line if self._makes_rows and goal.many else None
        return PlainPart(table, frame, goal.many, position, line, goal.is_named)


def compile_rows(document: EffectiveDocument, owner: type[msgspec.Struct], find_codes: FindCodes) -> TreeMapping:
    """The mapping as closures. Raises ConfigError with every problem of the document."""
    problems: list[Problem] = []
    merged = merge(document, problems, ("root", "split", LAYOUT))
    scope = RowScope(*read_row_layout(document, problems))
    if document.reads.startswith("fixed ") and not scope.layout.widths:
        fault = "a table of fixed widths needs them"
        problems.append(document.sources[0].problem(("reads",), fault, "add [layout.fixed] with a width a column"))
    makes_rows = owner is TradeRows
    dialect = RowDialect(find_codes, makes_rows=makes_rows)
    compiler = TableCompiler(dialect, problems)
    table = compiler.table(merged.root, owner, scope, FieldPath(singular=word_of(owner)))
    ignored = _ignored(merged.ignored, scope, problems)
    cut = _cut(document, scope, problems)
    if problems:
        raise ConfigError(f"The mapping {document.id} cannot be used.", problems)
    needed = Needed(frozenset(dialect.read), tuple(dict.fromkeys(dialect.required)))
    reader = RowReader(scope.layout, cut, table, needed, ignored, document.makes, makes_rows)
    return TreeMapping(
        document.id, document.reads, document.makes, tuple(compiler.rules), merged.ignored, reader.open, reader.laid,
        scope.layout.encoding,
    )  # fmt: skip


def _cut(document: EffectiveDocument, scope: RowScope, problems: list[Problem]) -> Cut:
    """What is one message."""
    split, root = (stated_header(document, key, problems) for key in ("split", "root"))
    if split and root:
        problems.append(root.key.problem("a table has split or root, not both"))
    try:
        if split:
            columns = parse_path(split.text, columns_path, split.at)
            for column in columns:
                scope.check(RowPath("", column, False, column, 0), split.at)
            return Cut(columns=columns)
        if root:
            if not scope.layout.has_types or root.text not in scope.layout.columns:
                advice = "name the types in [layout.columns] or [layout.fixed]"
                raise ConfigError(problems=[root.at.problem(f"{root.text!r} is no type of record", advice)])
            return Cut(record=root.text)
    except ConfigError as error:
        problems.extend(error.problems)
    return Cut()


def _ignored(stated: Mapping[str, Stated], scope: RowScope, problems: list[Problem]) -> frozenset[tuple[str, str]]:
    """The columns of [ignore], by type of record."""
    columns: set[tuple[str, str]] = set()
    for key, reason in stated.items():
        try:
            path = parse_path(key, row_path, reason.key)
            scope.check(path, reason.key)
            columns.add((path.record, path.column))
        except ConfigError as error:
            problems.extend(error.problems)
    return frozenset(columns)
