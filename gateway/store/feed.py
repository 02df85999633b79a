"""The feed: what happened to orders, quotes, messages and trade data, numbered as it was committed, and its readers.

There is one writer at a time on every store, so numbers rise in the order of the commits: who has read up to a number
misses nothing that comes after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, Executable, bindparam, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.feed_tables import FeedCursorRow, FeedRow
from gateway.store.records import Record
from gateway.store.tables import table
from gateway.store.visible import Sight

GONE = "(gone)"
"""The reader whose cursor is the last number that is past its retention."""
WINDOW = 10_000
"""Rows that one look reads at most, however few of them are wanted."""

_feed, _cursor = table(FeedRow), table(FeedCursorRow)

# Built once: composing a statement costs more than SQLite takes to run it.
_INSERT = insert(_feed)
_LAST = select(func.max(_feed.c.seq))
_RESTING = select(_cursor.c.reader).where(_cursor.c.moved_at < bindparam("since"))
_CURSORS = select(_cursor.c.reader, _cursor.c.seq, _cursor.c.round)


def _put(dialect: ModuleType) -> Executable:
    fresh = dialect.insert(_cursor)
    statement: Executable = fresh.on_conflict_do_update(
        index_elements=["reader"],
        set_={name: fresh.excluded[name] for name in ("seq", "round", "moved_at")},
    )
    return statement


_PUT = {"sqlite": _put(sqlite), "postgresql": _put(postgresql)}
_FORGET = _cursor.delete().where(_cursor.c.reader == bindparam("of_reader"))


class Cursor(NamedTuple):
    """How far a reader has come: all up to `seq` is done with; `round` counts how often it began anew."""

    seq: int
    round: int = 0


class Happening(NamedTuple):
    """Something that happened to `id`, a thing of the kind `aggregate`; `account` is whose it is, None: everyone's.

    `data` holds no person's name and no secret. `origin` is the channel it came from, which need not be told of it.
    """

    type: str
    aggregate: str
    id: str
    account: str | None = None
    data: Mapping[str, object] = {}
    origin: str | None = None


class FeedEvent(Record, frozen=True, kw_only=True):
    """One row of the feed; `data` is JSON."""

    seq: int
    at: str
    type: str
    aggregate: str
    id: str
    account: str | None
    data: str
    origin: str | None

    def as_object(self) -> dict[str, object]:
        """The event as it is told outside."""
        told = {"seq": self.seq, "at": self.at, "type": self.type, "aggregate": self.aggregate, "id": self.id}
        return {**told, "account": self.account, "data": msgspec.Raw(self.data.encode())}


class FeedFilter(NamedTuple):
    """Which events; none named means any. `not_from` leaves out what came from a channel."""

    types: tuple[str, ...] = ()
    aggregates: tuple[str, ...] = ()
    not_from: str | None = None


class FeedPart(NamedTuple):
    """Events in order, and the number up to which the feed was looked through."""

    events: Sequence[FeedEvent]
    next: int


def note(db: Connection, happening: Happening, at: str) -> int:
    """The number of this event, added to the feed in the caller's transaction."""
    row = {**happening._asdict(), "at": at, "data": msgspec.json.encode(happening.data).decode()}
    (number,) = db.execute(_INSERT, row).inserted_primary_key or (0,)
    return int(number)


def last_seq(db: Connection) -> int:
    """The number of the last event; 0 before the first."""
    return int(db.execute(_LAST).scalar_one() or 0)


def events_after(db: Connection, after: int, sight: Sight, wanted: FeedFilter, most: int) -> FeedPart:
    """The events behind a number that are seen and wanted, at most so many; one look goes through WINDOW numbers."""
    ends = min(after + WINDOW, last_seq(db))
    query = select(_feed).where(_feed.c.seq > after, _feed.c.seq <= ends).order_by(_feed.c.seq).limit(most)
    if wanted.types:
        query = query.where(_feed.c.type.in_(wanted.types))
    if wanted.aggregates:
        query = query.where(_feed.c.aggregate.in_(wanted.aggregates))
    if wanted.not_from is not None:
        query = query.where(func.coalesce(_feed.c.origin, "") != wanted.not_from)
    rows = db.execute(sight.within(query, _feed.c.account)).mappings()
    events = [FeedEvent(**row) for row in rows]
    return FeedPart(events, events[-1].seq if len(events) == most else max(ends, after))


def cursors(db: Connection) -> dict[str, Cursor]:
    """How far each reader has come."""
    return {reader: Cursor(int(seq), round_) for reader, seq, round_ in db.execute(_CURSORS).all()}


def gone(db: Connection) -> int:
    """The number of the last event that is past its retention; 0 where all are there."""
    return cursors(db).get(GONE, Cursor(0)).seq


def move_cursor(db: Connection, reader: str, to: Cursor, at: str) -> None:
    """The reader has come so far."""
    db.execute(_PUT[db.dialect.name], {"reader": reader, "seq": to.seq, "round": to.round, "moved_at": at})


def cursors_moved_before(db: Connection, at: str) -> set[str]:
    """The readers that have not come further since then."""
    return set(db.execute(_RESTING, {"since": at}).scalars())


def forget_cursor(db: Connection, reader: str) -> None:
    """There is no such reader any more: nothing is kept for it."""
    db.execute(_FORGET, {"of_reader": reader})
