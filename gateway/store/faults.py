"""What a database's errors mean to the gateway: who must act, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Engine
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as NoneFreeError

from gateway.errors import GatewayError, PermanentError, TransientError
from gateway.store.embedded_file import ADVICE

# SQLSTATE, PostgreSQL's documentation, appendix A.
_UNKNOWN_TABLE = frozenset({"42P01", "42703", "3F000"})
_READ_ONLY, _NOT_ALLOWED, _UNFIT_VALUE = "25006", "42501", "22"
_DISK_FULL = "53100"
_FULL = "disk is full"  # SQLITE_FULL
_UNREACHED = ("unable to open", "disk I/O error", "readonly database")  # SQLITE_CANTOPEN, _IOERR, _READONLY
_PLACE = frozenset({"host", "port", "service"})
# A refused connection brings no SQLSTATE, only the server's words.
_REFUSED = ("authentication failed", "does not exist", "no pg_hba.conf entry", "no password supplied")


def shown(url: URL) -> str:
    """Where a database is, without its password and what else its connection is told."""
    place = {name: value for name, value in url.query.items() if name in _PLACE}
    return url.set(query=place).render_as_string(hide_password=True)


@contextmanager
def plain_errors(engine: Engine) -> Iterator[None]:
    """Raises TransientError when the database is busy or away, PermanentError where an operator must act."""
    try:
        yield
    except SQLAlchemyError as reason:
        where = shown(engine.url)
        meaning = _on_sqlite(reason, where) if engine.dialect.name == "sqlite" else _on_postgresql(reason, where)
        if meaning is None:
            raise
        raise meaning from reason


def _on_sqlite(reason: SQLAlchemyError, where: str) -> GatewayError | None:
    words = str(reason.orig) if isinstance(reason, DBAPIError) else ""
    if isinstance(reason, OperationalError):
        if "no such table" in words or "no such column" in words:
            return _outdated()
        if any(each in words for each in _UNREACHED):
            return _unreached(where, words)
        return _full(where, words) if _FULL in words else _away(where, words)
    if isinstance(reason, PendingRollbackError):
        return _away(where, "the transaction was undone")
    if isinstance(reason, DatabaseError) and ("not a database" in words or "malformed" in words):
        return PermanentError(f"{where} is no usable SQLite database: {words}. {ADVICE}")
    return None


def _on_postgresql(reason: SQLAlchemyError, where: str) -> GatewayError | None:
    if isinstance(reason, (NoneFreeError, PendingRollbackError)):
        return _away(where, "no connection is free" if isinstance(reason, NoneFreeError) else "the connection broke")
    if not isinstance(reason, DBAPIError):
        return None
    words = " ".join(str(reason.orig).split())
    state = getattr(reason.orig, "sqlstate", None) or ""
    if state in _UNKNOWN_TABLE:
        return _outdated()
    if state == _NOT_ALLOWED:
        return PermanentError(f"The database {where} refuses: {words}. Make its user the owner of the tables.")
    if state.startswith(_UNFIT_VALUE):
        return PermanentError(f"The database {where} cannot keep a value: {words}")
    if isinstance(reason, OperationalError) and not state and any(each in words for each in _REFUSED):
        return PermanentError(f"The database {where} lets us not in: {words} Check the database URL, or create it.")
    if state == _DISK_FULL:
        return _full(where, words)
    lost = isinstance(reason, (OperationalError, InterfaceError)) or reason.connection_invalidated
    return _away(where, words) if lost or state == _READ_ONLY else None


def _outdated() -> PermanentError:
    return PermanentError("The database is not of this version. Run `gateway db upgrade`.")


def _full(where: str, words: str) -> TransientError:
    return TransientError(f"There is no room for {where}: {words}. Make room; what waits then goes on by itself.")


def _unreached(where: str, words: str) -> TransientError:
    return TransientError(
        f"The database {where} cannot be used: {words}. "
        "See that its folder is there, writable and not full; what waits then goes on by itself."
    )


def _away(where: str, words: str) -> TransientError:
    return TransientError(f"The database {where} is busy or away: {words}")
