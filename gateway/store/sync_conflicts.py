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
_ANEW = ("ours", "theirs", "owner", "state", "times", "message", "changed_at", "owed_since")
_OWED = (
    select(_conflict.c.id, _conflict.c.key)
    .where(_conflict.c.owed_since.is_not(None), _conflict.c.kind == bindparam("of_kind"))
    .where(among(_conflict.c.channel, "channels"))
    .order_by(_conflict.c.id)
    .limit(bindparam("most"))
)
_TOLD = update(_conflict).where(among(_conflict.c.id, "ids")).values(owed_since=None)
_AGREED = (
    update(_conflict)
    .where(among(_conflict.c.id, "ids"))
    .values({name: bindparam(f"the_{name}") for name in ("state", "note", "changed_at", "owed_since")})
)
_AGAIN = (
    update(_conflict)
    .where(_conflict.c.id == bindparam("the_id"))
    .values({name: bindparam(name) for name in _ANEW})
    .values(note=None)
)


AGREED = "Both sides came to say the same."
"""The note of a conflict that nobody had to settle."""


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
    owed_since: str | None = None


class Source(NamedTuple):
    """Where conflicts were found: the channel, the kind of rows, the message, and when."""

    channel: str
    kind: str
    message: str
    at: str


def note_conflicts(db: Connection, source: Source, found: Sequence[Found]) -> int:
    """How many of them are new; one that is known with the same values, of which the same became, changes nothing."""
    named = {"of_channel": source.channel, "of_kind": source.kind, "keys": {each.key for each in found}}
    standing = {(row["key"], row["field"]): Conflict(**row) for row in db.execute(_STANDING, named).mappings()}
    changed = {"message": source.message, "changed_at": source.at}
    fresh, again = [], []
    for each in {(one.key, one.field): one for one in found}.values():
        known = standing.get((each.key, each.field))
        if known is None:
            row = {"id": new_id(), "channel": source.channel, "kind": source.kind, "times": 1, "found_at": source.at}
            fresh.append({**row, **each._asdict(), **changed, "owed_since": _owed(each, source)})
        elif (known.ours, known.theirs, known.state) != (each.ours, each.theirs, each.state):
            values = {name: getattr(each, name) for name in ("ours", "theirs", "owner", "state")}
            again.append({
                "the_id": known.id, **values, "times": known.times + 1, **changed, "owed_since": _owed(each, source),
            })  # fmt: skip
    if fresh:
        db.execute(insert(_conflict), fresh)
    if again:
        db.execute(_AGAIN, again)
    return len(fresh) + len(again)


def open_about(db: Connection, channel: str, kind: str, keys: Collection[str]) -> list[Conflict]:
    """The conflicts with this channel about rows of these keys that wait for a person."""
    found = db.execute(_STANDING, {"of_channel": channel, "of_kind": kind, "keys": keys}).mappings()
    return [Conflict(**row) for row in found if row["state"] == ConflictState.OPEN]


def end_agreed(db: Connection, ids: Collection[str], at: str) -> None:
    """The conflicts are over since both sides say the same; what else is ours of their rows is to be told."""
    ended = {"the_state": ConflictState.OURS, "the_note": AGREED, "the_changed_at": at, "the_owed_since": at}
    if ids:
        db.execute(_AGREED, {"ids": ids, **ended})


def _owed(found: Found, source: Source) -> str | None:
    return source.at if found.state is ConflictState.OURS else None


def owed_keys(db: Connection, channels: Collection[str], kind: str, most: int) -> dict[str, str]:
    """The keys of rows, by the ids of conflicts with these channels, whose value here the system is to be told."""
    named = {"of_kind": kind, "channels": channels, "most": most}
    return {row.id: row.key for row in db.execute(_OWED, named)}


def note_told(db: Connection, ids: Collection[str]) -> None:
    """Nothing of these conflicts is to be told any more, until other values meet in them."""
    db.execute(_TOLD, {"ids": ids})


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
    values = {"state": state, "note": note, "changed_at": at, "owed_since": None}
    db.execute(update(_conflict).where(_conflict.c.id == identity).values(**values))


def open_conflicts(db: Connection, channels: Collection[str]) -> dict[str, int]:
    """How many conflicts of each of these channels wait for a person."""
    waiting = dict.fromkeys(channels, 0)
    for each in conflicts(db, ConflictState.OPEN):
        if each.channel in waiting:
            waiting[each.channel] += 1
    return waiting
