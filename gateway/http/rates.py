"""Rates: how many requests each key may still make; a bucket that fills again as time goes by."""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import ceil
from typing import NamedTuple

MOST_BUCKETS = 10_000


class Rate(NamedTuple):
    """So many requests a second, and so many at once after a pause."""

    a_second: float
    burst: int


class Left(NamedTuple):
    """Whether a request may go on, how many more may follow at once, and in how many seconds all may again."""

    granted: bool
    remaining: int
    full_in_s: int
    wait_s: int

    def headers(self, rate: Rate) -> dict[str, str]:
        """The RateLimit fields of an answer, and Retry-After where it was not granted."""
        fields = {
            "RateLimit-Limit": str(rate.burst),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.full_in_s),
        }
        return fields if self.granted else fields | {"Retry-After": str(self.wait_s)}


class Buckets:
    """A bucket a key; safe to ask from several threads."""

    def __init__(self, rate: Rate, monotonic: Callable[[], float]) -> None:
        self.rate = rate
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> Left:
        """One request of this key."""
        with self._lock:
            now = self._monotonic()
            level = self._level(key, now)
            granted = level >= 1
            level -= granted
            self._levels.pop(key, None)
            self._levels[key] = level, now
            if len(self._levels) > MOST_BUCKETS:  # the one asked of longest ago is surely full again
                self._levels.pop(next(iter(self._levels)))
        return self._left(level, granted)

    def look(self, key: str) -> Left:
        """What a request of this key would be told now; none is counted."""
        with self._lock:
            level = self._level(key, self._monotonic())
        return self._left(level, level >= 1)

    def _level(self, key: str, now: float) -> float:
        level, at = self._levels.get(key, (float(self.rate.burst), now))
        return min(level + (now - at) * self.rate.a_second, float(self.rate.burst))

    def _left(self, level: float, granted: bool) -> Left:
        missing = self.rate.burst - level
        wait = ceil(max(1 - level, 0) / self.rate.a_second)
        return Left(granted, int(level), ceil(missing / self.rate.a_second), max(wait, 1))
