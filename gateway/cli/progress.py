"""A bar on a terminal for what takes long; nothing where no one looks."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

T = TypeVar("T")
_AT_ONCE = 1_000


class Bar:
    """A bar that is told how far the work is."""

    def __init__(self, shown: Progress, task: TaskID) -> None:
        self._shown = shown
        self._task = task

    def advance(self, steps: int) -> None:
        """So many steps more are done."""
        self._shown.advance(self._task, steps)

    def so_far(self, done: int, of: int | None = None) -> None:
        """So many steps are done, of all where that is known now."""
        self._shown.update(self._task, completed=done, total=of)


@contextmanager
def progress(title: str, total: int | None = None, *, shown: bool = True) -> Iterator[Bar]:
    """A bar of so many steps, where it is known how many there are; what is piped is left alone."""
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    is_off = not (shown and sys.stderr.isatty())
    beside = sys.stdout.isatty()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=beside, disable=is_off) as bar:
        yield Bar(bar, bar.add_task(title, total=total))


def counted(rows: Iterable[T], title: str, *, shown: bool = True) -> Iterator[T]:
    """The rows as they are, while a bar tells how many there were."""
    left = iter(rows)
    with progress(title, shown=shown) as bar:
        while some := list(islice(left, _AT_ONCE)):
            yield from some
            bar.advance(len(some))
