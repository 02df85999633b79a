"""Ledger: what we owe and expect, written in the transaction that makes it so, and ended in the one that settles it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TypeAlias

from gateway.pipeline.clocks import Clocks
from gateway.pipeline.examine import Examined
from gateway.pipeline.examine_file import ExaminedFile
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.acknowledgements import (
    Acknowledgement,
    Ending,
    Side,
    Standing,
    add_acknowledgements,
    awaited,
    cancel_owed,
    end_expected,
    name_answer,
    settle_owed,
    wait_anew,
)
from gateway.store.heard import note_heard
from gateway.store.identity import new_id
from gateway.store.messages import message as stored_message
from gateway.store.records import Message, Output, OutputState, State
from gateway.syntaxes import EXTENSIONS
from gateway.workspace.values import Agreement, Partner, Wanted, answer_to_orders

Received: TypeAlias = Examined | ExaminedFile
OF_THE_WHOLE = frozenset({"CONTRL"})
"""What answers an interchange; anything else answers one message."""
_ANSWERED = frozenset({OutputState.ACKNOWLEDGED.value, OutputState.REFUSED.value})


def owes(partner: Partner, type_: str) -> bool:
    """Whether the partner is owed such an answer by any agreement."""
    return any(type_ in agreement.owes for agreement in partner.agreements)


def note_owed(line: Line, db: Connection, examined: Received, contrl: str | None) -> None:
    """Write down what is owed for an interchange and its messages; `contrl` is the output that answers it already."""
    partner = examined.partner
    if partner is None or examined.is_acknowledgement:
        return
    agreed = examined.agreements
    if not any(agreement.owes for agreement in agreed.values()):
        return
    clocks = Clocks(line, db)
    add_acknowledgements(
        db, chain(_for_the_whole(line, clocks, examined, contrl), _for_messages(line, clocks, examined))
    )


def _for_the_whole(line: Line, clocks: Clocks, examined: Received, contrl: str | None) -> Iterator[Acknowledgement]:
    """What is owed for the interchange, due as soon as the first of its messages says."""
    partner, since = examined.partner, examined.received_at
    for type_ in sorted(OF_THE_WHOLE):
        owing = list({id(each): each for each in examined.agreements.values() if type_ in each.owes}.values())
        if partner is None or not owing or not _is_sent(line, partner, owing[0], type_):
            continue
        due, first = min(
            ((clocks.due(partner, each, each.owes[type_], since), each) for each in owing), key=lambda pair: pair[0]
        )
        yield Acknowledgement(
            id=new_id(), side=Side.OWES, partner=partner.name, type=type_, test=first.test,
            agreement=str(first.document), subject=examined.interchange.id, output=contrl,
            reference=examined.interchange.control_reference, since=since, due_at=due, check_at=due,
        )  # fmt: skip


def _for_messages(line: Line, clocks: Clocks, examined: Received) -> Iterator[Acknowledgement]:
    """What is owed for each message that goes on; a deadline is counted once for all of an agreement."""
    partner, since = examined.partner, examined.received_at
    due: dict[tuple[int, str], str] = {}
    for message in examined.messages if partner else ():
        agreement = examined.agreements.get(message.id)
        if partner is None or agreement is None or message.state != State.READY:
            continue
        for type_, within in agreement.owes.items():
            if type_ in OF_THE_WHOLE or not _is_sent(line, partner, agreement, type_):
                continue
            key = (id(agreement), type_)
            due[key] = due.get(key) or clocks.due(partner, agreement, within, since)
            yield Acknowledgement(
                id=new_id(), side=Side.OWES, partner=partner.name, type=type_, test=agreement.test,
                agreement=str(agreement.document), subject=message.id, reference=message.reference, since=since,
                due_at=due[key], check_at=due[key],
            )  # fmt: skip


def _is_sent(line: Line, partner: Partner, agreement: Agreement, type_: str) -> bool:
    """Whether an agreement sends it: where none does, none is sent, and `gateway check` says so."""
    found = line.configuration.answers(partner, "send", type_, agreement.test)
    return any(each.syntax == agreement.syntax for each in found)


def note_traffic(db: Connection, examined: Received) -> None:
    """The partner is heard of by each agreement of this interchange whose silence is watched."""
    watched = {str(each.document) for each in examined.agreements.values() if each.silent_after}
    if watched and examined.partner:
        note_heard(db, examined.partner.name, watched, examined.received_at)


def note_answer(db: Connection, work: Work, type_: str, output: str) -> None:
    """The output is what is owed for this message and its order: once it has left, it is settled."""
    if owes(work.partner, type_):
        name_answer(db, type_, work.message.id, work.order_id, output)


def note_repeated(line: Line, db: Connection, again: Message, answer: str | None) -> None:
    """A duplicate is owed its first answer once more, or nothing where that is still to come."""
    partner = line.configuration.partners.get(again.partner or "")
    type_ = answer_to_orders(again.syntax)
    if partner is None or not owes(partner, type_):
        return
    if answer is None:
        cancel_owed(db, again.id, line.now(), "a duplicate: the first one is answered")
    else:
        name_answer(db, type_, again.id, None, answer)


def note_unanswered(line: Line, db: Connection, work: Work) -> None:
    """No answer is due for a message that was refused before anything of it could be answered."""
    if any(type_ not in OF_THE_WHOLE for type_ in work.agreement.owes):
        cancel_owed(db, work.message.id, line.now(), "refused, and nothing of it could be answered")


def note_sent(line: Line, db: Connection, output: Output) -> None:
    """The output has left: what was owed is settled by it, and what is expected for it is waited for."""
    partner = line.configuration.partners.get(output.partner)
    if partner is None:
        return
    if owes(partner, output.type):
        settle_owed(db, output.id, line.now())
    agreement = _sent_by(line, db, partner, output)
    if agreement is None or not agreement.expects:
        return
    state, waited_for = awaited(db, output.id)
    if state in _ANSWERED:  # the partner was faster than the record of the sending
        return
    clocks, now = Clocks(line, db), line.now()
    fresh = []
    for type_, within in agreement.expects.items():
        due = clocks.due(partner, agreement, within)
        if type_ in waited_for:
            wait_anew(db, output.archive, type_, due)
            continue
        fresh.append(Acknowledgement(
            id=new_id(), side=Side.EXPECTS, partner=partner.name, type=type_, test=output.test,
            agreement=str(agreement.document), subject=output.archive, output=output.id,
            reference=output.number or output.reference, since=now, due_at=due, check_at=due,
        ))  # fmt: skip
    add_acknowledgements(db, fresh)


def _sent_by(line: Line, db: Connection, partner: Partner, output: Output) -> Agreement | None:
    """The agreement an output left by: of several, the one in the release of what it answers."""
    of_type = line.configuration.answers(partner, "send", output.type, output.test)
    found = [
        each
        for each in of_type
        if EXTENSIONS.get(each.syntax, each.syntax) == output.extension and output.connection in each.via
    ]
    if len({(each.calendar, *each.expects.items()) for each in found}) < 2:
        return found[0] if found else None
    answered = stored_message(db, output.message) if output.message else None
    release = (answered.release if answered else None) or "*"
    return line.configuration.answer_for(partner, Wanted("send", found[0].syntax, output.type, release, output.test))


def note_acknowledged(line: Line, db: Connection, outputs: Sequence[Output], by: tuple[str, OutputState, str]) -> None:
    """A message of the partner's, of this type and in this sense, is about these outputs; `by` names it in words.

    They have certainly arrived: what they were owed for is settled, even where the sending is not recorded yet. Who
    refuses a document says nothing further of it.
    """
    type_, state, words = by
    at = line.now()
    documents = [output.archive for output in outputs]
    for output in outputs:
        settle_owed(db, output.id, at)
    refused = state is OutputState.REFUSED
    end_expected(db, documents, Ending(Standing.REFUSED if refused else Standing.SETTLED, at, words), type_)
    if refused:
        end_expected(db, documents, Ending(Standing.CANCELLED, at, f"refused: {words}"))
