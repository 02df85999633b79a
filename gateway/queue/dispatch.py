"""Dispatch: everything that waits, worked off in its order: decode, lanes, outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from gateway.connector import Sender
from gateway.pipeline.decode import decode
from gateway.pipeline.deliver import deliver_due
from gateway.pipeline.work import Line
from gateway.queue.drain import drain_all
from gateway.queue.retry import next_try
from gateway.store.lanes import recover_running
from gateway.store.messages import MessageQuery, list_messages
from gateway.store.outbox import outputs_of
from gateway.store.records import OutputState, State
from gateway.store.transmissions import transmission, waiting_transmissions

_ON_THEIR_WAY = frozenset({State.RECEIVED, State.READY})
_LEAVING = frozenset({OutputState.QUEUED, OutputState.SENDING})


def recover(line: Line) -> int:
    """How many items a process that died had left running; they are ready again."""
    with line.store.write() as db:
        return recover_running(db)


def work_off(line: Line, senders: Mapping[str, Sender]) -> int:
    """How many things were decoded, worked on or sent until nothing was due any more."""
    total = 0
    while done := _decode_waiting(line) + drain_all(line) + deliver_due(line, senders, partial(next_try, line.clock())):
        total += done
    return total


def _decode_waiting(line: Line) -> int:
    with line.store.read() as db:
        waiting = waiting_transmissions(db)
    for identity in waiting:
        with line.store.read() as db:
            received = transmission(db, identity)
        if received is not None:
            decode(line, received)
    return len(waiting)


def await_dispatcher(line: Line, transmissions: list[str], look: Callable[[], None]) -> None:
    """Return when the dispatcher has nothing left to do of these; `look` waits between two looks."""
    while any(_is_waiting(line, identity) for identity in transmissions):
        look()


def _is_waiting(line: Line, identity: str) -> bool:
    with line.store.read() as db:
        received = transmission(db, identity)
        if received is not None and received.state == "received":
            return True
        found = list_messages(db, MessageQuery(transmission=identity))
        if any(message.state in _ON_THEIR_WAY for message in found):
            return True
        outputs = [each for message in found for each in outputs_of(db, message.id, message.interchange)]
    return any(output.state in _LEAVING for output in outputs)
