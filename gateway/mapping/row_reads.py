"""Paths of tables compiled: closures from some rows to the cell a path names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias, TypeGuard

from gateway.errors import ConfigError, meant
from gateway.mapping import rules
from gateway.mapping.grammar import Listing, Literal, Position, Rule, parse_rule, with_decimal_mark
from gateway.mapping.plain_tables import FindPlaces
from gateway.mapping.row_paths import RowPath, RowsPath, row_path
from gateway.mapping.rules import Findings, PathCompiler
from gateway.tabular.rows import RowLayout, SourceRow


class RowsPlace:
    """Some rows of a message, and the rows around them."""

    __slots__ = ("_typed", "parent", "rows")

    def __init__(self, rows: Iterable[SourceRow], parent: RowsPlace | None = None) -> None:
        self.rows = rows
        self.parent = parent
        self._typed: dict[str, list[SourceRow]] | None = None

    def of(self, record: str) -> list[SourceRow]:
        """The rows of a type. They are sorted once: every line may look at those of the header."""
        if self._typed is None:
            self._typed = {}
            for row in self.rows:
                self._typed.setdefault(row.record, []).append(row)
        return self._typed.get(record, [])


class RowReading(Findings):
    """One message of a table being read."""

    __slots__ = ()


def first_line(place: RowsPlace) -> int:
    """The line on which a place begins, 0 where it has no rows."""
    return next((row.span.line for row in place.rows), 0)


Read: TypeAlias = rules.Read[RowReading, RowsPlace]


class RowScope(NamedTuple):
    """The layout of the table, and the decimal mark of its numbers; `optional` where a `when` may leave it all out."""

    layout: RowLayout
    decimal: str
    optional: bool = False

    def check(self, path: RowPath, at: Position) -> None:
        """Raises ConfigError for a type or column that the layout does not have; a header's are known when it comes."""
        columns = self.layout.columns
        if not columns:
            if path.record:
                fault = f"{path.record!r} is no type of record: the layout names none"
                raise ConfigError(problems=[at.problem(fault, "name them in [layout.columns]", path.offset)])
            return
        if path.record not in columns:
            wrong = path.record or path.column
            fault = f"{wrong!r} is {'no' if path.record else 'a column of no'} type of record"
            advice = "types are " + ", ".join(columns) if self.layout.has_types else "there is one only: leave it out"
            raise ConfigError(problems=[at.problem(fault, advice, path.offset)])
        if path.column not in (*columns[path.record], "*"):
            known = columns[path.record]
            advice = meant(path.column, known, f"columns are {', '.join(known)}")
            raise ConfigError(problems=[at.problem(f"there is no column {path.column!r}", advice, path.offset)])


class CompiledColumn(NamedTuple):
    """A path compiled: its text, how its value is read, and the column it names."""

    text: str
    read: Read
    path: RowPath

    def locate(self, place: RowsPlace) -> tuple[SourceRow | None, int]:
        """The row and the index of the cell it names; -1 where no row of the place has the column."""
        first: SourceRow | None = None
        for row in _rows_of(place, self.path.record):
            first = first or row
            index = row.columns.get(self.path.column, -1)
            if index >= 0 and row.record == self.path.record:
                return row, index
        return first, -1


class RowRules(PathCompiler[RowPath, CompiledColumn, RowReading, RowsPlace]):
    """Rules of tables in one layout."""

    def __init__(self, scope: RowScope) -> None:
        self._scope = scope

    def parse(self, text: str, at: Position) -> Rule[RowPath]:
        """The rule as a tree. Raises ConfigError."""
        return with_decimal_mark(parse_rule(text, row_path, at), self._scope.decimal)

    def compile(self, path: RowPath, at: Position, composite: tuple[str, ...], *, every: bool) -> CompiledColumn:
        """The path as a closure. Raises ConfigError."""
        del composite  # a path of a table names one cell
        return compile_column(path, self._scope, at, every=every)

    def is_path(self, source: RowPath | Literal | Listing[RowPath]) -> TypeGuard[RowPath]:
        """Whether a source of a rule is a path."""
        return isinstance(source, RowPath)

    def gives_list(self, path: RowPath) -> bool:
        """Whether the path gives all values there are."""
        return path.every

    def is_whole(self, path: RowPath) -> bool:
        """Whether the path hands a composite to a step: none does."""
        del path
        return False


def compile_column(path: RowPath, scope: RowScope, at: Position, *, every: bool) -> CompiledColumn:
    """The path as a closure. Raises ConfigError."""
    scope.check(path, at)
    read = _read_every(path.record, path.column) if every or path.every else _read_one(path.record, path.column)
    return CompiledColumn(path.text, read, path)


def _rows_of(place: RowsPlace, record: str) -> Iterable[SourceRow]:
    """The rows of the innermost place around that has one of the type; those of the place where there are no types."""
    around: RowsPlace | None = place
    while record and around is not None:
        found = around.of(record)
        if found:
            return found
        around = around.parent
    return () if record else place.rows


def _read_one(record: str, column: str) -> Read:
    def read(reading: RowReading, place: RowsPlace) -> object:
        del reading
        rows = _rows_of(place, record)
        for row in rows:
            index = row.columns.get(column)
            if index is None:
                continue
            row.read |= 1 << index
            text = row.cell(index)
            if text:
                _note_alike(rows, row, index, text)
                return text
        return None

    return read


def _note_alike(rows: Iterable[SourceRow], found: SourceRow, index: int, text: str) -> None:
    """Marks the same value in the other rows as read: what is said of all of them stands in each."""
    if rows.__class__ is not list:
        return
    for row in rows:
        if row is not found and row.columns is found.columns and row.cell(index) == text:
            row.read |= 1 << index


def _read_every(record: str, column: str) -> Read:
    def read(reading: RowReading, place: RowsPlace) -> object:
        del reading
        values = []
        for row in _rows_of(place, record):
            index = row.columns.get(column)
            if index is not None:
                row.read |= 1 << index
                text = row.cell(index)
                if text:
                    values.append(text)
        return values or None

    return read


def find_rows(path: RowsPath, scope: RowScope, at: Position, *, many: bool) -> FindPlaces[RowReading, RowsPlace]:
    """The places that `each` or `at` names. Raises ConfigError."""
    for column in path.by:
        scope.check(RowPath(path.record, column, False, column, 0), at)
    if path.record:
        if path.record not in scope.layout.columns:
            advice = "types are " + ", ".join(kind for kind in scope.layout.columns if kind) + "; or write rows"
            raise ConfigError(problems=[at.problem(f"{path.record!r} is no type of record", advice)])
        return _records(path.record, many=many)
    if not many:
        raise ConfigError(problems=[at.problem("at names a type of record", "rows are for each")])
    return _grouped(path.by) if path.by else _single


def _single(_: RowReading, place: RowsPlace) -> Iterable[RowsPlace]:
    for row in place.rows:
        row.is_item = True
        yield RowsPlace([row], place)


def _grouped(columns: tuple[str, ...]) -> FindPlaces[RowReading, RowsPlace]:
    def find(_: RowReading, place: RowsPlace) -> Iterable[RowsPlace]:
        groups: dict[tuple[str, ...], list[SourceRow]] = {}
        for row in place.rows:
            row.is_item = True
            key = tuple(_marked(row, column) for column in columns)
            groups.setdefault(key, []).append(row)
        return [RowsPlace(rows, place) for rows in groups.values()]

    return find


def _marked(row: SourceRow, column: str) -> str:
    index = row.columns.get(column)
    if index is None:
        return ""
    row.read |= 1 << index
    return row.cell(index)


def _records(record: str, *, many: bool) -> FindPlaces[RowReading, RowsPlace]:
    """Each row of a type with the rows behind it, up to the next of the type."""

    def find(_: RowReading, place: RowsPlace) -> Iterable[RowsPlace]:
        places: list[RowsPlace] = []
        rows: list[SourceRow] = []
        for row in place.rows:
            if row.record == record:
                rows = []
                places.append(RowsPlace(rows, place))
            if places:
                row.is_item = row.is_item or many
                rows.append(row)
        return places

    return find
