"""Replay: a message put back before a named stage, or its file read again; resolve: closed by a person, with a note."""

from __future__ import annotations

from gateway.errors import UsageError
from gateway.pipeline.line import STAGES, stage_named
from gateway.pipeline.work import Line
from gateway.store.acknowledgements import cancel_owed
from gateway.store.events import note_event
from gateway.store.intake import forget_progress
from gateway.store.lanes import add_file, add_items, drop_items, lane_in
from gateway.store.messages import update_message
from gateway.store.orders import order as order_of_id
from gateway.store.records import Message, State
from gateway.store.transmissions import mark_transmission

_CLOSED = frozenset({State.DUPLICATE, State.READY, State.RECEIVED})
_OPEN = frozenset({State.HELD, State.FAILED, State.DEAD, State.REJECTED})


def replay(line: Line, message: Message, stage: str) -> None:
    """Queue the message before the stage, or its file where none of it was taken; raises UsageError for neither."""
    stage_named(stage)
    if _is_file(message):
        _read_again(line, message)
        return
    if message.state in _CLOSED:
        raise UsageError(f"Message {message.id} is {message.state}; there is nothing to run again.")
    if message.type is None:
        raise UsageError(f"Message {message.id} could not be read. Send the file again, corrected.")
    if message.state == State.REJECTED and message.mapping is None:
        raise UsageError(f"Message {message.id} was refused, and its sender told so. He sends it again, corrected.")
    if message.document is None and stage != STAGES[0]:
        raise UsageError(f"Message {message.id} was never translated. Replay it from {STAGES[0]}.")
    at = line.now()
    with line.store.write() as db:
        forget_progress(db, message.id)
        order = order_of_id(db, message.order_id) if message.order_id else None
        if order is not None and order.message != message.id:
            raise UsageError(f"Order {order.number} was changed by message {order.message} since. Decide about it.")
        drop_items(db, message.id)
        add_items(db, lane_in(message.connection, message.partner), [message.id], stage)
        update_message(db, message.id, state=State.READY, changed_at=at)
        note_event(db, message.id, "replay", f"from {stage}", at)


def _is_file(message: Message) -> bool:
    """Whether it stands for a file that is one document, or is in a syntax without an envelope, and was not taken."""
    is_open = message.state in (State.HELD, State.REJECTED, State.DEAD)
    is_placed = message.account is not None  # an order that a shop placed
    return is_open and message.interchange is None and not is_placed and message.syntax != "edifact"


def _read_again(line: Line, message: Message) -> None:
    """Queue the file to be read as one that has just come; this message of it is closed."""
    at = line.now()
    with line.store.write() as db:
        mark_transmission(db, message.transmission, "received")
        add_file(db, message.connection, message.transmission)
        update_message(db, message.id, state=State.PROCESSED, changed_at=at)
        note_event(db, message.id, "replay", "its file is read again, as other messages", at)


def resolve(line: Line, message: Message, note: str) -> None:
    """Close the message as processed by a person; raises UsageError where nothing is open."""
    if message.state not in _OPEN:
        raise UsageError(f"Message {message.id} is {message.state}; there is nothing to resolve.")
    at = line.now()
    with line.store.write() as db:
        drop_items(db, message.id)
        update_message(db, message.id, state=State.PROCESSED, changed_at=at)
        note_event(db, message.id, "resolved", note, at)
        cancel_owed(db, message.id, at, f"resolved: {note}")
