"""Cells of a table as they are taken: what stands around a value, what a spreadsheet made of it, what is no text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

# What people and programs put around a value; any other white space is a control character that somebody has to see.
AROUND = " \t\r\n\u00a0\u2007\u202f\u3000"

_QUOTED = re.compile(r'"[^"]*"?')
_OTHER_MARKS = (("\t", "tabs"), ("|", "vertical bars"))
# The writer puts an apostrophe before what a spreadsheet would run as a formula; here it goes again.
_APOSTROPHE = re.compile(r"'+[=+\-@\t\r]")


class HeaderFault(NamedTuple):
    """What is wrong with a header: the column, None for all of it, whether its bytes are no text, and why."""

    column: str | None
    is_encoding: bool
    text: str


def delimiter_of(header: str, marks: str) -> str:
    """The one of these marks that stands most often in a header, outside of quotes; the first where none does."""
    return max(marks, key=_QUOTED.sub("", header).count)


def plain_cell(cell: str) -> str:
    """The value of a cell, without what stands around it and without the apostrophe before a formula."""
    text = cell.strip(AROUND)
    return text[1:] if text[:1] == "'" and _APOSTROPHE.match(text) else text


def is_clean(text: str) -> bool:
    """Whether the text was decoded without loss and holds no NUL."""
    if text.isascii():
        return "\0" not in text
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def header_fault(columns: Sequence[str]) -> HeaderFault | None:
    """The first thing that is wrong with the names of the columns, None where nothing is."""
    if len(columns) == 1 and (wrong := next((name for mark, name in _OTHER_MARKS if mark in columns[0]), None)):
        return HeaderFault(None, False, f"the header is parted by {wrong}; save the file with commas")
    for position, name in enumerate(columns, 1):
        if not name:
            return HeaderFault(None, False, f"column {position} of the header has no name")
        if columns.index(name) != position - 1:
            return HeaderFault(name, False, f"the header names {name} twice")
        if not is_clean(name):
            text = f"column {position} of the header is not UTF-8 text; save the file as UTF-8"
            return HeaderFault(None, True, text)
        if not name.isprintable():
            text = f"the name of column {position} of the header, {name!r}, holds a character that nobody sees"
            return HeaderFault(None, False, text)
    return None
