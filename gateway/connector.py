"""The connector contract, public: what a connector gives to the gateway, and what the gateway promises it.

A connector is a package with a `connector.toml` and a `CONNECTOR`, registered in the entry-point group
`gateway.connectors`. Inside: config.py (its fields), poll.py (takes), listen.py (what may be posted to it), send.py
(gives), each where it can. A kind that can `answer` brings its fields only: who calls is answered at a door of the
gateway's own (/cxml, /oci).

Promises of the gateway: one poller per connection at a time; `done` only after the content is committed; a sender is
used by one thread at a time, and not again after it raised. What a connector raises has a text that says what to do:

- TransientError: the other side does not have it; it is tried again under the same idempotency key.
- PermanentError: trying again changes nothing; an operator looks.
- UnknownOutcomeError: it was sent and the answer was lost. So is everything else that is raised, and a crash. It is
  sent again only where `connector.toml` says `repeatable = true` (the same key sent again does no harm), or where the
  sender is a Finder and found nothing; else a person decides.

A sending ends within the connection's `timeout`, which every ConnectionConfig has among its values. A poller or sender
that holds a session open is Closing: the gateway closes what it does not use any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from gateway.errors import Problem
from gateway.fields import Field, FieldType, Values, word_problems

__all__ = [
    "Arrival",
    "Closing",
    "Connection",
    "ConnectionConfig",
    "Connector",
    "Delivery",
    "Field",
    "FieldType",
    "Finder",
    "Listener",
    "Listening",
    "Memory",
    "Poller",
    "Problem",
    "Receipt",
    "Sender",
    "Values",
    "safe_name",
    "word_problems",
]

MAX_NAME = 120
_UNSAFE = frozenset('/\\:*?"<>|')


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something the other side left for us, claimed for this gateway; `size` in bytes, `key` names the claim.

    It is here already: `chunks` waits for nobody, since it is read while the store is written to.
    """

    key: str
    name: str
    size: int
    chunks: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What leaves: the same `idempotency_key` means the same delivery, tried again.

    `type`, `reference` and `id` are those of the document, of which `name` is made.
    """

    name: str
    content: bytes
    idempotency_key: str
    type: str = ""
    reference: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Listener:
    """What a connection lets in at its own address, /in/NAME: the syntaxes it takes, all where none is named.

    `max_bytes` is the most in one body; None leaves it to the settings.
    """

    accepts: tuple[str, ...] = ()
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the other side has now, in its own words; `repeated` when it had it before."""

    reference: str
    repeated: bool = False


class Poller(Protocol):
    """Takes what arrived, each thing once."""

    def poll(self) -> Iterator[Arrival]:
        """What arrived complete, oldest first, each claimed as it is yielded."""

    def done(self, arrival: Arrival) -> None:
        """The gateway has committed it: archive or remove it; again is harmless."""

    def release(self, arrival: Arrival) -> None:
        """The gateway could not take it: the next poll yields it again."""

    def recover(self) -> int:
        """How many claims of a run that crashed are given back; called once, before the first poll."""


class Sender(Protocol):
    """Gives content to the other side."""

    def send(self, delivery: Delivery) -> Receipt:
        """What the other side has now: all of it or nothing, and never something else under a name it had."""


@runtime_checkable
class Finder(Protocol):
    """A sender that can ask the other side what it has."""

    def find(self, delivery: Delivery) -> Receipt | None:
        """What the other side has of this delivery, asked by its key or name; None where it surely has nothing.

        Raises TransientError where it cannot be asked now, PermanentError where it cannot tell.
        """


@runtime_checkable
class Closing(Protocol):
    """A poller or sender that holds something open."""

    def close(self) -> None:
        """Nothing is held open any more; again is harmless, and nothing is raised."""


class Memory(Protocol):
    """What a connection has to know again after a restart, on whichever node: short texts by key, each kept at once.

    Keys and values hold at most 1,000 characters. What is not forgotten stays.
    """

    def recall(self, key: str) -> str | None:
        """What was remembered under the key; None where nothing was."""

    def recalled(self, prefix: str = "") -> dict[str, str]:
        """All that was remembered under keys that begin so."""

    def remember(self, key: str, value: str) -> None:
        """From now on this stands under the key; committed when it returns."""

    def forget(self, key: str) -> None:
        """Nothing stands under the key; again is harmless."""


class Connection(Protocol):
    """An outside system as configured; a kind that cannot poll or send raises PermanentError."""

    def poller(self) -> Poller:
        """What takes from there."""

    def sender(self) -> Sender:
        """What gives to there."""

    def test(self) -> list[str]:
        """What was seen when trying to reach the other side, a line each; raises what kept it from it."""


@runtime_checkable
class Listening(Protocol):
    """A connection of a kind that can listen."""

    def listener(self) -> Listener:
        """What it lets in."""


@dataclass(frozen=True, slots=True)
class ConnectionConfig:
    """One `connections/NAME.toml`: `values` by the connector's fields, `secret` resolves a reference to its value."""

    name: str
    workspace: Path
    values: Values
    secret: Callable[[str], str]
    memory: Memory


@dataclass(frozen=True, slots=True)
class Connector:
    """A kind of connection: its fields, and how one is opened.

    `one_way` names the fields that say where it takes and gives: no place may be used for both. `needs` names, by what
    a kind can do, the field without which a connection of it cannot. A kind whose other side decides whether sending
    again does harm has a flag `repeatable`. `check` finds what is wrong with a connection file beyond its single keys.
    """

    name: str
    fields: tuple[Field, ...]
    open: Callable[[ConnectionConfig], Connection]
    one_way: tuple[str, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Values], Iterable[Problem]] = lambda _: ()


def safe_name(name: str) -> str:
    """The name as a plain, visible file name: no path, no control characters, at most MAX_NAME characters."""
    plain = "".join(sign if sign.isprintable() and sign not in _UNSAFE else "_" for sign in name)
    if plain.startswith("."):
        plain = "_" + plain[1:]
    stem, dot, suffix = plain.rpartition(".")
    if len(plain) > MAX_NAME and dot and len(suffix) < MAX_NAME // 4:
        plain = f"{stem[: MAX_NAME - len(suffix) - 1]}.{suffix}"
    return plain[:MAX_NAME] or "unnamed"
