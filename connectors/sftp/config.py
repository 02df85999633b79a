"""What an SFTP connection is told: its fields, and the folders and limits that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from gateway.connector import ConnectionConfig, Field, FieldType, Memory

MOST_SECONDS_OPEN_BETWEEN = 60
"""A session is kept open from one look to the next where they are no further apart."""


class After(StrEnum):
    """What becomes of a file once it is stored."""

    ARCHIVE = "archive"
    DELETE = "delete"
    LEAVE = "leave"


_RECEIVE = (
    Field(name="folder", required=True, help="The folder on the server that files are taken from."),
    Field(name="pattern", default="*", help="The files that are taken, as *.edi."),
    Field(
        name="after",
        default=After.ARCHIVE.value,
        choices=tuple(each.value for each in After),
        help="What becomes of a file that is stored: moved to archive/DAY/ in the folder, deleted, or left and noted.",
    ),
    Field(
        name="max_bytes",
        type=FieldType.INTEGER,
        default=1 << 30,
        at_least=1,
        help="The largest file taken, in bytes; a larger one stays where it is and is told.",
    ),
    Field(
        name="patience",
        type=FieldType.DURATION,
        default=timedelta(minutes=10),
        help="The time a file that does not change any more, and whose end is missing, is waited for.",
    ),
)
_SEND = (
    Field(name="folder", required=True, help="The folder on the server that files are put into; it has to be there."),
    Field(
        name="name",
        help='What a file is called, as "{type}_{reference}_{id}.{extension}", which is also what it is without this.',
    ),
)
FIELDS = (
    Field(name="host", required=True, help="The server's name or address."),
    Field(name="port", type=FieldType.INTEGER, default=22, at_least=1, help="The server's port."),
    Field(name="user", required=True, help="Whom the server knows us as."),
    Field(name="key", secret=True, help="Our private key, in the form of OpenSSH or PEM."),
    Field(name="key_password", secret=True, help="What our private key is encrypted with."),
    Field(name="password", secret=True, help="Our password; together with a key it is given after it."),
    Field(
        name="agent",
        type=FieldType.FLAG,
        default=False,
        help="Whether the keys of the SSH agent (SSH_AUTH_SOCK) are offered.",
    ),
    Field(
        name="host_keys",
        type=FieldType.TEXTS,
        default=(),
        help='The server\'s public keys, as "ssh-ed25519 AAAA..."; two while it changes over. No other is accepted.',
    ),
    Field(
        name="slowest",
        type=FieldType.INTEGER,
        default=10_000,
        at_least=1,
        help="The bytes a second that a file of any size has to come with; `timeout` comes on top.",
    ),
    Field(name="receive", type=FieldType.TABLE, fields=_RECEIVE, help="What is taken from there."),
    Field(name="send", type=FieldType.TABLE, fields=_SEND, help="What is put there."),
)


@dataclass(frozen=True, slots=True)
class Login:
    """Where the server is and who we are there; `host_keys` as type and Base64, `label` for people."""

    host: str
    port: int
    user: str
    key: str
    key_password: str
    password: str
    agent: bool
    host_keys: tuple[str, ...]
    timeout_s: float

    @property
    def label(self) -> str:
        """Who and where, for people."""
        return f"{self.user}@{self.host}:{self.port}"

    @classmethod
    def of(cls, config: ConnectionConfig) -> Login:
        """What a connection file says of it; raises ConfigError for a secret that is not set."""
        values = config.values

        def secret(name: str) -> str:
            reference = values.text_or_none(name)
            return config.secret(reference) if reference else ""

        return cls(
            host=values.text("host"), port=values.integer("port"), user=values.text("user"), key=secret("key"),
            key_password=secret("key_password"), password=secret("password"), agent=values.flag("agent"),
            host_keys=values.texts("host_keys"), timeout_s=values.duration("timeout").total_seconds(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inbox:
    """What is taken: claims and archive lie inside the folder, so that a rename moves a file there."""

    folder: bytes
    pattern: str
    after: After
    max_bytes: int
    patience_s: float
    slowest: int
    timeout_s: float
    stays_open: bool
    memory: Memory

    @classmethod
    def of(cls, config: ConnectionConfig) -> Inbox:
        """What a connection file says of it."""
        values = config.values
        receive = values.table("receive")
        return cls(
            folder=as_path(receive.text("folder")), pattern=receive.text("pattern"),
            after=After(receive.text("after")), max_bytes=receive.integer("max_bytes"),
            patience_s=receive.duration("patience").total_seconds(), slowest=values.integer("slowest"),
            timeout_s=values.duration("timeout").total_seconds(),
            stays_open=values.duration("poll").total_seconds() <= MOST_SECONDS_OPEN_BETWEEN, memory=config.memory,
        )  # fmt: skip

    @property
    def claims(self) -> bytes:
        """Where claimed files wait until they are stored."""
        return within(self.folder, b".claimed")

    @property
    def archive(self) -> bytes:
        """Where stored files lie, a folder a day."""
        return within(self.folder, b"archive")

    def seconds_for(self, size: int) -> float:
        """The time in which a file of this size has to have come."""
        return self.timeout_s + size / self.slowest


@dataclass(frozen=True, slots=True)
class Outbox:
    """What is put there: the folder and the form of the names."""

    folder: bytes
    name: str
    timeout_s: float
    deadline: timedelta
    memory: Memory

    @classmethod
    def of(cls, config: ConnectionConfig) -> Outbox:
        """What a connection file says of it."""
        values = config.values
        send = values.table("send")
        return cls(
            folder=as_path(send.text("folder")), name=send.text("name"), deadline=values.duration("deadline"),
            timeout_s=values.duration("timeout").total_seconds(), memory=config.memory,
        )  # fmt: skip


def as_path(folder: str) -> bytes:
    """The folder as it is named to the server, without a slash at its end."""
    return (folder.rstrip("/") or "/").encode()


def within(folder: bytes, name: bytes) -> bytes:
    """The path of what is called so in the folder."""
    return folder.rstrip(b"/") + b"/" + name


def shown(path: bytes) -> str:
    """A path for people: what is no UTF-8, or not visible, as an escape."""
    return "".join(
        sign if sign.isprintable() else repr(sign)[1:-1] for sign in path.decode("utf-8", "backslashreplace")
    )
