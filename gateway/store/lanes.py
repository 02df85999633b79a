"""Lanes and their work items: first in, first out where it matters; a try is counted before the work starts."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, case, delete, func, insert, or_, select, update

from gateway.store.line_tables import LaneRow, WorkItemRow
from gateway.store.records import WorkItem
from gateway.store.tables import insert_new, table

_lane = table(LaneRow)
_item = table(WorkItemRow)
_OPEN = insert_new(_lane)
_INSERT = insert(_item)
_FINISH = delete(_item).where(_item.c.seq == bindparam("done"))


def open_lane(db: Connection, name: str) -> None:
    """Make sure the lane exists."""
    db.execute(_OPEN[db.dialect.name], {"name": name, "state": "open"})


def add_items(db: Connection, lane: str, messages: list[str], stage: str) -> None:
    """Queue messages at a stage, in this order."""
    if messages:
        open_lane(db, lane)
        rows = [
            {"lane": lane, "message": identity, "stage": stage, "state": "ready", "tries": 0} for identity in messages
        ]
        db.execute(_INSERT, rows)


def due_lanes(db: Connection, now: str) -> list[str]:
    """Open lanes with work that is due, the one waiting longest first."""
    query = (
        select(_item.c.lane)
        .join(_lane, _lane.c.name == _item.c.lane)
        .where(
            _lane.c.state == "open",
            _item.c.state == "ready",
            or_(_item.c.not_before.is_(None), _item.c.not_before <= now),
        )
        .group_by(_item.c.lane)
        .order_by(func.min(_item.c.seq))
    )
    return list(db.execute(query).scalars())


def take_items(db: Connection, lane: str, now: str, limit: int) -> list[WorkItem]:
    """The lane's next due items, marked running and their try counted; one alone where an item failed before."""
    query = (
        select(_item)
        .where(
            _item.c.lane == lane, _item.c.state == "ready", or_(_item.c.not_before.is_(None), _item.c.not_before <= now)
        )
        .order_by(_item.c.seq)
        .limit(limit)
    )
    items = [WorkItem(**row) for row in db.execute(query).mappings()]
    tried = next((place for place, item in enumerate(items) if item.tries), None)
    if tried is not None:
        items = items[: max(tried, 1)]
    if items:
        chosen = _item.c.seq.in_([item.seq for item in items])
        db.execute(update(_item).where(chosen).values(state="running", tries=_item.c.tries + 1))
    return items


def finish_items(db: Connection, sequences: list[int]) -> None:
    """The items are done; their messages tell what became of them."""
    if sequences:
        db.execute(_FINISH, [{"done": sequence} for sequence in sequences])


def put_back(db: Connection, sequence: int, not_before: str, reason: str) -> None:
    """The item failed for now and is due again at `not_before`."""
    values = {"state": "ready", "not_before": not_before, "reason": reason[:500]}
    db.execute(update(_item).where(_item.c.seq == sequence).values(**values))


def bury(db: Connection, sequence: int, reason: str) -> None:
    """The item is not tried again until a person replays its message."""
    db.execute(update(_item).where(_item.c.seq == sequence).values(state="dead", reason=reason[:500]))


def recover_running(db: Connection) -> int:
    """Items left running by a process that died, made ready again; each keeps its counted try."""
    return db.execute(update(_item).where(_item.c.state == "running").values(state="ready")).rowcount


def items_of(db: Connection, message: str) -> list[WorkItem]:
    """The message's items that are not done."""
    return [WorkItem(**row) for row in db.execute(select(_item).where(_item.c.message == message)).mappings()]


def drop_items(db: Connection, message: str) -> None:
    """Forget the message's items, to queue it anew."""
    db.execute(delete(_item).where(_item.c.message == message))


def list_lanes(db: Connection) -> list[dict[str, object]]:
    """Every lane with its state and how many items wait, run and are dead."""
    counts = [
        func.coalesce(func.sum(case((_item.c.state == state, 1), else_=0)), 0).label(state)
        for state in ("ready", "running", "dead")
    ]
    query = (
        select(_lane.c.name, _lane.c.state, *counts, func.min(_item.c.message).label("first"))
        .outerjoin(_item, _item.c.lane == _lane.c.name)
        .group_by(_lane.c.name, _lane.c.state)
        .order_by(_lane.c.name)
    )
    return [dict(row) for row in db.execute(query).mappings()]


def set_lane(db: Connection, name: str, state: str) -> bool:
    """Pause (`paused`) or resume (`open`) a lane; False where there is no such lane."""
    return db.execute(update(_lane).where(_lane.c.name == name).values(state=state)).rowcount > 0


def skip_first(db: Connection, name: str) -> str | None:
    """The message of the lane's first waiting item, which is buried; None where nothing waits."""
    query = select(_item.c.seq, _item.c.message).where(_item.c.lane == name, _item.c.state == "ready")
    row = db.execute(query.order_by(_item.c.seq).limit(1)).one_or_none()
    if row is None:
        return None
    bury(db, row.seq, "skipped by a person")
    return str(row.message)
