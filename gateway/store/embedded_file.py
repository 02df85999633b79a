"""The file of an embedded store: made whole, looked at before it is opened, copied while others write.

SQLite takes an empty file for a new database, and a database whose journal is gone for an older state of it: nothing
would tell that something was lost.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection, OperationalError, connect
from sqlite3 import Error as SqliteError
from urllib.parse import quote
from uuid import uuid4

from gateway.errors import PermanentError, UsageError

ADVICE = "Restore it from a backup, after what lies there was moved away. Nothing was changed."

# The database file format, sqlite.org/fileformat2.html, 1.3.
_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_LARGEST_PAGE = 65_536
_COPIED_AT_ONCE = 256
"""Pages that are copied between two looks at how far it is."""

Tell = Callable[[int, int], None]


def look_at(path: Path) -> None:
    """Nothing, where a store lies here whole as far as its file tells, or none yet; else raises PermanentError."""
    journal, index = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    if not path.exists():
        if _size(journal):
            raise PermanentError(
                f"{path} is gone, and its journal {journal.name} is there. Put the file back. {ADVICE}"
            )
        return
    if index.exists() and _size(journal) is None:
        raise PermanentError(
            f"The journal of {path} is gone: {journal.name}, with the last transactions. Put it back. {ADVICE}"
        )
    fault = _fault(path, has_journal=bool(_size(journal)))
    if fault:
        raise PermanentError(f"{path} is no usable SQLite database: {fault}. {ADVICE}")


def _size(path: Path) -> int | None:
    """The file's bytes; None where there is none, or none any more."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _fault(path: Path, *, has_journal: bool) -> str | None:
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not header:
        return "it is empty"
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        return "it does not begin as one"
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    size, stated = path.stat().st_size, pages * (_LARGEST_PAGE if page == 1 else page)
    # A checkpoint that was killed leaves a short file, and all of it in the journal.
    is_counted = header[24:28] == header[92:96]
    if is_counted and size < stated and not has_journal:
        return f"it has {size} bytes of {stated}"
    return None


def make(path: Path) -> None:
    """A new database lies at the path, where none does: at no moment an empty file, which could be a lost one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        with closing(connect(unfinished, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = WAL").close()
        _publish(unfinished, path)
    except FileExistsError:
        pass  # another process was first
    finally:
        unfinished.unlink(missing_ok=True)


def connection(path: Path, busy_timeout_s: float) -> Connection:
    """A connection to the database that lies at the path, for any thread; raises OperationalError where none does.

    SQLite's own way would be to make an empty one there, and to delete the journal of the one that is away.
    """
    if _size(path) == 0:
        raise OperationalError(f"unable to open {path.name}: it is empty")
    place = f"file:{quote(str(path))}?mode=rw"
    return connect(place, uri=True, timeout=busy_timeout_s, check_same_thread=False)


def identity(path: Path) -> tuple[int, int] | None:
    """Which file lies at the path, whatever its name was or will be: device and inode; None where none does."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def back_up(source: Connection, path: Path, tell: Tell) -> None:
    """A copy of the database as the source's transaction sees it, at a new path: whole and on the disk, or not there.

    `tell` is told the pages that are copied, and how many there are. Raises UsageError where the path is taken.
    """
    if path.exists():
        raise UsageError(f"{path} exists. Name a new file.")
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        with closing(connect(unfinished)) as target:
            source.backup(
                target, pages=_COPIED_AT_ONCE, progress=lambda _, remaining, total: tell(total - remaining, total)
            )
        _publish(unfinished, path)
    except FileExistsError as reason:
        raise UsageError(f"{path} exists. Name a new file.") from reason
    except (SqliteError, OSError) as reason:
        raise PermanentError(
            f"{path} cannot be written: {reason}. Name a file in a folder that is there and has room."
        ) from reason
    finally:
        for each in (unfinished, unfinished.with_name(f"{unfinished.name}-journal")):
            each.unlink(missing_ok=True)


def _publish(unfinished: Path, path: Path) -> None:
    """The file has its name, and both are on the disk; raises FileExistsError where the name is taken."""
    _sync(unfinished)
    os.link(unfinished, path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
