"""Polling: what each connection has for us, taken when it is due; done is said only after the bytes are committed.

One process polls a connection: it holds the lane CONNECTION/poll, and keeps it from one look to the next. Where it ends
or dies, another one goes on; while the lane is paused, nobody polls.

What is stored is noted under its key in the same commit, until the other side was told: what a process that died had
stored and not called done is not stored again when it comes again. It may be old by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from threading import Thread
from time import monotonic

from gateway.connector import Arrival
from gateway.errors import GatewayError
from gateway.health import Health
from gateway.pipeline.outlets import close
from gateway.pipeline.receive import StoredBeforeError, arrivals_held, forget_arrivals, receive_arrival
from gateway.queue.holding import Hold, Holding
from gateway.queue.leases import Leases
from gateway.serving.in_force import InForce, Watch
from gateway.serving.rounds import attempt
from gateway.store.engine import savepoint
from gateway.store.lanes import lane_of_polls

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
        try:
            self._visits[watch.name].start()
        except RuntimeError:  # no more threads can be had: the next round tries again
            del self._visits[watch.name]
            raise

    def _visit(self, watch: Watch) -> None:
        hold = self._holding.hold(self._served.line, lane_of_polls(watch.name))
        if hold is Hold.OTHERS:
            return
        # What a process before it claimed is found.
        watch.recovered = watch.recovered and hold is Hold.KEPT
        if not watch.recovered:
            self._recover(watch)
        self._forget(watch)
        self._poll(watch, list(_failures(watch, tuple(watch.undone.values()))))
        watch.told |= watch.left
        watch.left.clear()

    def _recover(self, watch: Watch) -> None:
        """What runs before had claimed comes again, and what of it they had stored is known."""
        watch.poller.recover()
        watch.undone.clear()
        with self._served.line.store.read() as db:
            watch.left = arrivals_held(db, watch.name)
        watch.recovered = True

    def _forget(self, watch: Watch) -> None:
        """What is done does not come again: what comes under its key is new."""
        if watch.told:
            with self._served.line.store.write() as db:
                forget_arrivals(db, watch.name, watch.told)
            watch.told.clear()

    def _poll(self, watch: Watch, failed: list[GatewayError]) -> None:
        """All that there is, taken; raises the first of what failed, before and now."""
        waiting: list[Arrival] = []
        try:
            for arrival in watch.poller.poll():
                waiting.append(arrival)
                if len(waiting) >= TOGETHER or sum(each.size for each in waiting) >= TOGETHER_BYTES:
                    failed += self._take(watch, waiting)
        finally:
            failed += self._take(watch, waiting)
            if failed:
                raise failed[0]

    def _take(self, watch: Watch, waiting: list[Arrival]) -> list[GatewayError]:
        """Stores what waits in one commit, each in a part of its own, and only then says done of it.

        What went wrong with single ones comes out: it keeps none behind them from being taken.
        """
        taken, waiting[:] = waiting[:], []
        if not taken:
            return []
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
        stored = [each for each, error in zip(taken, errors, strict=True) if error is None]
        return [*filter(None, errors), *_failures(watch, stored)]

    def _stored(self, name: str, taken: list[Arrival]) -> list[GatewayError | None]:
        """What went wrong with each, None where it is committed, now or by a run before."""
        line = self._served.line
        errors: list[GatewayError | None] = []
        with line.store.write() as db:
            self._holding.prove(line, db, lane_of_polls(name))
            for arrival in taken:
                try:
                    with savepoint(db):
                        receive_arrival(line, db, arrival, name)
                except StoredBeforeError:
                    errors.append(None)
                except GatewayError as error:
                    errors.append(error)
                else:
                    errors.append(None)
        return errors


def _failures(watch: Watch, stored: Iterable[Arrival]) -> Iterator[GatewayError]:
    """What kept the other side from being told of each that it is done; it does not keep the others from it."""
    for arrival in stored:
        watch.left.discard(arrival.key)
        try:
            watch.poller.done(arrival)
        except GatewayError as error:
            watch.undone[arrival.key] = arrival
            yield error
        else:
            watch.undone.pop(arrival.key, None)
            watch.told.add(arrival.key)
