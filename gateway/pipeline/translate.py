"""Translate: the message through its compiled mapping to a canonical document."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from gateway.commerce.buyer_units import order_in_our_units
from gateway.edifact import directory as directories
from gateway.edifact.reader import Message, parse_message
from gateway.edifact.structure import Group, arrange
from gateway.errors import PermanentError
from gateway.issues import Issue, has_errors
from gateway.mapping.inbound import InboundMapping
from gateway.mapping.table_reader import Document
from gateway.model.order import Order, OrderChange
from gateway.pipeline.buyer_profile import profile_by
from gateway.pipeline.canonical import Stated, made_by, stated_in
from gateway.pipeline.cxml_sender import CXML
from gateway.pipeline.direct import agreed_for
from gateway.pipeline.routes import route_of
from gateway.pipeline.snapshot import Snapshot
from gateway.pipeline.translate_file import read_document
from gateway.pipeline.work import Line, Work
from gateway.store import records
from gateway.store.records import State, issues_from_json
from gateway.store.transmissions import read_window
from gateway.workspace.values import WITH_ENVELOPE, Agreement, Wanted

_DECODED = ("envelope.", "charset.", "limit.", "structure.", "element.", "cxml.")


def restore(line: Line, snapshot: Snapshot, message: records.Message) -> Work:
    """The work of a stored message: who sent it, under which agreement, and its document where it has one."""
    if message.interchange is None:
        stated = msgspec.json.decode(message.document or "", type=Order)
        return Work(message, None, *agreed_for(line.configuration, message), document=stated)
    if message.syntax not in WITH_ENVELOPE:
        route = route_of(line, message)
        return _with_document(line, Work(message, None, route.partner, route.agreement))
    partner = line.configuration.partners.get(message.partner or "")
    if partner is None:
        raise PermanentError(f"No partner {message.partner!r} is configured any more. Add it, then replay.")
    wanted = Wanted(
        "receive", message.syntax, message.type or "", message.release or "", message.test, message.connection
    )
    agreement = line.configuration.agreement_for(partner, wanted)
    if agreement is None:
        raise PermanentError(f"{message.type} {message.release} is no longer agreed with {partner.name}.")
    envelope = snapshot.envelope(message) if message.syntax == "edifact" else None
    return _with_document(line, Work(message, envelope, partner, agreement))


def _with_document(line: Line, work: Work) -> Work:
    """The work with the document that is kept of it, and what was found in reading it."""
    message = work.message
    if message.document is None:
        return work
    made = made_by(line.library.effective(message.mapping or "").makes)
    kept = tuple(issue for issue in issues_from_json(message.issues) if _is_of_reading(issue))
    return replace(
        work, document=msgspec.json.decode(message.document, type=made), issues=kept, mapping=message.mapping
    )


def translate(line: Line, snapshot: Snapshot, work: Work) -> Work:
    """The work with its canonical document; held or rejected, as agreed, where the mapping found errors.

    Structure and elements were checked when the interchange was decoded; what was found then is kept. What was placed
    directly is canonical already.
    """
    record = work.message
    if record.interchange is None:
        return work
    if record.syntax != "edifact":
        return _translate_file(line, snapshot, work)
    mapping = mapping_of(line, work.agreement, record.release or "", record.association)
    if mapping is None:
        raise PermanentError(f"Nothing reads {record.type} {record.release} any more. Add its mapping, then replay.")
    message, root = line.fresh.take(record.id) or _read(snapshot, record)
    translation = mapping.translate(message, root)
    found = (*_found_in_decode(record), *translation.issues)
    work = replace(work, issues=found, mapping=mapping.id)
    if not has_errors(found):
        return replace(work, document=stated_in(translation.document, mapping.makes))
    return _faulty(snapshot, work, translation.document, mapping.makes)


def _translate_file(line: Line, snapshot: Snapshot, work: Work) -> Work:
    """The work of a document of a file, as of one in an interchange."""
    document = f"{work.message.syntax} {work.message.type}"
    identity = work.agreement.mapping or line.library.standard(document, inbound=True)
    if identity is None:
        raise PermanentError(f"Nothing reads {document}. Add its mapping, then replay.")
    read = read_document(line, snapshot.db, work.message, identity)
    work = replace(work, issues=(*_found_in_decode(work.message), *read.issues), mapping=identity)
    if read.document is not None:
        return replace(work, document=_in_our_units(line, work, read.document))
    return _faulty(snapshot, work, read.tree, line.library.effective(identity).makes)


def _in_our_units(line: Line, work: Work, document: Stated) -> Stated:
    """The document, an order by cXML with units of ours in the place of those of its buyer's system."""
    if work.message.syntax != CXML or not isinstance(document, Order):
        return document
    profile = profile_by(line.configuration, [work.message.connection, *work.agreement.via])
    return order_in_our_units(document, profile)


def _faulty(snapshot: Snapshot, work: Work, document: Document, makes: str) -> Work:
    """The work held, or rejected with the head of what it would have been, where that can be answered."""
    if work.agreement.on_error == "hold":
        return work.ended(State.HELD)
    return replace(work, refused=_head(snapshot, work, document, made_by(makes))).ended(State.REJECTED)


def _read(snapshot: Snapshot, record: records.Message) -> tuple[Message, Group]:
    """The message read again from the archive and arranged in its groups."""
    envelope = snapshot.envelope(record)
    raw = read_window(snapshot.db, record.transmission, record.start, record.length)
    message = parse_message(raw, envelope, record.start)
    directory = directories.load(message.version, message.release, envelope.header.syntax_version)
    table = directory.message(message.type) if directory else None
    if table is None:
        raise PermanentError(f"There are no tables for {record.type} {record.release} any more.")
    return message, arrange(message, table)[0]


def _head(snapshot: Snapshot, work: Work, document: Document, made: type[Stated]) -> Order | None:
    """The order without its lines, as far as an answer needs it; None where not even that can be read."""
    if not issubclass(made, Order):
        return None
    accounts = snapshot.chain(work.partner.account or "")
    currency = document.get("currency") or (accounts[0].currency if accounts else None)
    try:
        head = msgspec.convert({**document, "currency": currency, "lines": []}, made)
    except msgspec.ValidationError:
        return None
    named = replace(head, number=head.order_number) if isinstance(head, OrderChange) else head
    return named if currency else None


def _found_in_decode(message: records.Message) -> list[Issue]:
    """The findings of bytes and directory; a replay keeps them and drops what was the reason to wait."""
    found = issues_from_json(message.issues)
    return [issue for issue in found if not issue.is_error and _is_of_decode(issue)]


def _is_of_reading(issue: Issue) -> bool:
    return bool(issue.rule) or issue.offset is not None or issue.line is not None


def _is_of_decode(issue: Issue) -> bool:
    return issue.code.startswith(_DECODED) or issue.tag == "UNB"


def mapping_of(line: Line, agreement: Agreement, release: str, association: str | None) -> InboundMapping | None:
    """The agreement's mapping, else the published one for what was received; None where there is none."""
    identity = agreement.mapping or line.library.standard(f"edifact {agreement.type} {release}", association)
    found = line.library.inbound(identity) if identity else None
    return found if isinstance(found, InboundMapping) else None
