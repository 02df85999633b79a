"""Tables of texts read from CSV or JSON lines, row by row, with line numbers; what is wrong with a row is a value."""

from __future__ import annotations

import csv
import json
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, TypeAlias

from gateway.tabular.cells import AROUND, delimiter_of, header_fault, is_clean, plain_cell

MAX_LINE_BYTES = 1 << 20


class TableRow(NamedTuple):
    """One row: the line it begins on (from 1) and its cells by column name; empty cells are left out."""

    line: int
    cells: dict[str, str]


class TableFault(NamedTuple):
    """What is wrong with a row, or (line 1) with the whole table; no column where it is about all of the row."""

    line: int
    column: str | None
    code: str
    text: str


Entry: TypeAlias = TableRow | TableFault

_UTF16 = tuple(mark.decode("utf-8", "surrogateescape") for mark in (BOM_UTF16_LE, BOM_UTF16_BE))


class Table:
    """The rows and faults of a table, lazily: JSON lines when it begins with `{`, else CSV with a header.

    UTF-8 with or without byte order mark; CSV is split by comma, or by semicolon when the header is. While it is read,
    `header` is the line of the header with its columns, None where there is none; a table that is not `readable` has no
    rows, whatever stands in it.
    """

    def __init__(self, source: BinaryIO) -> None:
        self.header: tuple[int, list[str]] | None = None
        self.readable = False
        self._lines = _lines(source)

    def __iter__(self) -> Iterator[Entry]:
        first = next((line for line in self._lines if line[1].strip()), None)
        if first is None:
            yield TableFault(1, None, "import.empty", "the file is empty")
        elif first[1].startswith(_UTF16) or "\0" in first[1]:
            yield TableFault(1, None, "import.encoding", "the file is UTF-16, or no text; save it as UTF-8")
        elif first[1].lstrip().startswith("{"):
            self.readable = True
            yield from _json_row(*first)
            for number, line in self._lines:
                yield from _json_row(number, line)
        else:
            yield from self._csv_rows(_Lines(first, self._lines))

    def _csv_rows(self, lines: _Lines) -> Iterator[Entry]:
        reader = csv.reader(lines, delimiter=delimiter_of(lines.header, ",;"), strict=True)
        columns: list[str] | None = None
        while True:
            before = lines.number
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as reason:
                yield TableFault(before + 1, None, "import.row.unreadable", f"the row cannot be read: {reason}")
                if columns is None:
                    return
                continue
            if columns is None:
                columns = [name.strip() for name in cells]
                wrong = _header_fault(lines.number, columns)
                if wrong:
                    yield wrong
                    return
                self.header, self.readable = (lines.number, columns), True
            elif any(cells):
                yield _csv_row(before + 1, columns, cells)


def read_table(source: BinaryIO) -> Table:
    """The table of a file."""
    return Table(source)


def _lines(source: BinaryIO) -> Iterator[tuple[int, str]]:
    """Numbered lines; bytes that are no UTF-8 become lone surrogates, to be found in the row they spoil."""
    for number, line in enumerate(iter(lambda: source.readline(MAX_LINE_BYTES), b""), 1):
        yield number, (line.removeprefix(BOM_UTF8) if number == 1 else line).decode("utf-8", "surrogateescape")


class _Lines:
    """Lines for the CSV reader, which remembers the number of the last one it took."""

    def __init__(self, first: tuple[int, str], rest: Iterator[tuple[int, str]]) -> None:
        self._first: tuple[int, str] | None = first
        self._rest = rest
        self.header = first[1]
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line, self._first = self._first or next(self._rest), None
        self.number = line[0]
        return line[1]


def _header_fault(line: int, columns: list[str]) -> TableFault | None:
    fault = header_fault(columns)
    if fault is None:
        return None
    return TableFault(line, fault.column, "import.encoding" if fault.is_encoding else "import.header", fault.text)


def _csv_row(line: int, columns: list[str], cells: list[str]) -> Entry:
    if len(cells) != len(columns):
        text = f"the row has {len(cells)} cells, the header {len(columns)}"
        return TableFault(line, None, "import.row.ragged", text)
    row = {name: text for name, cell in zip(columns, cells, strict=True) if cell and (text := plain_cell(cell))}
    for name, cell in row.items():
        if not is_clean(cell):
            return TableFault(line, name, "import.encoding", "the cell is not UTF-8 text; save the file as UTF-8")
    return TableRow(line, row)


def _json_row(number: int, line: str) -> Iterator[Entry]:
    if not line.strip():
        return
    if not is_clean(line):
        yield TableFault(number, None, "import.encoding", "the line is not UTF-8 text; save the file as UTF-8")
        return
    try:
        # Numbers stay the text they are: a binary double would change them.
        content = json.loads(line, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_named_once)
    except (ValueError, RecursionError) as reason:
        yield TableFault(number, None, "import.row.unreadable", f"the line cannot be read as JSON: {reason}")
        return
    if not isinstance(content, dict):
        yield TableFault(number, None, "import.row.unreadable", "the line is no JSON object")
        return
    row: dict[str, str] = {}
    for name, value in content.items():
        if not name.isprintable():
            yield TableFault(number, None, "import.header", f"the name {name!r} holds a character that nobody sees")
            return
        if isinstance(value, list | dict):
            yield TableFault(number, name, "import.value.invalid", "the value must be a text or a number")
            return
        text = ("yes" if value else "no") if isinstance(value, bool) else str(value or "").strip(AROUND)
        if not is_clean(text):
            yield TableFault(number, name, "import.encoding", "the value holds characters that are no text")
            return
        if text:
            row[name] = text
    yield TableRow(number, row)


def _named_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The object; raises ValueError for one that names a value twice, of which one would be dropped."""
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"it names {next(name for name in names if names.count(name) > 1)[:100]!r} twice")
    return value
