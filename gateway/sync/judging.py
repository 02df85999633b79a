"""Whose value stands where a channel states another one than ours: told from the values alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from gateway.store.sync_conflicts import ConflictState, Found


class Rule(StrEnum):
    """What happens where both sides changed a value that nobody owns."""

    OWNER = "owner"
    NEWEST = "newest"
    HOLD = "hold"


class Judge(NamedTuple):
    """Judges the values of one system: `owner` tells whose a column is, or (None) whose it is to add rows and take them
    away; `contested` that others may change them too.

    Where the system alone supplies a kind of rows and gets none of them, what it states is taken.
    """

    system: str
    rule: Rule
    owner: Callable[[str | None], str | None]
    contested: bool


class Row(NamedTuple):
    """A row that stands here and what a system states of it: `held` is what that is known to have held before.

    `is_newer`: what it states is newer than what any other system told of the row.
    """

    key: str
    ours: Mapping[str, str]
    theirs: Mapping[str, str]
    held: Mapping[str, str]
    is_newer: bool = True


class Judged(NamedTuple):
    """The row as it stands from now on, and where values met that differ."""

    cells: dict[str, str]
    found: list[Found]


def judge(by: Judge, row: Row) -> Judged:
    """Our row with those values of the system's that count; an empty one takes ours away."""
    cells, found = dict(row.ours), []
    for column, theirs in row.theirs.items():
        ours, held = row.ours.get(column, ""), row.held.get(column)
        if theirs == ours:
            continue
        owner = by.owner(column)
        # Nobody but the system has changed it: there was nothing, or what it held itself.
        alone = not by.contested or not ours or ours == held
        if owner == by.system or (owner is None and alone):
            cells[column] = theirs
        elif theirs != held:
            state = _ruled(by.rule, row) if owner is None else ConflictState.OURS
            found.append(Found(row.key, column, ours or None, theirs or None, owner, state))
            if state is ConflictState.THEIRS:
                cells[column] = theirs
    return Judged({column: cell for column, cell in cells.items() if cell}, found)


def _ruled(rule: Rule, row: Row) -> ConflictState:
    if rule is Rule.HOLD:
        return ConflictState.OPEN
    return ConflictState.THEIRS if rule is Rule.NEWEST and row.is_newer else ConflictState.OURS
