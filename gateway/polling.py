"""Polling: what each connection has for us, taken when it is due; done is said only after the bytes are committed.

One process polls a connection: it holds the lane CONNECTION/poll, and keeps it from one look to the next. Where it ends
or dies, another one goes on; while the lane is paused, nobody polls.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic

from gateway.connector import Arrival
from gateway.errors import GatewayError
from gateway.health import Health
from gateway.in_force import InForce, Watch
from gateway.pipeline.outlets import close
from gateway.pipeline.receive import receive_among
from gateway.queue.leases import Leases
from gateway.rounds import attempt
from gateway.store import lanes
from gateway.store.engine import savepoint
from gateway.store.lanes import Lease

POLL = "poll"
TOGETHER = 32
"""What arrived and shares a commit: one that waits for the disk for each file would be most of what a file costs."""
TOGETHER_BYTES = 1 << 20


class Polling:
    """Looks at the connections of the version in force; `wake` is called after each thing taken."""

    def __init__(self, served: InForce, health: Health, leases: Leases, wake: Callable[[], None]) -> None:
        self._served = served
        self._health = health
        self._leases = leases
        self._wake = wake
        self._held: dict[str, Lease] = {}
        self._taken = 0
        self._watches: list[Watch] = []

    def look(self) -> int:
        """How many things were taken from connections that are due; one that fails is told and stops no other."""
        self._served.renewed()
        before = self._taken
        if self._watches is not self._served.watches:
            self._close()
            self._watches = self._served.watches
        for watch in self._watches:
            if watch.due <= monotonic():
                attempt(self._health, watch.name, partial(self._visit, watch))
                watch.due = monotonic() + watch.every.total_seconds()
        return self._taken - before

    def end(self) -> None:
        """Other nodes poll from now on."""
        self._close()
        while self._held:
            _, lease = self._held.popitem()
            self._leases.give_back(self._served.line, lease)

    def _close(self) -> None:
        for watch in self._watches:
            close(watch.poller)
        self._watches = []

    def _visit(self, watch: Watch) -> None:
        if not self._is_ours(watch):
            return
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

    def _is_ours(self, watch: Watch) -> bool:
        """Whether this process polls the connection: still, or since now. What a process before it claimed is found."""
        line, lane = self._served.line, f"{watch.name}/{POLL}"
        held = self._held.get(watch.name)
        with line.store.read() as db:
            if held is not None and lanes.is_held(db, lane, line.now(), held.token):
                return True
            if lanes.is_held(db, lane, line.now()):
                return False
        if held is not None:
            self._leases.give_back(line, self._held.pop(watch.name))
        with line.store.write() as db:
            lanes.open_lane(db, lane)
            lease = self._leases.take(line, db, lane)
        if lease is not None:
            self._held[watch.name] = lease
            watch.recovered = False
        return lease is not None

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
        self._taken += len(taken) - sum(error is not None for error in errors)
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
