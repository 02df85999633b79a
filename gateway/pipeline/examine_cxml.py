"""Examine a cXML document: whose it is and what is agreed about it, with a message for it, or why it is refused."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gateway.cxml.document import Credential, CxmlDocument, attribute, inner, read_cxml
from gateway.cxml.kept import package_of
from gateway.cxml.multipart import Attachment, unmatched
from gateway.issues import Issue, Severity
from gateway.pipeline.cxml_sender import CXML, NOTED, NotTaken, Taken, agreed_about, sender_of
from gateway.pipeline.examine_file import ExaminedFile
from gateway.pipeline.untaken import untaken
from gateway.pipeline.work import Line
from gateway.store import records
from gateway.store.identity import new_id
from gateway.store.lanes import lane_in
from gateway.store.records import State, issues_to_json

_OWN_NUMBER = {"OrderRequest": ("OrderRequestHeader", "orderID")}
"""Where a document has a number of its own, beside its payloadID."""


class CxmlEnvelope(msgspec.Struct, frozen=True):
    """What is kept of an envelope: who sent it to whom, by domain and identity; no secret."""

    from_: tuple[tuple[str, str], ...]
    to: tuple[tuple[str, str], ...]


def examine_cxml(line: Line, transmission: records.Transmission, content: bytes) -> ExaminedFile | records.Message:
    """The document with its message, or the one message that stands for what cannot be taken.

    Who handed it in vouches for who sent it: no secret is asked for here.
    """
    package = package_of(content)
    if isinstance(package, Issue):
        return untaken(line, transmission, CXML, [package])
    document = read_cxml(package.xml)
    if isinstance(document, Issue):
        return untaken(line, transmission, CXML, [document])
    partner = sender_of(line.configuration, document.header)
    if partner is None:
        code, text = "envelope.sender.unknown", "no partner is known by what From names, or more than one"
        return untaken(line, transmission, CXML, [Issue(code=code, text=text, path="cXML/Header/From")])
    taken = agreed_about(line.configuration, partner, document, transmission.connection)
    nameless = unnamed(document)
    if isinstance(taken, NotTaken) or nameless is not None:
        issue = taken.issue if isinstance(taken, NotTaken) else nameless
        told = untaken(line, transmission, CXML, [issue] if issue else [])
        return msgspec.structs.replace(told, partner=partner.name, type=document.type)
    return examined(line, transmission, document, taken, findings_of(document, package.attachments))


def unnamed(document: CxmlDocument) -> Issue | None:
    """The issue of a document that no answer could name: it has no payloadID."""
    found = next((each for each in document.findings if each.code == "cxml.payload-id.missing"), None)
    return None if found is None else msgspec.structs.replace(found, severity=Severity.ERROR)


def findings_of(document: CxmlDocument, attachments: Iterable[Attachment]) -> list[Issue]:
    """What is to be said of the envelope and of what came with the document, and keeps neither from being taken."""
    files = unmatched(document.tree, attachments)
    return [*document.findings, *(msgspec.structs.replace(each, severity=Severity.FINDING) for each in files)]


def examined(
    line: Line, transmission: records.Transmission, document: CxmlDocument, taken: Taken, findings: list[Issue]
) -> ExaminedFile:
    """The document with its message, which is ready to be translated where something follows from it."""
    partner, agreement, identity = taken.partner, taken.agreement, new_id()
    interchange = records.Interchange(
        id=identity, transmission=transmission.id, start=0, length=transmission.size, digest=transmission.digest,
        envelope=msgspec.json.encode(_envelope(document)).decode(), control_reference=document.payload_id,
        partner=partner.name, test=agreement.test, state=State.PROCESSED, issues=issues_to_json(findings),
    )  # fmt: skip
    message = records.Message(
        id=new_id(), transmission=transmission.id, interchange=identity, start=0, length=transmission.size,
        file=transmission.name, connection=transmission.connection, partner=partner.name, syntax=CXML,
        type=document.type, control_reference=document.payload_id, message_reference="1",
        state=State.PROCESSED if document.type in NOTED else State.READY,
        reference=_own_number(document), test=agreement.test, issues=issues_to_json(findings),
        configuration=line.version, received_at=transmission.received_at, changed_at=line.now(),
    )  # fmt: skip
    return ExaminedFile(
        interchange, [message], partner, {message.id: agreement}, lane_in(transmission.connection, partner.name),
        transmission.received_at, f"{CXML}|{document.payload_id}",
    )  # fmt: skip


def _envelope(document: CxmlDocument) -> CxmlEnvelope:
    header = document.header
    return CxmlEnvelope(_identities(header.from_), _identities(header.to))


def _identities(credentials: Iterable[Credential]) -> tuple[tuple[str, str], ...]:
    return tuple((each.domain, each.identity) for each in credentials)


def _own_number(document: CxmlDocument) -> str | None:
    element, name = _OWN_NUMBER.get(document.type, ("", ""))
    header = inner(document.body, element)
    return attribute(header, name) or None if header is not None else None
