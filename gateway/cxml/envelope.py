"""cXML documents written: the envelope, by the DTD the other side is pinned to, around a document made elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gateway.cxml.document import Credential
from gateway.cxml.status import Status
from gateway.xml.writer import declaration, escaped_attribute, escaped_text

_OTHER_MODULES = {
    "Contract": ("ContractRequest", "ContractStatusUpdateRequest"),
    "Fulfill": (
        "ComponentConsumptionRequest", "ConfirmationRequest", "OrderStatusRequest", "ProductReplenishmentMessage",
        "ReceiptRequest", "SalesOrderRequest", "ServiceEntryRequest", "ShipNoticeRequest", "TimeCardInfoRequest",
        "TimeCardRequest",
    ),
    "InvoiceDetail": ("InvoiceDetailRequest",),
    "Logistics": ("TransportRequest",),
    "PaymentRemittance": (
        "ChargeFileRequest", "PaymentBatchRequest", "PaymentProposalRequest", "PaymentReceiptConfirmationRequest",
        "PaymentRemittanceRequest", "PaymentRemittanceStatusUpdateRequest", "TradeRequest",
    ),
    "Quote": ("QuoteMessage", "QuoteRequest"),
}  # fmt: skip
"""The documents of each DTD that cXML.dtd does not declare (the modules of DTD 1.2.071)."""
_MODULES = {document: module for module, documents in _OTHER_MODULES.items() for document in documents}
_ADDRESS = "http://xml.cxml.org/schemas/cXML/{version}/{module}.dtd"
_DECLARATION = re.compile(r"\ufeff?\s*<\?xml\b[^>]*\?>\s*")
_SENDER = re.compile(rb"<Sender><Credential [^>]*><Identity>[^<]*</Identity>")
_ENCODING = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_NAME = re.compile(r"\s*<([A-Za-z][A-Za-z0-9]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What stands on the cXML element: `dtd` is the version of the DTD, as 1.2.014, `timestamp` knows its zone.

    `encoding` is that of the bytes; in one that lacks a character it is written as a reference.
    """

    dtd: str
    payload_id: str
    timestamp: datetime
    language: str = "en-US"
    encoding: str = "UTF-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope(Stamp):
    """A stamp with the parties. It shows no secret: what is kept and what a browser carries holds none."""

    from_: tuple[Credential, ...]
    to: tuple[Credential, ...]
    sender: tuple[Credential, ...]
    user_agent: str
    deployment_mode: str = "production"
    in_reply_to: str = ""


def request(envelope: Envelope, body: bytes) -> bytes:
    """The Request that holds this document, which is one element, with or without a declaration of XML.

    Whoever posts it shows the secret: `with_secret`.
    """
    text = _element(body)
    mode = f' deploymentMode="{escaped_attribute(envelope.deployment_mode)}"'
    inside = f"{_header(envelope)}\n<Request{mode}>\n{text}\n</Request>"
    return _cxml(envelope, _module(text), inside)


def message(envelope: Envelope, body: bytes, status: Status | None = None) -> bytes:
    """The Message that holds this document; a Status is written where one is given: left out it means 200."""
    text = _element(body)
    mode = f' deploymentMode="{escaped_attribute(envelope.deployment_mode)}"'
    reply = f' inReplyTo="{escaped_attribute(envelope.in_reply_to)}"' if envelope.in_reply_to else ""
    told = f"{_status(status, envelope.language)}\n" if status else ""
    return _cxml(envelope, _module(text), f"{_header(envelope)}\n<Message{mode}{reply}>\n{told}{text}\n</Message>")


def response(stamp: Stamp, status: Status, body: bytes = b"") -> bytes:
    """The Response of this Status, with a document where there is one; that belongs to a Status 2xx only."""
    text = f"{_element(body)}\n" if body else ""
    return _cxml(stamp, "cXML", f"<Response>\n{_status(status, stamp.language)}\n{text}</Response>")


def module_of(document: str) -> str:
    """The module of the DTD that declares a document, as Fulfill for a ConfirmationRequest."""
    return _MODULES.get(document, "cXML")


def _cxml(stamp: Stamp, module: str, inside: str) -> bytes:
    if stamp.timestamp.tzinfo is None:
        raise ValueError("a timestamp of cXML has a zone")
    attributes = {
        "version": stamp.dtd, "payloadID": stamp.payload_id,
        # "Z" is refused by some, though ISO 8601 has it.
        "timestamp": stamp.timestamp.isoformat(timespec="seconds"), "xml:lang": stamp.language,
    }  # fmt: skip
    told = "".join(f' {name}="{escaped_attribute(value)}"' for name, value in attributes.items())
    doctype = f'<!DOCTYPE cXML SYSTEM "{_ADDRESS.format(version=stamp.dtd, module=module)}">\n'
    written = f"{declaration(stamp.encoding)}{doctype}<cXML{told}>\n{inside}\n</cXML>\n"
    return written.encode(stamp.encoding, "xmlcharrefreplace")


def with_secret(content: bytes, secret: str) -> bytes:
    """A Request made here, with the SharedSecret in the first Credential of its Sender, as it goes to the other side.

    Raises ValueError for a document that was not made here.
    """
    stated = encoding_of(content)
    shown = f"<SharedSecret>{escaped_text(secret)}</SharedSecret>".encode(stated, "xmlcharrefreplace")
    found = _SENDER.search(content)
    if found is None:
        raise ValueError("the document has no Sender with an Identity as it is written here")
    return content[: found.end()] + shown + content[found.end() :]


def encoding_of(content: bytes) -> str:
    """The encoding that a document declares; UTF-8 where it declares none."""
    stated = _ENCODING.match(content)
    return stated[1].decode("ascii") if stated else "UTF-8"


def _header(envelope: Envelope) -> str:
    parties = (
        f"<From>{_credentials(envelope.from_)}</From>\n<To>{_credentials(envelope.to)}</To>\n"
        f"<Sender>{_credentials(envelope.sender)}"
    )
    return f"<Header>\n{parties}<UserAgent>{escaped_text(envelope.user_agent)}</UserAgent></Sender>\n</Header>"


def _credentials(credentials: Iterable[Credential]) -> str:
    return "".join(
        f'<Credential domain="{escaped_attribute(each.domain)}">'
        f"<Identity>{escaped_text(each.identity)}</Identity></Credential>"
        for each in credentials
    )


def _status(status: Status, language: str) -> str:
    code, text = status.code, escaped_attribute(status.text)
    tag = f'<Status code="{code}" text="{text}" xml:lang="{escaped_attribute(language)}"'
    return f"{tag}>{escaped_text(status.message)}</Status>" if status.message else f"{tag}/>"


def _element(body: bytes) -> str:
    """The document as text, without the declaration that only stands at the beginning of a file."""
    return _DECLARATION.sub("", body.decode(encoding_of(body)), count=1).strip()


def _module(text: str) -> str:
    name = _NAME.match(text)
    return module_of(name[1] if name else "")
