"""The connector contract, public: what a connector gives to the gateway, and what the gateway promises it.

A connector is a package with a `connector.toml` and a `CONNECTOR`, registered in the entry-point group
`gateway.connectors`. Inside: config.py (its fields), poll.py (takes), send.py (gives), each where it can.

Promises of the gateway: one poller per connection at a time; `done` only after the content is committed;
`send` may be called again with the same idempotency key after a crash. What a connector raises is a
TransientError (tried again) or a PermanentError (an operator looks), with a text that says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gateway.fields import Field, FieldType, Values

__all__ = [
    "Arrival",
    "Connection",
    "ConnectionConfig",
    "Connector",
    "Delivery",
    "Field",
    "FieldType",
    "Poller",
    "Receipt",
    "Sender",
    "Values",
    "safe_name",
]

MAX_NAME = 120
_UNSAFE = frozenset('/\\:*?"<>|')


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something the other side left for us, claimed for this gateway; `size` in bytes, `key` names the claim."""

    key: str
    name: str
    size: int
    chunks: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What leaves: the same `idempotency_key` means the same delivery, tried again."""

    name: str
    content: bytes
    idempotency_key: str


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


class Connection(Protocol):
    """An outside system as configured; a kind that cannot poll or send raises PermanentError."""

    def poller(self) -> Poller:
        """What takes from there."""

    def sender(self) -> Sender:
        """What gives to there."""

    def test(self) -> list[str]:
        """What was seen when trying to reach the other side, a line each; raises what kept it from it."""


@dataclass(frozen=True, slots=True)
class ConnectionConfig:
    """One `connections/NAME.toml`: `values` by the connector's fields, `secret` resolves a reference to its value."""

    name: str
    workspace: Path
    values: Values
    secret: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Connector:
    """A kind of connection: its fields, and how one is opened.

    `one_way` names the fields that say where it takes and gives: no place may be used for both.
    """

    name: str
    fields: tuple[Field, ...]
    open: Callable[[ConnectionConfig], Connection]
    one_way: tuple[str, ...] = ()


def safe_name(name: str) -> str:
    """The name as a plain, visible file name: no path, no control characters, at most MAX_NAME characters."""
    plain = "".join(sign if sign.isprintable() and sign not in _UNSAFE else "_" for sign in name)
    if plain.startswith("."):
        plain = "_" + plain[1:]
    stem, dot, suffix = plain.rpartition(".")
    if len(plain) > MAX_NAME and dot and len(suffix) < MAX_NAME // 4:
        plain = f"{stem[: MAX_NAME - len(suffix) - 1]}.{suffix}"
    return plain[:MAX_NAME] or "unnamed"
