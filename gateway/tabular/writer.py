"""Tables of texts written as CSV, fixed columns or JSON lines, row by row."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

_SUSPECT = frozenset("'=+-@\t\r")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """The header and the rows as CSV lines, as `write_cells`; a missing cell is empty."""
    return write_cells(columns, ([row.get(name, "") for name in columns] for row in rows))


def write_cells(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The header and the rows, whose cells are in the order of the columns, as CSV lines (comma, CRLF).

    A text that a spreadsheet would run as a formula gets an apostrophe in front, which the reader takes away.
    """
    yield csv_line(columns)
    for row in rows:
        yield csv_line(row)


def cell_writer(delimiter: str, decimal: str = ".", *, formulas: bool = False) -> Callable[[str], str]:
    """What writes a text as a cell of a line of `line_writer`."""
    needs_quotes = re.compile(f'["{re.escape(delimiter)}\\r\\n]').search
    is_number = re.compile(rf"-?[0-9]+({re.escape(decimal)}[0-9]+)?", re.ASCII).fullmatch
    suspect = frozenset[str]() if formulas else _SUSPECT

    def written(cell: str) -> str:
        if cell[:1] in suspect and _FORMULA.match(cell) and not is_number(cell):
            cell = f"'{cell}"
        return '"' + cell.replace('"', '""') + '"' if needs_quotes(cell) else cell

    return written


def line_writer(
    delimiter: str, end: str = "\r\n", decimal: str = ".", *, formulas: bool = False
) -> Callable[[Iterable[str]], str]:
    """What writes cells as one line, with this delimiter, end and decimal mark; a cell is quoted where it must be.

    With `formulas`, a text that a spreadsheet would run as a formula stands as it is.
    """
    written = cell_writer(delimiter, decimal, formulas=formulas)
    # A line of nothing would be none.
    return lambda cells: (delimiter.join(map(written, cells)) or '""') + end


csv_cell, csv_line = cell_writer(","), line_writer(",")
"""A cell, and a line, of `write_cells`."""


def fixed_writer(widths: Sequence[int], end: str = "\r\n") -> Callable[[Iterable[str]], str]:
    """What writes cells as one line of columns of these widths, filled with blanks at the right."""
    return lambda cells: "".join(map(str.ljust, cells, widths)) + end


def write_json_lines(rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """The rows as JSON objects of texts, one a line; a missing cell is left out."""
    for row in rows:
        yield json.dumps(dict(row), ensure_ascii=False) + "\n"
