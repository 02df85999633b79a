"""Deliver: what is due in the outbox, leased, sent outside any transaction, and finished with a fenced update."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from gateway.connector import Delivery, Sender
from gateway.errors import GatewayError, PermanentError
from gateway.pipeline.names import file_name
from gateway.pipeline.work import Line
from gateway.store.events import note_event
from gateway.store.outbox import content_of, due_outputs, finish_output, lease_due
from gateway.store.records import Output, OutputState

LEASE_S = 120
BATCH = 50

_log = logging.getLogger("gateway.deliver")

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
    """What is sent next; the write lock is not taken where nothing is due."""
    with line.store.read() as db:
        if not due_outputs(db, line.now(), sorted(senders), 1):
            return []
    until = (line.clock() + timedelta(seconds=LEASE_S)).isoformat(timespec="microseconds")
    with line.store.write() as db:
        return lease_due(db, line.now(), until, sorted(senders), BATCH)


def _deliver(line: Line, sender: Sender, output: Output, next_try: NextTry) -> None:
    with line.store.read() as db:
        content = content_of(db, output.archive)
    if next_try(output.tries - 1) is None:
        text = "The gateway died at every try to send this. Look at its log, then resend."
        _finish(line, output, OutputState.DEAD, text, reason=text)
        return
    try:
        sender.send(Delivery(name=file_name(output), content=content, idempotency_key=output.key))
    except Exception as error:  # noqa: BLE001 - the worker's edge: a connector's defect never stops the others
        if not isinstance(error, GatewayError):
            _log.error("output %s failed at %s", output.id, output.connection, exc_info=error)
        due = None if isinstance(error, PermanentError) else next_try(output.tries)
        state = OutputState.DEAD if due is None else OutputState.QUEUED
        reason = str(error) if isinstance(error, GatewayError) else f"{type(error).__name__}: {error}"
        _finish(line, output, state, reason, reason=reason, next_try=due)
    else:
        _finish(line, output, OutputState.SENT, file_name(output), sent_at=line.now(), reason=None)


def _finish(line: Line, output: Output, state: OutputState, text: str, **values: str | None) -> None:
    with line.store.write() as db:
        if finish_output(db, output, state, **values):
            note_event(db, output.id, state.value, text, line.now())
