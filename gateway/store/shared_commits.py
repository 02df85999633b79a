"""Shared commits: what waits to be written at the same moment is one transaction, each in a part of its own.

A commit waits for the disk, and one that waits for the disk once for many costs each of them little. Nothing is told
before its commit; what goes wrong with one never touches the others.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection

from gateway.errors import TransientError
from gateway.store.engine import Store, savepoint

MOST_WAITING = 1_024
"""Writes that wait for the one that is being committed."""
AT_ONCE = 64
"""Writes that share a commit."""
AGAIN_S = 2.0
"""After how long it is tried whether the store can be written to again."""

T = TypeVar("T")


class _Write(NamedTuple):
    """One write, who waits for it, and whether it shares its commit with others."""

    work: Callable[[Connection], Any]
    told: Future[Any]
    alone: bool


class _Failed(NamedTuple):
    """What went wrong with one write of a group."""

    reason: Exception


class SharedCommits:
    """A thread that writes what it is handed; safe to hand to from any thread.

    `committed` is called after each commit with None, and after one that failed with what kept it from it; it raises
    nothing. After one that failed an empty one is tried from time to time, so that it is known when all is well again.
    """

    def __init__(self, store: Callable[[], Store], committed: Callable[[Exception | None], None]) -> None:
        self._store = store
        self._committed = committed
        self._waiting: deque[_Write] = deque()
        self._changed = threading.Condition()
        self._is_closed = self._has_failed = False
        self._thread = threading.Thread(target=self._run, name="commits", daemon=True)
        self._thread.start()

    def hand(self, work: Callable[[Connection], T], *, alone: bool = False) -> Future[T]:
        """What the work gives, once it is committed; where the future is cancelled before its turn, it is not done.

        `alone`: it shares its commit with no other. Raises TransientError where too much waits.
        """
        told: Future[T] = Future()
        with self._changed:
            if self._is_closed or len(self._waiting) >= MOST_WAITING:
                raise TransientError("Too much waits to be written. Nothing to do: it is tried again.")
            self._waiting.append(_Write(work, told, alone))
            self._changed.notify()
        return told

    def is_alive(self) -> bool:
        """Whether what is handed to it is ever written."""
        return self._thread.is_alive()

    def close(self) -> None:
        """What waits is written; nothing is taken any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (group := self._group()) is not None:
            wanted = [each for each in group if each.told.set_running_or_notify_cancel()]
            if wanted or self._has_failed:
                self._commit(wanted)

    def _group(self) -> list[_Write] | None:
        """What shares the next commit, as soon as anything waits; None at the end."""
        group: list[_Write] = []
        with self._changed:
            again = AGAIN_S if self._has_failed else None
            self._changed.wait_for(lambda: self._waiting or self._is_closed, again)
            if self._is_closed and not self._waiting:
                return None
            while self._waiting and len(group) < AT_ONCE and not (group and self._waiting[0].alone):
                group.append(self._waiting.popleft())
                if group[-1].alone:
                    break
        return group

    def _commit(self, group: list[_Write]) -> None:
        try:
            with self._store().write() as db:
                results = [_written(db, each) for each in group]
        except Exception as reason:  # noqa: BLE001 - the worker's edge: who waits is told, and the next are written
            for each in group:
                each.told.set_exception(reason)
            self._has_failed = True
            self._committed(reason)
            return
        for each, result in zip(group, results, strict=True):
            if isinstance(result, _Failed):
                each.told.set_exception(result.reason)
            else:
                each.told.set_result(result)
        self._has_failed = False
        self._committed(None)


def _written(db: Connection, write: _Write) -> Any:
    """What the work gives; an error of its own is its own, one of the store is everyone's."""
    try:
        with savepoint(db):
            return write.work(db)
    except TransientError:
        raise  # the store is away or full: SQLite may have undone the whole transaction by itself
    except Exception as reason:  # noqa: BLE001 - told to who waits for it; its neighbours go on
        return _Failed(reason)
