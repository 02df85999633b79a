"""What a connection to a service is told: where it is, how it is spoken to, and what is called for what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from gateway.connector import ConnectionConfig, Field, FieldType, Values
from gateway.outbound.connections import CREDENTIALS, WAY

SOAP, XML, JSON = "soap", "xml", "json"

_OPERATION = (
    Field(name="operation", help="The operation of the WSDL, as CreateOrder; in xml and json mode only a name."),
    Field(name="method", choices=("GET", "POST", "PUT", "PATCH"), help="The HTTP method in xml and json mode."),
    Field(name="path", help="In xml and json mode: what follows the endpoint, as /orders/{key}."),
)
_CALL = (
    *_OPERATION,
    Field(
        name="parameters",
        type=FieldType.WORDS,
        default={},
        help="What is asked, by name: the parts of a SOAP operation, of a GET the query, of a JSON POST the members. "
        "What lies deeper by its path, as Request/Since.",
    ),
)
_LOOK_UP = (
    *_CALL,
    Field(name="found_in", help="Where the key stands in this answer; left out, that of the sending."),
    Field(name="receipt_in", help="Where the reference stands in this answer; left out, that of the sending."),
)
_SEND = (
    *_OPERATION,
    Field(
        name="documents",
        type=FieldType.TEXTS,
        default=(),
        help="The types of the documents that are sent so, as order; left out, all.",
    ),
    Field(
        name="key",
        help="The business key, by paths in the document in braces, as {Order/Number}; left out, the idempotency key.",
    ),
    Field(name="found_in", help="Where the key stands in the answer; left out, any text of it counts."),
    Field(name="receipt_in", help="Where the other side's reference stands in the answer; left out, the key is it."),
    Field(
        name="refused",
        type=FieldType.WORDS,
        default={},
        help='What says in an answer that it was refused: { "Return/Type" = "E" }.',
    ),
    Field(name="repeated", type=FieldType.WORDS, default={}, help="What says that it was there before."),
    Field(name="reason_in", help="Where the reason of a refusal stands in the answer."),
    Field(name="look_up", type=FieldType.TABLE, fields=_LOOK_UP, help="What is called to see what the other side has."),
)
_RECEIVE = (
    *_CALL,
    Field(name="name", help="The beginning of the file names of what comes; left out, the operation."),
    Field(
        name="each",
        help='The path of one document in the answer, "." where that is a list; left out, the whole answer is one.',
    ),
    Field(name="id_in", help="Where its identifier stands in a document; {id} of the confirmation."),
    Field(name="name_in", help="Where a document's own name stands in it."),
    Field(name="cursor_in", help="Where the answer says from where to go on; {cursor} of the next call."),
    Field(name="start", help="The cursor of the first call."),
    Field(name="next_in", help="Where the answer names the address of its next page."),
    Field(name="confirm", type=FieldType.TABLE, fields=_CALL, help="What is called once a document is stored."),
)

FIELDS = (
    Field(name="endpoint", required=True, help="The address of the service; that of the WSDL is never used."),
    Field(name="mode", default=SOAP, choices=(SOAP, XML, JSON), help="SOAP by a WSDL, or plain XML or JSON over HTTP."),
    Field(name="wsdl", help="The WSDL, relative to the workspace; what it imports lies there too."),
    Field(name="service", help="The service of the WSDL, where several have an operation of the name."),
    Field(name="port", help="The port of the WSDL, where several have an operation of the name."),
    Field(name="send", type=FieldType.TABLES, default=[], fields=_SEND, help="What is called with a document."),
    Field(name="receive", type=FieldType.TABLES, default=[], fields=_RECEIVE, help="What is called for documents."),
    Field(
        name="wsse",
        default="none",
        choices=("none", "text", "digest"),
        help="Whether user and password are told in the envelope (WS-Security), and how; else by HTTP Basic.",
    ),
    *WAY,
    *CREDENTIALS,
    Field(
        name="max_bytes",
        type=FieldType.INTEGER,
        default=32 << 20,
        at_least=1024,
        help="The largest answer taken, in bytes.",
    ),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of call as configured; texts may hold {key}, {id}, {name} and {cursor}."""

    operation: str
    parameters: dict[str, str]
    method: str | None
    path: str

    @classmethod
    def of(cls, values: Values) -> Asked:
        """What a table says of it."""
        return cls(
            values.text("operation"), values.words("parameters"), values.text_or_none("method"), values.text("path")
        )


@dataclass(frozen=True, slots=True)
class LookUp:
    """How the other side is asked for what it has."""

    asked: Asked
    found_in: str | None
    receipt_in: str | None


@dataclass(frozen=True, slots=True)
class Sending:
    """How documents of a kind are sent, and what counts as their answer."""

    asked: Asked
    documents: tuple[str, ...]
    key: str | None
    found_in: str | None
    receipt_in: str | None
    refused: dict[str, str]
    repeated: dict[str, str]
    reason_in: str | None
    look_up: LookUp | None

    @classmethod
    def of(cls, values: Values) -> Sending:
        """What a table of `send` says."""
        found_in, receipt_in = values.text_or_none("found_in"), values.text_or_none("receipt_in")
        asked = values.table("look_up")
        look_up = LookUp(
            Asked.of(asked), asked.text_or_none("found_in") or found_in, asked.text_or_none("receipt_in") or receipt_in
        )
        return cls(
            asked=Asked.of(values), documents=values.texts("documents"), key=values.text_or_none("key"),
            found_in=found_in, receipt_in=receipt_in, refused=values.words("refused"),
            repeated=values.words("repeated"), reason_in=values.text_or_none("reason_in"),
            look_up=look_up if values.has("look_up") else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Receiving:
    """How documents of a kind are fetched."""

    asked: Asked
    name: str
    each: str | None
    id_in: str | None
    name_in: str | None
    cursor_in: str | None
    start: str
    next_in: str | None
    confirm: Asked | None

    @classmethod
    def of(cls, values: Values) -> Receiving:
        """What a table of `receive` says."""
        asked = Asked.of(values)
        return cls(
            asked=asked, name=values.text("name") or asked.operation or "answer", each=values.text_or_none("each"),
            id_in=values.text_or_none("id_in"), name_in=values.text_or_none("name_in"),
            cursor_in=values.text_or_none("cursor_in"), start=values.text("start"),
            next_in=values.text_or_none("next_in"),
            confirm=Asked.of(values.table("confirm")) if values.has("confirm") else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SoapConfig:
    """A connection to a service as configured."""

    name: str
    workspace: Path
    endpoint: str
    mode: str
    wsdl: str | None
    service: str | None
    port: str | None
    send: tuple[Sending, ...]
    receive: tuple[Receiving, ...]
    max_bytes: int
    timeout: timedelta

    @classmethod
    def of(cls, config: ConnectionConfig) -> SoapConfig:
        """The configuration of one connection file."""
        values = config.values
        return cls(
            name=config.name, workspace=config.workspace, endpoint=values.text("endpoint"), mode=values.text("mode"),
            wsdl=values.text_or_none("wsdl"), service=values.text_or_none("service"), port=values.text_or_none("port"),
            send=tuple(Sending.of(each) for each in values.tables("send")),
            receive=tuple(Receiving.of(each) for each in values.tables("receive")),
            max_bytes=values.integer("max_bytes"), timeout=values.duration("timeout"),
        )  # fmt: skip

    @property
    def extension(self) -> str:
        """The ending of the file names of what comes."""
        return JSON if self.mode == JSON else XML
