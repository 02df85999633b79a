"""Respond: the answer to an order in its buyer's syntax: an interchange or cXML of its own, or a file by a mapping."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from gateway.commerce.decision import OrderDecision
from gateway.commerce.response import Reply, respond
from gateway.edifact.writer import Outgoing
from gateway.errors import PermanentError
from gateway.issues import Issue
from gateway.mapping.outbound import OutboundMapping
from gateway.model.party import Party
from gateway.model.response import Answer, Decision, OrderResponse
from gateway.pipeline.cxml_post import Enclosed, post
from gateway.pipeline.cxml_sender import CXML
from gateway.pipeline.envelope import Letter, seal
from gateway.pipeline.ledger import note_answer
from gateway.pipeline.work import Line, Work
from gateway.pipeline.written import written
from gateway.store import Connection
from gateway.store.counters import next_number
from gateway.store.outbox import NewOutput, enqueue
from gateway.workspace.lint import ANSWERS
from gateway.workspace.values import Agreement, Wanted, answer_to_orders

# A cancellation is answered by a header alone: nothing of the order is left to confirm.
_CANCELLED = OrderDecision(Decision.ACCEPTED, Answer.ACCEPTED, (), (), (), Decimal(0), "")


class _Addressed(NamedTuple):
    """An answer and the agreement it leaves by."""

    response: OrderResponse
    agreement: Agreement


def answer_order(line: Line, db: Connection, work: Work, response: OrderResponse | None = None) -> None:
    """Queue the answer where one is agreed; `response` is it where it was made already.

    An order that was placed directly is answered by whoever placed it looking at it.
    """
    agreement = agreed_answer(line, work)
    # That nothing is decided yet is told, but it is not the answer that is owed.
    is_decided = work.is_cancellation or (work.decision is not None and work.decision.answer is not Answer.HELD)
    if agreement is None or (agreement.syntax == CXML and not is_decided):  # of cXML its Status tells it
        return
    output = _made(line, db, work, _Addressed(response or response_to(line, db, work), agreement))
    if is_decided:
        note_answer(db, work, agreement.type, output)


def agreed_answer(line: Line, work: Work) -> Agreement | None:
    """The agreement by which an order is answered, None where it is not."""
    if work.message.interchange is None:
        return None
    message = work.message
    wanted = Wanted("send", message.syntax, answer_to_orders(message.syntax), message.release or "*", message.test)
    return line.configuration.answer_for(work.partner, wanted)


def _made(line: Line, db: Connection, work: Work, answer: _Addressed) -> str:
    """The output with the answer."""
    if answer.agreement.syntax == "edifact":
        return _sealed(line, db, work, answer)
    if answer.agreement.syntax == CXML:
        response = answer.response
        return post(line, db, work, answer.agreement, Enclosed(response, response.number, _key(work, response)))
    return _filed(line, db, work, answer)


def _sealed(line: Line, db: Connection, work: Work, answer: _Addressed) -> str:
    """The output with the answer as EDIFACT in an interchange."""
    response, agreement = answer
    release = (work.message.release or "") if agreement.release == "*" else agreement.release
    identity = agreement.mapping or line.library.standard(f"edifact ORDRSP {release}", work.message.association)
    if identity is None:
        raise PermanentError(f"No mapping makes ORDRSP {release}. Add one below mappings/.")
    mapping = line.library.outbound(identity)
    if not isinstance(mapping, OutboundMapping):
        raise PermanentError(f"{identity} makes {mapping.makes}, no message. Name another mapping in the agreement.")
    rendered = mapping.render(response)
    _refuse_errors(identity, rendered.issues)
    version, _, directory = release.partition(".")
    body = Outgoing(
        reference="1", type="ORDRSP", version=version, release=directory, association=mapping.message.association,
        segments=rendered.segments,
    )  # fmt: skip
    letter = Letter(work.addressed, work.partner, agreement, body, response.order_number, response.number)
    return seal(line, db, letter, key=_key(work, response), message=work.message.id, order_id=work.order_id)


def _filed(line: Line, db: Connection, work: Work, answer: _Addressed) -> str:
    """The output with the answer as a file."""
    response, agreement = answer
    offered = [f"{agreement.syntax} {each}" for each in ANSWERS]
    document = next((each for each in offered if line.library.standard(each, inbound=False)), offered[0])
    made = written(line, document, response, agreement.mapping)
    output = NewOutput(
        key=_key(work, response), partner=work.partner.name, connection=agreement.via[0], type="ORDRSP",
        extension=made.extension, reference=response.order_number, number=response.number, content=made.content,
        test=work.message.test, message=work.message.id, order_id=work.order_id,
    )  # fmt: skip
    return enqueue(db, output, line.now())


def _key(work: Work, response: OrderResponse) -> str:
    return f"{answer_to_orders(work.message.syntax)}/{work.message.id}/{response.number}"


def _refuse_errors(identity: str, issues: list[Issue]) -> None:
    if any(issue.is_error for issue in issues):
        raise PermanentError(f"{identity} cannot make this answer: {issues[0].text}")


def response_to(line: Line, db: Connection, work: Work) -> OrderResponse:
    """The answer under a number of its own, which is taken in this transaction."""
    if work.order is None or work.decision is None:
        raise PermanentError("There is nothing to answer.")
    mark = "TEST-" if work.message.test else ""
    reply = Reply(
        number=f"{mark}OR{next_number(db, 'ORDRSP', '', work.message.test):08d}",
        issued_on=line.today(),
        buyer=_buyer(work),
        seller=_seller(work),
        change=work.change,
        change_issues=work.applied.issues if work.applied else (),
        seller_reference=work.stored.our_number if work.stored else None,
        test=work.message.test,
        order_document=work.message.control_reference if work.message.syntax == CXML else None,
    )
    if work.is_cancellation:
        cancelled = _CANCELLED._replace(currency=work.stored.currency if work.stored else "")
        return respond(replace(work.order, lines=()), cancelled, reply)
    return respond(work.order, work.decision, reply)


def _buyer(work: Work) -> Party:
    """Who buys, where the order does not say: who sent it, else the account."""
    if work.envelope is not None:
        return Party(id=work.envelope.header.sender)
    account = work.account.account if work.account else work.partner.account
    return Party(id=account, id_scheme="ours" if account else None)


def _seller(work: Work) -> Party:
    """Who we are for a partner: GLN, else what the buyer knows us as, else our UNB address."""
    us = work.partner.us
    if us.gln:
        return Party(id=us.gln, id_scheme="gln")
    if us.buyer_knows_us_as:
        return Party(id=us.buyer_knows_us_as, id_scheme="theirs")
    if work.envelope is not None:
        return Party(id=work.envelope.header.recipient)
    return Party(id=us.edifact.id if us.edifact else None)
