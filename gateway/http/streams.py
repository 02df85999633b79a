"""Streams: answers too long to be held, written from one state of the store as they are read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.access import Role
from gateway.http.calls import NOT_KEPT, Access, Api, busy, rate_fields
from gateway.pipeline.snapshot import TradeMemory

MOST_STREAMS = 4
"""Streams at once: each has a thread and keeps a state of the store from being cleared away."""
STREAM_S = 300.0
"""How long a stream may take; who reads slower is cut off, and sees that the answer is not whole."""
_FIRST_LETTERS, _MOST_LETTERS = 1 << 12, 1 << 16

Pieces: TypeAlias = Generator[bytes, None, None]


class Streams:
    """The streams of the API."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._open = 0

    async def stream(self, request: Request, media_type: str, start: Callable[[Access], Iterator[str]]) -> Response:
        """The answer whose text `start` writes; what is refused is refused before its first letter."""
        if self._open >= MOST_STREAMS:
            raise busy()
        self._open += 1
        thread = ThreadPoolExecutor(1, "stream")  # one of its own: a connection stays with its thread
        pieces = self._pieces(request, start)
        try:
            first = await self._next(thread, pieces)
        except BaseException:
            self._end(thread, pieces)
            raise
        head = {**NOT_KEPT, **rate_fields(request)}
        return StreamingResponse(self._rest(thread, pieces, first), 200, head, media_type)

    async def _rest(self, thread: ThreadPoolExecutor, pieces: Pieces, piece: bytes | None) -> AsyncIterator[bytes]:
        ends = self._api.monotonic() + STREAM_S
        try:
            while piece is not None:
                yield piece
                if self._api.monotonic() > ends:
                    raise busy()
                piece = await self._next(thread, pieces)
        finally:
            self._end(thread, pieces)

    async def _next(self, thread: ThreadPoolExecutor, pieces: Pieces) -> bytes | None:
        following = partial(next, pieces, None)
        return await asyncio.get_running_loop().run_in_executor(thread, self._api.told, following)

    def _end(self, thread: ThreadPoolExecutor, pieces: Pieces) -> None:
        """The stream is over, whole or not: its connection is given back by its own thread."""
        self._open -= 1
        thread.submit(pieces.close)
        thread.shutdown(wait=False)

    def _pieces(self, request: Request, start: Callable[[Access], Iterator[str]]) -> Pieces:
        """The text in pieces: small ones first, so that it begins at once."""
        with self._api.access(request, Role.VIEWER, TradeMemory()) as access:
            waiting: list[str] = []
            length, enough = 0, _FIRST_LETTERS
            for text in start(access):
                waiting.append(text)
                length += len(text)
                if length >= enough:
                    yield "".join(waiting).encode()
                    waiting.clear()
                    length, enough = 0, min(2 * enough, _MOST_LETTERS)
            yield "".join(waiting).encode()
