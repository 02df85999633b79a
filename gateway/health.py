"""Liveness and readiness: whether the dispatcher turns, and what keeps a part from working."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from gateway.errors import GatewayError
from gateway.store.engine import Store, file_of
from gateway.store.migrate import status

SILENT_AFTER = timedelta(minutes=5)


class Health:
    """What the server's parts last said of themselves; safe to ask from another thread."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._watched: dict[str, tuple[Callable[[], bool], timedelta]] = {}
        self._beats: dict[str, datetime] = {}
        self._failing: dict[str, str] = {}
        self._file = file_of(store.url)
        self._inode = _inode(self._file)

    def watch(self, part: str, is_alive: Callable[[], bool], silent_after: timedelta = SILENT_AFTER) -> None:
        """Tell of a part that is dead, or has not gone round for so long."""
        self.beat(part)
        self._watched[part] = is_alive, silent_after

    def beat(self, part: str) -> None:
        """The part has gone round once more."""
        self._beats[part] = self._clock()

    def fails(self, part: str, reason: str) -> bool:
        """Note what keeps a part from working; True where that is news."""
        news = self._failing.get(part) != reason
        self._failing[part] = reason
        return news

    def works(self, part: str) -> None:
        """The part works."""
        self._failing.pop(part, None)

    def forget(self) -> None:
        """What was said of parts that may be there no more."""
        self._failing.clear()

    def is_store_away(self) -> bool:
        """Whether the embedded store's file is gone or another one: what is written then, no one finds again."""
        return self._file is not None and _inode(self._file) != self._inode

    def report(self) -> dict[str, object]:
        """Whether the gateway is ready, and what is not."""
        failing = self.failing()
        return {"ready": not failing, "failing": failing}

    def failing(self) -> dict[str, str]:
        """What keeps each part from working; nothing of those that work."""
        failing = dict(self._failing)
        try:
            if self.is_store_away():
                failing["store"] = f"{self._file} is gone or replaced; put it back, or start again"
            elif not status(self._store).is_current:
                failing["store"] = "its schema is not this program's; run `gateway db upgrade`"
        except GatewayError as error:
            failing["store"] = str(error)
        for part, (is_alive, silent_after) in list(self._watched.items()):
            silent = self._clock() - self._beats[part]
            if not is_alive():
                failing[part] = "its thread has died"
            elif silent > silent_after:
                failing[part] = f"silent for {silent.total_seconds():.0f} s"
        return failing


def _inode(file: Path | None) -> int | None:
    try:
        return file.stat().st_ino if file else None
    except OSError:
        return None
