"""Receive: raw bytes stored with their digest, and nothing decided; only then may the sender be told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gateway.connector import Arrival
from gateway.cxml.kept import without_secrets
from gateway.errors import ConflictError
from gateway.pipeline.routes import carries_rows
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.claims import Claim, ClaimKind, claim, held, keys_held, release, release_all
from gateway.store.events import note_event
from gateway.store.identity import new_id
from gateway.store.lanes import add_file
from gateway.store.records import Transmission
from gateway.store.transmissions import store_transmission
from gateway.store.types import instant_text
from gateway.syntaxes import begins_as


class StoredBeforeError(ConflictError):
    """This arrival was stored before the other side was told so. Tell it; nothing is stored again."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What someone handed in to a connection, whole and measured; `extension` is that of its syntax.

    `key` is what he calls it himself: the same key means the same bytes, or a mistake of his.
    """

    connection: str
    extension: str
    digest: str
    content: Callable[[], Iterator[bytes]]
    key: str | None = None


class Taken(NamedTuple):
    """The transmission of what was handed in; `again` where it was taken before."""

    transmission: str
    again: bool = False


def receive(line: Line, name: str, content: Iterator[bytes], connection: str | None = None) -> Transmission:
    """The transmission, committed: `content` in pieces of any size, `name` as the other side called it."""
    with line.store.write() as db:
        return receive_among(line, db, name, content, connection)


def receive_among(
    line: Line, db: Connection, name: str, content: Iterator[bytes], connection: str | None = None
) -> Transmission:
    """The transmission, in a transaction that it may share with others."""
    return _store(db, _arrived(line, new_id(), name, connection), content)


def receive_arrival(line: Line, db: Connection, arrival: Arrival, connection: str) -> Transmission:
    """The transmission of what the other side left for us, in a part of a transaction of its own.

    Raises StoredBeforeError where it was stored and not forgotten since: whoever stored it told nobody.
    """
    stored = receive_among(line, db, arrival.name, arrival.chunks(), connection)
    wanted = Claim(ClaimKind.ARRIVAL, _whose(connection), arrival.key, stored.id, stored.digest, line.now())
    standing = claim(db, wanted)
    if standing.holder != stored.id:
        if standing.digest == stored.digest:
            raise StoredBeforeError
        # Another thing under a name that was used before.
        release(db, wanted.kind, wanted.partner, wanted.key)
        claim(db, wanted)
    return stored


def arrivals_held(db: Connection, connection: str) -> set[str]:
    """The keys of what is stored of a connection, and perhaps not called done."""
    return keys_held(db, ClaimKind.ARRIVAL, _whose(connection))


def forget_arrivals(db: Connection, connection: str, keys: Iterable[str]) -> None:
    """Whatever comes under these keys is new."""
    release_all(db, ClaimKind.ARRIVAL, _whose(connection), keys)


def _whose(connection: str) -> str:
    return f"connection:{connection}"


def receive_once(line: Line, db: Connection, posted: Posted) -> Taken:
    """The transmission of these bytes: a new one, or the one of the same bytes within the window, or under its key.

    Where trade data flows in, the same bytes without a key are new: what was so an hour ago can be so again.
    Raises ConflictError where the key stands for other bytes.
    """
    partner, own_key = _whose(posted.connection), f"key:{posted.key}"
    standing = held(db, ClaimKind.TRANSPORT, partner, own_key) if posted.key is not None else None
    if standing is not None:
        if standing.digest != posted.digest:
            raise ConflictError(f"The key {posted.key} stands for other bytes. Take a new one.")
        return Taken(standing.holder, again=True)
    identity, at = new_id(), line.now()
    name = f"{identity}.{posted.extension}"
    if carries_rows(line.configuration, posted.connection):
        if posted.key is not None:
            claim(db, Claim(ClaimKind.TRANSPORT, partner, own_key, identity, posted.digest, at))
        _store(db, _arrived(line, identity, name, posted.connection), posted.content())
        return Taken(identity)
    wanted = Claim(ClaimKind.TRANSPORT, partner, f"sha256:{posted.digest}", identity, posted.digest, at)
    free_before = instant_text(line.clock() - line.duplicate_window)
    first = claim(db, wanted, free_before).holder
    if posted.key is not None:
        claim(db, Claim(ClaimKind.TRANSPORT, partner, own_key, first, posted.digest, at))
    if first != identity:
        return Taken(first, again=True)
    _store(db, _arrived(line, identity, name, posted.connection), posted.content())
    return Taken(identity)


def _arrived(line: Line, identity: str, name: str, connection: str | None) -> Transmission:
    return Transmission(
        id=identity, connection=connection, name=name, digest="", size=0, received_at=line.now(), state="received",
        issues="[]",
    )  # fmt: skip


def _store(db: Connection, record: Transmission, content: Iterator[bytes]) -> Transmission:
    stored = store_transmission(db, record, _kept(content))
    note_event(db, stored.id, "received", f"{stored.size} bytes", record.received_at)
    add_file(db, stored.connection, stored.id)
    return stored


def _kept(content: Iterator[bytes]) -> Iterator[bytes]:
    """The content as it is kept: cXML without the secrets it shows."""
    first = next(content, b"")
    if begins_as(first) == "cxml":
        yield without_secrets(b"".join([first, *content]))
        return
    yield first
    yield from content
