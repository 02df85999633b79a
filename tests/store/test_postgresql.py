"""PostgreSQL under a gateway: away, broken in the middle, shared by several processes, or not what we need."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import Connection, make_url, text

from gateway.errors import PermanentError, TransientError, UsageError
from gateway.store.engine import Store, open_store, savepoint
from gateway.store.migrate import status, upgrade

OPTIONS = "-c lock_timeout=100"


@pytest.fixture
def url(new_database: Callable[[str], str]) -> str:
    return new_database("postgresql")


@pytest.fixture
def opened(url: str) -> Iterator[Callable[..., Store]]:
    """Opens the database as one more process does."""
    with ExitStack() as stores:

        def opened(**query: str) -> Store:
            told = make_url(url).update_query_dict(query).render_as_string(hide_password=False)
            return stores.enter_context(closing(open_store(told)))

        yield opened


@pytest.fixture
def store(opened: Callable[..., Store]) -> Store:
    store = opened()
    with store.write() as db:
        db.execute(text("CREATE TABLE thing (name TEXT PRIMARY KEY)"))
    return store


def names(store: Store) -> list[str]:
    with store.read() as db:
        return list(db.execute(text("SELECT name FROM thing ORDER BY name")).scalars())


def end(killer: Store, connection: Connection) -> None:
    """The connection is over, as when the server was stopped or its host lost."""
    end_backend(killer, connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def end_backend(killer: Store, pid: int) -> None:
    with killer.read() as db:
        assert db.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid}).scalar_one()


def test_a_connection_lost_in_the_middle_is_transient_and_leaves_nothing_half(
    store: Store, opened: Callable[..., Store]
) -> None:
    def break_off() -> None:
        with store.write() as db:
            db.execute(text("INSERT INTO thing VALUES ('a')"))
            end(opened(), db)
            db.execute(text("INSERT INTO thing VALUES ('b')"))

    with pytest.raises(TransientError, match="busy or away"):
        break_off()
    assert names(store) == []
    with store.write() as db:
        db.execute(text("INSERT INTO thing VALUES ('c')"))
    assert names(store) == ["c"]


def test_a_connection_lost_in_one_item_of_many_is_no_defect_of_that_item(
    store: Store, opened: Callable[..., Store]
) -> None:
    def one_item(db: Connection) -> None:
        with savepoint(db):
            end(opened(), db)
            db.execute(text("INSERT INTO thing VALUES ('a')"))

    def all_items() -> None:
        with store.write() as db:
            with pytest.raises(TransientError):
                one_item(db)
            db.execute(text("INSERT INTO thing VALUES ('b')"))

    with pytest.raises(TransientError):
        all_items()
    assert names(store) == []


def test_a_commit_that_does_not_arrive_is_transient(store: Store, opened: Callable[..., Store]) -> None:
    def break_off() -> None:
        with store.write() as db:
            db.execute(text("INSERT INTO thing VALUES ('a')"))
            end(opened(), db)

    with pytest.raises(TransientError):
        break_off()
    assert names(store) == []


def test_a_writer_that_waits_too_long_for_another_one_is_told_so(store: Store, opened: Callable[..., Store]) -> None:
    other = opened(options=OPTIONS)
    with store.write(), pytest.raises(TransientError, match="lock timeout"), other.write():
        pass
    with other.write() as db:
        db.execute(text("INSERT INTO thing VALUES ('a')"))
    assert names(store) == ["a"]


def test_a_server_that_is_not_there_is_transient(url: str) -> None:
    away = make_url(url).set(host="127.0.0.1", port=1, query={}).render_as_string()
    with closing(open_store(away)) as store, pytest.raises(TransientError, match="busy or away"), store.read():
        pass


def test_a_database_that_is_not_there_is_for_the_operator_to_make(url: str) -> None:
    elsewhere = open_store(make_url(url).set(database="elsewhere").render_as_string())
    with closing(elsewhere) as store, pytest.raises(PermanentError, match=r"elsewhere.*create it"), store.read():
        pass


def test_a_value_the_database_cannot_keep_is_no_traceback(store: Store) -> None:
    with pytest.raises(PermanentError, match="cannot keep a value"), store.read() as db:
        db.execute(text("SELECT CAST(1000000 AS SMALLINT)"))


def test_a_user_who_may_not_is_told_whom_to_ask(store: Store) -> None:
    def as_another() -> None:
        with store.read() as db:
            db.execute(text("SET LOCAL ROLE pg_monitor"))
            db.execute(text("SELECT * FROM thing"))

    with pytest.raises(PermanentError, match="owner of the tables"):
        as_another()


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match=r"edi-procurement-gateway\[postgres\]"):
        open_store("postgresql://user:pa55word@host/gateway")


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_every_usual_way_to_write_the_url_is_understood_and_shows_no_password(scheme: str) -> None:
    with closing(open_store(f"{scheme}://user:pa55word@host/gateway?password=pa55word")) as store:
        assert store.url.startswith("postgresql+psycopg://user")
        assert "pa55word" not in store.url


def test_the_connection_says_which_process_it_belongs_to(store: Store) -> None:
    with store.read() as db:
        shown = db.execute(text("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()"))
        assert shown.scalar_one().startswith("gateway ")


def test_a_dispatcher_whose_connection_broke_is_one_again_unless_another_took_over(
    opened: Callable[..., Store],
) -> None:
    killer, locks = opened(), [opened().dispatcher_lock() for _ in range(2)]
    first, second = (lock for lock in locks if lock is not None)
    assert (first.take(), second.take(), first.take()) == (True, False, True)
    _end_holder(killer)
    assert (first.take(), second.take()) == (True, False)
    _end_holder(killer)
    assert (second.take(), first.take()) == (True, False)
    second.release()
    assert first.take()
    first.release()


def _end_holder(killer: Store) -> None:
    held = (
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with killer.read() as db:
        pid = db.execute(text(held)).scalar_one()
    end_backend(killer, pid)


def test_two_that_upgrade_at_once_take_each_step_once(opened: Callable[..., Store]) -> None:
    stores = [opened() for _ in range(3)]
    together = threading.Barrier(len(stores))

    def step_up(store: Store) -> bool:
        together.wait()
        return upgrade(store).is_current

    with ThreadPoolExecutor(len(stores)) as pool:
        assert list(pool.map(step_up, stores)) == [True] * len(stores)


def test_a_step_of_the_schema_that_fails_leaves_nothing_half(opened: Callable[..., Store]) -> None:
    store = opened()

    def break_off(db: Connection) -> None:
        db.execute(text("CREATE TABLE half (name TEXT)"))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.migrate(break_off)
    assert status(store).current is None
    with pytest.raises(PermanentError, match="not of this version"), store.read() as db:
        db.execute(text("SELECT * FROM half"))
