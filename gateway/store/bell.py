"""The bell: on PostgreSQL, whoever waits for work on any node is told which lane has some, at the commit.

It only wakes; what is due is found in the lanes.
"""

from __future__ import annotations

from sqlalchemy import Connection


def ring(db: Connection, lane: str) -> None:
    """A node is woken for the lane."""
