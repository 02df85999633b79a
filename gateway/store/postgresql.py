"""What PostgreSQL is told so that it keeps what an embedded store promises: one writer, no endless wait, one order.

Every write transaction takes the same advisory lock first, as SQLite's BEGIN IMMEDIATE does: what it reads stays as it
is until it commits, and no two writers can wait for each other. It is held for the schema, so that two gateways in one
database do not meet.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import PermanentError
from gateway.store.faults import plain_errors

if TYPE_CHECKING:
    from psycopg import Connection as PsycopgConnection
    from psycopg.abc import Buffer
    from psycopg.types.string import StrDumperUnknown
    from sqlalchemy.pool import ConnectionPoolEntry

DRIVER = "postgresql+psycopg"
EXTRA = "pip install 'edi-procurement-gateway[postgres]'"
LOCK_TIMEOUT_S = 10
STATEMENT_TIMEOUT_S = 300
IDLE_TIMEOUT_S = 60
"""How long a write transaction may stand still: a process that froze must not keep the others from writing."""
# A host that lost its power says no goodbye; its locks are free after a minute.
_SESSION = {
    "lock_timeout": LOCK_TIMEOUT_S * 1_000,
    "statement_timeout": STATEMENT_TIMEOUT_S * 1_000,
    "tcp_keepalives_idle": 30,
    "tcp_keepalives_interval": 10,
    "tcp_keepalives_count": 3,
}
_CONNECTION = {
    "client_encoding": "utf8",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
_POOL = {"pool_size": 5, "max_overflow": 15, "pool_timeout": LOCK_TIMEOUT_S, "pool_pre_ping": True}


class Lock(IntEnum):
    """The first half of an advisory lock's key; the second half is the schema."""

    WRITER = 0x67770001
    DISPATCHER = 0x67770002


_SCHEMA = "CAST(CAST(CAST(current_schema() AS regnamespace) AS oid) AS int)"
_WRITE = text(
    "SELECT set_config('idle_in_transaction_session_timeout', :idle, true),"
    f" pg_advisory_xact_lock({Lock.WRITER:d}, {_SCHEMA})"
).bindparams(idle=f"{IDLE_TIMEOUT_S}s")
_TRY = {
    False: text(f"SELECT pg_try_advisory_lock(:lock, {_SCHEMA})"),
    True: text(f"SELECT pg_try_advisory_lock_shared(:lock, {_SCHEMA})"),
}
_FREE = {
    False: text(f"SELECT pg_advisory_unlock(:lock, {_SCHEMA})"),
    True: text(f"SELECT pg_advisory_unlock_shared(:lock, {_SCHEMA})"),
}
_HOLDER = text(
    "SELECT string_agg(DISTINCT application_name, ', ')"  # noqa: S608
    " FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory'"
    f" AND granted AND classid = :lock AND objid = CAST({_SCHEMA} AS oid) AND objsubid = 2"
    " AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_ENCODING = text("SELECT current_setting('server_encoding')")
_SORTED_BY_LANGUAGE = text(
    "SELECT relname, attname, format_type(atttypid, atttypmod) AS type"
    " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_collation ON pg_collation.oid = attcollation"
    " WHERE relkind = 'r' AND relnamespace = CAST(current_schema() AS regnamespace)"
    " AND attnum > 0 AND NOT attisdropped AND collname <> 'C' ORDER BY relname, attnum"
)


def engine_of(url: URL) -> Engine:
    """The engine of a database; what the URL itself says of the connection stands."""
    named = dict(url.query)
    told = named.pop("options", ())
    options = [f"-c {name}={value}" for name, value in _SESSION.items()]
    options += [told] if isinstance(told, str) else told
    name = f"gateway {socket.gethostname()}:{os.getpid()}"
    query = {"application_name": name, **_CONNECTION, **named, "options": " ".join(options)}
    engine = create_engine(url.set(query=query), **_POOL)
    event.listen(engine, "connect", _prepare)
    return engine


def begin_writing(db: Connection, *, lasting: bool) -> None:
    """The transaction is the only one that writes, as soon as the one before it has ended.

    Where it is not `lasting`, its commit waits for no disk.
    """
    db.execute(_WRITE)
    if not lasting:
        db.exec_driver_sql("SET LOCAL synchronous_commit = off")


def begin_migrating(db: Connection) -> None:
    """A step of the schema takes the time it needs; raises PermanentError where the database cannot hold every text."""
    encoding = db.execute(_ENCODING).scalar_one()
    if encoding != "UTF8":
        raise PermanentError(f"The database's encoding is {encoding}. Create one with ENCODING 'UTF8'.")
    db.exec_driver_sql("SET LOCAL statement_timeout = 0")


def sort_by_bytes(db: Connection) -> None:
    """Every column of texts is compared and sorted by its bytes, as on SQLite, and not by the server's language."""
    columns: dict[str, list[str]] = {}
    for table, column, type_ in db.execute(_SORTED_BY_LANGUAGE):
        columns.setdefault(table, []).append(f'ALTER COLUMN "{column}" TYPE {type_} COLLATE "C"')
    for table, changes in columns.items():
        db.exec_driver_sql(f'ALTER TABLE "{table}" {", ".join(changes)}')


@cache
def _storable() -> type[StrDumperUnknown]:
    from psycopg.types.string import StrDumperUnknown  # only where PostgreSQL is used: it is an extra

    class Storable(StrDumperUnknown):
        """A text as PostgreSQL takes it: it knows no NUL, which files from outside may hold anywhere."""

        def dump(self, obj: str) -> Buffer | None:
            return super().dump(without_nul(obj))

    return Storable


def without_nul(plain: str) -> str:
    """The text with the replacement character in the place of each NUL."""
    return plain.replace("\0", "\ufffd") if "\0" in plain else plain


def _prepare(connection: PsycopgConnection, _entry: ConnectionPoolEntry) -> None:
    connection.adapters.register_dumper(str, _storable())


class SessionLock:
    """A lock that a process holds on a connection of its own, alone or `shared` with others, and loses with it."""

    def __init__(self, engine: Engine, lock: Lock, *, shared: bool = False) -> None:
        self._engine = engine
        self._lock = lock
        self._shared = shared
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Whether the lock is ours: still, or again, or since now. Raises TransientError when the database is away."""
        if self._connection is not None:
            try:
                self._connection.exec_driver_sql("SELECT 1")
            except SQLAlchemyError:
                self.release()
            else:
                return True
        with plain_errors(self._engine):
            fresh = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            try:
                if fresh.execute(_TRY[self._shared], {"lock": int(self._lock)}).scalar_one():
                    self._connection = fresh
            finally:
                if self._connection is not fresh:
                    fresh.close()
        return self._connection is not None

    def holder(self) -> str:
        """What the connections that hold the lock call themselves: program, host and process."""
        with plain_errors(self._engine), self._engine.connect() as db:
            return str(db.execute(_HOLDER, {"lock": int(self._lock)}).scalar_one_or_none() or "nobody")

    def release(self) -> None:
        """The lock is free, if it was ours."""
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.execute(_FREE[self._shared], {"lock": int(self._lock)})
            self._connection.invalidate()  # whatever became of the lock, it goes with its connection
            self._connection.close()
            self._connection = None
