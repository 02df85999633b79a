"""The audit chain: each transaction that records something seals it, in a row that holds the hash of the row before.

A record is sealed by one line, `KIND KEY DIGEST`: the digest is SHA-256 over the JSON array of the columns that never
change. Where a record is sealed again, by an erasure for one, the last line counts; `-` in the place of the digest says
that there is none any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Row, Select, insert, select
from sqlmodel import SQLModel

from gateway.store.audit_tables import AuditRow, RetentionRow
from gateway.store.line_tables import ArchiveRow, EventRow, InterchangeRow, MessageRow, OutboxRow, TransmissionRow
from gateway.store.tables import table

START = "0" * 64
"""What stands for the hash before the first row."""
GONE = "-"
"""What stands for the digest of a record that is no more."""

Unsealed: TypeAlias = list[tuple[str, str]]

_UNSEALED = "gateway.unsealed"
_NUL, _SHOWN_NUL = b"\\u0000", "\ufffd".encode()
_audit = table(AuditRow)
_LAST = select(_audit.c.seq, _audit.c.hash).order_by(_audit.c.seq.desc()).limit(1)
_INSERT = insert(_audit)
_encode = msgspec.json.Encoder().encode


class Sealed(NamedTuple):
    """A kind of record: its table, and its columns that are sealed, the first one its key.

    The last column of a record is never NULL while the record is there.
    """

    row: type[SQLModel]
    columns: tuple[str, ...]

    def rows(self) -> Select[*tuple[Any, ...]]:
        """The sealed columns of every record of this kind, in the order of their keys."""
        of = table(self.row)
        columns: list[Column[object]] = [of.c[name] for name in self.columns]
        return select(*columns).where(columns[-1].is_not(None)).order_by(columns[0])


SEALED = {
    "transmission": Sealed(TransmissionRow, ("id", "connection", "name", "digest", "size", "received_at")),
    "interchange": Sealed(InterchangeRow, ("id", "transmission", "start", "length", "digest")),
    "message": Sealed(MessageRow, ("id", "transmission", "interchange", "start", "length", "file", "received_at")),
    "canonical": Sealed(MessageRow, ("id", "document")),
    "document": Sealed(ArchiveRow, ("id", "digest", "created_at")),
    "output": Sealed(OutboxRow, ("id", "key", "archive", "created_at")),
    "event": Sealed(EventRow, ("seq", "at", "subject", "type", "text")),
    "retention": Sealed(RetentionRow, ("kind", "before")),
}


_AT_ONCE = 1_000


class Head(NamedTuple):
    """The last row of the chain: whoever noted it elsewhere can tell later whether the chain still holds it."""

    number: int
    hash: str


def canonical(record: Sequence[object]) -> bytes:
    """The record as a JSON array in UTF-8, on every store alike."""
    # PostgreSQL keeps the replacement character in the place of a NUL.
    return _encode(record).replace(_NUL, _SHOWN_NUL)


def digest_of(record: Sequence[object]) -> str:
    """SHA-256 over the record as a JSON array, in hexadecimal."""
    return hashlib.sha256(canonical(record)).hexdigest()


def hash_of(number: int, at: str, previous: str, body: str) -> str:
    """SHA-256 over a row of the chain: its number, instant, the hash before and its body, a line each."""
    return hashlib.sha256(f"{number}\n{at}\n{previous}\n{body}".encode()).hexdigest()


def seal(db: Connection, kind: str, record: Sequence[object], at: str) -> None:
    """The record is sealed with its transaction: the values of the columns of its kind, its key first.

    Where the last value is None, the record is no more.
    """
    digest = GONE if record[-1] is None else digest_of(record)
    db.info[_UNSEALED].append((at, f"{kind} {record[0]} {digest}\n"))


def seal_all(db: Connection, kind: str, records: Sequence[object], at: str) -> None:
    """The records are sealed with their transaction; each has the columns of its kind as attributes."""
    columns = attrgetter(*SEALED[kind].columns)
    for record in records:
        seal(db, kind, columns(record), at)


def unsealed(db: Connection) -> Unsealed:
    """What the transaction has recorded until now; what is taken out of it is not sealed."""
    kept: Unsealed = db.info.get(_UNSEALED, [])
    return kept


@contextmanager
def sealing(db: Connection) -> Iterator[None]:
    """A transaction whose records are sealed at its end, before it is committed."""
    kept = db.info
    records: Unsealed = []
    kept[_UNSEALED] = records
    try:
        yield
        if records and db.in_transaction():
            append(db, min(at for at, _ in records), "".join(line for _, line in records))
    finally:
        kept.pop(_UNSEALED, None)


def head(db: Connection) -> Head:
    """The last row of the chain; of an empty one, number 0."""
    last = db.execute(_LAST).one_or_none()
    return Head(last.seq, last.hash) if last else Head(0, START)


def append(db: Connection, at: str, body: str) -> None:
    """One more row of the chain, after the last one."""
    last = head(db)
    number = last.number + 1
    sealed = hash_of(number, at, last.hash, body)
    db.execute(_INSERT, {"seq": number, "at": at, "previous": last.hash, "hash": sealed, "body": body})


def seal_standing(db: Connection) -> None:
    """All that was recorded before there was a chain is sealed as it stands, kind by kind."""
    for kind, instant in _born().items():
        columns = SEALED[kind].columns
        rows = SEALED[kind].rows().add_columns(instant.label("instant"))
        for _, records in groupby(enumerate(db.execute(rows.execution_options(yield_per=_AT_ONCE))), _part):
            standing = list(records)
            lines = (f"{kind} {row[0]} {digest_of(row[: len(columns)])}\n" for _, row in standing)
            append(db, min(row.instant for _, row in standing), "".join(lines))


def _born() -> dict[str, ColumnElement[str]]:
    """When a record of each kind came to be, or was changed last."""
    received, interchange = table(TransmissionRow), table(InterchangeRow)
    whole = select(received.c.received_at).where(received.c.id == interchange.c.transmission).scalar_subquery()
    named = {
        "transmission": "received_at",
        "message": "received_at",
        "canonical": "changed_at",
        "document": "created_at",
        "output": "created_at",
        "event": "at",
    }
    return {"interchange": whole, **{kind: table(SEALED[kind].row).c[name] for kind, name in named.items()}}


def _part(numbered: tuple[int, Row[*tuple[Any, ...]]]) -> tuple[int, str]:
    """What is sealed together: so many rows in a sequence, and of one day."""
    number, row = numbered
    return number // _AT_ONCE, row.instant[: len("2026-11-24")]
