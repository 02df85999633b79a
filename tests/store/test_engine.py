from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, MetaData, Table, Text, insert, select, text
from sqlalchemy.exc import IntegrityError

from gateway.errors import PermanentError, TransientError, UsageError
from gateway.store import engine
from gateway.store.engine import Store, open_store
from gateway.store.lookup import among
from gateway.store.types import scale, unscale
from tests.processes import PATIENCE_S


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with closing(open_store(database_url)) as opened:
        with opened.write() as db:
            db.execute(text("CREATE TABLE thing (name TEXT PRIMARY KEY)"))
        yield opened


def names(store: Store) -> list[str]:
    with store.read() as db:
        return list(db.execute(text("SELECT name FROM thing ORDER BY name")).scalars())


def _insert_new_and_known(db: Connection) -> None:
    db.execute(text("INSERT INTO thing VALUES ('b')"))
    db.execute(text("INSERT INTO thing VALUES ('a')"))


def test_a_write_stays_and_a_failed_one_leaves_nothing(store: Store) -> None:
    with store.write() as db:
        db.execute(text("INSERT INTO thing VALUES ('a')"))
    with pytest.raises(IntegrityError), store.write() as db:
        _insert_new_and_known(db)
    assert names(store) == ["a"]


def test_a_savepoint_can_fail_alone(store: Store) -> None:
    with store.write() as db:
        db.execute(text("INSERT INTO thing VALUES ('a')"))
        savepoint = db.begin_nested()
        db.execute(text("INSERT INTO thing VALUES ('b')"))
        savepoint.rollback()
    assert names(store) == ["a"]


def test_a_reader_sees_one_state_while_others_write(store: Store) -> None:
    with store.read() as db:
        assert db.execute(text("SELECT count(*) FROM thing")).scalar_one() == 0
        with store.write() as other:
            other.execute(text("INSERT INTO thing VALUES ('a')"))
        assert db.execute(text("SELECT count(*) FROM thing")).scalar_one() == 0
    assert names(store) == ["a"]


def test_what_a_reader_writes_does_not_stay(store: Store) -> None:
    # PostgreSQL takes none of it: as from a stand-by, which becomes the first again.
    with suppress(TransientError), store.read() as db:
        db.execute(text("INSERT INTO thing VALUES ('a')"))
    assert names(store) == []


def test_a_rehearsal_sees_what_it_did_and_nothing_stays(store: Store) -> None:
    with store.rehearsal() as rehearsal:
        with rehearsal.write() as db:
            db.execute(text("INSERT INTO thing VALUES ('a')"))
        with pytest.raises(IntegrityError), rehearsal.write() as db:
            _insert_new_and_known(db)
        assert names(rehearsal) == ["a"]
    assert names(store) == []


def test_every_embedded_connection_syncs_fully_checks_foreign_keys_and_waits_for_the_lock(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/var/gateway.db")) as store, store.write() as db:
        pragmas = [
            db.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert pragmas == ["wal", 2, 1, 10_000]


def test_what_need_not_outlive_the_machine_waits_for_no_disk_and_what_follows_does(store: Store) -> None:
    # The server of the tests syncs nothing: of it is told whether the transaction has a setting of its own.
    asked = "SELECT source = 'session' FROM pg_settings WHERE name = 'synchronous_commit'"
    is_embedded = store.url.startswith("sqlite")
    found = []
    for lasting in (False, True, False):
        with store.write(lasting=lasting) as db:
            found.append(db.exec_driver_sql("PRAGMA synchronous" if is_embedded else asked).scalar_one())
            db.execute(text("INSERT INTO thing VALUES (:name)"), {"name": f"{len(found)}"})
    assert found == ([1, 2, 1] if is_embedded else [True, False, True])
    assert names(store) == ["1", "2", "3"]


def test_writers_wait_for_each_other_and_none_is_lost(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    # Eighty commits, of which the last may be all one writer's: on a slow disk that lasts.
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_S", PATIENCE_S)

    def count_up(worker: int) -> None:
        for turn in range(20):
            with store.write() as db:
                rows = db.execute(text("SELECT count(*) FROM thing")).scalar_one()
                db.execute(text("INSERT INTO thing VALUES (:name)"), {"name": f"{rows}-{worker}-{turn}"})

    workers = [threading.Thread(target=count_up, args=(worker,)) for worker in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    # Had two read the same state before they wrote, a number would stand twice.
    assert sorted(int(name.split("-")[0]) for name in names(store)) == list(range(80))


def test_a_busy_store_is_a_transient_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_S", 0)
    one, other = (open_store(f"sqlite:///{tmp_path}/gateway.db") for _ in range(2))
    with one.write(), pytest.raises(TransientError, match="locked"), other.write():
        pass
    one.close()
    other.close()


@pytest.mark.parametrize("statement", ["SELECT * FROM elsewhere", "SELECT colour FROM thing"])
def test_a_missing_table_or_column_asks_for_the_upgrade(store: Store, statement: str) -> None:
    with pytest.raises(PermanentError, match="gateway db upgrade"), store.read() as db:
        db.execute(text(statement))


def test_any_text_is_stored_and_found_again(store: Store) -> None:
    # PostgreSQL knows no NUL: a replacement character stands there in its place.
    strange = ["a\0b", "\ud7ff\U0001f600", "'; --", "%s", ":x", "\\"]
    column = Table("thing", MetaData(), Column("name", Text)).c.name
    with store.write() as db:
        db.execute(insert(column.table), [{"name": each} for each in strange])
    with store.read() as db:
        for each in strange:
            assert len(db.execute(select(column).where(column == each)).all()) == 1
        found = db.execute(select(column).where(among(column, "names")), {"names": strange}).scalars()
        assert set(strange[1:]) <= set(found)


def test_what_stands_before_a_nul_is_not_what_was_asked_for(store: Store) -> None:
    column = Table("thing", MetaData(), Column("name", Text)).c.name
    with store.write() as db:
        db.execute(insert(column.table), {"name": "a"})
        assert db.execute(select(column).where(among(column, "names")), {"names": ["a\0b"]}).all() == []


@pytest.mark.parametrize(
    "url",
    [
        "nowhere",
        "unheard-of://u:pa55word@host/name",
        "",
        "postgresql+psycopg2://u:pa55word@host/name",
        "mysql://u:pa55word@host/name",
        "postgresql+psycopg://u:pa55word@host:port/name",
    ],
)
def test_a_url_that_names_no_database_is_wrong_use_and_its_password_is_not_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="names no database") as refused:
        open_store(url)
    assert "pa55word" not in str(refused.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///a.db?timeout=3"])
def test_the_url_of_an_embedded_store_is_its_file_and_nothing_more(url: str) -> None:
    with pytest.raises(UsageError, match="names its file"):
        open_store(url)


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "a?b#c.db", "ü&=.db"])
def test_a_file_may_have_any_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with closing(open_store(f"sqlite:///{quote(str(path))}")) as store, store.write():
        assert path.with_name(f"{name}-wal").exists()


@given(st.decimals(min_value=-(10**12) + 1, max_value=10**12 - 1, places=6))
def test_a_scaled_number_comes_back_exactly(number: Decimal) -> None:
    assert unscale(scale(number)) == number


@pytest.mark.parametrize("plain", ["0", "100", "-7.1", "0.000001", "999999999999.999999"])
def test_a_scaled_number_comes_back_in_its_shortest_form(plain: str) -> None:
    assert str(unscale(scale(Decimal(plain)))) == plain


def test_a_number_finer_than_a_millionth_is_not_cut() -> None:
    with pytest.raises(ValueError, match="more than 6 decimal digits"):
        scale(Decimal("0.0000001"))
