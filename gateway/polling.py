"""Polling: what each connection has for us, taken when it is due; done is said only after the bytes are committed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic

from gateway.connector import Arrival
from gateway.health import Health
from gateway.in_force import InForce, Watch
from gateway.pipeline.receive import receive
from gateway.rounds import attempt


class Polling:
    """Looks at the connections of the version in force; `wake` is called after each thing taken."""

    def __init__(self, served: InForce, health: Health, wake: Callable[[], None]) -> None:
        self._served = served
        self._health = health
        self._wake = wake
        self._taken = 0

    def look(self) -> int:
        """How many things were taken from connections that are due; one that fails is told and stops no other."""
        self._served.renewed()
        before = self._taken
        for watch in self._served.watches:
            if watch.due <= monotonic():
                attempt(self._health, watch.name, partial(self._visit, watch))
                watch.due = monotonic() + watch.every.total_seconds()
        return self._taken - before

    def _visit(self, watch: Watch) -> None:
        if not watch.recovered:
            watch.poller.recover()
            watch.recovered = True
        for arrival in watch.poller.poll():
            self._take(watch, arrival)
            self._taken += 1
            self._wake()

    def _take(self, watch: Watch, arrival: Arrival) -> None:
        try:
            receive(self._served.line, arrival.name, arrival.chunks(), watch.name)
        except BaseException:
            watch.poller.release(arrival)
            raise
        watch.poller.done(arrival)
