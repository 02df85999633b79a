"""Envelope: one document for a partner sealed in an interchange of its own, numbered without gaps, and queued."""

from __future__ import annotations

from typing import NamedTuple

from gateway.edifact.envelope import Envelope, InterchangeHeader
from gateway.edifact.writer import Outgoing, write_interchange
from gateway.errors import PermanentError
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.counters import next_number
from gateway.store.outbox import NewOutput, enqueue
from gateway.workspace.values import Agreement, Partner


class Letter(NamedTuple):
    """A message, the envelope it answers, and how it leaves; `reference` is what it answers, `number` its own."""

    answers: Envelope
    partner: Partner
    agreement: Agreement
    message: Outgoing
    reference: str
    number: str | None = None


def seal(line: Line, db: Connection, letter: Letter, key: str, **owner: str | None) -> str:
    """The id of the queued output. The control reference is taken in this transaction, so none is ever skipped."""
    header = letter.answers.header
    number = next_number(db, "interchange", letter.partner.name, header.test)
    at = line.clock()
    back = InterchangeHeader(
        syntax_identifier=_repertoire(header, letter.reference), syntax_version=header.syntax_version,
        sender=header.recipient, sender_qualifier=header.recipient_qualifier, recipient=header.sender,
        recipient_qualifier=header.sender_qualifier, recipient_routing=header.sender_routing,
        date=f"{at:%y%m%d}" if header.syntax_version != "4" else f"{at:%Y%m%d}", time=f"{at:%H%M}",
        control_reference=f"{number:08d}", application_reference=letter.message.type, test=header.test,
    )  # fmt: skip
    content, issues = write_interchange(back, [letter.message], transliterate=True)
    # A CONTRL repeats what was received, damage included: blanks stand where that cannot be sent.
    if letter.message.type != "CONTRL" and any(issue.is_error for issue in issues):
        raise PermanentError(f"{letter.message.type} cannot be written: {issues[0].text}")
    output = NewOutput(
        key=key, partner=letter.partner.name, connection=letter.agreement.via[0], type=letter.message.type,
        extension="edi", reference=letter.reference, number=letter.number, content=content,
        control_reference=back.control_reference, test=header.test, **owner,
    )  # fmt: skip
    return enqueue(db, output, line.now())


def _repertoire(header: InterchangeHeader, reference: str) -> str:
    """The sender's repertoire; the next one up where his own reference has small letters that UNOA lacks.

    He could not match a reference that came back in capitals.
    """
    small = header.syntax_identifier == "UNOA" and reference != reference.upper()
    return "UNOB" if small else header.syntax_identifier
