"""Tables read by a mapping: a file cut into messages, each one's document, its faults, and every cell left unread."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple, cast

from gateway.errors import ConfigError, UsageError
from gateway.issues import Issue, Severity
from gateway.mapping.grammar import Position, parse_path
from gateway.mapping.inbound import Translation
from gateway.mapping.plain_tables import PlainTable
from gateway.mapping.row_paths import ANY, row_path
from gateway.mapping.row_reads import CompiledColumn, RowReading, RowsPlace
from gateway.mapping.rules import Fault
from gateway.mapping.table_reader import Document
from gateway.mapping.tree_mapping import (
    Hit,
    Located,
    Part,
    Parts,
    as_document,
    fault_issue,
    hits_of,
    limited,
    reference_of,
    weightiest,
)
from gateway.mapping.unread import UnreadText
from gateway.model.trade_rows import Row
from gateway.tabular.reader import TableFault
from gateway.tabular.rows import RowLayout, RowTable, SourceRow, Span, open_rows


class Cut(NamedTuple):
    """What is one message: the rows with the same values in some columns, or a record of a type and those behind it."""

    columns: tuple[str, ...] = ()
    record: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether all rows are one message."""
        return not self.columns and not self.record


class Needed(NamedTuple):
    """The columns a mapping reads of a table with a header, and those a rule cannot do without, each a choice."""

    read: frozenset[str]
    required: tuple[tuple[str, ...], ...]


class _Spans:
    """Where the rows of one message stand, three numbers a row."""

    __slots__ = ("numbers",)

    def __init__(self) -> None:
        self.numbers = array("Q")

    def add(self, span: Span) -> None:
        """A further row."""
        self.numbers.extend(span)

    def __iter__(self) -> Iterator[Span]:
        numbers = self.numbers
        return (Span(*numbers[at : at + 3]) for at in range(0, len(numbers), 3))


class RowReader(NamedTuple):
    """How a mapping reads one layout; `ignored` are columns as (type, name)."""

    layout: RowLayout
    cut: Cut
    table: PlainTable[CompiledColumn, RowReading, RowsPlace]
    needed: Needed
    ignored: frozenset[tuple[str, str]]
    makes: str
    makes_rows: bool

    def open(self, content: bytes) -> Parts:
        """The messages of a file; an issue where it cannot be read."""
        table = open_rows(content, self.layout)
        return Parts([], [_fault_issue(table)]) if isinstance(table, TableFault) else self._parts(table)

    def laid(self, content: bytes, values: Mapping[str, str]) -> Parts:
        """The messages of a file after values were laid over the first row that has their column. Raises UsageError."""
        table = open_rows(content, self.layout)
        if isinstance(table, TableFault):
            return Parts([], [_fault_issue(table)])
        for path, text in values.items():
            _lay(table, path, text)
        return self._parts(table)

    def _parts(self, table: RowTable) -> Parts:
        faults = list(self._header_faults(table)) if not self.layout.columns else []
        if faults:
            return Parts([], faults)
        if self.cut.is_whole:
            first = next(table.rows(), None)
            return Parts([self._part(1, first, table.rows)] if first else [], [])
        outside: list[Issue] = []
        groups = list(self._by_values(table) if self.cut.columns else self._by_record(table, outside))
        parts = []
        for ordinal, spans in enumerate(groups, 1):
            rows = partial(table.rows_at, spans)
            parts.append(self._part(ordinal, next(rows()), rows))
        return Parts(parts, limited(outside))

    def _header_faults(self, table: RowTable) -> Iterator[Issue]:
        """What the header lacks: everything that is read, or what a rule cannot do without."""
        columns = table.columns[""]
        if self.needed.read and not self.needed.read & columns.keys():
            text = f"the header has none of the columns that are read: {', '.join(sorted(self.needed.read))[:200]}"
            yield Issue(code="table.header", text=text, line=1, column=1)
            return
        for choice in filter(None, (*self.needed.required, self.cut.columns)):
            if not any(column in columns for column in choice):
                text = f"the header has no {' or '.join(choice)}"
                yield Issue(code="table.column.missing", text=text, line=1, column=1, path=choice[0])

    def _by_values(self, table: RowTable) -> Iterator[_Spans]:
        """The rows of each message by the values of some columns; they need not stand together."""
        groups: dict[tuple[str, ...], _Spans] = {}
        for row in table.rows():
            key = tuple(row.cell(row.columns[name]) if name in row.columns else "" for name in self.cut.columns)
            groups.setdefault(key, _Spans()).add(row.span)
        return iter(groups.values())

    def _by_record(self, table: RowTable, outside: list[Issue]) -> Iterator[_Spans]:
        """The rows of each message from the record that begins one; those before the first are told."""
        spans: _Spans | None = None
        for row in table.rows():
            if row.record == self.cut.record:
                if spans is not None:
                    yield spans
                spans = _Spans()
            if spans is not None:
                spans.add(row.span)
            elif row.fault:
                outside.append(_fault_issue(row.fault))
            else:
                outside.extend(one.issue() for one in self._unread([row]))
        if spans is not None:
            yield spans

    def _part(self, ordinal: int, first: SourceRow, rows: Callable[[], Iterator[SourceRow]]) -> Part:
        reference = reference_of(self.table, RowReading(), RowsPlace([first]))
        return Part(ordinal, first.span.line, reference, partial(self._translate, rows), lambda: self._hits(rows))

    def fill(self, reading: RowReading, place: RowsPlace) -> Document | None:
        """What the tables of the mapping give; without any, rows with every column as it is called."""
        if self.table.parts or not self.makes_rows:
            return self.table.fill(reading, place)
        return {"rows": [_as_it_is(number, row) for number, row in enumerate(place.rows, 1)]}

    def _unread(self, rows: Iterable[SourceRow]) -> list[UnreadText]:
        cells = UnreadCells(self)
        for row in rows:
            cells.take(row)
        return cells.found

    def _hits(self, rows: Callable[[], Iterator[SourceRow]]) -> Iterator[Hit]:
        return hits_of(self.table, RowReading(), RowsPlace([row for row in rows() if row.fault is None]))

    def _translate(self, rows: Callable[[], Iterator[SourceRow]]) -> Translation:
        reading = RowReading()
        watch = _Watch(self, rows())
        # Rows of trade data without types are read one by one, none of them kept.
        is_stream = self.makes_rows and not self.layout.has_types
        kept = watch if is_stream else list(watch)
        place = RowsPlace(kept)
        # Where every row is faulty, what the mapping misses in none is no news.
        found = self.fill(reading, place) if kept else None
        unread = watch.unread if is_stream else self._unread(kept)
        issues = [_fault_issue(fault, in_rows=self.makes_rows) for fault in watch.faults]
        told = weightiest(reading.faults)
        issues += [fault_issue(fault, _located(fault), in_rows=self.makes_rows) for fault in told]
        issues = limited([*issues, *(one.issue() for one in unread)], more=len(reading.faults) - len(told))
        return Translation(as_document(found, self.makes, in_rows=self.makes_rows), issues, unread)


class _Watch:
    """The rows of one message that have no fault, and what is wrong with the others; `unread` grows as they pass.

    A row is looked at when the next one is asked for: whatever is read of it has been read then.
    """

    def __init__(self, reader: RowReader, rows: Iterator[SourceRow]) -> None:
        self._rows = rows
        self._left = UnreadCells(reader)
        self.faults: list[TableFault] = []

    @property
    def unread(self) -> list[UnreadText]:
        """What was left of the rows that have passed."""
        return self._left.found

    def __iter__(self) -> Iterator[SourceRow]:
        for row in self._rows:
            if row.fault:
                self.faults.append(row.fault)
            else:
                yield row
                self._left.take(row)


class UnreadCells:
    """The filled cells that were neither read nor ignored; of trade data the first of each column."""

    def __init__(self, reader: RowReader) -> None:
        self._reader = reader
        self._done: dict[str, int] = {}
        self.found: list[UnreadText] = []

    def take(self, row: SourceRow) -> None:
        """Lists what is left of a row."""
        done = self._done.get(row.record)
        if done is None:
            done = self._done[row.record] = self._ignored(row)
        left = ~(row.read | done) & ((1 << len(row.columns)) - 1)
        if not left:
            return
        for name, index in row.columns.items():
            value = row.cell(index) if left >> index & 1 else ""
            if value:
                self._list(row, name, index, value)

    def _list(self, row: SourceRow, name: str, index: int, value: str) -> None:
        makes_rows = self._reader.makes_rows
        if makes_rows:
            self._done[row.record] |= 1 << index
        path = f"{row.record}/{name}" if row.record else name
        self.found.append(UnreadText(row.span.line, index + 1, path, value, row.is_item and not makes_rows))

    def _ignored(self, row: SourceRow) -> int:
        ignored = self._reader.ignored
        return sum(
            1 << index
            for name, index in row.columns.items()
            if (row.record, name) in ignored or (row.record, ANY) in ignored
        )


def _as_it_is(number: int, row: SourceRow) -> Row:
    row.read = (1 << len(row.columns)) - 1
    cells = {name: cell for name, index in row.columns.items() if (cell := row.cell(index))}
    return Row(position=number, line=row.span.line, cells=cells)


def _lay(table: RowTable, path: str, text: str) -> None:
    """Puts a value into the first row that has the column. Raises UsageError where none has."""
    try:
        stated = parse_path(path, row_path, Position("", 0, 0))
    except ConfigError as error:
        raise UsageError(f"{path!r} is no column to lay a value over: {error}") from None
    for row in table.rows():
        index = row.columns.get(stated.column)
        if row.record == stated.record and index is not None:
            table.lay(row.span, index, text)
            return
    raise UsageError(f"There is no row with a column {path!r} to lay a value over.")


def _fault_issue(fault: TableFault, *, in_rows: bool = False) -> Issue:
    """A fault of the table as an issue; of a row of trade data a finding, since it refuses that row only."""
    text = f"{fault.text}; the row is left out" if in_rows else fault.text
    severity = Severity.FINDING if in_rows else Severity.ERROR
    return Issue(code=fault.code, text=text, severity=severity, line=fault.line, path=fault.column)


def _located(fault: Fault) -> Located:
    """Where a fault lies: at the cell its rule reads, else at the first row of its place."""
    place = cast("RowsPlace", fault.place)
    name, found = "", None
    for path in fault.rule.paths:
        column = cast("CompiledColumn", path)
        row, index = column.locate(place)
        name, found = column.text.rstrip("*"), row
        if row is not None and index >= 0 and row.cell(index):
            return Located(row.span.line, index + 1, name)
    if found is None:
        found = next(iter(place.rows), None)
    return Located(found.span.line if found else 1, None, name)
