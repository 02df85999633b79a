"""Acknowledge: the CONTRL that answers an interchange, and what a partner's CONTRL or APERAK settles of ours."""

from __future__ import annotations

from gateway.edifact.control import InterchangeReport, acknowledge, contrl_release
from gateway.edifact.control_answers import read_aperak, read_contrl
from gateway.edifact.reader import Message
from gateway.edifact.writer import Outgoing
from gateway.pipeline.envelope import Letter, seal
from gateway.pipeline.examine import Examined
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.events import note_event
from gateway.store.outbox import settle, settle_document
from gateway.store.records import Output, OutputState, State
from gateway.workspace.values import Partner, Wanted


def acknowledge_interchange(line: Line, db: Connection, examined: Examined) -> None:
    """Queue the CONTRL of the interchange, where one is agreed; never one on a CONTRL."""
    partner, header = examined.partner, examined.envelope.header
    if partner is None or examined.is_acknowledgement:
        return
    agreement = line.configuration.answer_for(partner, Wanted("send", "edifact", "CONTRL", test=header.test))
    if agreement is None:
        return
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
    seal(line, db, letter, f"CONTRL/{examined.interchange.id}", interchange=examined.interchange.id)


def settle_acknowledgements(line: Line, db: Connection, examined: Examined) -> None:
    """Mark what each incoming CONTRL or APERAK is about; one that names nothing of ours is only on record."""
    if examined.partner is None:
        return
    for message in examined.acknowledgements:
        settled = _settled(db, examined.partner, message, examined.envelope.header.test)
        for output in settled:
            note_event(db, output.id, message.type, f"by interchange {examined.interchange.id}", line.now())
        if not settled:
            note_event(db, examined.interchange.id, message.type, "names nothing we sent", line.now())


def _settled(db: Connection, partner: Partner, message: Message, test: bool) -> list[Output]:
    if message.type == "CONTRL":
        contrl = read_contrl(message)
        state = OutputState.REFUSED if contrl.rejects("1") else OutputState.ACKNOWLEDGED
        return [] if contrl.received_only else settle(db, partner.name, contrl.interchange, test, state)
    aperak = read_aperak(message)
    state = OutputState.REFUSED if aperak.rejected else OutputState.ACKNOWLEDGED
    number = aperak.reference("ACW", "ON", "AAG", "DM")
    return settle_document(db, partner.name, number, test, state) if number else []
