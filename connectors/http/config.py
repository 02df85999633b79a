"""What an HTTP connection is told: what it lets in, and where and how it posts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from gateway.connector import ConnectionConfig, Delivery, Field, FieldType, Problem, Values, word_problems
from gateway.errors import ConfigError, PermanentError
from gateway.outbound import target_of
from gateway.outbound.connections import CREDENTIALS, WAY, url_problems, way_problems

FIELDS = (
    Field(
        name="max_bytes",
        type=FieldType.INTEGER,
        at_least=1,
        help="The largest body taken, in bytes; left out, `limits.max_interchange_bytes` of the settings.",
    ),
    Field(
        name="url",
        help="Where documents are sent; {type}, {reference}, {id}, {name} and {key} in it are those of the document: "
        "{name} is its file name, {key} its idempotency key.",
    ),
    Field(name="method", default="POST", choices=("POST", "PUT"), help="How they are sent."),
    Field(name="content_type", help="The Content-Type of what is sent; left out, that of its syntax."),
    Field(
        name="key_header",
        default="Idempotency-Key",
        help="The header that holds the idempotency key: the same one means the same document.",
    ),
    Field(
        name="repeatable",
        type=FieldType.FLAG,
        default=False,
        help="Whether the receiver keeps to the key, so that sending again does no harm when an answer was lost.",
    ),
    Field(
        name="repeated",
        type=FieldType.TEXTS,
        default=(),
        choices=("200", "208", "409", "412", "422"),
        help="Statuses that say the receiver had it before.",
    ),
    Field(
        name="expects",
        type=FieldType.TEXTS,
        default=(),
        help='The Content-Type of a good answer, as "application/json"; left out, anything but a page of HTML.',
    ),
    *WAY,
    *CREDENTIALS,
)


_WORDS = ("type", "reference", "id", "name", "key")
_SAMPLE = Delivery("name", b"", "key", "type", "reference", "id")


def problems(values: Values) -> Iterator[Problem]:
    """What is wrong with a connection file beyond its single keys."""
    url = values.text("url")
    if url:
        yield from url_problems(values, "url", filled(url, _SAMPLE))
        yield from word_problems(values.place("url"), "url", url, _WORDS)
    yield from way_problems(values)


@dataclass(frozen=True, slots=True)
class Posting:
    """Where and how documents are sent."""

    url: str
    method: str
    content_type: str | None
    key_header: str
    repeatable: bool
    repeated: frozenset[int]
    expects: frozenset[str]
    timeout: timedelta

    @classmethod
    def of(cls, config: ConnectionConfig) -> Posting:
        """What the connection file says of it; raises PermanentError for one that does not send."""
        values = config.values
        url = values.text("url")
        if not url:
            raise PermanentError(f"{config.name} sends nothing. Give it a url, or name another connection.")
        try:
            target_of(filled(url, _SAMPLE))
        except PermanentError as error:
            raise ConfigError(f"{config.name}: {error}") from None
        return cls(
            url, values.text("method"), values.text_or_none("content_type"), values.text("key_header"),
            values.flag("repeatable"), frozenset(map(int, values.texts("repeated"))),
            frozenset(each.lower() for each in values.texts("expects")), values.duration("timeout"),
        )  # fmt: skip


def filled(url: str, delivery: Delivery) -> str:
    """The URL with what it names of a document, each as one plain part of it."""
    named = {
        "type": delivery.type, "reference": delivery.reference, "id": delivery.id, "name": delivery.name,
        "key": delivery.idempotency_key,
    }  # fmt: skip
    for name, value in named.items():
        part = quote(value, safe="")
        url = url.replace("{" + name + "}", part if part.strip(".") else part.replace(".", "%2E"))
    return url
