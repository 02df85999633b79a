"""Whether the records are as they were written: the chain, each record against it, each byte by its digest."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection, func, select

from gateway.store.audit import GONE, SEALED, START, Head, digest_of, hash_of
from gateway.store.audit_tables import AuditRow, RetentionRow
from gateway.store.engine import Store
from gateway.store.line_tables import ArchiveRow, ChunkRow, TransmissionRow
from gateway.store.tables import table

_audit = table(AuditRow)
_archive = table(ArchiveRow)
_chunk = table(ChunkRow)
_retention = table(RetentionRow)
_transmission = table(TransmissionRow)

_AT_ONCE = 1_000
_DOCUMENTS_AT_ONCE = 50
"""Documents in memory at a time; some drivers would fetch all of them."""
_CHAIN = select(_audit).order_by(_audit.c.seq).execution_options(yield_per=100)
_NOTHING = hashlib.sha256().hexdigest()
_KEPT_BY = {"event": "events", "canonical": "documents"}
"""The retention under which a record itself goes; of the other kinds only the content does."""

Tell: TypeAlias = Callable[[int], None]
RowOf: TypeAlias = Callable[[str, str], int]


class Finding(NamedTuple):
    """What is not as it was written: which record, what became of it, and the row of the chain that shows it.

    `row` is 0 where no row of the chain knows the record, or where none was asked.
    """

    row: int
    kind: str
    key: str
    text: str

    def __str__(self) -> str:
        if self.kind == "chain":
            return f"row {self.row} of the chain {self.text}"
        return f"{self.kind} {self.key} {self.text}" + (f", says row {self.row} of the chain" if self.row else "")


class Verified(NamedTuple):
    """What a check found: the head of the chain, how many records and how many of them past their retention."""

    head: Head
    records: int
    past_retention: int
    findings: tuple[Finding, ...]


def altered(store: Store, tell: Tell = lambda _: None) -> Iterator[str]:
    """A sentence for each transmission or document whose bytes do not have the digest recorded with them."""
    with store.read() as db:
        for finding, _ in _contents(db, lambda *_: 0, tell):
            if finding is not None:
                yield str(finding)


def work_of(store: Store) -> int:
    """How many steps a check of everything tells of."""
    counted = [_audit, *(table(kind.row) for kind in SEALED.values()), _transmission, _archive]
    with store.read() as db:
        return sum(db.execute(select(func.count()).select_from(each)).scalar_one() for each in counted)


def verify(store: Store, noted: Head | None = None, tell: Tell = lambda _: None) -> Verified:
    """What is wrong, the first row of the chain that shows something first; `noted` is a head of before.

    A chain that is broken is not read further: what its later rows say is worth nothing.
    """
    with store.read() as db, closing(_Index()) as index:
        head, broken = _read_chain(db, index, noted, tell)
        if broken is not None:
            return Verified(head, index.count(), 0, (broken,))
        found: list[Finding] = []
        past = 0
        for finding, is_past in chain(_records(db, index, tell), _contents(db, index.row_of, tell)):
            past += is_past
            if finding is not None:
                found.append(finding)
        # What no row of the chain knows comes last.
        found.sort(key=lambda each: (not each.row, each.row))
        return Verified(head, index.count(), past, tuple(found))


class _Index:
    """The last word of the chain on each record, in a file that is gone with it: however many there are."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE word (kind, key, digest, row, at, PRIMARY KEY (kind, key)) WITHOUT ROWID")

    def add(self, row: int, at: str, body: str) -> None:
        words = (line.split(" ") for line in body.splitlines())
        values = [(kind, int(key) if kind == "event" else key, digest, row, at) for kind, key, digest in words]
        self._db.executemany("INSERT OR REPLACE INTO word VALUES (?, ?, ?, ?, ?)", values)

    def words(self, kind: str) -> Iterator[tuple[str, str, int, str]]:
        """Key, digest, row of the chain and its instant, in the order of the keys."""
        found = self._db.execute(
            "SELECT key, digest, row, at FROM word WHERE kind = ? AND digest <> ? ORDER BY key", (kind, GONE)
        )
        for word in found:  # noqa: UP028 - a cursor that is handed on is closed with whoever reads it, maybe too late
            yield word

    def row_of(self, kind: str, key: str) -> int:
        row = self._db.execute("SELECT row FROM word WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return row[0] if row else 0

    def count(self) -> int:
        counted: int = self._db.execute("SELECT count(*) FROM word WHERE digest <> ?", (GONE,)).fetchone()[0]
        return counted

    def close(self) -> None:
        self._db.close()


def _read_chain(db: Connection, index: _Index, noted: Head | None, tell: Tell) -> tuple[Head, Finding | None]:
    """The head of the chain, and what breaks it first."""
    last = Head(0, START)
    with db.execute(_CHAIN) as rows:
        for row in rows:
            wrong = _wrong(last, row.seq, row.previous, row.hash == hash_of(row.seq, row.at, row.previous, row.body))
            if wrong is None and noted is not None and row.seq == noted.number and row.hash != noted.hash:
                wrong = "is another one than was noted"
            if wrong is not None:
                return last, Finding(row.seq, "chain", str(row.seq), wrong)
            index.add(row.seq, row.at, row.body)
            last = Head(row.seq, row.hash)
            tell(1)
    if noted is not None and noted.number > last.number:
        return last, Finding(noted.number, "chain", str(noted.number), f"is gone: the chain ends at {last.number}")
    return last, None


def _wrong(last: Head, number: int, previous: str, is_itself: bool) -> str | None:
    if number != last.number + 1:
        return f"does not follow {last.number}: what stood between them is gone"
    if not is_itself:
        return "was altered"
    return (
        None if previous == last.hash else f"does not follow {last.number}: one of them stood elsewhere, or was altered"
    )


def _records(db: Connection, index: _Index, tell: Tell) -> Iterator[tuple[Finding | None, bool]]:
    """What is wrong with each record that the chain names or the store holds, and whether it is past its retention."""
    gone_before = horizons(db)
    for kind, sealed in SEALED.items():
        words = index.words(kind)
        word = next(words, None)
        for row in db.execute(sealed.rows().execution_options(yield_per=_AT_ONCE)):
            key: str = row[0]
            while word is not None and word[0] < key:
                yield _missing(kind, word, gone_before)
                word = next(words, None)
            if word is None or word[0] != key:
                yield Finding(0, kind, key, "was inserted: no row of the chain knows it"), False
            else:
                is_itself = digest_of(tuple(row)) == word[1]
                yield None if is_itself else Finding(word[2], kind, key, "was altered"), False
                word = next(words, None)
            tell(1)
        while word is not None:
            yield _missing(kind, word, gone_before)
            word = next(words, None)


def _missing(kind: str, word: tuple[str, str, int, str], gone_before: dict[str, str]) -> tuple[Finding | None, bool]:
    key, _, row, at = word
    if at < gone_before.get(_KEPT_BY.get(kind, ""), ""):
        return None, True
    return Finding(row, kind, key, "was removed"), False


def horizons(db: Connection) -> dict[str, str]:
    """The instant before which content of each kind may be gone."""
    return {row.kind: row.before for row in db.execute(select(_retention))}


def _contents(db: Connection, row_of: RowOf, tell: Tell) -> Iterator[tuple[Finding | None, bool]]:
    """What is wrong with the bytes received and sent, and whether they are past their retention."""
    gone_before = horizons(db)
    received = select(_transmission.c.id, _transmission.c.digest, _transmission.c.size, _transmission.c.received_at)
    for identity, digest, size, at in db.execute(received.order_by(_transmission.c.id)).all():
        length, measured = _measured(db, identity)
        is_past = not length and size > 0 and at < gone_before.get("raw", "")
        is_itself = is_past or (length, measured) == (size, digest)
        yield (
            None if is_itself else Finding(row_of("transmission", identity), "transmission", identity, "was altered"),
            is_past,
        )
        tell(1)
    sent = select(_archive.c.id, _archive.c.digest, _archive.c.created_at, _archive.c.content).order_by(_archive.c.id)
    for identity, digest, at, content in db.execute(sent.execution_options(yield_per=_DOCUMENTS_AT_ONCE)):
        is_past = not content and digest != _NOTHING and at < gone_before.get("converted", "")
        is_itself = is_past or hashlib.sha256(content).hexdigest() == digest
        yield None if is_itself else Finding(row_of("document", identity), "document", identity, "was altered"), is_past
        tell(1)


def _measured(db: Connection, identity: str) -> tuple[int, str]:
    """How many bytes lie in the pieces of a transmission, and their digest; a gap between them is no content."""
    digest, length = hashlib.sha256(), 0
    pieces = select(_chunk.c.start, _chunk.c.content).where(_chunk.c.transmission == identity).order_by(_chunk.c.start)
    for start, content in db.execute(pieces.execution_options(yield_per=1)):
        if start != length:
            return -1, ""
        digest.update(content)
        length += len(content)
    return length, digest.hexdigest()
