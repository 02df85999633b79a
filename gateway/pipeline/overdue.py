"""Overdue: what was owed or expected and is not there in time: found once, told, sent again where that is agreed."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from gateway.commerce.decision import OrderDecision
from gateway.errors import GatewayError
from gateway.model.response import Answer, Decision
from gateway.pipeline.enrich import as_change, stated_order
from gateway.pipeline.respond import answer_order
from gateway.pipeline.silence import watch_silence
from gateway.pipeline.snapshot import Snapshot
from gateway.pipeline.translate import restore
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.acknowledgements import (
    Acknowledgement,
    Ending,
    Side,
    Standing,
    acknowledgement,
    due_acknowledgements,
    end,
    mark_overdue,
)
from gateway.store.engine import savepoint
from gateway.store.events import note_event
from gateway.store.messages import message as stored_message
from gateway.store.orders import lines_of
from gateway.store.orders import order as order_of_id
from gateway.store.outbox import enqueue_again, output
from gateway.store.records import OutputState
from gateway.workspace.values import Agreement, answer_to_orders

AT_ONCE = 100
"""Rows looked at in one write."""
_UNIT_SUSPECTED = "order.line.price.unit-suspected"
_PENDING = OrderDecision(Decision.HELD, Answer.HELD, (), (), (), Decimal(0), "")


class _Looked(NamedTuple):
    """A row that is due, the agreement that asks for it, and the order whose partner is told that it waits."""

    row: Acknowledgement
    agreement: Agreement | None
    waiting: Work | None = None


def overdue(line: Line) -> int:
    """How many answers are overdue since now, or due no more; partners that are silent are counted too."""
    done = 0
    while True:
        with line.store.read() as db:
            due = [_look(line, db, row) for row in due_acknowledgements(db, line.now(), AT_ONCE)]
        if not due:
            return done + watch_silence(line)
        with line.store.write() as db:
            for each in due:
                _settle(line, db, each)
        done += len(due)


def _look(line: Line, db: Connection, row: Acknowledgement) -> _Looked:
    """What is to be done of a row, read without the write lock."""
    agreement = _agreement(line, row)
    told = row.output is not None or row.late  # the answer is on its way, or the partner was told
    if agreement is None or told or agreement.confirms != "erp":
        return _Looked(row, agreement)
    if (row.side, row.type) != (Side.OWES, answer_to_orders(agreement.syntax)):
        return _Looked(row, agreement)
    try:
        return _Looked(row, agreement, _waiting(line, db, row.subject))
    except GatewayError:  # its partner, agreement or mapping is gone: it is overdue all the same
        return _Looked(row, agreement)


def _agreement(line: Line, row: Acknowledgement) -> Agreement | None:
    """The agreement by which it is still owed or expected; None where none is any more."""
    partner = line.configuration.partners.get(row.partner)
    for agreement in partner.agreements if partner else ():
        times = agreement.owes if row.side == Side.OWES else agreement.expects
        if row.type in times and str(agreement.document) == row.agreement:
            return agreement
    return None


def _waiting(line: Line, db: Connection, identity: str) -> Work | None:
    """The order of a message that goes on without an answer of ours, held as its partner is told; None without one.

    A suspected price unit is not answered before a person has decided.
    """
    message = stored_message(db, identity)
    order = order_of_id(db, message.order_id) if message and message.order_id else None
    if message is None or order is None or any(_UNIT_SUSPECTED in each.reasons for each in lines_of(db, order.id)):
        return None
    work = restore(line, Snapshot(db, line.memory), message)
    if work.ordered is None:
        return None
    stated, held = stated_order(order), _PENDING._replace(currency=order.currency)
    return replace(work, document=as_change(work.ordered), order=stated, stored=order, order_id=order.id, decision=held)


def _settle(line: Line, db: Connection, looked: _Looked) -> None:
    """Write what became of a row, where nothing settled it meanwhile."""
    row = acknowledgement(db, looked.row.id)
    if row is None or row.check_at != looked.row.check_at or row.output != looked.row.output:
        return
    at = line.now()
    if looked.agreement is None:
        end(db, row.id, Ending(Standing.CANCELLED, at, "no longer agreed"))
        return
    again = _send_again(line, db, row, looked.agreement)
    mark_overdue(db, row.id, row.resent + bool(again))
    if not row.late:
        note_event(db, row.output or row.subject, "overdue", f"{row.type} was due {row.due_at[:16]} UTC", at)
    if again:
        note_event(db, row.output or row.subject, "sent again", f"{row.type} is overdue: queued as {again}", at)
    if looked.waiting is not None:
        _tell_pending(line, db, looked.waiting)


def _send_again(line: Line, db: Connection, row: Acknowledgement, agreement: Agreement) -> str | None:
    """The output that repeats what was sent, under its number; None where it is not repeated, or not any more."""
    sent = output(db, row.output) if row.side == Side.EXPECTS and row.output else None
    if sent is None or sent.state != OutputState.SENT or row.resent >= agreement.resend:
        return None
    owner = {"message": sent.message, "interchange": sent.interchange}
    return enqueue_again(db, sent, f"{sent.key}/{row.id}/{row.resent + 1}", line.now(), **owner)


def _tell_pending(line: Line, db: Connection, work: Work) -> None:
    """Queue the answer that nothing is processed yet; where it cannot be made, the history says why."""
    try:
        with savepoint(db):
            answer_order(line, db, work)
    except GatewayError as error:
        note_event(db, work.message.id, "not answered", str(error), line.now())
