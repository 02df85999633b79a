"""Acknowledge: the CONTRL that answers an interchange, and what a partner's CONTRL or APERAK settles of ours."""

from __future__ import annotations

from typing import NamedTuple

from gateway.edifact.control import InterchangeReport, acknowledge, contrl_release
from gateway.edifact.control_answers import read_aperak, read_contrl
from gateway.edifact.reader import Message
from gateway.edifact.writer import Outgoing
from gateway.issues import finding
from gateway.pipeline.envelope import Letter, seal
from gateway.pipeline.examine import Examined
from gateway.pipeline.ledger import note_acknowledged
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.alarms import Kind, Reason, clear_alarm, raise_alarm
from gateway.store.events import note_event
from gateway.store.messages import update_message
from gateway.store.outbox import settle, settle_document
from gateway.store.records import Message as StoredMessage
from gateway.store.records import Output, OutputState, State, issues_from_json, issues_to_json
from gateway.workspace.values import Partner, Wanted


def acknowledge_interchange(line: Line, db: Connection, examined: Examined) -> str | None:
    """The output with the CONTRL of the interchange, queued; None where none is agreed, and never one on a CONTRL."""
    partner, header = examined.partner, examined.envelope.header
    if partner is None or examined.is_acknowledgement:
        return None
    agreement = line.configuration.answer_for(partner, Wanted("send", "edifact", "CONTRL", test=header.test))
    if agreement is None:
        return None
    report = InterchangeReport(
        header=header,
        issues=examined.issues,
        messages=examined.reports,
        groups=examined.groups,
        refused=examined.interchange.state == State.REJECTED,
        received_only=examined.interchange.state == State.HELD,
    )
    version, release = contrl_release(header.syntax_version)
    body = Outgoing(reference="1", type="CONTRL", version=version, release=release, segments=acknowledge(report))
    letter = Letter(examined.envelope, partner, agreement, body, header.control_reference)
    return seal(line, db, letter, f"CONTRL/{examined.interchange.id}", interchange=examined.interchange.id)


class _Said(NamedTuple):
    """What a partner says of outputs of ours; `state` None where he has them and will say more."""

    outputs: list[Output]
    state: OutputState | None


def settle_acknowledgements(line: Line, db: Connection, examined: Examined) -> None:
    """Mark what each incoming CONTRL or APERAK is about; one that names nothing of ours says so and settles nothing."""
    if examined.partner is None:
        return
    rows = {row.start: row for row in examined.messages}
    for message in examined.acknowledgements:
        said = _said(db, examined.partner, message, examined.envelope.header.test)
        words = f"{message.type} in interchange {examined.interchange.id}"
        for output in said.outputs:
            note_event(db, output.id, message.type, f"by interchange {examined.interchange.id}", line.now())
        if said.state is not None:
            note_acknowledged(line, db, said.outputs, (message.type, said.state, words))
            _alarm_refusals(line, db, examined.partner, message.type, said)
        if not said.outputs and message.offset in rows:
            _note_unmatched(line, db, rows[message.offset])


def _note_unmatched(line: Line, db: Connection, row: StoredMessage) -> None:
    text = f"this {row.type} names nothing that was sent to {row.partner}; it settles nothing"
    issues = [*issues_from_json(row.issues), finding("answer.unmatched", text)]
    update_message(db, row.id, changed_at=line.now(), issues=issues_to_json(issues))
    note_event(db, row.id, str(row.type), "names nothing we sent", line.now())


def _alarm_refusals(line: Line, db: Connection, partner: Partner, type_: str, said: _Said) -> None:
    """A refusal is an alarm until the same document is acknowledged after all."""
    for output in said.outputs:
        if said.state is OutputState.REFUSED:
            text = f"{partner.name} refused {output.type} {output.number or output.reference} by {type_}"
            raise_alarm(db, Reason(Kind.REFUSED, output.id, text), line.now())
        elif output.state == OutputState.REFUSED:
            clear_alarm(db, Kind.REFUSED, output.id, line.now())


def _said(db: Connection, partner: Partner, message: Message, test: bool) -> _Said:
    if message.type == "CONTRL":
        contrl = read_contrl(message)
        state = OutputState.REFUSED if contrl.rejects("1") else OutputState.ACKNOWLEDGED
        said = None if contrl.received_only else state
        return _Said(settle(db, partner.name, contrl.interchange, test, said), said)
    aperak = read_aperak(message)
    state = OutputState.REFUSED if aperak.rejected else OutputState.ACKNOWLEDGED
    number = aperak.reference("ACW", "ON", "AAG", "DM")
    return _Said(settle_document(db, partner.name, number, test, state) if number else [], state)
