"""Tables of texts written as CSV or JSON lines, row by row."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_SUSPECT = frozenset("'=+-@\t\r")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """The header and the rows as CSV lines, as `write_cells`; a missing cell is empty."""
    return write_cells(columns, ([row.get(name, "") for name in columns] for row in rows))


def write_cells(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The header and the rows, whose cells are in the order of the columns, as CSV lines (comma, CRLF).

    A text that a spreadsheet would run as a formula gets an apostrophe in front, which the reader takes away.
    """
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(columns)
    yield line.getvalue()
    for row in rows:
        line.seek(0)
        line.truncate()
        writer.writerow([_safe(cell) if cell[:1] in _SUSPECT else cell for cell in row])
        yield line.getvalue()


def write_json_lines(rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """The rows as JSON objects of texts, one a line; a missing cell is left out."""
    for row in rows:
        yield json.dumps(dict(row), ensure_ascii=False) + "\n"


def _safe(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell
