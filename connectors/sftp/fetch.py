"""A file of the server here: whole, with its size as stated, or not at all; nothing of it waits in memory."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

import paramiko

from connectors.sftp.complete import EDGE_BYTES, is_complete
from gateway.errors import TransientError

IN_MEMORY_BYTES = 1 << 20
_REQUEST_BYTES = 1 << 15
_AHEAD = 64
"""Reads that are on their way at once: 2 MB, what a line of 100 Mbit/s holds at 160 ms."""


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
    spool = SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - closed by whoever has the content
    received = 0
    with client.open(path, "rb") as file:
        if size > _REQUEST_BYTES:
            file.prefetch(size, _AHEAD)
        while received <= size:
            chunk = file.read(min(_REQUEST_BYTES, size + 1 - received))
            if not chunk:
                break
            _keep(spool, chunk)
            received += len(chunk)
    if received == size:
        return Fetched(spool, size)
    spool.close()
    return None


def looks_complete(client: paramiko.SFTPClient, path: bytes, size: int) -> bool:
    """Whether the end of a file belongs to its beginning, without reading what is between."""
    with client.open(path, "rb") as file:
        first = file.read(EDGE_BYTES)
        file.seek(max(size - EDGE_BYTES, 0))
        return is_complete(first, file.read(EDGE_BYTES))


def _keep(spool: IO[bytes], chunk: bytes) -> None:
    try:
        spool.write(chunk)
    except OSError as error:
        raise TransientError(
            f"a file cannot be kept while it is fetched: {error.strerror}; make room in TMPDIR"
        ) from error
