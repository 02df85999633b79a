"""The chain over the records: whatever is altered, removed, inserted or put elsewhere is named, on either store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, insert, select, text, update

from gateway.store.audit import SEALED, Head, head, seal_standing
from gateway.store.audit_tables import AuditRow
from gateway.store.engine import Store, savepoint
from gateway.store.events import events_of, note_event
from gateway.store.line_tables import ChunkRow
from gateway.store.tables import table
from gateway.store.verify import Finding, altered, verify, work_of
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores

AT = "2026-11-24T08:00:00.000000+00:00"
RECORDS = sorted(SEALED.keys() - {"retention"})
AUDIT = table(AuditRow)


@pytest.fixture
def worked(demo: Place) -> Iterator[Store]:
    """A store in which orders came in and were answered."""
    demo.sample(1)
    demo.sample(2)
    with demo.opened() as gateway:
        yield gateway.store


@contextmanager
def meddling(store: Store) -> Iterator[tuple[Connection, Callable[[], tuple[Finding, ...]]]]:
    """A connection that may do anything, and what a check finds after it; nothing of it stays."""
    with store.rehearsal() as rehearsal, rehearsal.read() as db:
        free = "PRAGMA defer_foreign_keys = ON" if db.dialect.name == "sqlite" else _REPLICA
        db.exec_driver_sql(free)
        yield db, lambda: verify(rehearsal).findings


_REPLICA = "SET LOCAL session_replication_role = replica"  # no foreign key is checked


def kind_of(kind: str) -> tuple[Table, str, list[str]]:
    """The table of a kind of record, its key, and its columns that are sealed."""
    sealed = SEALED[kind]
    return table(sealed.row), sealed.columns[0], list(sealed.columns[1:])


def first_key(db: Connection, kind: str) -> Any:
    row = db.execute(SEALED[kind].rows()).first()
    assert row is not None
    return row[0]


def test_what_the_line_does_is_sealed_and_verifies(worked: Store) -> None:
    told: list[int] = []
    verified = verify(worked, tell=told.append)
    assert verified.findings == ()
    with worked.read() as db:
        assert verified.head == head(db)
        counted = {kind: len(db.execute(SEALED[kind].rows()).all()) for kind in RECORDS}
    assert min(counted.values()) >= 2, counted
    assert verified.records == sum(counted.values())
    assert sum(told) == work_of(worked)


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_that_was_altered_is_named(worked: Store, kind: str) -> None:
    of, key, columns = kind_of(kind)
    for column in columns:
        with meddling(worked) as (db, found):
            name = first_key(db, kind)
            other = 7 if isinstance(of.c[column].type.python_type(), int) else "another"
            db.execute(update(of).where(of.c[key] == name).values({column: other}))
            assert [(each.kind, each.key) for each in found()][:1] == [(kind, name)], column


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_that_was_removed_is_named(worked: Store, kind: str) -> None:
    of, key, columns = kind_of(kind)
    with meddling(worked) as (db, found):
        name = first_key(db, kind)
        if kind == "canonical":
            db.execute(update(of).where(of.c[key] == name).values({columns[0]: None}))
        else:
            db.execute(delete(of).where(of.c[key] == name))
        assert (kind, name, "was removed") in [(each.kind, each.key, each.text) for each in found()]


@pytest.mark.parametrize("kind", sorted(set(RECORDS) - {"canonical"}))
def test_a_record_that_was_inserted_is_named(worked: Store, kind: str) -> None:
    of, key, _ = kind_of(kind)
    with meddling(worked) as (db, found):
        row = dict(db.execute(select(of).order_by(of.c[key])).mappings().first() or {})
        row[key] = 10**9 if kind == "event" else "ZZZ"
        if kind == "output":
            row["key"] = "another"
        db.execute(insert(of), row)
        assert (kind, row[key]) in [(each.kind, each.key) for each in found()]
        assert any("was inserted" in each.text for each in found())


@pytest.mark.parametrize("kind", sorted(set(RECORDS) - {"output"}))
def test_two_records_that_changed_places_are_named(worked: Store, kind: str) -> None:
    of, key, columns = kind_of(kind)
    with meddling(worked) as (db, found):
        first, second, *_ = db.execute(SEALED[kind].rows()).mappings().all()
        for one, other in ((first, second), (second, first)):
            db.execute(update(of).where(of.c[key] == one[key]).values({name: other[name] for name in columns}))
        assert {each.key for each in found() if each.kind == kind} == {first[key], second[key]}


@pytest.mark.parametrize("column", ["at", "previous", "hash", "body"])
def test_a_row_of_the_chain_that_was_altered_is_the_first_bad_one(worked: Store, column: str) -> None:
    for number in (1, 3):
        with meddling(worked) as (db, found):
            db.execute(update(AUDIT).where(AUDIT.c.seq == number).values({column: "0" * 64}))
            wrong = found()
        if not (number == 1 and column == "previous"):  # it is what stands there already
            assert [(each.kind, each.key) for each in wrong] == [("chain", str(number))]


def test_a_row_of_the_chain_that_was_removed_is_missed(worked: Store) -> None:
    for number, named in ((1, "2"), (3, "4")):
        with meddling(worked) as (db, found):
            db.execute(delete(AUDIT).where(AUDIT.c.seq == number))
            assert [(each.key, "gone" in each.text) for each in found()] == [(named, True)]


def test_rows_of_the_chain_that_changed_places_are_found(worked: Store) -> None:
    with meddling(worked) as (db, found):
        for number, other in ((2, -2), (3, 2), (-2, 3)):
            db.execute(update(AUDIT).where(AUDIT.c.seq == number).values(seq=other))
        assert [each.key for each in found()] == ["2"]


def test_a_row_put_into_the_chain_is_found(worked: Store) -> None:
    with meddling(worked) as (db, found):
        last = head(db)
        row = {"seq": last.number + 1, "at": AT, "previous": last.hash, "hash": "f" * 64, "body": ""}
        db.execute(insert(AUDIT), row)
        assert [each.key for each in found()] == [str(last.number + 1)]


def test_a_tail_that_was_cut_off_is_found_by_a_head_noted_before(worked: Store) -> None:
    noted = verify(worked).head
    assert verify(worked, noted).findings == ()
    assert [each.key for each in verify(worked, noted._replace(hash="f" * 64)).findings] == [str(noted.number)]
    with meddling(worked) as (db, found):
        body = db.execute(select(AUDIT.c.body).where(AUDIT.c.seq == noted.number)).scalar_one()
        db.execute(delete(AUDIT).where(AUDIT.c.seq == noted.number))
        for line in body.splitlines():
            kind, key, _ = line.split(" ")
            of, column, _ = kind_of(kind)
            db.execute(delete(of).where(of.c[column] == (int(key) if kind == "event" else key)))
        assert found() == ()  # the chain alone cannot tell
    with worked.rehearsal() as rehearsal:
        with rehearsal.write() as db:
            db.execute(delete(AUDIT).where(AUDIT.c.seq == noted.number))
        (finding, *_) = verify(rehearsal, noted).findings
    assert (finding.row, "ends at" in finding.text) == (noted.number, True)


@pytest.mark.parametrize("kind", ["transmission", "document"])
def test_one_byte_of_what_came_or_left_is_named(worked: Store, kind: str) -> None:
    of, key = (table(ChunkRow), "transmission") if kind == "transmission" else (table(SEALED[kind].row), "id")
    with meddling(worked) as (db, found):
        name, content = db.execute(select(of.c[key], of.c.content).order_by(of.c[key]).limit(1)).one()
        db.execute(update(of).where(of.c[key] == name).values(content=bytes([content[0] ^ 1]) + content[1:]))
        assert [(each.kind, each.key) for each in found()] == [(kind, name)]
        assert found()[0].row > 0
        db.execute(update(of).where(of.c[key] == name).values(content=b""))
        assert [(each.kind, each.key) for each in found()] == [(kind, name)]


def test_what_is_undone_is_not_sealed(store: Store) -> None:
    def fail(db: Connection) -> None:
        with savepoint(db):
            note_event(db, "M2", "lost", "", AT)
            raise RuntimeError

    with store.write() as db:
        note_event(db, "M1", "kept", "", AT)
        with pytest.raises(RuntimeError):
            fail(db)
        note_event(db, "M1", "kept", "too", AT)
    with pytest.raises(RuntimeError), store.write() as db:
        fail(db)
    verified = verify(store)
    assert (verified.findings, verified.records, verified.head.number) == ((), 2, 1)


def test_a_transaction_that_records_nothing_adds_no_row(store: Store) -> None:
    with store.write():
        pass
    assert verify(store).head == Head(0, "0" * 64)


def test_any_text_is_sealed_as_the_store_keeps_it(store: Store) -> None:
    strange = ["a\0b", "\\u0000", "line\nfeed", '"', "ü\u2028", ""]
    with store.write() as db:
        for each in strange:
            note_event(db, "M1", "noted", each, AT)
    assert verify(store).findings == ()
    with store.read() as db:
        assert len(events_of(db, "M1")) == len(strange)


def test_what_was_recorded_before_there_was_a_chain_is_sealed_when_it_begins(worked: Store) -> None:
    with worked.rehearsal() as rehearsal:
        with rehearsal.write() as db:
            db.execute(delete(AUDIT))
        assert verify(rehearsal).findings != ()
        with rehearsal.write() as db:
            seal_standing(db)
        assert verify(rehearsal).findings == ()
        with rehearsal.write() as db:
            db.execute(text("UPDATE event SET text = 'another' WHERE seq = 2"))
        assert [(each.kind, each.key) for each in verify(rehearsal).findings] == [("event", 2)]
    assert list(altered(worked)) == []
