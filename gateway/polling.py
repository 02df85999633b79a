"""Polling: what each connection has for us, taken when it is due; done is said only after the bytes are committed.

One process polls a connection: it holds the lane CONNECTION/poll, and keeps it from one look to the next. Where it ends
or dies, another one goes on; while the lane is paused, nobody polls.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Thread
from time import monotonic

from gateway.connector import Arrival
from gateway.errors import GatewayError
from gateway.health import Health
from gateway.in_force import InForce, Watch
from gateway.pipeline.outlets import close
from gateway.pipeline.receive import receive_among
from gateway.queue.holding import Hold, Holding
from gateway.queue.leases import Leases
from gateway.rounds import attempt
from gateway.store.engine import savepoint

POLL = "poll"
TOGETHER = 32
"""What arrived and shares a commit: one that waits for the disk for each file would be most of what a file costs."""
TOGETHER_BYTES = 1 << 20
VISITS = 16
"""So many connections are looked at at once."""


class Polling:
    """Looks at the connections of the version in force; `wake` is called after each thing taken."""

    def __init__(self, served: InForce, health: Health, leases: Leases, wake: Callable[[], None]) -> None:
        self._served = served
        self._health = health
        self._wake = wake
        self._holding = Holding(leases)
        self._watches: list[Watch] = []
        self._visits: dict[str, Thread] = {}

    def look(self) -> int:
        """How many connections that are due are visited from now on, each by itself: a slow one delays no other."""
        self._served.renewed()
        if self._watches is not self._served.watches:
            self._drop(self._watches)
            self._watches = self._served.watches
        due = [each for each in self._watches if each.due <= monotonic() and each.name not in self._visits]
        sent = sorted(due, key=lambda each: each.due)[: VISITS - len(self._visits)]
        for watch in sent:
            self._send_to(watch)
        return len(sent)

    def end(self) -> None:
        """Other nodes poll from now on."""
        for visit in list(self._visits.values()):
            visit.join()
        self._drop(self._watches)
        self._holding.end(self._served.line)

    def _drop(self, watches: list[Watch]) -> None:
        """Nothing more is taken by them; the one that is being visited closes itself."""
        for watch in watches:
            watch.dropped = True
            if watch.name not in self._visits:
                close(watch.poller)

    def _send_to(self, watch: Watch) -> None:
        def visit() -> None:
            attempt(self._health, watch.name, partial(self._visit, watch))
            watch.due = monotonic() + watch.every.total_seconds()
            del self._visits[watch.name]
            if watch.dropped:
                close(watch.poller)

        self._visits[watch.name] = Thread(target=visit, name=f"polling {watch.name}", daemon=True)
        self._visits[watch.name].start()

    def _visit(self, watch: Watch) -> None:
        hold = self._holding.hold(self._served.line, f"{watch.name}/{POLL}")
        if hold is Hold.OTHERS:
            return
        # What a process before it claimed is found.
        watch.recovered = watch.recovered and hold is Hold.KEPT
        if not watch.recovered:
            watch.poller.recover()
            watch.recovered = True
        waiting: list[Arrival] = []
        try:
            for arrival in watch.poller.poll():
                waiting.append(arrival)
                if len(waiting) >= TOGETHER or sum(each.size for each in waiting) >= TOGETHER_BYTES:
                    self._take(watch, waiting)
        finally:
            self._take(watch, waiting)

    def _take(self, watch: Watch, waiting: list[Arrival]) -> None:
        """Stores what waits in one commit, each in a part of its own, and only then says done of it."""
        taken, waiting[:] = waiting[:], []
        if not taken:
            return
        try:
            errors = self._stored(watch.name, taken)
        except BaseException:
            for arrival in taken:
                watch.poller.release(arrival)
            raise
        self._wake()
        for arrival, error in zip(taken, errors, strict=True):
            if error is not None:
                watch.poller.release(arrival)
        done = [_failure(watch.poller.done, each) for each, error in zip(taken, errors, strict=True) if error is None]
        for failed in (*errors, *done):
            if failed is not None:
                raise failed

    def _stored(self, name: str, taken: list[Arrival]) -> list[GatewayError | None]:
        """What went wrong with each, None where it is committed."""
        line = self._served.line
        errors: list[GatewayError | None] = []
        with line.store.write() as db:
            for arrival in taken:
                try:
                    with savepoint(db):
                        receive_among(line, db, arrival.name, arrival.chunks(), name)
                except GatewayError as error:
                    errors.append(error)
                else:
                    errors.append(None)
        return errors


def _failure(tell: Callable[[Arrival], None], arrival: Arrival) -> GatewayError | None:
    """What kept the other side from being told; it does not keep the others from it."""
    try:
        tell(arrival)
    except GatewayError as error:
        return error
    return None
