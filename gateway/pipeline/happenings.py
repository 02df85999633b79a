"""What the line does, told to the feed: an order came, was decided, changed or cancelled, or a message is held."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.model.response import Decision
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.feed import Happening, note


def note_order(line: Line, db: Connection, work: Work) -> None:
    """Tell of the order that this work has written, in the transaction that wrote it."""
    order = work.stored
    if order is None:
        return
    data = {
        "number": order.number, "version": order.version, "decision": order.decision, "state": order.state,
        "currency": order.currency, "test": order.test,
    }  # fmt: skip
    for type_ in _types(work):
        note(db, Happening(type_, "order", order.our_number, order.account, data, work.channel), line.now())


def _types(work: Work) -> Iterator[str]:
    is_decided = work.decision is not None and work.decision.decision is not Decision.HELD
    if work.rulings is None:
        yield "order.cancelled" if work.is_cancellation else "order.changed" if work.change else "order.received"
    if is_decided and (work.rulings is not None or work.change is None):
        yield "order.decided"


def note_held(line: Line, db: Connection, work: Work) -> None:
    """Tell that the message waits for a person, in the transaction that holds it."""
    message = work.message
    data = {
        "partner": work.partner.name, "type": message.type, "reference": message.reference,
        "codes": sorted({issue.code for issue in work.issues}),
    }  # fmt: skip
    account = work.account.account if work.account else None
    note(db, Happening("message.held", "message", message.id, account, data, work.channel), line.now())
