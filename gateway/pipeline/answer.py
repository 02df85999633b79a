"""Answer again: what a duplicate's first was answered is sent once more, the same bytes under the same number."""

from __future__ import annotations

from gateway.pipeline.ledger import note_repeated
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.messages import messages_of_interchange
from gateway.store.outbox import enqueue_again, outputs_of
from gateway.store.records import Interchange, Message, Output

_TO_ORDERS = frozenset({"ORDRSP", "ConfirmationRequest"})
_TO_THE_PARTNER = _TO_ORDERS | {"CONTRL", "APERAK"}


def answer_again(line: Line, db: Connection, first: str, again: Interchange) -> None:
    """Send for interchange `again` all that interchange `first` and its messages were answered."""
    new = {message.message_reference: message.id for message in messages_of_interchange(db, again.id)}
    for output in outputs_of(db, None, first):
        _send(line, db, output, f"{output.key}/{again.id}", interchange=again.id)
    for message in messages_of_interchange(db, first):
        for output in outputs_of(db, message.id, None):
            owner = new.get(message.message_reference)
            _send(line, db, output, f"{output.key}/{again.id}", message=owner)


def resend_answers(line: Line, db: Connection, order_id: str, again: Message, first: str | None = None) -> None:
    """Send for message `again` what the order, or message `first` about it, was answered last."""
    answers = [each for each in outputs_of_order(db, order_id) if first is None or each.message == first]
    sent = _send(line, db, answers[-1], f"{answers[-1].key}/{again.id}", message=again.id) if answers else None
    note_repeated(line, db, again, sent)


def outputs_of_order(db: Connection, order_id: str) -> list[Output]:
    """The answers to an order, oldest first."""
    return [output for output in outputs_of(db, None, None, order_id) if output.type in _TO_ORDERS]


def _send(line: Line, db: Connection, first: Output, key: str, **owner: str | None) -> str | None:
    """The id of the output queued; None where it was not for the partner."""
    return enqueue_again(db, first, key, line.now(), **owner) if first.type in _TO_THE_PARTNER else None
