"""Dispatch: everything that waits, worked off in its order: decode, lanes, outbox."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta

from gateway.membership import refresh_some
from gateway.pipeline.deliver import Outlets, deliver_due
from gateway.pipeline.quoting import Quoting
from gateway.pipeline.work import Line
from gateway.queue.drain import drain_lane
from gateway.queue.leases import Leases
from gateway.queue.retry import wait_after
from gateway.store import lanes
from gateway.store.events import note_event
from gateway.store.messages import MessageQuery, list_messages, parked_before, update_message
from gateway.store.outbox import outputs_of
from gateway.store.records import State
from gateway.store.sending import is_leaving
from gateway.store.types import instant_text

ORDER_AWAITED = timedelta(days=7)
_ON_THEIR_WAY = frozenset({State.RECEIVED, State.READY})


def recover(line: Line) -> int:
    """How many items a process that died had left running; they are ready again.

    For a process that knows that it is the only one that works on the store.
    """
    with line.store.write() as db:
        return lanes.end_leases(db)


def sweep(line: Line) -> int:
    """How many changes whose order did not come in time are dead now; quotes whose last day is over are closed."""
    at = line.now()
    with line.store.write() as db:
        due = instant_text(line.clock() - ORDER_AWAITED)
        parked = parked_before(db, due)
        for identity in parked:
            update_message(db, identity, state=State.DEAD, changed_at=at)
            note_event(db, identity, State.DEAD.value, f"its order did not come in {ORDER_AWAITED.days} days", at)
        Quoting(db, line.clock()).expire_due()
    return len(parked)


def work_off(line: Line, outlets: Outlets) -> int:
    """How many things were read, worked on or sent until nothing was due any more, by a process that is alone."""
    recover(line)
    leases, total = Leases(), 0
    while done := work_through(line, leases) + deliver_due(line, outlets, wait_after):
        total += done
    return total


def work_through(line: Line, leases: Leases, going: Callable[[], bool] = lambda: True) -> int:
    """How many items were worked on: every lane that has some due and that nobody holds had a turn."""
    leases.settle(line)
    with line.store.read() as db:
        due = lanes.due_lanes(db, line.now())
    if all(lane.endswith(f"/{lanes.DECODE}") for lane in due):
        line.fresh.clear()  # nobody takes what is still there
        line.opened.clear()
    return sum(drain_lane(line, leases, lane, going) for lane in due if going())


def look_again(line: Line) -> int:
    """How many accounts were looked at again for what they ordered or did: a page of them, and all in turn each day.

    It is a step of its own, after the orders: what an order makes of its account holds for the next one.
    """
    return refresh_some(line.store, line.today()).accounts


def is_waiting(line: Line, identity: str, senders: Collection[str]) -> bool:
    """Whether a dispatcher has anything to do of this transmission now: not what is paused, or tried again later."""
    with line.store.read() as db:
        file = lanes.file_item(db, identity)
        found = list_messages(db, MessageQuery(transmission=identity))
        moving = [message for message in found if message.state in _ON_THEIR_WAY]
        items = [item for message in moving for item in lanes.items_of(db, message.id)] + ([file] if file else [])
        if any(lanes.is_open(db, lane) for lane in {item.lane for item in items}):
            return True
        outputs = [each for message in found for each in outputs_of(db, message.id, message.interchange)]
        return any(output.connection in senders and is_leaving(db, output) for output in outputs)
