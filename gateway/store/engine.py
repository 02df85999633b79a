"""The store: transactions on SQLite or PostgreSQL, as SQLAlchemy Core connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from threading import Lock
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from gateway.errors import PermanentError, TransientError, UsageError
from gateway.store import embedded_file, postgresql
from gateway.store.audit import sealing, unsealed
from gateway.store.faults import plain_errors, shown

BUSY_TIMEOUT_S = 10
LOOKED_THROUGH_BYTES = 1 << 30
"""The largest embedded store that is looked through whenever the gateway starts to serve: a second or two."""
_FAULTS_TOLD = 20
_SQLITE = frozenset({"sqlite", "sqlite+pysqlite"})
_POSTGRESQL = frozenset({postgresql.DRIVER, "postgresql", "postgres"})
_URLS = f"Write sqlite:///FILE or {postgresql.DRIVER}://USER:PASSWORD@HOST/DATABASE."


class Store:
    """One database. `read` gives a consistent snapshot, `write` the one transaction that may change it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._writing = Lock()
        snapshot = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = engine if self._is_sqlite else engine.execution_options(**snapshot)

    @property
    def url(self) -> str:
        """Where the database is, without its password."""
        return shown(self._engine.url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the data, whatever others commit meanwhile; nothing it does stays.

        Raises TransientError when the database is busy or away.
        """
        with plain_errors(self._engine), self._reader.connect() as db:
            if self._is_sqlite:
                db.exec_driver_sql("BEGIN")
            yield db

    @contextmanager
    def write(self, *, lasting: bool = True) -> Iterator[Connection]:
        """A connection in a transaction: committed at the end, rolled back by an exception.

        One at a time on every store: the lock is taken at once, so that nothing it reads changes before the commit.
        What it recorded is sealed before the commit. One that is not `lasting` waits for no disk: it outlives this
        process, but not surely the machine or the database's server, until the next one that lasts. Raises
        TransientError when the database is busy or away.
        """
        with self._turn(), plain_errors(self._engine), self._engine.begin() as db:
            if self._is_sqlite:
                db.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
                # A deferred transaction that writes after it has read can fail at once, without waiting for the lock.
                db.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                postgresql.begin_writing(db, lasting=lasting)
            with sealing(db):
                yield db

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """The threads of this process take turns: each would look for SQLite's lock only from time to time."""
        if not self._is_sqlite:
            yield
            return
        if not self._writing.acquire(timeout=BUSY_TIMEOUT_S):
            raise TransientError(f"The database {self.url} is busy: this process has been writing for too long")
        try:
            yield
        finally:
            self._writing.release()

    def driver_arguments(self) -> dict[str, Any]:
        """What PostgreSQL's driver is told to connect as this store does; with the password."""
        arguments = dict(self._engine.dialect.create_connect_args(self._engine.url)[1])
        arguments.pop("context", None)  # how SQLAlchemy has values converted
        return arguments

    def node_lock(self) -> postgresql.SessionLock | None:
        """What each node that drains lanes holds beside the others, so that a command leaves the work to them."""
        return (
            None if self._is_sqlite else postgresql.SessionLock(self._engine, postgresql.Lock.DISPATCHER, shared=True)
        )

    def dispatcher_lock(self) -> postgresql.SessionLock | None:
        """The lock of whoever drains the lanes, for every host that shares the database; None for an embedded store."""
        return None if self._is_sqlite else postgresql.SessionLock(self._engine, postgresql.Lock.DISPATCHER)

    @contextmanager
    def rehearsal(self) -> Iterator[Store]:
        """A store like this one, in which everything can be done and nothing stays; no one else writes meanwhile."""
        with self.write() as db:
            yield _Rehearsal(self._engine, db)
            db.rollback()

    def migrate(self, steps: Callable[[Connection], None], then: Callable[[Connection], None] = lambda _: None) -> None:
        """The steps of the schema taken and what comes then done, all of it or none.

        On PostgreSQL what the steps made sorts as on SQLite.
        """
        with self.write() as db:
            if not self._is_sqlite:
                postgresql.begin_migrating(db)
            steps(db)
            if not self._is_sqlite:
                postgresql.sort_by_bytes(db)
            then(db)

    def copy_to(self, path: Path, tell: embedded_file.Tell = lambda _done, _all: None) -> None:
        """Write a consistent copy of an embedded store to a new file, while others go on.

        `tell` is told the pages that are copied, and how many there are. Raises UsageError where the path is taken.
        """
        if not self._is_sqlite:
            raise UsageError(
                "Only an embedded store is copied to a file. For PostgreSQL: pg_dump --format=custom --file=FILE URL,"
                " its URL without +psycopg."
            )
        with self.read() as db:
            db.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1")  # from here on it sees this one state
            source = db.connection.driver_connection
            if isinstance(source, SqliteConnection):
                embedded_file.back_up(source, path, tell)

    def faults(self) -> list[str]:
        """What is wrong with the pages of an embedded store; every page is read. PostgreSQL looks after its own."""
        return self._told_by(f"integrity_check({_FAULTS_TOLD})")

    def look_through(self) -> None:
        """Nothing, where the pages of an embedded store hang together, or are too many for a look in passing.

        Raises PermanentError where one is damaged.
        """
        file = file_of(self._engine.url.render_as_string())
        if file is not None and file.stat().st_size <= LOOKED_THROUGH_BYTES:
            for fault in self._told_by("quick_check(1)"):
                raise PermanentError(f"{self.url} is no usable SQLite database: {fault}. {embedded_file.ADVICE}")

    def _told_by(self, check: str) -> list[str]:
        if not self._is_sqlite:
            return []
        try:
            with self.read() as db:
                told = db.exec_driver_sql(f"PRAGMA {check}").scalars().all()
        except PermanentError as reason:
            return [str(reason)]
        return [] if told == ["ok"] else [" ".join(str(each).split()) for each in told]

    def close(self) -> None:
        """Give every connection back."""
        self._engine.dispose()


class _Rehearsal(Store):
    """A store within one transaction of another: each write is a part of it, and each read sees what was written."""

    def __init__(self, engine: Engine, db: Connection) -> None:
        super().__init__(engine)
        self._db = db

    @contextmanager
    def read(self) -> Iterator[Connection]:
        yield self._db

    @contextmanager
    def write(self, *, lasting: bool = True) -> Iterator[Connection]:
        del lasting
        with savepoint(self._db):
            yield self._db

    def dispatcher_lock(self) -> None:
        """None: what is rehearsed is nobody else's work."""


@contextmanager
def savepoint(db: Connection) -> Iterator[None]:
    """A part of a transaction: undone alone by an exception, which goes on.

    SQLAlchemy's own nested transaction does the same at several times the price, and there is one to each message.
    """
    with plain_errors(db.engine):
        db.exec_driver_sql("SAVEPOINT item")
        records = unsealed(db)
        before = len(records)
        try:
            yield
        except BaseException:
            del records[before:]
            if _is_undone(db):
                db.invalidate()  # nothing may be written after it as if the transaction were still there
            if not db.invalidated:  # with its connection the whole transaction is gone
                db.exec_driver_sql("ROLLBACK TO SAVEPOINT item")
                db.exec_driver_sql("RELEASE SAVEPOINT item")
            raise
        db.exec_driver_sql("RELEASE SAVEPOINT item")


def _is_undone(db: Connection) -> bool:
    """Whether SQLite has undone the whole transaction by itself, as on a full disk."""
    if db.invalidated:
        return False
    driver = db.connection.driver_connection
    return isinstance(driver, SqliteConnection) and not driver.in_transaction


def open_store(url: str) -> Store:
    """The store at a database URL; a SQLite file and its folder are made when missing.

    Raises UsageError for a URL that names no database the gateway can use, PermanentError where a file is damaged.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return Store(_sqlite(parsed))
    try:
        return Store(postgresql.engine_of(parsed))
    except ImportError as reason:
        raise UsageError(f"PostgreSQL needs a driver that is not installed: {postgresql.EXTRA}") from reason


def _parsed(url: str) -> URL:
    # What cannot be read may hold a password: it is not repeated.
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as reason:
        raise UsageError(f"The database URL names no database the gateway can use. {_URLS}") from reason
    if parsed.drivername in _POSTGRESQL:
        return parsed.set(drivername=postgresql.DRIVER)
    if parsed.drivername in _SQLITE:
        if parsed.database in (None, "", ":memory:") or parsed.query:
            raise UsageError(f"The database URL of an embedded store names its file, and nothing more. {_URLS}")
        return parsed
    raise UsageError(
        f"The database URL names no database the gateway can use: {parsed.drivername} is none of them. {_URLS}"
    )


def file_of(url: str) -> Path | None:
    """The file an embedded store lies in; None for any other store."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return None
    embedded = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return Path(parsed.database or "") if embedded else None


def _sqlite(url: URL) -> Engine:
    path = Path(url.database or "")
    embedded_file.look_at(path)
    embedded_file.make(path)
    engine = create_engine(url, creator=lambda: embedded_file.connection(path, BUSY_TIMEOUT_S))

    def note(connection: SqliteConnection, entry: ConnectionPoolEntry) -> None:
        entry.info["file"] = embedded_file.identity(path)
        _prepare(connection)

    def look(_connection: SqliteConnection, entry: ConnectionPoolEntry, _use: PoolProxiedConnection) -> None:
        # What is written to a file that was moved or deleted is committed, and nobody finds it again.
        if entry.info["file"] != embedded_file.identity(path):
            raise DisconnectionError

    event.listen(engine, "connect", note)
    event.listen(engine, "checkout", look)
    return engine


def _prepare(connection: SqliteConnection) -> None:
    # Python's sqlite3 begins transactions by itself, late and never before SELECT or DDL; the store says BEGIN. That is
    # no listener's work: where an engine has one for its transactions, each statement is slower.
    connection.isolation_level = None
    # Every connection of the pool has a cache of its own, in KiB; what it has no room for the system's cache still has.
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -8192"):
        connection.execute(f"PRAGMA {pragma}").close()
