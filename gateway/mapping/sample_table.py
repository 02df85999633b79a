"""How the sample of a table is laid out, as far as the sample shows it: for a person to check, not a fact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from gateway.tabular.cells import delimiter_of
from gateway.tabular.reader import TableFault
from gateway.tabular.rows import MARKS, RowLayout, open_rows

_ROWS = 200
"""So many rows are looked at."""
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*")
# Three digits behind a comma may as well be a thousand.
_COMMA = re.compile(r"[+-]?[0-9][0-9.]*,(?:[0-9]{1,2}|[0-9]{4,})")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_ENCODINGS = ("utf-8-sig", "windows-1252")


class SampleTable(NamedTuple):
    """The layout of a sample: `number` is one that shows a decimal comma, empty where none does.

    Columns that no header names are called `column_1` and so on.
    """

    syntax: str
    layout: RowLayout
    number: str


def sample_table(content: bytes) -> SampleTable:
    """The layout that the rows of the sample have in common."""
    encoding = _encoding(content)
    text = content.decode(encoding, "replace").removeprefix("\ufeff")
    lines = list(islice((line for line in text.splitlines() if line.strip()), _ROWS))
    # A comma that only ever stands between digits may be their decimal mark.
    is_decimal = not re.search(r",(?![0-9])|(?<![0-9]),", "\n".join(lines))
    mark = delimiter_of(lines[0] if lines else "", MARKS.replace(",", "") + "," if is_decimal else MARKS)
    rows = list(_rows(content, RowLayout(encoding, mark, {"": ("column",)})))
    widths = _widths(lines)
    counts = {len(row) for row in rows}
    is_parted = len(counts) == 1 and counts != {1} and not (is_decimal and mark == ",")
    if len(widths) > 1 and not is_parted:
        layout = RowLayout(encoding, "", {"": _names(len(widths))}, {"": tuple(widths)})
        return SampleTable("fixed", layout, _comma(_rows(content, layout)))
    named = not rows or not any(_NUMBER.fullmatch(cell.strip()) for cell in rows[0])
    columns = {} if named else {"": _names(len(rows[0]))}
    parted = mark if rows and len(rows[0]) > 1 else ""
    return SampleTable("csv", RowLayout(encoding, parted, columns), _comma(rows))


def _encoding(content: bytes) -> str:
    if content.startswith(_WIDE):
        return "utf-16"
    for encoding in _ENCODINGS:
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding.removesuffix("-sig")
    return "iso-8859-1"


def _rows(content: bytes, layout: RowLayout) -> Iterator[list[str]]:
    """The cells of the first rows, whether they are as many as there are columns or not."""
    table = open_rows(content, layout)
    if not isinstance(table, TableFault):
        yield from (row.cells for row in islice(table.rows(), _ROWS))


def _widths(lines: Sequence[str]) -> list[int]:
    """The widths of columns that begin behind a blank in every line; none where tabs or one line show nothing."""
    if len(lines) < 2 or any("\t" in line for line in lines):
        return []
    longest = max(map(len, lines))
    padded = [line.ljust(longest) for line in lines]
    begins = [
        at
        for at in range(1, longest)
        if all(line[at - 1] == " " for line in padded) and any(line[at] != " " for line in padded)
    ]
    edges = [0, *begins, longest]
    return [end - start for start, end in pairwise(edges)]


def _names(count: int) -> tuple[str, ...]:
    return tuple(f"column_{number}" for number in range(1, count + 1))


def _comma(rows: Iterator[list[str]] | Sequence[list[str]]) -> str:
    """A number with a decimal comma; empty where there is none."""
    return next((cell.strip() for row in rows for cell in row if _COMMA.fullmatch(cell.strip())), "")
