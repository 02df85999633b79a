"""The runs of schedules: each slot claimed once, by one process, and taken over where that died."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select, update

from gateway.store.fire_tables import FireRow
from gateway.store.identity import new_id
from gateway.store.records import Record
from gateway.store.tables import insert_new, table

_fire = table(FireRow)
_CLAIM = insert_new(_fire)
_LAST_SLOTS = select(_fire.c.schedule, func.max(_fire.c.slot).label("slot")).group_by(_fire.c.schedule)
_OF_SLOT = (_fire.c.schedule == bindparam("of_schedule")) & (_fire.c.slot == bindparam("of_slot"))
_FENCED = update(_fire).where(_OF_SLOT, _fire.c.token == bindparam("of_token"))
_UNFENCED = update(_fire).where(_OF_SLOT)
_FIRE = select(_fire).where(_OF_SLOT)


class FireState(StrEnum):
    """How far a run got: `armed` is no run, but the moment a schedule was first seen."""

    ARMED = "armed"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    SKIPPED = "skipped"


class Fire(Record, frozen=True, kw_only=True):
    """One run of a schedule; `slot` is the instant it was due, UTC."""

    schedule: str
    slot: str
    state: str
    tries: int
    token: str | None
    lease_until: str | None
    started_at: str | None
    ended_at: str | None
    code: int | None
    text: str


class End(NamedTuple):
    """How a run ended: with the exit status and the last words of its command."""

    state: FireState
    ended_at: str
    code: int | None
    text: str


def last_slots(db: Connection) -> dict[str, str]:
    """The last slot of each schedule that was run, left out or armed."""
    return {row.schedule: row.slot for row in db.execute(_LAST_SLOTS)}


def fires(db: Connection, schedule: str | None = None, state: FireState | None = None) -> list[Fire]:
    """Every run, or those of a schedule or in a state, oldest first."""
    query = select(_fire).order_by(_fire.c.slot, _fire.c.schedule)
    if schedule is not None:
        query = query.where(_fire.c.schedule == schedule)
    if state is not None:
        query = query.where(_fire.c.state == state)
    return [Fire(**row) for row in db.execute(query).mappings()]


def note_slot(db: Connection, schedule: str, slot: str, state: FireState, text: str = "") -> bool:
    """Whether the slot was free and is now on record without a run."""
    row = {"schedule": schedule, "slot": slot, "state": state, "tries": 0, "text": text}
    return db.execute(_CLAIM[db.dialect.name], row).rowcount > 0


def claim_slot(db: Connection, schedule: str, slot: str, at: str, until: str) -> Fire | None:
    """The run of this slot, ours until `until`; None where another one has it."""
    token = new_id()
    row = {
        "schedule": schedule, "slot": slot, "state": FireState.RUNNING, "tries": 1, "token": token,
        "lease_until": until, "started_at": at, "text": "",
    }  # fmt: skip
    if not db.execute(_CLAIM[db.dialect.name], row).rowcount:
        return None
    return fire(db, schedule, slot)


def fire(db: Connection, schedule: str, slot: str) -> Fire | None:
    """The run of this slot."""
    row = db.execute(_FIRE, {"of_schedule": schedule, "of_slot": slot}).mappings().one_or_none()
    return Fire(**row) if row else None


def take_over(db: Connection, lost: Fire, until: str) -> Fire | None:
    """The run of a process that died, ours until `until` with one more try."""
    changed = {"token": new_id(), "lease_until": until, "tries": lost.tries + 1}
    db.execute(_UNFENCED.values(**changed), {"of_schedule": lost.schedule, "of_slot": lost.slot})
    return fire(db, lost.schedule, lost.slot)


def extend(db: Connection, ours: Fire, until: str) -> bool:
    """Whether the run is still ours, now until `until`."""
    return db.execute(_FENCED.values(lease_until=until), _named(ours)).rowcount > 0


def end_fire(db: Connection, ours: Fire, end: End) -> bool:
    """Whether the end of our run is on record; False where another process has taken it over."""
    ended = {**end._asdict(), "token": None, "lease_until": None}
    return db.execute(_FENCED.values(**ended), _named(ours)).rowcount > 0


def _named(ours: Fire) -> dict[str, str | None]:
    return {"of_schedule": ours.schedule, "of_slot": ours.slot, "of_token": ours.token}
