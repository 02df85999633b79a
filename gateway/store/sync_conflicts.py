"""Conflicts between what a channel states and what stands here: found, listed, settled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from gateway.errors import UsageError
from gateway.store.identity import new_id
from gateway.store.lookup import among
from gateway.store.records import Record
from gateway.store.sync_tables import SyncConflictRow
from gateway.store.tables import table

_conflict = table(SyncConflictRow)

_STANDING = select(_conflict).where(
    _conflict.c.channel == bindparam("of_channel"),
    _conflict.c.kind == bindparam("of_kind"),
    among(_conflict.c.key, "keys"),
)
_AGAIN = (
    update(_conflict)
    .where(_conflict.c.id == bindparam("the_id"))
    .values({name: bindparam(name) for name in ("ours", "theirs", "owner", "state", "times", "message", "changed_at")})
    .values(note=None)
)


class ConflictState(StrEnum):
    """What became of a conflict: open waits for a person; else whose value stands."""

    OPEN = "open"
    OURS = "ours"
    THEIRS = "theirs"


class Found(NamedTuple):
    """A value that differs from ours: in which row and column, both values, who owns it, and what stands now."""

    key: str
    field: str
    ours: str | None
    theirs: str | None
    owner: str | None
    state: ConflictState


class Conflict(Record, frozen=True, kw_only=True):
    """A conflict as it is kept; `times` is how often other values met in this field."""

    id: str
    channel: str
    kind: str
    key: str
    field: str
    ours: str | None
    theirs: str | None
    owner: str | None
    state: str
    times: int
    message: str | None
    note: str | None
    found_at: str
    changed_at: str


class Source(NamedTuple):
    """Where conflicts were found: the channel, the kind of rows, the message, and when."""

    channel: str
    kind: str
    message: str
    at: str


def note_conflicts(db: Connection, source: Source, found: Sequence[Found]) -> int:
    """How many of them are new; one that is known with the same values changes nothing."""
    named = {"of_channel": source.channel, "of_kind": source.kind, "keys": {each.key for each in found}}
    standing = {(row["key"], row["field"]): Conflict(**row) for row in db.execute(_STANDING, named).mappings()}
    changed = {"message": source.message, "changed_at": source.at}
    fresh, again = [], []
    for each in {(one.key, one.field): one for one in found}.values():
        known = standing.get((each.key, each.field))
        if known is None:
            row = {"id": new_id(), "channel": source.channel, "kind": source.kind, "times": 1, "found_at": source.at}
            fresh.append({**row, **each._asdict(), **changed})
        elif (known.ours, known.theirs) != (each.ours, each.theirs):
            values = {name: getattr(each, name) for name in ("ours", "theirs", "owner", "state")}
            again.append({"the_id": known.id, **values, "times": known.times + 1, **changed})
    if fresh:
        db.execute(insert(_conflict), fresh)
    if again:
        db.execute(_AGAIN, again)
    return len(fresh) + len(again)


def conflicts(db: Connection, state: str | None = None, channel: str | None = None) -> list[Conflict]:
    """The conflicts, oldest first: all, or those in a state, or of a channel."""
    query = select(_conflict).order_by(_conflict.c.id)
    for column, wanted in ((_conflict.c.state, state), (_conflict.c.channel, channel)):
        if wanted is not None:
            query = query.where(column == wanted)
    return [Conflict(**row) for row in db.execute(query).mappings()]


def conflict_of(db: Connection, identity: str) -> Conflict:
    """The conflict of this id; raises UsageError where there is none."""
    row = db.execute(select(_conflict).where(_conflict.c.id == identity)).mappings().one_or_none()
    if row is None:
        raise UsageError(f"There is no conflict {identity}. `gateway sync conflicts list` shows all.")
    return Conflict(**row)


def settle_conflict(db: Connection, identity: str, state: ConflictState, note: str, at: str) -> None:
    """The conflict is settled so."""
    values = {"state": state, "note": note, "changed_at": at}
    db.execute(update(_conflict).where(_conflict.c.id == identity).values(**values))


def open_conflicts(db: Connection, channels: Collection[str]) -> dict[str, int]:
    """How many conflicts of each of these channels wait for a person."""
    waiting = dict.fromkeys(channels, 0)
    for each in conflicts(db, ConflictState.OPEN):
        if each.channel in waiting:
            waiting[each.channel] += 1
    return waiting
