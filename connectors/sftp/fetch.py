"""A file of the server here: whole, with its size as stated, or not at all; nothing of it waits in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import BytesIO
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO

import paramiko

from connectors.sftp.asking import Asking
from connectors.sftp.complete import EDGE_BYTES, is_complete
from gateway.errors import TransientError

IN_MEMORY_BYTES = 1 << 20
REQUEST_BYTES = 1 << 15
_WRITE_BYTES = 1 << 18
_LARGE_REQUEST_BYTES = 1 << 16
"""OpenSSH gives as much to one request, others half of it or less."""
_AHEAD_BYTES = 1 << 23
"""What is asked for and not yet here; half of it is the least, until the last was asked for."""


class Fetched:
    """The content of a file, read as often as wanted."""

    def __init__(self, spool: IO[bytes], size: int) -> None:
        self._spool = spool
        self.size = size

    def chunks(self) -> Iterator[bytes]:
        """The content from its beginning."""
        self._spool.seek(0)
        while chunk := self._spool.read(IN_MEMORY_BYTES):
            yield chunk

    def is_complete(self) -> bool:
        """Whether its end belongs to its beginning."""
        self._spool.seek(0)
        first = self._spool.read(EDGE_BYTES)
        self._spool.seek(max(self.size - EDGE_BYTES, 0))
        return is_complete(first, self._spool.read())

    def close(self) -> None:
        """Nothing of it is kept here."""
        self._spool.close()


def fetch(client: paramiko.SFTPClient, path: bytes, size: int) -> Fetched | None:
    """The content; None where the server gives less than `size` bytes, or more."""
    with ExitStack() as stack:
        spool = SpooledTemporaryFile(IN_MEMORY_BYTES, buffering=_WRITE_BYTES)  # noqa: SIM115 - by _drop
        stack.callback(_drop, spool)
        received = 0
        for chunk in _chunks(client, path, size):
            with _keeping():
                spool.write(chunk)
            received += len(chunk)
        if received != size:
            return None
        with _keeping():
            spool.flush()
        stack.pop_all()  # closed by whoever has the content
        return Fetched(spool, size)


def held(content: bytes) -> Fetched:
    """Content that is here already."""
    return Fetched(BytesIO(content), len(content))


def looks_complete(client: paramiko.SFTPClient, path: bytes, size: int) -> bool:
    """Whether the end of a file belongs to its beginning, without reading what is between."""
    asking = Asking(client)
    handle = asking.handle(asking.open(path))
    first, last = asking.read(handle, 0, EDGE_BYTES), asking.read(handle, max(size - EDGE_BYTES, 0), EDGE_BYTES)
    asking.close(handle)
    return is_complete(asking.content(first), asking.content(last))


def _chunks(client: paramiko.SFTPClient, path: bytes, size: int) -> Iterator[bytes]:
    """The content up to its first gap, and a byte more than stated where there is one."""
    asking = Asking(client)
    handle = asking.handle(asking.open(path))
    step = _step(asking, handle, size)
    most = _AHEAD_BYTES // step
    offsets = iter(range(0, size + 1, step))
    ahead: deque[tuple[int, int, int]] = deque()
    received = 0
    while True:
        for offset in islice(offsets, most if len(ahead) < most // 2 else 0):
            length = min(step, size + 1 - offset)
            ahead.append((asking.read(handle, offset, length), offset, length))
        if not ahead:
            break
        number, offset, length = ahead.popleft()
        chunk = asking.content(number)
        while chunk and len(chunk) < length and offset + len(chunk) < size:
            # Some servers give less at a time than they are asked for.
            more = asking.content(asking.read(handle, offset + len(chunk), length - len(chunk)))
            if not more:
                break
            chunk += more
        yield chunk
        received += len(chunk)
        if received < min(offset + length, size):
            break
    asking.close(handle)


def _step(asking: Asking, handle: bytes, size: int) -> int:
    """How much is asked for at a time: more of a large file, where a first request shows that the server gives it."""
    if size <= IN_MEMORY_BYTES:
        return REQUEST_BYTES
    given = asking.content(asking.read(handle, 0, _LARGE_REQUEST_BYTES))
    return _LARGE_REQUEST_BYTES if len(given) == _LARGE_REQUEST_BYTES else REQUEST_BYTES


@contextmanager
def _keeping() -> Iterator[None]:
    """Turns a disk that is full into what an operator does about it."""
    try:
        yield
    except OSError as error:
        raise TransientError(
            f"a file cannot be kept while it is fetched: {error.strerror}; make room in TMPDIR"
        ) from error


def _drop(spool: IO[bytes]) -> None:
    with suppress(OSError):  # what there was no room for is tried once more, for nothing
        spool.close()
