"""Paths of tables read: a column by its name, of a type of record where there are several.

path = [ type "/" ] column [ "*" ]         column = name | '"' text '"'
each = "rows" [ "by" column { "," column } ] | type
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gateway.mapping.grammar import Scanner

ANY = "*"
"""In [ignore]: every column of a type of record."""

_NAME = re.compile(r"[^\W][\w:.#%-]*")
_QUOTED = re.compile(r'"[^"]+"')
_BY = re.compile(r"by(?![\w])")
_ROWS = "rows"


class RowPath(NamedTuple):
    """A column by its name, of rows of a type; empty where there are no types."""

    record: str
    column: str
    every: bool
    text: str
    offset: int


class RowsPath(NamedTuple):
    """Rows: each by itself, or together those with the same values in some columns; of a type with all behind each."""

    record: str
    by: tuple[str, ...]
    text: str


def row_path(scanner: Scanner) -> RowPath:
    """The path that comes next."""
    scanner.skip()
    begin = scanner.offset
    record, column = "", _name(scanner)
    # `//` begins a fallback, a single `/` the column of a type of record.
    if not scanner.sees("//") and scanner.accept("/"):
        record = column
        if scanner.accept(ANY):
            return RowPath(record, ANY, False, scanner.text[begin : scanner.offset].strip(), begin)
        column = _name(scanner)
    every = scanner.accept("*")
    return RowPath(record, column, every, scanner.text[begin : scanner.offset].strip(), begin)


def rows_path(scanner: Scanner) -> RowsPath:
    """The rows that come next, as `each` and `at` name them."""
    name = _name(scanner)
    by: list[str] = []
    scanner.skip()
    if _BY.match(scanner.text, scanner.offset):
        scanner.match(_BY, "by")
        by.append(_name(scanner))
        while scanner.accept(","):
            by.append(_name(scanner))
    return RowsPath("" if name == _ROWS else name, tuple(by), scanner.text.strip())


def columns_path(scanner: Scanner) -> tuple[str, ...]:
    """Columns after commas, as `split` names them."""
    names = [_name(scanner)]
    while scanner.accept(","):
        names.append(_name(scanner))
    return tuple(names)


def _name(scanner: Scanner) -> str:
    if scanner.sees('"'):
        return scanner.match(_QUOTED, "a name between quotes")[1:-1]
    return scanner.match(_NAME, "the name of a column")
