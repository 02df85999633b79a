"""Dispatch: everything that waits, worked off in its order: decode, lanes, outbox."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import timedelta

from gateway.errors import TransientError
from gateway.membership import refresh_some
from gateway.pipeline.decode import abandon, decode
from gateway.pipeline.deliver import Outlets, deliver_due
from gateway.pipeline.quoting import Quoting
from gateway.pipeline.work import Line
from gateway.queue.drain import drain_all
from gateway.queue.retry import MOST_TRIES, wait_after
from gateway.store.events import events_of, note_event
from gateway.store.lanes import items_of, list_lanes, recover_running
from gateway.store.messages import MessageQuery, list_messages, parked_before, update_message
from gateway.store.outbox import outputs_of
from gateway.store.records import State, Transmission
from gateway.store.sending import is_leaving
from gateway.store.transmissions import transmission, waiting_transmissions

ORDER_AWAITED = timedelta(days=7)
DECODE_AT_ONCE = 100
"""Files decoded before lanes and outbox have their turn."""
_ON_THEIR_WAY = frozenset({State.RECEIVED, State.READY})
_FOUND_UNDONE = "found undone"

_log = logging.getLogger("gateway.queue")


def recover(line: Line) -> int:
    """How many items a process that died had left running; they are ready again.

    Its file is decoded again too, but not for ever: the oldest one waiting is counted at each start.
    """
    with line.store.write() as db:
        running = recover_running(db)
        waiting = waiting_transmissions(db)
        received = transmission(db, waiting[0]) if waiting else None
        if received is not None:
            note_event(db, received.id, _FOUND_UNDONE, "", line.now())
            found = sum(event["type"] == _FOUND_UNDONE for event in events_of(db, received.id))
    if received is not None and found > MOST_TRIES:
        abandon(line, received, "The gateway died at every try of this file. Look at its log.")
    return running


def sweep(line: Line) -> int:
    """How many changes whose order did not come in time are dead now; quotes whose last day is over are closed."""
    at = line.now()
    with line.store.write() as db:
        due = (line.clock() - ORDER_AWAITED).isoformat(timespec="microseconds")
        parked = parked_before(db, due)
        for identity in parked:
            update_message(db, identity, state=State.DEAD, changed_at=at)
            note_event(db, identity, State.DEAD.value, f"its order did not come in {ORDER_AWAITED.days} days", at)
        Quoting(db, line.clock()).expire_due()
    return len(parked)


def work_off(line: Line, outlets: Outlets) -> int:
    """How many things were decoded, worked on or sent until nothing was due any more."""
    total = 0
    while done := work_through(line) + deliver_due(line, outlets, wait_after):
        total += done
    return total


def work_through(line: Line) -> int:
    """How many things were decoded or worked on."""
    return _decode_waiting(line) + drain_all(line)


def look_again(line: Line) -> int:
    """How many accounts were looked at again for what they ordered or did: a page of them, and all in turn each day.

    It is a step of its own, after the orders: what an order makes of its account holds for the next one.
    """
    return refresh_some(line.store, line.today()).accounts


def _decode_waiting(line: Line) -> int:
    with line.store.read() as db:
        waiting = waiting_transmissions(db)
    for identity in waiting[:DECODE_AT_ONCE]:
        with line.store.read() as db:
            received = transmission(db, identity)
        if received is not None:
            _decode(line, received)
    return len(waiting[:DECODE_AT_ONCE])


def _decode(line: Line, received: Transmission) -> None:
    """The transmission decoded, or dead: a file the gateway fails at never stops those behind it."""
    try:
        decode(line, received)
    except TransientError:
        raise
    except Exception as error:  # noqa: BLE001 - the worker's edge
        _log.error("transmission %s failed at decode", received.id, exc_info=error)
        abandon(line, received, f"{type(error).__name__}: {error}")


def is_waiting(line: Line, identity: str, senders: Collection[str]) -> bool:
    """Whether a dispatcher has anything to do of this transmission now: not what is paused, or tried again later."""
    with line.store.read() as db:
        received = transmission(db, identity)
        if received is not None and received.state == "received":
            return True
        found = list_messages(db, MessageQuery(transmission=identity))
        open_lanes = {lane["name"] for lane in list_lanes(db) if lane["state"] == "open"}
        moving = [message for message in found if message.state in _ON_THEIR_WAY]
        if any(item.lane in open_lanes for message in moving for item in items_of(db, message.id)):
            return True
        outputs = [each for message in found for each in outputs_of(db, message.id, message.interchange)]
        return any(output.connection in senders and is_leaving(db, output) for output in outputs)
