"""Deliver: what is due in the outbox, leased, sent outside any transaction, and finished with a fenced update."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from gateway.connector import Delivery, Sender
from gateway.errors import GatewayError, PermanentError
from gateway.pipeline.names import file_name
from gateway.pipeline.work import Line
from gateway.store.events import note_event
from gateway.store.outbox import content_of, finish_output, lease_due
from gateway.store.records import Output, OutputState

LEASE_S = 120
BATCH = 50

NextTry = Callable[[int], str | None]


def deliver_due(line: Line, senders: Mapping[str, Sender], next_try: NextTry) -> int:
    """How many outputs were sent or tried: those due for a connection that has a sender here."""
    total = 0
    while batch := _lease(line, senders):
        for output in batch:
            _deliver(line, senders[output.connection], output, next_try)
        total += len(batch)
    return total


def _lease(line: Line, senders: Mapping[str, Sender]) -> list[Output]:
    until = (line.clock() + timedelta(seconds=LEASE_S)).isoformat(timespec="microseconds")
    with line.store.write() as db:
        return lease_due(db, line.now(), until, sorted(senders), BATCH)


def _deliver(line: Line, sender: Sender, output: Output, next_try: NextTry) -> None:
    with line.store.read() as db:
        content = content_of(db, output.archive)
    try:
        sender.send(Delivery(name=file_name(output), content=content, idempotency_key=output.key))
    except GatewayError as error:
        due = None if isinstance(error, PermanentError) else next_try(output.tries)
        state = OutputState.DEAD if due is None else OutputState.QUEUED
        _finish(line, output, state, str(error), reason=str(error), next_try=due)
    else:
        _finish(line, output, OutputState.SENT, file_name(output), sent_at=line.now(), reason=None)


def _finish(line: Line, output: Output, state: OutputState, text: str, **values: str | None) -> None:
    with line.store.write() as db:
        if finish_output(db, output, state, **values):
            note_event(db, output.id, state.value, text, line.now())
