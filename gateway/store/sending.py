"""Lanes of the outbox: the first documents of each, leased to one sender at a time, and how their sending ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Select, and_, case, delete, func, insert, literal, or_, select, update

from gateway.store.identity import new_id
from gateway.store.line_tables import ArchiveRow, OutboxRateRow, OutboxRow
from gateway.store.records import Output, OutputState
from gateway.store.tables import table

_archive = table(ArchiveRow)
_outbox = table(OutboxRow)
_rate = table(OutboxRateRow)
_behind = _outbox.alias("behind")
_oldest = _outbox.alias("oldest")
_head = _outbox.alias("head")

_AFTER_ALL = "~"
"""Sorts behind every id."""


def _queued_first() -> Select[str]:
    """The id of the oldest queued document of each lane: a look at the index for each lane, however many wait in it."""
    queued, other = _outbox.c.state == OutputState.QUEUED, _behind.c.state == OutputState.QUEUED
    first = select(func.min(_outbox.c.lane).label("lane")).where(queued).cte("lanes", recursive=True)
    next_lane = select(func.min(_behind.c.lane)).where(other, _behind.c.lane > first.c.lane).scalar_subquery()
    lanes = first.union_all(select(next_lane).where(first.c.lane.is_not(None)))
    oldest = select(func.min(_oldest.c.id)).where(_oldest.c.state == OutputState.QUEUED, _oldest.c.lane == lanes.c.lane)
    return select(oldest.scalar_subquery()).where(lanes.c.lane.is_not(None))


def _begun_first() -> Select[str]:
    """The id of the oldest document of each lane that was tried and is not at its end."""
    begun = _outbox.c.state.in_([OutputState.SENDING, OutputState.FAILED])
    looked_up = (_outbox.c.state == OutputState.UNKNOWN) & _outbox.c.next_try.is_not(None)
    return select(func.min(_outbox.c.id)).where(or_(begun, looked_up)).group_by(_outbox.c.lane, _outbox.c.state)


_HEADS = select(_head).where(_head.c.id.in_(_queued_first().union_all(_begun_first())))


def heads(db: Connection) -> list[Output]:
    """The document of each lane that is next, oldest first; where one is being sent or looked up, that one."""
    found: dict[str, Output] = {}
    for row in db.execute(_HEADS).mappings():
        output = Output(**row)
        other = found.get(output.lane)
        if other is None or _before(output) < _before(other):
            found[output.lane] = output
    return sorted(found.values(), key=lambda output: output.id)


def _before(output: Output) -> tuple[bool, str]:
    return output.lease_until is None, output.id


def _run(head: Output, most: int) -> Select[str]:
    """The ids of those that may be sent right behind the head: no further than one that must be sent alone."""
    lane = (_outbox.c.lane == head.lane) & (_outbox.c.id > head.id)
    alone = (_behind.c.crashes > 0) | _behind.c.next_try.is_not(None)
    stops = or_(
        _behind.c.state == OutputState.FAILED,
        and_(_behind.c.state == OutputState.QUEUED, alone),
        and_(_behind.c.state == OutputState.UNKNOWN, _behind.c.next_try.is_not(None)),
    )
    waiting = _behind.c.state.in_([OutputState.FAILED, OutputState.QUEUED, OutputState.UNKNOWN])
    stop = select(func.min(_behind.c.id)).where(_behind.c.lane == head.lane, _behind.c.id > head.id, waiting, stops)
    before = _outbox.c.id < func.coalesce(stop.scalar_subquery(), literal(_AFTER_ALL))
    return (
        select(_outbox.c.id).where(lane, _outbox.c.state == OutputState.QUEUED, before).order_by(_outbox.c.id)
    ).limit(most)


def lease(db: Connection, head: Output, until: str, most: int = 1) -> list[Output]:
    """The head, and up to `most` with those behind it, leased until then for sending."""
    chosen = [head.id]
    if most > 1 and not head.crashes:
        chosen += db.execute(_run(head, most - 1)).scalars()
    leased = {"state": OutputState.SENDING, "tries": _outbox.c.tries + 1, "next_try": None}
    return _leased(db, chosen, until, leased)


def lease_look_up(db: Connection, unknown: Output, until: str) -> Output:
    """The document, leased until then for asking the other side about it: a try too."""
    return _leased(db, [unknown.id], until, {"tries": _outbox.c.tries + 1})[0]


def _leased(db: Connection, chosen: Sequence[str], until: str, values: Mapping[str, object]) -> list[Output]:
    lease_ = {"lease_until": until, "token": new_id(), **values}
    db.execute(update(_outbox).where(_outbox.c.id.in_(chosen)).values(**lease_))
    rows = db.execute(select(_outbox).where(_outbox.c.id.in_(chosen)).order_by(_outbox.c.id))
    return [Output(**row) for row in rows.mappings()]


def leased_in(db: Connection, lane: str) -> list[Output]:
    """The documents of a lane that are leased, oldest first."""
    states = _outbox.c.state.in_([OutputState.SENDING, OutputState.UNKNOWN])
    query = select(_outbox).where(_outbox.c.lane == lane, states, _outbox.c.token.is_not(None)).order_by(_outbox.c.id)
    return [Output(**row) for row in db.execute(query).mappings()]


def contents_of(db: Connection, outputs: Sequence[Output]) -> dict[str, bytes]:
    """The archived documents of these outputs by the id of the output, byte for byte; one that is gone is left out."""
    query = select(_outbox.c.id, _archive.c.content).join(_archive, _archive.c.id == _outbox.c.archive)
    wanted = _outbox.c.id.in_([output.id for output in outputs])
    found = db.execute(query.where(wanted, _archive.c.content != b""))  # what is past its retention is empty
    return {identity: bytes(content) for identity, content in found}


def finish_output(db: Connection, leased: Output, state: OutputState, **values: str | int | None) -> bool:
    """Record how a sending ended; False where another one holds the lease by now.

    What the partner has acknowledged or refused meanwhile stays so.
    """
    fenced = (_outbox.c.id == leased.id) & (_outbox.c.token == leased.token)
    answered = _outbox.c.state.in_([OutputState.ACKNOWLEDGED, OutputState.REFUSED])
    new = {"state": case((answered, _outbox.c.state), else_=state), "lease_until": None, "token": None, **values}
    return db.execute(update(_outbox).where(fenced).values(**new)).rowcount == 1


def hold_back_next(db: Connection, ended: Output, until: str, failing_since: str) -> None:
    """The document behind one that was given up is not tried before then, and fails since the same time."""
    behind = select(func.min(_behind.c.id)).where(_behind.c.state == OutputState.QUEUED, _behind.c.lane == ended.lane)
    # What came later than that has all its time before it.
    since = case((_outbox.c.created_at > failing_since, _outbox.c.created_at), else_=failing_since)
    values = {"next_try": until, "failing_since": since}
    db.execute(update(_outbox).where(_outbox.c.id == behind.scalar_subquery()).values(**values))


def put_back(db: Connection, identity: str) -> None:
    """Send this output again under the same key, as if it had not been tried; whoever sends it now records nothing."""
    fresh = {"state": OutputState.QUEUED, "tries": 0, "crashes": 0}
    cleared = dict.fromkeys(("failing_since", "next_try", "reason", "lease_until", "token", "sent_at", "receipt"))
    db.execute(update(_outbox).where(_outbox.c.id == identity).values(**fresh, **cleared))


def settle_by_hand(db: Connection, identity: str, state: OutputState, **values: str | None) -> None:
    """The output is in this state because a person says so."""
    cleared = dict.fromkeys(("next_try", "lease_until", "token"))
    db.execute(update(_outbox).where(_outbox.c.id == identity).values(state=state, **cleared, **values))


def is_leaving(db: Connection, output: Output) -> bool:
    """Whether the output is being sent, or is when those before it in its lane are: none of them waits for a time."""
    if output.state != OutputState.QUEUED:
        return output.state == OutputState.SENDING
    failing = _outbox.c.state.in_([OutputState.FAILED, OutputState.UNKNOWN, OutputState.QUEUED])
    waits = failing & _outbox.c.next_try.is_not(None) & (_outbox.c.lane == output.lane) & (_outbox.c.id <= output.id)
    return db.execute(select(_outbox.c.id).where(waits).limit(1)).first() is None


def waiting_by_connection(db: Connection) -> dict[str, int]:
    """How many documents wait to leave by each connection, tried or not."""
    moving = [OutputState.QUEUED, OutputState.FAILED, OutputState.SENDING]
    query = select(_outbox.c.connection, func.count().label("waiting")).where(_outbox.c.state.in_(moving))
    return {row.connection: row.waiting for row in db.execute(query.group_by(_outbox.c.connection))}


def free_times(db: Connection) -> dict[str, str]:
    """When each connection with a rate may send again, where it has sent."""
    rows = db.execute(select(_rate.c.connection, _rate.c.free_at)).all()
    return {row.connection: row.free_at for row in rows}


def book(db: Connection, connection: str, free_at: str) -> None:
    """The connection may send again at this instant."""
    db.execute(delete(_rate).where(_rate.c.connection == connection))
    db.execute(insert(_rate).values(connection=connection, free_at=free_at))
