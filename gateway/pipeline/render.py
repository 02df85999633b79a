"""Render: what was decided, in the partner's syntax and for our own systems, queued in the order's transaction."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from gateway.commerce.decision import OrderDecision
from gateway.model.order import Order
from gateway.model.response import Answer, Decision
from gateway.pipeline.cxml_outcome import tell_outcome
from gateway.pipeline.ledger import note_unanswered
from gateway.pipeline.order_out import Outgoing, send_order, send_status
from gateway.pipeline.order_view import order_as_csv, order_as_json
from gateway.pipeline.respond import answer_order
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.outbox import NewOutput, enqueue, outputs_of
from gateway.store.records import State
from gateway.workspace.values import Agreement

_SETTLED = frozenset({State.PROCESSED, State.HELD})
_LEAVING = frozenset({Decision.ACCEPTED, Decision.CHANGED})
_EXPORTS = {"json": order_as_json, "csv": order_as_csv}


def render(line: Line, db: Connection, work: Work) -> Work:
    """The work, its answers and exports queued; what was refused before an order existed is answered by its head."""
    tell_outcome(line, db, work)
    if work.refused is not None:
        answer_order(line, db, replace(work, order=work.refused, decision=_refusal(work.refused)))
        return work
    if work.state is State.REJECTED:
        note_unanswered(line, db, work)
    if work.order_id is None or work.state not in _SETTLED or work.decision is None:
        return work
    if _answers_now(work):
        answer_order(line, db, work)
    if work.decision.decision in _LEAVING or work.is_cancellation or _is_taken_back(db, work):
        for export in line.configuration.answers(work.partner, "send", "order", work.message.test):
            _export(line, db, work, export)
        _send_to_channels(line, db, work)
    return work


def _is_taken_back(db: Connection, work: Work) -> bool:
    """Whether an order is refused that our own systems have already."""
    if work.decision is None or work.decision.decision is not Decision.REJECTED:
        return False
    return any(each.type == "order" for each in outputs_of(db, None, None, work.order_id))


def _send_to_channels(line: Line, db: Connection, work: Work) -> None:
    if work.stored is not None and work.order is not None:
        outgoing = Outgoing(work.stored, work.lines, work.order, work.message.id)
        send_order(line, db, outgoing)
        send_status(line, db, outgoing)


def _answers_now(work: Work) -> bool:
    """Whether the gateway answers: the ERP confirms what it gets, and a suspected price unit waits for a person.

    Who rules by hand answers, whoever confirms; what is cancelled or refused needs nobody to confirm it.
    """
    decision = work.decision
    if decision is None or ("order.line.price.unit-suspected" in decision.reasons and decision.answer is Answer.HELD):
        return False
    return work.rulings is not None or work.agreement.confirms == "gateway" or decision.decision is Decision.REJECTED


def _refusal(head: Order) -> OrderDecision:
    return OrderDecision(Decision.REJECTED, Answer.REJECTED, (), (), (), Decimal(0), head.currency or "")


def _export(line: Line, db: Connection, work: Work, agreement: Agreement) -> None:
    write = _EXPORTS.get(agreement.syntax)
    stored = work.stored
    if write is None or stored is None or work.order is None:
        return
    content = write(stored, work.lines, work.order)
    output = NewOutput(
        key=f"order/{stored.id}/{stored.version}/{work.message.id}/{agreement.syntax}/{agreement.via[0]}/{stored.changed_at}",
        partner=work.partner.name, connection=agreement.via[0], type="order", extension=agreement.syntax,
        reference=stored.number, content=content, test=work.message.test, message=work.message.id, order_id=stored.id,
    )  # fmt: skip
    enqueue(db, output, line.now())
