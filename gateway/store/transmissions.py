"""The raw archive: bytes as received, in chunks, with their digest; written once, read in windows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select, update

from gateway.errors import PermanentError
from gateway.store.audit import seal_all
from gateway.store.line_tables import ChunkRow, TransmissionRow
from gateway.store.records import Transmission
from gateway.store.tables import table

CHUNK_BYTES = 1 << 18

_transmission = table(TransmissionRow)
_chunk = table(ChunkRow)

_TRANSMISSION = select(_transmission).where(_transmission.c.id == bindparam("identity"))
_UPDATE = update(_transmission).where(_transmission.c.id == bindparam("identity"))
_of_transmission = _chunk.c.transmission == bindparam("transmission")
# Built once: composing a statement costs more than SQLite takes to run it.
_PART = select(func.substr(_chunk.c.content, bindparam("skip"), bindparam("length"))).where(
    _of_transmission, _chunk.c.start == bindparam("first")
)
_CHUNK = select(_chunk.c.content).where(_of_transmission, _chunk.c.start == bindparam("first"))
_CHUNKS = (
    select(_chunk.c.content)
    .where(_of_transmission, _chunk.c.start >= bindparam("first"), _chunk.c.start < bindparam("end"))
    .order_by(_chunk.c.start)
)


def store_transmission(db: Connection, record: Transmission, content: Iterator[bytes]) -> Transmission:
    """The transmission as stored: its pieces written, its size and digest measured on the way."""
    digest, size = hashlib.sha256(), 0
    db.execute(insert(_transmission), [_columns(record)])
    for piece in _pieces(content):
        db.execute(insert(_chunk), {"transmission": record.id, "start": size, "content": piece})
        digest.update(piece)
        size += len(piece)
    measured = {"digest": digest.hexdigest(), "size": size}
    db.execute(_UPDATE, {"identity": record.id, **measured})
    stored = msgspec.structs.replace(record, digest=digest.hexdigest(), size=size)
    seal_all(db, "transmission", [stored], stored.received_at)
    return stored


def _columns(record: Transmission) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _pieces(content: Iterator[bytes]) -> Iterator[bytes]:
    """The content re-cut into pieces of CHUNK_BYTES, the last one shorter."""
    held = bytearray()
    for part in content:
        held += part
        while len(held) >= CHUNK_BYTES:
            yield bytes(held[:CHUNK_BYTES])
            del held[:CHUNK_BYTES]
    if held:
        yield bytes(held)


def transmission(db: Connection, identity: str) -> Transmission | None:
    """The transmission of this id."""
    row = db.execute(_TRANSMISSION, {"identity": identity}).mappings().one_or_none()
    return Transmission(**row) if row else None


def mark_transmission(db: Connection, identity: str, state: str) -> None:
    """Set how far the transmission got."""
    db.execute(_UPDATE, {"identity": identity, "state": state})


def read_chunks(db: Connection, identity: str) -> Iterator[bytes]:
    """The transmission's bytes in order, one chunk in memory at a time."""
    start = 0
    while True:
        piece = db.execute(_CHUNK, {"transmission": identity, "first": start}).scalar_one_or_none()
        if piece is None:
            return
        yield piece
        start += len(piece)


def read_window(db: Connection, identity: str, start: int, length: int) -> bytes:
    """`length` bytes of the transmission from byte `start`; raises PermanentError where they are no more kept."""
    content = _window(db, identity, start, length)
    if length and not content:
        raise PermanentError(f"The bytes of transmission {identity} are past their retention. A backup may hold them.")
    return content


def _window(db: Connection, identity: str, start: int, length: int) -> bytes:
    first, end = start - start % CHUNK_BYTES, start + length
    if end <= first + CHUNK_BYTES:
        part = {"transmission": identity, "first": first, "skip": start - first + 1, "length": length}
        return bytes(db.execute(_PART, part).scalar_one_or_none() or b"")
    pieces = db.execute(_CHUNKS, {"transmission": identity, "first": first, "end": end}).scalars()
    return b"".join(pieces)[start - first : end - first]
