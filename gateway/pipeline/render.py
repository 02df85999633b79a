"""Render: what was decided, in the partner's syntax and for our own systems, queued in the order's transaction."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from gateway.commerce.decision import OrderDecision
from gateway.commerce.response import Reply, respond
from gateway.edifact.envelope import Envelope
from gateway.edifact.writer import Outgoing
from gateway.errors import PermanentError
from gateway.mapping.outbound import OutboundMapping
from gateway.model.order import Order
from gateway.model.party import Party
from gateway.model.response import Answer, Decision, OrderResponse
from gateway.pipeline.envelope import Letter, seal
from gateway.pipeline.ledger import note_answer, note_unanswered
from gateway.pipeline.order_view import order_as_csv, order_as_json
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.counters import next_number
from gateway.store.outbox import NewOutput, enqueue
from gateway.store.records import State
from gateway.workspace.values import Agreement, Us, Wanted

_SETTLED = frozenset({State.PROCESSED, State.HELD})
# A cancellation is answered by a header alone: nothing of the order is left to confirm.
_CANCELLED = OrderDecision(Decision.ACCEPTED, Answer.ACCEPTED, (), (), (), Decimal(0), "")
_EXPORTS = {"json": order_as_json, "csv": order_as_csv}


def render(line: Line, db: Connection, work: Work) -> Work:
    """The work, its answers and exports queued; what was refused before an order existed is answered by its head."""
    if work.refused is not None:
        _answer_if_agreed(line, db, replace(work, order=work.refused, decision=_refusal(work.refused)))
        return work
    if work.state is State.REJECTED:
        note_unanswered(line, db, work)
    if work.order_id is None or work.state not in _SETTLED or work.decision is None:
        return work
    if _answers_now(work):
        _answer_if_agreed(line, db, work)
    if work.decision.decision in (Decision.ACCEPTED, Decision.CHANGED) or work.is_cancellation:
        for export in line.configuration.answers(work.partner, "send", "order", work.message.test):
            _export(line, db, work, export)
    return work


def _answers_now(work: Work) -> bool:
    """Whether the gateway answers: the ERP confirms what it gets, and a suspected price unit waits for a person."""
    decision = work.decision
    if decision is None or ("order.line.price.unit-suspected" in decision.reasons and decision.answer is Answer.HELD):
        return False
    return work.rulings is not None or work.agreement.confirms == "gateway" or decision.decision is Decision.REJECTED


def answer_pending(line: Line, db: Connection, work: Work) -> None:
    """Queue the answer that nothing of the order is processed yet: who confirms it is late."""
    _answer_if_agreed(line, db, work)


def _refusal(head: Order) -> OrderDecision:
    return OrderDecision(Decision.REJECTED, Answer.REJECTED, (), (), (), Decimal(0), head.currency or "")


def _answer_if_agreed(line: Line, db: Connection, work: Work) -> None:
    wanted = Wanted("send", work.message.syntax, "ORDRSP", work.message.release or "*", work.message.test)
    agreement = line.configuration.answer_for(work.partner, wanted)
    if agreement is not None:
        _answer(line, db, work, agreement)


def _answer(line: Line, db: Connection, work: Work, agreement: Agreement) -> None:
    response = _response(line, db, work)
    release = (work.message.release or "") if agreement.release == "*" else agreement.release
    identity = agreement.mapping or line.library.standard(f"edifact ORDRSP {release}", work.message.association)
    if identity is None:
        raise PermanentError(f"No mapping makes ORDRSP {release}. Add one below mappings/.")
    mapping = line.library.outbound(identity)
    if not isinstance(mapping, OutboundMapping):
        raise PermanentError(f"{identity} makes {mapping.makes}, no message. Name another mapping in the agreement.")
    rendered = mapping.render(response)
    if any(issue.is_error for issue in rendered.issues):
        raise PermanentError(f"{identity} cannot make this answer: {rendered.issues[0].text}")
    version, _, directory = release.partition(".")
    body = Outgoing(
        reference="1", type="ORDRSP", version=version, release=directory, association=mapping.message.association,
        segments=rendered.segments,
    )  # fmt: skip
    letter = Letter(work.addressed, work.partner, agreement, body, response.order_number, response.number)
    output = seal(
        line,
        db,
        letter,
        key=f"ORDRSP/{work.message.id}/{response.number}",
        message=work.message.id,
        order_id=work.order_id,
    )
    # That nothing is decided yet is told, but it is not the answer that is owed.
    if work.is_cancellation or (work.decision and work.decision.answer is not Answer.HELD):
        note_answer(db, work, "ORDRSP", output)


def _response(line: Line, db: Connection, work: Work) -> OrderResponse:
    if work.order is None or work.decision is None:
        raise PermanentError("There is nothing to answer.")
    mark = "TEST-" if work.message.test else ""
    reply = Reply(
        number=f"{mark}OR{next_number(db, 'ORDRSP', '', work.message.test):08d}",
        issued_on=line.today(),
        buyer=Party(id=work.addressed.header.sender),
        seller=_seller(work.partner.us, work.addressed),
        change=work.change,
        change_issues=work.applied.issues if work.applied else (),
        seller_reference=work.stored.our_number if work.stored else None,
        test=work.message.test,
    )
    if work.is_cancellation:
        cancelled = _CANCELLED._replace(currency=work.stored.currency if work.stored else "")
        return respond(replace(work.order, lines=()), cancelled, reply)
    return respond(work.order, work.decision, reply)


def _seller(us: Us, envelope: Envelope) -> Party:
    """Who we are for a partner: GLN, else what the buyer knows us as, else our UNB address."""
    if us.gln:
        return Party(id=us.gln, id_scheme="gln")
    if us.buyer_knows_us_as:
        return Party(id=us.buyer_knows_us_as, id_scheme="theirs")
    return Party(id=envelope.header.recipient)


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
