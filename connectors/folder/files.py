"""Files moved so that nothing is ever half there, overwritten or lost."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import PermanentError, TransientError

_WITHOUT_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EXDEV})


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Turns what the operating system says about `path` into what the gateway does about it."""
    try:
        yield
    except OSError as error:
        # A name that is no UTF-8 is shown as it can be written down.
        where = os.fsencode(error.filename or path).decode("utf-8", "backslashreplace")
        text = f"{where}: {error.strerror or error}"
        if error.errno in (errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR):
            raise PermanentError(f"{text}; mend the path of the connection, then resend") from error
        raise TransientError(f"{text}; see that the folder is there, writable and not full") from error


def make_folder(path: Path) -> None:
    """The folder is there; raises TransientError where something else is: nothing is lost until that is mended."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise TransientError(f"{path} is no folder; mend the path of the connection") from error


def move_without_overwriting(source: Path, target: Path) -> None:
    """The file under its new name only; raises FileExistsError where the name is taken."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _WITHOUT_LINKS:
            raise
        # A file system without hard links: the name is taken with an empty file first, which only one can do.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        source.replace(target)
    else:
        source.unlink()


def sync_folder(folder: Path) -> None:
    """The folder's entries on disk: a rename is durable only then."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
