"""Tables as other systems lay them out: CSV with or without a header, fixed widths, several types of record.

A table is read row by row, and any of its rows again, from its text: what is kept of a row is where it stands.
"""

from __future__ import annotations

import csv
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gateway.tabular.cells import delimiter_of, header_fault, plain_cell
from gateway.tabular.reader import TableFault

MAX_BYTES = 64 << 20
MAX_LINE = 1 << 20
"""The most characters of one line."""
MARKS = ",;\t|"
"""What may part the cells where the layout does not say it: the one that the header has most often."""

# Controls, and bytes that the encoding does not have.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class RowLayout(NamedTuple):
    """How a table is laid out.

    `columns` has the names of the columns by record type, one without a name where there are none, and nothing where
    the header names them; `widths` the widths of a fixed layout. With record types the first cell of a row is its type.
    """

    encoding: str = "utf-8"
    delimiter: str = ""
    columns: Mapping[str, tuple[str, ...]] = {}
    widths: Mapping[str, tuple[int, ...]] = {}

    @property
    def has_types(self) -> bool:
        """Whether rows are of several types."""
        return bool(self.columns) and "" not in self.columns


class Span(NamedTuple):
    """Where a row stands in the text of its table, and on which line, from 1."""

    start: int
    end: int
    line: int


class SourceRow:
    """One row: its place, its type, the index of each column by name, and its cells as they stand.

    `read` has a bit for each cell that was asked for; `is_item` says that the row is an item of a list of the document.
    """

    __slots__ = ("cells", "columns", "fault", "is_item", "read", "record", "span")

    def __init__(self, span: Span, record: str, columns: Mapping[str, int], cells: list[str]) -> None:
        self.span = span
        self.record = record
        self.columns = columns
        self.cells = cells
        self.fault: TableFault | None = None
        self.read = 0
        self.is_item = False

    def cell(self, index: int) -> str:
        """The value of a cell; empty where the row has none there."""
        return plain_cell(self.cells[index]) if index < len(self.cells) else ""


class RowTable:
    """The rows of a table. `columns` has the index of each column by name, by record type."""

    def __init__(self, text: str, layout: RowLayout, header: Header | None) -> None:
        self._text = text
        self._layout = layout
        self._header = header
        named = {"": header.columns} if header else layout.columns
        self.columns = {kind: {name: at for at, name in enumerate(names)} for kind, names in named.items()}
        self._delimiter = header.delimiter if header else layout.delimiter or ","
        self._is_plain = _NO_TEXT.search(text) is None
        self._laid: dict[int, dict[int, str]] = {}

    def lay(self, span: Span, index: int, cell: str) -> None:
        """Puts another value into a cell, for whoever reads the row from now on."""
        self._laid.setdefault(span.start, {})[index] = cell

    def rows(self) -> Iterator[SourceRow]:
        """Every row that is not empty, those with a fault too."""
        start, line = (self._header.end, self._header.line + 1) if self._header else (0, 1)
        return self._rows(_Lines(self._text, start, line))

    def rows_at(self, spans: Iterable[Span]) -> Iterator[SourceRow]:
        """The rows at these places."""
        return self._rows(_Spans(self._text, spans))

    def _rows(self, lines: _Lines | _Spans) -> Iterator[SourceRow]:
        cells_of = self._fixed(lines) if self._layout.widths else self._parted(lines)
        for cells, reason in cells_of:
            row = self._row(Span(lines.begin, lines.end, lines.first), cells)
            if row is not None:
                row.fault = self._fault(row, reason)
                yield row

    def _row(self, span: Span, cells: list[str]) -> SourceRow | None:
        laid = self._laid.get(span.start, {})
        for index, cell in laid.items():
            cells = [*cells, *[""] * (index + 1 - len(cells))]
            cells[index] = cell
        if not any(cells):
            return None
        record = plain_cell(cells[0]) if self._layout.has_types else ""
        return SourceRow(span, record, self.columns.get(record, {}), cells)

    def _parted(self, lines: _Lines | _Spans) -> Iterator[tuple[list[str], str]]:
        """The cells of each row, or what is wrong with it."""
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        while True:
            lines.begin_row()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as reason:
                yield [self._text[lines.begin : lines.end][:200]], str(reason)
                continue
            yield cells, ""

    def _fixed(self, lines: _Lines | _Spans) -> Iterator[tuple[list[str], str]]:
        layout = self._layout
        first = next(iter(layout.widths.values()))[0]
        for text in lines:
            line = text.rstrip("\r\n")
            record = plain_cell(line[:first]) if layout.has_types else ""
            widths = layout.widths.get(record)
            if widths is None:
                yield [record or line[:first]] if line.strip() else [], ""
            else:
                at, cells = 0, []
                for width in widths:
                    cells.append(line[at : at + width].strip())
                    at += width
                yield cells, "" if not line[at:].strip() else f"the line goes on after the {at} characters it has"
            lines.begin_row()

    def _fault(self, row: SourceRow, reason: str) -> TableFault | None:
        line = row.span.line
        if not self._is_plain:
            wrong = _NO_TEXT.search(self._text, row.span.start, row.span.end)
            if wrong:
                column = next((name for name, at in row.columns.items() if wrong[0] in row.cell(at)), None)
                shown = f"U+{ord(wrong[0]):04X}" if ord(wrong[0]) < 0x80 else f"the byte {ord(wrong[0]) & 0xFF:02X}"
                text = f"the row holds {shown}, which is no text in {self._layout.encoding}"
                return TableFault(line, column, "charset.invalid", text)
        if row.span.end - row.span.start > MAX_LINE:
            return TableFault(line, None, "limit.exceeded", f"the row has more than {MAX_LINE} characters")
        if reason:
            return TableFault(line, None, "table.row.unreadable", f"the row cannot be read: {reason}")
        if row.record not in self.columns:
            text = f"{row.record[:40]!r} is none of the record types {', '.join(self.columns)}"
            return TableFault(line, None, "table.record.unknown", text)
        return self._ragged(row)

    def _ragged(self, row: SourceRow) -> TableFault | None:
        line, count, wanted = row.span.line, len(row.cells), len(row.columns)
        if self._header and row.cells == list(self._header.columns):
            return TableFault(line, None, "table.header", "the header stands here once more")
        # A record may end with its last filled cell, and any row in marks with nothing behind them.
        is_short = count < wanted and not self._layout.has_types
        if is_short or any(row.cells[wanted:]):
            return TableFault(line, None, "table.row.ragged", f"the row has {count} cells, {wanted} are named")
        return None


class Header(NamedTuple):
    """The header of a table: its columns, what parts them, its line and where it ends in the text."""

    columns: tuple[str, ...]
    delimiter: str
    line: int
    end: int


def open_rows(content: bytes, layout: RowLayout) -> RowTable | TableFault:
    """The table of a file, or what is wrong with the whole of it."""
    if len(content) > MAX_BYTES:
        return TableFault(1, None, "limit.exceeded", f"the file has more than {MAX_BYTES} bytes")
    text = _decoded(content, layout.encoding)
    if isinstance(text, TableFault):
        return text
    if not text.strip():
        return TableFault(1, None, "table.empty", "the file is empty")
    if layout.columns:
        return RowTable(text, layout, None)
    header = _header(text, layout)
    return header if isinstance(header, TableFault) else RowTable(text, layout, header)


def _decoded(content: bytes, encoding: str) -> str | TableFault:
    """The text; bytes that the encoding does not have become lone surrogates, to be found in the row they spoil."""
    is_wide = encoding.lower().replace("_", "-").startswith(("utf-16", "utf16"))
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) and not is_wide:
        return TableFault(1, None, "charset.invalid", f"the file is UTF-16, not {encoding}")
    try:
        return content.removeprefix(BOM_UTF8).decode(encoding, "surrogateescape")
    except UnicodeDecodeError:
        return TableFault(1, None, "charset.invalid", f"the file is no text in {encoding}")


def _header(text: str, layout: RowLayout) -> Header | TableFault:
    lines = _Lines(text, 0, 1)
    first = next((line for line in lines if line.strip()), "")
    if len(first) > MAX_LINE:
        return TableFault(lines.number, None, "limit.exceeded", f"the header has more than {MAX_LINE} characters")
    delimiter = layout.delimiter or delimiter_of(first, MARKS)
    try:
        columns = tuple(name.strip() for name in next(csv.reader([first], delimiter=delimiter, strict=True)))
    except csv.Error as reason:
        return TableFault(lines.number, None, "table.header", f"the header cannot be read: {reason}")
    while columns and not columns[-1]:
        columns = columns[:-1]
    fault = header_fault(columns)
    if fault:
        code = "charset.invalid" if fault.is_encoding else "table.header"
        return TableFault(lines.number, fault.column, code, fault.text)
    return Header(columns, delimiter, lines.number, lines.end)


class _Lines:
    """The lines of a text from a place on; `begin` and `first` are offset and number of the present row's first."""

    def __init__(self, text: str, start: int, number: int) -> None:
        self._text = text
        self.end = self.begin = start
        self.number = number - 1
        self.first = number

    def begin_row(self) -> None:
        """Marks that the next line begins a row."""
        self.begin, self.first = self.end, self.number + 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        start = self.end
        if start >= len(self._text):
            raise StopIteration
        self.end = self._text.find("\n", start) + 1 or len(self._text)
        self.number += 1
        return self._text[start : self.end]


class _Spans:
    """The rows of a text at given places, each as one line."""

    def __init__(self, text: str, spans: Iterable[Span]) -> None:
        self._text = text
        self._spans = iter(spans)
        self.begin = self.end = self.first = 0

    def begin_row(self) -> None:
        """The next span begins a row by itself."""

    def __iter__(self) -> _Spans:
        return self

    def __next__(self) -> str:
        self.begin, self.end, self.first = next(self._spans)
        return self._text[self.begin : self.end]
