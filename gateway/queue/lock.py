"""The dispatcher's lock: one process drains a store, and a second one is told why it does not."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol


class DispatcherLock(Protocol):
    """What only one process can hold, and loses when it dies."""

    def take(self) -> bool:
        """Whether it is ours: still, or since now."""

    def holder(self) -> str:
        """Who holds it, or held it last."""

    def release(self) -> None:
        """Free it, if it was ours."""


class FileLock:
    """The lock of an embedded store: a locked file beside it. The kernel frees it when we die."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: IO[str] | None = None

    def take(self) -> bool:
        """Whether the file is locked by this process, which is then named in it."""
        if self._handle is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = self._path.open("a+", encoding="ascii")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            return False
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        self._handle = handle
        return True

    def holder(self) -> str:
        """The process that holds the file's lock, or held it last."""
        return f"process {self._path.read_text(encoding='ascii').strip()}" if self._path.exists() else ""

    def release(self) -> None:
        """The file is free."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None


@contextmanager
def dispatching(lock: DispatcherLock) -> Iterator[bool]:
    """True while this process is the dispatcher; False where another one is."""
    try:
        yield lock.take()
    finally:
        lock.release()
