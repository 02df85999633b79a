"""What a mail connection is told: the server, who we are for it, and whom a mail is from and to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.connector import ConnectionConfig, Field, FieldType, Problem, Values, word_problems
from gateway.errors import ConfigError
from gateway.mailing import Envelope, MailServer

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}", re.ASCII)

FIELDS = (
    Field(name="host", required=True, help="The name or address of the server that takes our mails."),
    Field(name="port", type=FieldType.INTEGER, default=587, at_least=1, help="Its port."),
    Field(
        name="security",
        default="starttls",
        choices=("starttls", "tls", "none"),
        help="How the way to it is encrypted; with none, no password is sent.",
    ),
    Field(name="ca", help="The certificates that vouch for the server, PEM, relative to the workspace."),
    Field(name="user", help="Whom the server knows us as."),
    Field(name="password", secret=True, help="The password of `user`, as secret:NAME or env:NAME."),
    Field(name="from", required=True, help="The address mails are from, as edi@example.com."),
    Field(name="to", type=FieldType.TEXTS, default=(), required=True, help="The addresses they go to."),
    Field(
        name="subject",
        default="{type} {reference}",
        help="The subject; {type}, {reference}, {id} and {name} in it are those of the document.",
    ),
    Field(name="text", default="{name} is attached.", help="The text of the mail, which may name the same."),
)


_MOST_PORT = 65_535
_WORDS = ("type", "reference", "id", "name")


def problems(values: Values) -> Iterator[Problem]:
    """What is wrong with a connection file beyond its single keys."""
    for name, addresses in (("from", (values.text("from"),)), ("to", values.texts("to"))):
        for address in addresses:
            if address and not _ADDRESS.fullmatch(address):
                text = f"{name}: {address[:100]!r} is no address"
                yield values.place(name).problem(text, "write it as edi@example.com, without a name")
    if values.has("to") and not values.texts("to"):
        yield values.place("to").problem("to names nobody", "name at least one address")
    if values.integer("port") > _MOST_PORT:
        yield values.place("port").problem(f"port {values.integer('port')} is none", f"write at most {_MOST_PORT}")
    if values.has("user") != values.has("password"):
        named = "user" if values.has("user") else "password"
        yield values.place(named).problem("user and password belong together", "name both, or none")
    if values.has("user") and values.text("security") == "none":
        yield values.place("security").problem("no password is sent unencrypted", "write starttls or tls")
    for key in ("subject", "text"):
        yield from word_problems(values.place(key), key, values.text(key), _WORDS)


@dataclass(frozen=True, slots=True)
class Mailing:
    """Where mails go, and what they say."""

    server: MailServer
    envelope: Envelope
    subject: str
    text: str
    timeout_s: float

    @classmethod
    def of(cls, config: ConnectionConfig) -> Mailing:
        """What the connection file says; raises ConfigError for an address that is none, or a secret not there."""
        values = config.values
        envelope = Envelope(values.text("from"), values.texts("to"))
        for address in (envelope.sender, *envelope.recipients):
            if not _ADDRESS.fullmatch(address):
                text = f"{config.name}: {address[:100]!r} is no address. Write it as edi@example.com, without a name."
                raise ConfigError(text)
        password, ca = values.text_or_none("password"), values.text_or_none("ca")
        server = MailServer(
            values.text("host"), values.integer("port"), values.text("security"), values.text_or_none("user"),
            config.secret(password) if password else None, config.workspace / ca if ca else None,
        )  # fmt: skip
        timeout_s = values.duration("timeout").total_seconds()
        return cls(server, envelope, values.text("subject"), values.text("text"), timeout_s)
