"""Lanes and their work items: first in, first out, drained by one holder at a time, whose lease ends with him.

A holder takes a lane in the transaction of its first items and proves in each of its transactions that the lane is
still its own; what one that lost it computed is written by nobody. A try is counted before the work starts, and taken
back where the holder lived to say that it was no fault of the item.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from gateway.errors import TransientError
from gateway.store import bell
from gateway.store.identity import new_id
from gateway.store.line_tables import LaneRow, WorkItemRow
from gateway.store.records import WorkItem
from gateway.store.tables import insert_new, table

DECODE = "decode"
"""The stage of a file that was received, and is not read yet."""
_DIRECT = "direct"
"""What stands for the connection of a file that was handed in by hand."""

_lane = table(LaneRow)
_item = table(WorkItemRow)
_OPEN = insert_new(_lane)
_INSERT = insert(_item)
_AT_ONCE = 1_000
_FINISH = delete(_item).where(_item.c.seq == bindparam("done"))
_FREE = {"holder": None, "token": None, "lease_until": None}
_LANE = select(_lane).where(_lane.c.name == bindparam("lane"))
_LEASE = update(_lane).where(_lane.c.name == bindparam("lane"))
_PROVE = (
    update(_lane)
    .where(_lane.c.name == bindparam("lane"), _lane.c.token == bindparam("mine"))
    .values(lease_until=bindparam("until"))
)
_EXTEND = update(_lane).where(_lane.c.token == bindparam("mine")).values(lease_until=bindparam("until"))
_COUNT = (
    update(_item)
    .where(_item.c.seq == bindparam("taken"))
    .values(state="running", tries=_item.c.tries + 1, failures=_item.c.failures + 1)
)
_UNCOUNTED = {"state": "ready", "tries": _item.c.tries - 1, "failures": _item.c.failures - 1}
_UNCOUNT = update(_item).where(_item.c.seq == bindparam("undone")).values(**_UNCOUNTED)
_now: BindParameter[str] = bindparam("now")
_due = or_(_item.c.not_before.is_(None), _item.c.not_before <= _now)
_waits = _item.c.failing_since.is_not(None)
# What waits for something outside to come back keeps its place, and those behind it; a poison message does not.
_TURN = (
    select(_item)
    .where(_item.c.lane == bindparam("lane"), _item.c.state == "ready", or_(_due, _waits))
    .order_by(_item.c.seq)
    .limit(bindparam("most"))
)
_head = (
    select(_item.c.seq)
    .where(_item.c.lane == _lane.c.name, _item.c.state == "ready", or_(_due, _waits))
    .order_by(_item.c.seq)
    .limit(1)
    .correlate(_lane)
    .scalar_subquery()
)
_left = exists().where(_item.c.lane == _lane.c.name, _item.c.state == "running").correlate(_lane)
_expired = and_(_lane.c.token.is_not(None), _lane.c.lease_until < _now)
_DUE = (
    select(_lane.c.name, _item.c.seq)
    .join(_item, _item.c.seq == _head)
    .where(_lane.c.state == "open", or_(_lane.c.token.is_(None), _expired), _due)
)
_ABANDONED = select(_lane.c.name, literal_column("0").label("seq")).where(_lane.c.state == "open", _expired, _left)


class LostLeaseError(TransientError):
    """Another process has taken over the lane. Nothing to do: it goes on there."""


class Lease(NamedTuple):
    """A lane held: `token` proves it."""

    lane: str
    token: str


def lane_in(connection: str | None, partner: str | None) -> str:
    """The queue of what came from a partner by a connection."""
    return f"{connection or _DIRECT}/in/{partner}"


def lane_of_polls(connection: str) -> str:
    """What is held by who takes from a connection: it has no items, and keeps others from taking there."""
    return f"{connection}/poll"


def this_process() -> str:
    """Who holds what this process leases, as people are told."""
    return f"{socket.gethostname()}:{os.getpid()}"


def open_lane(db: Connection, name: str) -> None:
    """Make sure the lane exists."""
    db.execute(_OPEN[db.dialect.name], {"name": name, "state": "open"})


def add_items(db: Connection, lane: str, messages: list[str], stage: str) -> None:
    """Queue messages at a stage, in this order."""
    _add(db, lane, [{"message": identity, "transmission": None, "stage": stage} for identity in messages])


def add_file(db: Connection, connection: str | None, transmission: str) -> None:
    """Queue a file that was received, behind those that came by the same connection before."""
    file = {"message": None, "transmission": transmission, "stage": DECODE}
    _add(db, f"{connection or _DIRECT}/{DECODE}", [file])


def _add(db: Connection, lane: str, subjects: Sequence[dict[str, str | None]]) -> None:
    if subjects:
        open_lane(db, lane)
        queued = {"lane": lane, "state": "ready", "tries": 0, "failures": 0}
        for start in range(0, len(subjects), _AT_ONCE):
            db.execute(_INSERT, [{**each, **queued} for each in subjects[start : start + _AT_ONCE]])
        bell.ring(db, lane)


def due_lanes(db: Connection, now: str) -> list[str]:
    """Open lanes that nobody holds with work that is due, or whose holder is gone; the one waiting longest first."""
    found = [tuple(row) for query in (_DUE, _ABANDONED) for row in db.execute(query, {"now": now})]
    return list(dict.fromkeys(name for _, name in sorted((seq, name) for name, seq in found)))


def lease_lane(db: Connection, name: str, holder: str, now: str, until: str) -> Lease | None:
    """The lane leased; None where it is paused or another holder's lease is not over.

    What a holder whose lease is over had running is ready again, each item with its counted try.
    """
    row = db.execute(_LANE, {"lane": name}).mappings().one_or_none()
    if row is None or row["state"] != "open" or (row["token"] is not None and row["lease_until"] >= now):
        return None
    if row["token"] is not None:
        _make_ready(db, _item.c.lane == name)
    lease = Lease(name, new_id())
    db.execute(_LEASE.values(holder=holder, token=lease.token, lease_until=until), {"lane": name})
    return lease


def prove(db: Connection, lease: Lease, until: str) -> None:
    """The lease holds until then; raises LostLeaseError where another holder has taken the lane over."""
    if db.execute(_PROVE, {"lane": lease.lane, "mine": lease.token, "until": until}).rowcount != 1:
        raise LostLeaseError


def extend(db: Connection, leases: Sequence[Lease], until: str) -> None:
    """Each of these leases that is not lost holds until then."""
    if leases:
        db.execute(_EXTEND, [{"mine": lease.token, "until": until} for lease in leases])


def release(db: Connection, lease: Lease) -> None:
    """The lane is free for the next holder; what runs of it goes back uncounted. Nothing where the lease was lost."""
    freed = update(_lane).where(_lane.c.name == lease.lane, _lane.c.token == lease.token).values(**_FREE)
    if db.execute(freed).rowcount == 1:
        running = (_item.c.lane == lease.lane) & (_item.c.state == "running")
        db.execute(update(_item).where(running).values(**_UNCOUNTED))


def is_held(db: Connection, name: str, now: str, token: str = "") -> bool:
    """Whether a lease of the lane is not over, and the lane is not paused: of this token, or any."""
    row = db.execute(_LANE, {"lane": name}).mappings().one_or_none()
    if row is None or row["state"] != "open" or row["token"] is None or row["lease_until"] < now:
        return False
    return not token or row["token"] == token


def end_leases(db: Connection) -> int:
    """How many items were left running; every lease is over. For a process that knows that it is alone."""
    db.execute(update(_lane).where(_lane.c.token.is_not(None)).values(**_FREE))
    return _make_ready(db)


def _make_ready(db: Connection, *which: ColumnElement[bool]) -> int:
    running = update(_item).where(_item.c.state == "running", *which)
    return db.execute(running.values(state="ready")).rowcount


def take_items(db: Connection, lane: str, now: str, limit: int) -> list[WorkItem]:
    """The lane's next due items, marked running and their try counted; one alone where an item was tried before.

    Nothing, and nothing behind it, where an item waits for what is away to come back.
    """
    items: list[WorkItem] = []
    for row in db.execute(_TURN, {"lane": lane, "now": now, "most": limit}).mappings():
        item = WorkItem(**row)
        is_due = item.not_before is None or item.not_before <= now
        if not is_due or (items and item.tries):
            break
        items.append(item)
        if item.tries:
            break
    if items:
        db.execute(_COUNT, [{"taken": item.seq} for item in items])
    return items


def finish_items(db: Connection, sequences: list[int]) -> None:
    """The items are done; their messages tell what became of them."""
    if sequences:
        db.execute(_FINISH, [{"done": sequence} for sequence in sequences])


def return_items(db: Connection, sequences: list[int]) -> None:
    """Items that were taken and not begun are ready again, their try not counted."""
    if sequences:
        db.execute(_UNCOUNT, [{"undone": sequence} for sequence in sequences])


def put_back(db: Connection, sequence: int, not_before: str, reason: str) -> None:
    """The item failed by a defect and is due again at `not_before`; those behind it go on."""
    _set(db, sequence, state="ready", not_before=not_before, failing_since=None, reason=reason[:500])


def hold_back(db: Connection, item: WorkItem, not_before: str, since: str, reason: str) -> None:
    """The item failed by no fault of its own, first at `since`: its lane waits until `not_before`, and it is tried."""
    waiting = {"not_before": not_before, "failing_since": since, "reason": reason[:500]}
    _set(db, item.seq, state="ready", failures=item.failures, **waiting)


def bury(db: Connection, sequence: int, reason: str) -> None:
    """The item is not tried again until a person replays its message."""
    _set(db, sequence, state="dead", reason=reason[:500])


def _set(db: Connection, sequence: int, **values: str | int | None) -> None:
    db.execute(update(_item).where(_item.c.seq == sequence).values(**values))


def items_of(db: Connection, message: str) -> list[WorkItem]:
    """The message's items that are not done."""
    return [WorkItem(**row) for row in db.execute(select(_item).where(_item.c.message == message)).mappings()]


def file_item(db: Connection, transmission: str) -> WorkItem | None:
    """The item of a file that is not read yet."""
    row = db.execute(select(_item).where(_item.c.transmission == transmission)).mappings().one_or_none()
    return WorkItem(**row) if row else None


def drop_items(db: Connection, message: str) -> None:
    """Forget the message's items, to queue it anew."""
    db.execute(delete(_item).where(_item.c.message == message))


def list_lanes(db: Connection) -> list[dict[str, object]]:
    """Every lane: its state and holder, how many items wait, run and are dead, and what there is of the first."""
    counts = [
        func.coalesce(func.sum(case((_item.c.state == state, 1), else_=0)), 0).label(state)
        for state in ("ready", "running", "dead")
    ]
    first = func.min(case((_item.c.state != "dead", _item.c.seq))).label("head")
    counted = select(_item.c.lane, *counts, first).group_by(_item.c.lane).subquery()
    numbers = [func.coalesce(counted.c[state], 0).label(state) for state in ("ready", "running", "dead")]
    head = [_item.c[name] for name in ("tries", "reason")]
    query = (
        select(
            _lane.c.name, _lane.c.state, *numbers, func.coalesce(_item.c.message, _item.c.transmission).label("first"),
            *head, _item.c.not_before.label("next_due"), _lane.c.holder, _lane.c.lease_until,
        )
        .outerjoin(counted, counted.c.lane == _lane.c.name)
        .outerjoin(_item, _item.c.seq == counted.c.head)
        .order_by(_lane.c.name)
    )  # fmt: skip
    return [dict(row) for row in db.execute(query).mappings()]


def is_open(db: Connection, name: str) -> bool:
    """Whether the lane is worked on."""
    return db.execute(select(_lane.c.state).where(_lane.c.name == name)).scalar_one_or_none() == "open"


def set_lane(db: Connection, name: str, state: str) -> bool:
    """Pause (`paused`) or resume (`open`) a lane; False where there is no such lane."""
    found = db.execute(update(_lane).where(_lane.c.name == name).values(state=state)).rowcount > 0
    if found and state == "open":
        bell.ring(db, name)
    return found


def first_ready(db: Connection, name: str) -> WorkItem | None:
    """The lane's first item that waits."""
    query = select(_item).where(_item.c.lane == name, _item.c.state == "ready").order_by(_item.c.seq).limit(1)
    row = db.execute(query).mappings().one_or_none()
    return WorkItem(**row) if row else None
