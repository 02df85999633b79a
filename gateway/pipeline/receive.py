"""Receive: raw bytes stored with their digest, and nothing decided; only then may the sender be told."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.pipeline.work import Line
from gateway.store.events import note_event
from gateway.store.identity import new_id
from gateway.store.records import Transmission
from gateway.store.transmissions import store_transmission


def receive(line: Line, name: str, content: Iterator[bytes], connection: str | None = None) -> Transmission:
    """The transmission, committed: `content` in pieces of any size, `name` as the other side called it."""
    at = line.now()
    record = Transmission(
        id=new_id(), connection=connection, name=name, digest="", size=0, received_at=at, state="received", issues="[]"
    )
    with line.store.write() as db:
        stored = store_transmission(db, record, content)
        note_event(db, stored.id, "received", f"{stored.size} bytes", at)
    return stored
