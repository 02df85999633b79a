"""What became of a cXML document, as its Status says it, and as word follows where it was said that it would."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.cxml.envelope import Stamp, response
from gateway.cxml.status import Outcome, Status, status
from gateway.issues import Issue
from gateway.model.response import Decision
from gateway.model.status import OrderState, OrderStatus
from gateway.pipeline.buyer_profile import profile_by
from gateway.pipeline.cxml_post import Enclosed, post
from gateway.pipeline.cxml_sender import CXML
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.cxml_answers import CxmlAnswer, answer_of_message, give_answer, settle_answer
from gateway.store.events import note_event
from gateway.store.identity import new_id
from gateway.store.messages import message as stored_message
from gateway.store.records import Message, State, issues_from_json
from gateway.workspace.configuration import Configuration
from gateway.workspace.values import Wanted, answer_to_orders

UPDATE = "StatusUpdateRequest"
ACCEPTED = 201
_MOST_TOLD, _MOST_LETTERS = 5, 1_000
ON_THEIR_WAY = frozenset({State.RECEIVED, State.READY})
WAITS = status(ACCEPTED, "It is kept and being looked at; what becomes of it follows as a StatusUpdateRequest.")
_BY_CODE = {
    "order.duplicate": 409, "envelope.reference.reused": 409, "order-change.outdated": 409,
    "order-change.no-original": 417,
}  # fmt: skip
"""The Status of issues for which there is one of their own; of others it is 400."""


def status_of(configuration: Configuration, message: Message) -> Status | None:
    """The Status of the document that became this message (cXML 1.2 Reference Guide, "Status").

    None while it is on its way; 201 where a person, or time, has still to help.
    """
    state, issues = State(message.state), issues_from_json(message.issues)
    if state in ON_THEIR_WAY:
        return None
    own = [issue for issue in issues if issue.is_error and issue.code in _BY_CODE]
    if own and state in (State.REJECTED, State.HELD):
        return status(_BY_CODE[own[0].code], told(own))
    if state is State.REJECTED:
        return status(400, told(issues))
    if state in (State.HELD, State.FAILED, State.DEAD):
        return _waits(issues)
    if message.decision == Decision.REJECTED.value:
        # Whoever is told so by a document of its own has sent the order well.
        return status(200 if _is_answered(configuration, message) else 400, f"The order is refused: {told(issues)}")
    notes = [issue for issue in issues if issue.code.startswith(("cxml.", "order.duplicate", "document.duplicate"))]
    return status(200, told(notes))


def told(issues: Iterable[Issue]) -> str:
    """Issues in words, those that refuse the document alone where there are some; not all of many."""
    found = list(issues)
    heavy = [issue for issue in found if issue.is_error] or found
    words = [f"{_place(issue)}{issue.text}" for issue in heavy[:_MOST_TOLD]]
    more = [f"and {len(heavy) - _MOST_TOLD} more"] if len(heavy) > _MOST_TOLD else []
    return "; ".join([*words, *more])[:_MOST_LETTERS]


def stamp_of(line: Line, connection: str | None, document: str = "Response") -> Stamp:
    """What stands on a Response to the partner of this connection, pinned like the document it holds."""
    rules = profile_by(line.configuration, [connection])
    payload_id = f"{new_id()}@{connection or CXML}"
    return Stamp(dtd=rules.dtd_of(document), payload_id=payload_id, timestamp=line.clock())


def give(line: Line, db: Connection, answer: CxmlAnswer, message: Message, settled: Status) -> bytes:
    """The Response with this Status, kept to be said again."""
    content = response(stamp_of(line, message.connection), settled)
    give_answer(db, answer, settled.code, content, is_owed=settled.code == ACCEPTED)
    return content


def tell_outcome(line: Line, db: Connection, work: Work) -> None:
    """Give the Response that the document is still to have, or queue the StatusUpdateRequest that was to follow."""
    answer = answer_of_message(db, work.message.id) if work.message.syntax == CXML else None
    message = stored_message(db, work.message.id) if answer else None
    settled = status_of(line.configuration, message) if message else None
    if answer is None or message is None or settled is None:
        return
    if answer.status is None:
        give(line, db, answer, message, settled)
    elif answer.is_owed and settled.code != ACCEPTED:
        _update(line, db, work, answer, settled)
    before = answer_of_message(db, work.base.message) if work.base and work.base.message != message.id else None
    if before is not None and before.is_owed and settled.outcome is Outcome.DONE and settled.code != ACCEPTED:
        _update(line, db, work, before, status(200, f"A newer version of {message.reference} takes its place."))


def _update(line: Line, db: Connection, work: Work, answer: CxmlAnswer, settled: Status) -> None:
    agreement = line.configuration.answer_for(work.partner, Wanted("send", CXML, UPDATE, test=work.message.test))
    settle_answer(db, answer.message or "")
    if agreement is None:
        text = f"{settled.code} was to follow as {UPDATE}, and no agreement sends it"
        note_event(db, work.message.id, "not told", text, line.now())
        return
    is_taken = settled.outcome is Outcome.DONE
    report = OrderStatus(
        order_document=answer.payload_id, order_number=work.message.reference,
        state=OrderState.CONFIRMED if is_taken else OrderState.CANCELLED, note=settled.message or None,
    )  # fmt: skip
    post(line, db, work, agreement, Enclosed(report, str(settled.code), f"{UPDATE}/{answer.message}"))


def _is_answered(configuration: Configuration, message: Message) -> bool:
    """Whether a document of its own says what of the order is refused."""
    partner = configuration.partners.get(message.partner or "")
    wanted = Wanted("send", CXML, answer_to_orders(CXML), test=message.test)
    return partner is not None and configuration.answer_for(partner, wanted) is not None


def _waits(issues: Iterable[Issue]) -> Status:
    """That word follows, with the faults that have a line in the document: its sender can mend those himself."""
    found = told(issue for issue in issues if issue.is_error and issue.line)
    return status(ACCEPTED, f"{WAITS.message} Found in it: {found}" if found else WAITS.message)


def _place(issue: Issue) -> str:
    return f"line {issue.line}: " if issue.line else ""
