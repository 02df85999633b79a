"""The dispatcher's lock: one process drains an embedded store, and a second one is told why it does not."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def dispatcher_lock(path: Path) -> Iterator[bool]:
    """True while this process is the dispatcher; False where another one is. The kernel frees it when we die."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as handle:
        if not _locked(handle):
            yield False
            return
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        yield True


def _locked(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def dispatcher_pid(path: Path) -> str:
    """The process that holds, or held last, the dispatcher's lock."""
    return path.read_text(encoding="ascii").strip() if path.exists() else ""
