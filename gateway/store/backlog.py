"""What waits in the store: in lanes, in the outbox, and files not yet decoded; counted by indexes alone."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from gateway.store.identity import born_at
from gateway.store.line_tables import OutboxRow, TransmissionRow, WorkItemRow
from gateway.store.records import OutputState
from gateway.store.tables import table

_item = table(WorkItemRow)
_outbox = table(OutboxRow)
_transmission = table(TransmissionRow)
_ON_THEIR_WAY = (OutputState.QUEUED, OutputState.SENDING, OutputState.UNKNOWN, OutputState.FAILED)

_ITEMS = select(
    _item.c.lane,
    _item.c.state,
    func.count(),
    func.coalesce(func.sum(_item.c.tries), 0),
    func.min(func.coalesce(_item.c.message, _item.c.transmission)),
).group_by(_item.c.lane, _item.c.state)
_OUTPUTS = (
    select(_outbox.c.connection, _outbox.c.state, func.count(), func.min(_outbox.c.id))
    .where(_outbox.c.state.in_([*_ON_THEIR_WAY, OutputState.DEAD]))
    .group_by(_outbox.c.connection, _outbox.c.state)
)
_FILES = select(func.count()).select_from(_transmission).where(_transmission.c.state == "received")


class Backlog(NamedTuple):
    """Counts by lane and state, by connection and state; ages in seconds of the oldest that is still to be done.

    A lane's counts are those of its messages and of the tries they took.
    """

    items: list[tuple[str, str, int, int]]
    oldest_items: list[tuple[str, float]]
    outputs: list[tuple[str, str, int]]
    oldest_outputs: list[tuple[str, float]]
    files: int


def backlog(db: Connection, now: datetime) -> Backlog:
    """What waits now."""
    items = [tuple(row) for row in db.execute(_ITEMS)]
    outputs = [tuple(row) for row in db.execute(_OUTPUTS)]
    return Backlog(
        [(lane, state, count, tries) for lane, state, count, tries, _ in items],
        _ages([(lane, first) for lane, state, *_, first in items if state != "dead"], now),
        [(connection, state, count) for connection, state, count, _ in outputs],
        _ages([(connection, first) for connection, state, _, first in outputs if state != OutputState.DEAD], now),
        db.execute(_FILES).scalar_one(),
    )


def _ages(first: list[tuple[str, str]], now: datetime) -> list[tuple[str, float]]:
    oldest: dict[str, float] = {}
    for name, identity in first:
        age = max((now - born_at(identity)).total_seconds(), 0)
        oldest[name] = max(age, oldest.get(name, 0))
    return sorted(oldest.items())
