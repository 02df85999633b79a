"""What a mail connection is told: the server, who we are for it, and whom a mail is from and to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.connector import ConnectionConfig, Field, FieldType
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
