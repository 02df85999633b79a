"""What people and machines see: tables or JSON lines on stdout, diagnostics on stderr."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.table import Table

PROGRAM = "gateway"
_WIDE = 2_000
"""Columns of a table that is piped: more than any row has, so that nothing is folded."""


def emit_json(value: object) -> None:
    """Write one JSON value on a line of its own."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_as_text) + "\n")


def _as_text(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def emit_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table for people; it grows with the terminal and is never cut when piped."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
    shown = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    console.print(shown)


def emit_rows(rows: Sequence[Mapping[str, object]], columns: Sequence[str], title: str, as_json: bool) -> None:
    """Write rows as JSON lines, or the named columns of them as a table."""
    if as_json:
        for row in rows:
            emit_json(row)
    else:
        emit_table(title, columns, [[row.get(column) for column in columns] for row in rows])


def emit_pairs(title: str, pairs: Iterable[tuple[str, object]]) -> None:
    """Write names with their values for people, below a title; a list is written with commas."""
    say(f"\n{title}")
    for name, value in pairs:
        text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        say(f"  {name:18} {'' if text is None else text}")


def emit_history(events: Iterable[Mapping[str, str]]) -> None:
    """Write what happened to something, oldest first."""
    for event in events:
        say(f"{event['at'][:19].replace('T', ' ')}  {event['type']}  {event['text']}".rstrip())


def command_line(*words: object) -> str:
    """What to type for a command of this program: its name where the shell finds it, else the path it was called by."""
    is_elsewhere = shutil.which(PROGRAM) is None and Path(sys.argv[0]).name == PROGRAM
    return shlex.join([sys.argv[0] if is_elsewhere else PROGRAM, *map(str, words)])


def say(text: str) -> None:
    """Write a line for people on stdout."""
    sys.stdout.write(text + "\n")


def complain(text: str) -> None:
    """Write a diagnostic on stderr, a line of it never broken: FILE:LINE:COLUMN is read by editors too."""
    sys.stderr.write(text + "\n")
