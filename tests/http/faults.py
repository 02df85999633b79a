"""Faults of a store under an open gateway: locked by somebody else, or without room."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import event

from gateway.store import engine, postgresql
from gateway.store.engine import Store, open_store

IMPATIENT_S = 0.2


@contextlib.contextmanager
def impatient(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stores opened meanwhile wait for a lock a moment only."""
    with patch.context() as patched:
        patched.setattr(engine, "BUSY_TIMEOUT_S", IMPATIENT_S)
        patched.setitem(postgresql._SESSION, "lock_timeout", int(1_000 * IMPATIENT_S))
        yield


@contextlib.contextmanager
def locked(url: str) -> Iterator[None]:
    """Another process is writing, and does not end."""
    with closing(open_store(url)) as other, other.write():
        yield


@contextlib.contextmanager
def without_room(store: Store, pages: int) -> Iterator[None]:
    """The disk of an embedded store has room for so many pages more."""
    with store.read() as db:
        most = db.exec_driver_sql("PRAGMA page_count").scalar_one() + pages

    def limit(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {most}").close()

    event.listen(store._engine, "connect", limit)
    store.close()
    try:
        yield
    finally:
        event.remove(store._engine, "connect", limit)
        store.close()
