"""Rounds: a part of the server that does the same again and again in a thread of its own, and is watched meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from gateway.errors import GatewayError, TransientError
from gateway.health import SILENT_AFTER, Health

AGAIN_S = 5.0
"""Seconds after which a round that did not do its work is done again, however seldom the part goes round."""
_log = logging.getLogger("gateway.server")


class Rounds:
    """Calls `work` every so often, or sooner when woken; `work` gives how many things it did, `end` comes
    after the last round.

    What a round raises is told to Health under the part's name and stops neither the part nor another one. Nothing is
    done while the store is away.
    """

    def __init__(
        self, name: str, every: timedelta, work: Callable[[], int], end: Callable[[], object] = lambda: None
    ) -> None:
        self.name = name
        self._every_s = every.total_seconds()
        self._work = work
        self._end = end
        self._awake = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, health: Health) -> None:
        """Go round from now on; again where the thread has died."""
        self._thread = threading.Thread(target=self._go, args=(health,), name=self.name, daemon=True)
        self._thread.start()

    @property
    def silent_after(self) -> timedelta:
        """The time after which nobody can think that it still goes round."""
        return timedelta(seconds=self._every_s) + SILENT_AFTER

    def is_alive(self) -> bool:
        """Whether its thread runs, or has been told to stop."""
        return self._stopped.is_set() or (self._thread is not None and self._thread.is_alive())

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to begin no further round."""
        return self._stopped.is_set()

    def wake(self) -> None:
        """Begin the next round at once."""
        self._awake.set()

    def stop(self) -> None:
        """Begin no further round."""
        self._stopped.set()
        self.wake()

    def join(self, timeout_s: float) -> bool:
        """Whether the round that ran is done, after at most so many seconds."""
        if self._thread is not None:
            self._thread.join(max(timeout_s, 0))
        return self._thread is None or not self._thread.is_alive()

    def once(self, health: Health) -> bool:
        """Whether a round did its work, or there was no store to do it in."""
        done = health.is_store_away() or attempt(health, self.name, self._work)
        health.beat(self.name)
        return done

    def _go(self, health: Health) -> None:
        while not self._stopped.is_set():
            done = self.once(health)
            self._awake.wait(self._every_s if done else min(self._every_s, AGAIN_S))
            self._awake.clear()
        attempt(health, self.name, self._end)


def attempt(health: Health, part: str, work: Callable[[], object]) -> bool:
    """Whether a part did its work; what keeps it from it is told to health and log."""
    try:
        work()
    except GatewayError as error:
        if health.fails(part, str(error)):
            _log.log(logging.WARNING if isinstance(error, TransientError) else logging.ERROR, "%s: %s", part, error)
    except Exception as error:  # noqa: BLE001 - the worker's edge: a defect of one part never stops the others
        if health.fails(part, f"{type(error).__name__}: {error}"):
            _log.error("%s failed", part, exc_info=error)
    else:
        health.works(part)
        return True
    return False
