"""A bar on a terminal for what takes long; nothing where no one looks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Bar:
    """A bar that is told how far the work is."""

    def __init__(self, shown: Progress, task: TaskID) -> None:
        self._shown = shown
        self._task = task

    def advance(self, steps: int) -> None:
        """So many steps more are done."""
        self._shown.advance(self._task, steps)

    def so_far(self, done: int, of: int) -> None:
        """So many steps of all are done."""
        self._shown.update(self._task, completed=done, total=of)


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Bar]:
    """A bar of so many steps, where it is known how many there are."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as shown:
        yield Bar(shown, shown.add_task(title, total=total))
