"""The bytes of a file as a window that moves on, with absolute offsets and a digest of what was passed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, TypeAlias

Bytes: TypeAlias = bytes | BinaryIO | Iterable[bytes]
_CHUNK_BYTES = 256 << 10


class Source:
    """A window `data` on the file that begins at the absolute offset `base`; `more` moves it on."""

    __slots__ = ("_chunks", "_digest", "_digested", "base", "data", "ended")

    def __init__(self, source: Bytes) -> None:
        self.base = 0
        self.data = b""
        self.ended = False
        self._chunks = _chunks_of(source)
        self._digest = hashlib.sha256()
        self._digested = 0

    @property
    def end(self) -> int:
        """The absolute offset behind the last byte in the window."""
        return self.base + len(self.data)

    def more(self, keep: int) -> bool:
        """Whether there is more of the file; it is in the window then, and what lies before `keep` no longer is."""
        if self.ended:
            return False
        self._digest_to(keep)
        parts = [self.data[keep - self.base :]]
        self.base = keep
        # Doubling the window keeps tiny chunks from costing a copy each.
        missing = max(len(parts[0]), 1)
        for chunk in self._chunks:
            parts.append(chunk)
            missing -= len(chunk)
            if missing <= 0:
                break
        else:
            self.ended = True
        grown = sum(map(len, parts)) > len(parts[0])
        self.data = b"".join(parts) if len(parts) > 2 or parts[0] else parts[-1]
        return grown

    def ensure(self, start: int, length: int) -> bytes:
        """The `length` bytes from `start`, fewer at the end of the file."""
        while self.end < start + length and self.more(start):
            pass
        return self.data[start - self.base : start - self.base + length]

    def between(self, start: int, end: int) -> bytes:
        """The bytes from `start` to before `end`, both in the window."""
        return self.data[start - self.base : end - self.base]

    def begin_digest(self, start: int) -> None:
        """Digest the file from `start` on."""
        self._digest = hashlib.sha256()
        self._digested = start

    def digest_to(self, end: int) -> str:
        """The sha256 of the bytes from where the digest was begun to before `end`, in hexadecimal digits."""
        self._digest_to(end)
        return self._digest.hexdigest()

    def _digest_to(self, end: int) -> None:
        if end > self._digested:
            self._digest.update(memoryview(self.data)[self._digested - self.base : end - self.base])
            self._digested = end


def _chunks_of(source: Bytes) -> Iterator[bytes]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return iter((bytes(source),))
    read: Callable[[int], bytes] | None = getattr(source, "read", None)
    if read is not None:
        return iter(lambda: read(_CHUNK_BYTES), b"")
    return iter(source)
