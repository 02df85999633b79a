"""Two sides of the same rows, sorted by their keys, compared row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from gateway.sync.sorting import Keyed


class What(StrEnum):
    """What is different."""

    MISSING_THERE = "missing-there"
    MISSING_HERE = "missing-here"
    DIFFERS = "differs"
    REPEATED = "repeated"
    UNREADABLE = "unreadable"


class Difference(NamedTuple):
    """A difference of one row, or of one of its fields: both values, and all cells of each side that has the row."""

    what: What
    key: str
    field: str | None = None
    ours: str | None = None
    theirs: str | None = None
    our_cells: dict[str, str] | None = None
    their_cells: dict[str, str] | None = None


def differences(ours: Iterable[Keyed], theirs: Iterable[Keyed]) -> Iterator[Difference]:
    """What is different, by key. A field is compared where the other side states it, an empty text included."""
    left, right = iter(ours), iter(theirs)
    mine, other = next(left, None), next(right, None)
    while mine is not None or other is not None:
        if other is None or (mine is not None and mine[0] < other[0]):
            if mine is not None:
                yield Difference(What.MISSING_THERE, mine[0], our_cells=mine[2])
            mine = next(left, None)
            continue
        if mine is None or other[0] < mine[0]:
            yield Difference(What.MISSING_HERE, other[0], their_cells=other[2])
        else:
            yield from _fields(mine, other)
            mine = next(left, None)
        before, other = other, next(right, None)
        while other is not None and other[0] == before[0]:
            if other[2] != before[2]:
                yield Difference(What.REPEATED, other[0], their_cells=other[2])
            other = next(right, None)


def _fields(mine: Keyed, other: Keyed) -> Iterator[Difference]:
    key, _, ours = mine
    theirs = other[2]
    for name, cell in theirs.items():
        if cell != ours.get(name, ""):
            yield Difference(What.DIFFERS, key, name, ours.get(name), cell or None, ours, theirs)
