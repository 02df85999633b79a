"""Mappings to CSV and fixed columns compiled: tables of rules to rows, every fault with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gateway.errors import ConfigError, Problem
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.grammar import StatedText
from gateway.mapping.layouts import Layout, read_layout
from gateway.mapping.placeholders import PLAIN_TEXTS, Endings, Filled, PlaceholderCompiler, Types, Watch, unwatched
from gateway.mapping.repeats import compile_repeat
from gateway.mapping.rule_tables import RuleTable, merge_rules
from gateway.mapping.sources import source_document
from gateway.mapping.step_values import StepError
from gateway.mapping.steps import Apply, FindCodes, Kind
from gateway.mapping.tabular_outbound import RowMaker, RowsWriter, TableWriter, TabularWriter
from gateway.mapping.template_values import Fill, JoinedFill
from gateway.mapping.text_mapping import TextMapping
from gateway.model.trade_rows import TradeRows
from gateway.tabular.writer import fixed_writer, line_writer


def compile_tabular(document: EffectiveDocument, find_codes: FindCodes, watch: Watch = unwatched) -> TextMapping:
    """The mapping compiled. Raises ConfigError with every problem of its tables."""
    reads = source_document(document)
    problems: list[Problem] = []
    root = merge_rules(document.sources, None, problems)
    layout = read_layout(document.sources, problems)
    tables = {name: member for name, member in root.members.items() if isinstance(member, RuleTable)}
    shape = _Shape(layout, document.makes.partition(" ")[0] == "fixed")
    if not tables and reads is TradeRows and not shape.is_fixed and not problems:
        as_is = RowsWriter(shape.line(()), layout.header)
        return TextMapping(document.id, reads, document.makes, layout.encoding, as_is.put)
    if not tables:
        problems.append(root.at.problem("this mapping has no table", 'add [rows] with each = "…" and a rule a column'))
    compiler = _Compiler(shape, lambda endings: PlaceholderCompiler(find_codes, problems, endings, watch), problems)
    writers = tuple(compiler.table(table, (reads,)) for table in tables.values())
    header = compiler.header(root) if layout.header and not problems else ""
    if problems:
        raise ConfigError(problems=sorted(problems))
    writer = TabularWriter(header, writers)
    return TextMapping(document.id, reads, document.makes, layout.encoding, writer.put)


class _Compiler:
    """Compiles the tables of one document; `problems` collects what it refuses, `rows` the columns of each row."""

    def __init__(
        self, shape: _Shape, compiler: Callable[[Endings], PlaceholderCompiler], problems: list[Problem]
    ) -> None:
        self._shape = shape
        self._compiler = compiler
        self._problems = problems
        self.rows: list[tuple[str, ...]] = []

    def table(self, table: RuleTable, around: Types) -> TableWriter:
        """The writer of a table; `around` are the types of the items it stands in, the document first."""
        repeat, scope = compile_repeat(table.each, table.when, around, self._problems)
        rules = {name: member for name, member in table.members.items() if isinstance(member, StatedText)}
        row = self._row(rules, scope) if rules else None
        tables = tuple(self.table(inner, scope) for inner in table.members.values() if isinstance(inner, RuleTable))
        return TableWriter(repeat, row, tables)

    def header(self, root: RuleTable) -> str:
        """The line that names the columns; rows of different columns have none, which is told."""
        if len(set(self.rows)) > 1:
            advice = "header = false in [layout], or give every row the same columns"
            self._problems.append(root.at.problem("the rows of these tables have different columns", advice))
        return self._shape.line(self.rows[0])(self.rows[0]) if self.rows else ""

    def _row(self, rules: Mapping[str, StatedText], scope: Types) -> RowMaker:
        columns = tuple(rules)
        self.rows.append(columns)
        cells: list[Fill | JoinedFill | str] = []
        gates, required = [], []
        for index, (name, stated) in enumerate(rules.items()):
            made = self._compiler(self._shape.endings(name)).rule(stated.text, name, stated.at, scope)
            for fault in self._shape.faults(name, made):
                self._problems.append(stated.at.problem(*fault))
            cells.append(made.fill if isinstance(made, Filled) else made or "")
            marks = made.marks if isinstance(made, Filled) else frozenset()
            gates += [index] * ("?" in marks)
            required += [index] * ("!" in marks)
        return RowMaker(tuple(cells), tuple(gates), tuple(required), self._shape.line(columns))


class _Shape(NamedTuple):
    """How cells become a line: the layout, and whether columns are fixed."""

    layout: Layout
    is_fixed: bool

    def line(self, columns: Sequence[str]) -> Callable[[Iterable[str]], str]:
        """What writes a line of these columns."""
        layout = self.layout
        if self.is_fixed:
            return fixed_writer([layout.fixed.get(name, 1) for name in columns], layout.end)
        return line_writer(layout.delimiter, layout.end, layout.decimal, formulas=layout.formulas)

    def endings(self, column: str) -> Endings:
        """How values of a column are taken."""
        width = self.layout.fixed.get(column) if self.is_fixed else None

        def fitted(value: object) -> str:
            text = str(value)
            fault = self._fault(text, width)
            if fault:
                raise fault
            return text

        def marked(value: object) -> str:
            return str(value).replace(".", self.layout.decimal)

        def then_fitted(text_of: Callable[..., str]) -> Apply:
            return lambda value: fitted(text_of(value))

        last: dict[Kind, Apply] = {kind: then_fitted(text_of) for kind, text_of in PLAIN_TEXTS.items()}
        last |= {Kind.TEXT: fitted, Kind.DECIMAL: lambda number: fitted(marked(PLAIN_TEXTS[Kind.DECIMAL](number)))}
        return Endings(frozenset(last), last, marked)

    def faults(self, column: str, made: Filled | str | None) -> Iterator[tuple[str, str]]:
        """What is wrong with a column as it is stated, and what to do."""
        width = self.layout.fixed.get(column)
        if self.is_fixed and width is None:
            yield f"the column {column!r} has no width", f"state it: fixed = {{ {column} = 10 }} in [layout]"
        for text in (column if self.layout.header else "", made if isinstance(made, str) else ""):
            fault = self._fault(text, width if self.is_fixed else None)
            if fault:
                yield str(fault), "choose another text or another layout"

    def _fault(self, text: str, width: int | None) -> StepError | None:
        if width is not None and len(text) > width:
            return StepError("does-not-fit", f"{text[:40]!r} has {len(text)} characters, the column {width}")
        if "\0" in text or (self.is_fixed and ("\n" in text or "\r" in text)):
            return StepError("not-writable", f"{text[:40]!r} has a character that a cell cannot hold")
        try:
            text.encode(self.layout.encoding)
        except UnicodeError:
            return StepError("not-writable", f"{text[:40]!r} has a character that {self.layout.encoding} has not")
        return None
