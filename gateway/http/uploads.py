"""Uploads: bodies on their way, kept in little memory and measured, cut off where they are too slow or too large."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, NamedTuple

from starlette.requests import ClientDisconnect, Request

from gateway.http.problems import RETRY_S, RefusedError

IN_MEMORY = 1 << 18
"""So many bytes of a body are in memory; the rest lies in a file that has no name and goes with its process."""
MOST_SPOOLED = 4 << 30
"""So many bytes of all bodies together lie in files."""
BEGINNING = 512
"""So many bytes tell what a body is."""
_THREADS = 2
_log = logging.getLogger("gateway.http")


def check_unpacked(request: Request) -> None:
    """Raises RefusedError for a body with a Content-Encoding: it is kept and read as it comes."""
    packing = request.headers.get("content-encoding", "").strip().lower()
    if packing not in ("", "identity"):
        told = {"Accept-Encoding": "identity"}
        raise RefusedError("encoding-refused", f"The body is packed ({packing[:20]}). Send it as it is.", headers=told)


def too_large(most_bytes: int) -> RefusedError:
    """The refusal of a body that has more bytes than are taken."""
    return RefusedError("body-too-large", f"Send at most {most_bytes} bytes.")


def check_stated_size(request: Request, most_bytes: int) -> None:
    """Raises RefusedError for a body of which its head says that it is too large: nothing of it need be read."""
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated[:20]) > most_bytes:
        raise too_large(most_bytes)


class Pace(NamedTuple):
    """How fast a body has to come: after `grace_s` so many bytes a second, and all of it within `most_s`."""

    grace_s: float
    bytes_per_second: int
    most_s: float

    def until(self, size: int) -> float:
        """Within how many seconds of its beginning more must have come than so many bytes."""
        return min(self.grace_s + size / self.bytes_per_second, self.most_s)


class Upload:
    """A body as it came; `begins` is how it begins, `spooled` how many bytes of it lie in a file.

    `syntax` is what it is written in, as soon as that is known.
    """

    def __init__(self) -> None:
        self.size = self.spooled = 0
        self.begins = b""
        self.syntax = ""
        self._digest = hashlib.sha256()
        self._held = bytearray()
        self._file: BinaryIO | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of what is measured, in hexadecimal."""
        return self._digest.hexdigest()

    @property
    def is_full(self) -> bool:
        """Whether what is in memory has to be put away."""
        return len(self._held) >= IN_MEMORY

    def add(self, piece: bytes) -> None:
        """More of it."""
        self.begins += piece[: BEGINNING - len(self.begins)]
        self.size += len(piece)
        self._held += piece

    def put_away(self, folder: Path) -> None:
        """What is in memory is measured, and moved to a file in the folder; raises OSError."""
        if self._file is None:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed with the upload
        self._digest.update(self._held)
        self._file.write(self._held)
        self.spooled += len(self._held)
        self._held.clear()

    def finish(self) -> None:
        """It is whole, and measured to its end."""
        self._digest.update(self._held)

    def chunks(self) -> Iterator[bytes]:
        """All of it, in pieces."""
        if self._file is not None:
            self._file.seek(0)
            while piece := self._file.read(IN_MEMORY):
                yield piece
        if self._held:
            yield bytes(self._held)

    def close(self) -> None:
        """It is not needed any more."""
        if self._file is not None:
            self._file.close()


class Uploads:
    """Takes bodies; files are written by threads of its own, so that a slow disk stops no other request.

    `done` may be called from any thread.
    """

    def __init__(self, folder: Path, pace: Pace) -> None:
        self._folder = folder
        self._pace = pace
        self._spooled = 0
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(_THREADS, "uploads")

    def close(self) -> None:
        """Nothing is taken any more."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def taken(self, request: Request, most_bytes: int, look: Callable[[bytes], str]) -> Upload:
        """The body, whole; `done` is owed. Raises RefusedError where it is too large or does not come in time.

        `look` tells its syntax by how it begins, or refuses it, before the rest of it is read.
        """
        upload = Upload()
        try:
            await self._take(request, upload, most_bytes, look)
        except (TimeoutError, ClientDisconnect):
            self.done(upload)
            raise RefusedError("body-too-slow", "Send the body at once, and faster.") from None
        except BaseException:
            self.done(upload)
            raise
        return upload

    def done(self, upload: Upload) -> None:
        """The upload is not needed any more."""
        with self._lock:
            self._spooled -= upload.spooled
        upload.close()

    async def _take(self, request: Request, upload: Upload, most_bytes: int, look: Callable[[bytes], str]) -> None:
        begun = asyncio.get_running_loop().time()
        async with asyncio.timeout_at(begun + self._pace.until(0)) as limit:
            async for piece in request.stream():
                upload.add(piece)
                if upload.size > most_bytes:
                    raise too_large(most_bytes)
                if not upload.syntax and len(upload.begins) == BEGINNING:
                    upload.syntax = look(upload.begins)
                if upload.is_full:
                    await self._put_away(upload)
                limit.reschedule(begun + self._pace.until(upload.size))
        upload.finish()
        upload.syntax = upload.syntax or look(upload.begins)

    async def _put_away(self, upload: Upload) -> None:
        if self._spooled > MOST_SPOOLED:
            raise RefusedError("busy", headers={"Retry-After": str(RETRY_S)})
        before = upload.spooled
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, upload.put_away, self._folder)
        except OSError as reason:
            _log.warning("%s: a body cannot be kept: %s", self._folder, reason.strerror)
            raise RefusedError("store-away", headers={"Retry-After": str(RETRY_S)}) from reason
        finally:
            with self._lock:
                self._spooled += upload.spooled - before
