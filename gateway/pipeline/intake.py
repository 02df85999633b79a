"""Intake: rows of trade data that came as a message, taken some at a time, each time in a commit of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from gateway.issues import Issue
from gateway.model.trade_rows import Row
from gateway.store import Connection

ROWS_AT_ONCE = 1_000


class Taken(NamedTuple):
    """Whose rows they are: the channel they flow in by, their import kind, the message, and when it was received."""

    channel: str
    kind: str
    message: str
    at: str


class Intake(Protocol):
    """Takes rows into the trade data."""

    def take(self, db: Connection, taken: Taken, rows: Sequence[Row]) -> list[Issue]:
        """What is wrong with rows that were not taken, the number of the row as `line`; the others are written.

        Rows taken before change nothing. Called in the transaction in which the message's progress is noted.
        """
