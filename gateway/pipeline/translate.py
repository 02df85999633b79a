"""Translate: the message's window through its compiled mapping to a canonical order or order change."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from gateway.edifact import directory as directories
from gateway.edifact.validation import validate
from gateway.errors import PermanentError
from gateway.issues import Issue, has_errors
from gateway.mapping.inbound import InboundMapping
from gateway.model.order import Order, OrderChange
from gateway.pipeline.window import read_message
from gateway.pipeline.work import Line, Work
from gateway.store import Connection, records
from gateway.store.records import State, issues_from_json
from gateway.workspace.values import Agreement, Wanted

_MADE: dict[str, type[Order]] = {"order": Order, "order_change": OrderChange}


def restore(line: Line, message: records.Message) -> Work:
    """The work of a stored message: who sent it, under which agreement, and its document where it has one."""
    partner = line.configuration.partners.get(message.partner or "")
    if partner is None:
        raise PermanentError(f"No partner {message.partner!r} is configured any more. Add it, then replay.")
    wanted = Wanted(
        "receive", message.syntax, message.type or "", message.release or "", message.test, message.connection
    )
    agreement = line.configuration.agreement_for(partner, wanted)
    if agreement is None:
        raise PermanentError(f"{message.type} {message.release} is no longer agreed with {partner.name}.")
    work = Work(message=message, partner=partner, agreement=agreement)
    if message.document is None:
        return work
    made = _MADE[line.library.inbound(message.mapping or "").makes]
    kept = tuple(issue for issue in issues_from_json(message.issues) if issue.rule or issue.offset is not None)
    return replace(
        work, document=msgspec.json.decode(message.document, type=made), issues=kept, mapping=message.mapping
    )


def translate(line: Line, db: Connection, work: Work) -> Work:
    """The work with its canonical document; held or rejected, as agreed, where the mapping found errors."""
    mapping = mapping_of(line, work.agreement, work.message.release or "", work.message.association)
    message = read_message(db, work.message)
    directory = directories.load(message.version, message.release)
    if directory is None:
        raise PermanentError(f"There are no tables for {message.version}.{message.release}.")
    root, issues = validate(message, directory)
    translation = mapping.translate(message, root)
    found = (*_findings_of_bytes(work.message), *issues, *translation.issues)
    work = replace(work, issues=found, mapping=mapping.id)
    if has_errors(found):
        return work.ended(State.REJECTED if work.agreement.on_error == "reject" else State.HELD)
    return replace(work, document=msgspec.convert(translation.document, _MADE[mapping.makes]))


def _findings_of_bytes(message: records.Message) -> list[Issue]:
    """What decode found of charset and line breaks, which stays worth reading after the message was translated."""
    found = issues_from_json(message.issues)
    return [issue for issue in found if not issue.is_error and issue.code.startswith(("charset.", "envelope."))]


def mapping_of(line: Line, agreement: Agreement, release: str, association: str | None) -> InboundMapping:
    """The agreement's mapping, else the published one for what was received."""
    received = f"edifact {agreement.type} {release}"
    identity = agreement.mapping or line.library.standard(received, association)
    if identity is None:
        raise PermanentError(f"No mapping reads {received}. Add one below mappings/.")
    return line.library.inbound(identity)
