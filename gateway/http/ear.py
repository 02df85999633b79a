"""The ear: requests that wait for the next event, all by one look at the store from time to time."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from gateway.http.calls import Api, busy
from gateway.http.problems import RefusedError
from gateway.store.feed import last_seq

LOOK_S = 0.15
MOST_LISTENERS = 256
"""Requests that wait at once; a connection each, of those the server has."""


class Ear:
    """Tells those who wait when the feed has grown. It looks only while someone waits."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._listeners: dict[asyncio.Future[None], int] = {}
        self._looking: asyncio.Task[None] | None = None

    async def beyond(self, seq: int, within_s: float) -> None:
        """Return when there is an event behind the number, after so many seconds, or when the gateway stops."""
        if len(self._listeners) >= MOST_LISTENERS:
            raise busy()
        heard = asyncio.get_running_loop().create_future()
        self._listeners[heard] = seq
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await heard
        finally:
            self._listeners.pop(heard, None)

    async def _look(self) -> None:
        while self._listeners:
            # Where the store is away, whoever waits is told when he asks for what there is.
            last = -1
            with suppress(RefusedError):
                last = await self._api.looking(last_seq)
            for heard, seq in list(self._listeners.items()):
                if (last > seq or self._api.is_ending) and not heard.done():
                    heard.set_result(None)
            await asyncio.sleep(LOOK_S)
