"""Awaited: who waits for what becomes of a message hears of it when his own process has committed it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager


class Awaited:
    """Safe to use from several threads; what another process commits, nobody is told here."""

    def __init__(self) -> None:
        self._waiting: dict[Future[None], str] = {}

    @contextmanager
    def waiting(self, message: str) -> Iterator[Future[None]]:
        """What is done as soon as the message was worked on, within the block, and that is committed."""
        heard: Future[None] = Future()
        self._waiting[heard] = message
        try:
            yield heard
        finally:
            self._waiting.pop(heard, None)

    def tell(self, messages: Collection[str]) -> None:
        """These messages were worked on, and what became of them is committed."""
        for heard, message in list(self._waiting.items()):
            if message in messages and self._waiting.pop(heard, None) is not None:
                heard.set_result(None)
