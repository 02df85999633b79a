"""Deliver: the first documents of every lane, leased, given to their connections side by side, and recorded."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from time import monotonic

from gateway.errors import TransientError, UnknownOutcomeError
from gateway.fields import Rate
from gateway.pipeline.outcomes import MOST_ASKED, Outcomes, Wait, tries_made
from gateway.pipeline.outlets import RUN_S, Ended, Outlet, Run, give
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.engine import file_of, savepoint
from gateway.store.records import Output, OutputState
from gateway.store.sending import book, contents_of, free_times, heads, lease, lease_look_up, leased_in
from gateway.store.types import instant_text

RUN = 32
"""Documents of a lane given one after the other under one lease, where sending twice does no harm."""
MOST_AT_ONCE = 64
"""Connections that can be slow at the same time without anybody else waiting for them."""
MARGIN = timedelta(seconds=60)
"""How much longer than it may take a sending is left to the process that began it."""
STOP_S = 25.0
_AHEAD = timedelta(seconds=0.5)
"""A sending is leased so long before its connection may send by its rate: rounds are that far apart."""
_LOOK_S = 1.0

_log = logging.getLogger("gateway.deliver")

Outlets = Mapping[str, Outlet]


class Deliverer:
    """Sends what is due, round by round: the store is used by whoever calls, each connection by threads of its own.

    `wait` is the time to the next try after so many; `wake` is called when something ended and a round records it.
    """

    def __init__(self, wait: Wait, wake: Callable[[], None] = lambda: None, margin: timedelta = MARGIN) -> None:
        self._wait = wait
        self._wake = wake
        self._margin = margin
        self._given: SimpleQueue[list[Ended]] = SimpleQueue()
        self._unrecorded: list[list[Ended]] = []
        self._running: dict[str, tuple[float, Run]] = {}
        self._served: dict[str, float] = {}
        self._stopping = threading.Event()
        self._is_first = True

    @property
    def is_sending(self) -> bool:
        """Whether anything is on its way, or not recorded yet."""
        return bool(self._running)

    def round(self, line: Line, outlets: Outlets) -> int:
        """How many documents were recorded or begun: what ended is recorded, what may go now is leased and begun.

        Raises TransientError where a connection takes longer than its timeout, after the others had their turn.
        """
        self._take_up()
        with line.store.read() as db:
            due = self._due(line, db, outlets)
        if not due and not self._unrecorded:
            self._tell_of_stuck()
            return 0
        runs: list[Run] = []
        try:
            with line.store.write() as db:
                done = self._record(line, db) + self._take_over(line, db, outlets)
                runs = self._lease(line, db, outlets)
        except BaseException:
            # A connection that is lost at the commit leaves it open whether they are leased.
            self._unrecorded += _not_begun(runs)
            raise
        self._forget_recorded()
        self._is_first = False
        self._begin(line, runs)
        self._tell_of_stuck()
        return done + sum(len(run.outputs) for run in runs)

    def rest(self, most_s: float = _LOOK_S) -> None:
        """Until something that was begun has ended, at most so long."""
        try:
            self._unrecorded.append(self._given.get(timeout=most_s))
        except Empty:
            return

    def stop(self, line: Line, within_s: float = STOP_S) -> None:
        """Begin nothing any more, let end what was begun, and release what was leased and not begun.

        What has not ended by then stays leased: what becomes of it, only the other side knows.
        """
        self._stopping.set()
        until = monotonic() + within_s
        while True:
            self._take_up()
            if self._unrecorded:
                self.round(line, {})
            if not self._running or monotonic() >= until:
                return
            self.rest(min(_LOOK_S, max(until - monotonic(), 0)))

    def _take_up(self) -> None:
        while not self._given.empty():
            self._unrecorded.append(self._given.get())

    def _due(self, line: Line, db: Connection, outlets: Outlets) -> list[Output]:
        """The heads that something can be done about now, those of the connection that was served longest ago first."""
        if self._stopping.is_set():
            return []
        found = heads(db)
        held = {head.lane for head in found if self._is_held(line, head)}
        sending = Counter(head.connection for head in found if head.lane in held)
        room = MOST_AT_ONCE - len(self._running)
        due: list[Output] = []
        for head in sorted(found, key=lambda head: (self._served.get(head.connection, 0.0), head.id)):
            outlet = outlets.get(head.connection)
            if outlet is None or head.lane in held or len(due) >= room:
                continue
            if head.lease_until is None:
                if sending[head.connection] >= outlet.pace.concurrency or self._rests(line, head):
                    continue
                sending[head.connection] += 1
            due.append(head)
        return _in_pace(line, db, outlets, due)

    def _rests(self, line: Line, head: Output) -> bool:
        """Whether its next try is still to come; not where it is further off than any wait for it can have been."""
        if head.next_try is None or head.next_try <= line.now():
            return False
        # The clock was set back meanwhile. Twice a wait of its own: waits are drawn from a range.
        return head.next_try <= instant_text(line.clock() + max(2 * self._wait(tries_made(head)), MOST_ASKED))

    def _is_held(self, line: Line, head: Output) -> bool:
        """Whether somebody sends it or asks about it; what a store of one process was found with, nobody does."""
        if head.lane in self._running:
            return True
        abandoned = self._is_first and file_of(line.store.url) is not None
        return head.lease_until is not None and head.lease_until >= line.now() and not abandoned

    def _take_over(self, line: Line, db: Connection, outlets: Outlets) -> int:
        """How many documents were taken over from a process that died, or that stood still until its lease was over."""
        outcomes = Outcomes(line, db, self._wait)
        left = [head for head in self._due(line, db, outlets) if head.lease_until is not None]
        return sum(
            outcomes.take_over(output, outlets[head.connection]) for head in left for output in leased_in(db, head.lane)
        )

    def _lease(self, line: Line, db: Connection, outlets: Outlets) -> list[Run]:
        """What begins now; a lease that ended a moment ago is for the next round to take over."""
        runs = []
        for head in (each for each in self._due(line, db, outlets) if each.lease_until is None):
            outlet = outlets[head.connection]
            after = _booked(line, db, outlet, head.connection)
            until = instant_text(line.clock() + after + outlet.pace.timeout + timedelta(seconds=RUN_S) + self._margin)
            if head.state == OutputState.UNKNOWN:
                run = Run([lease_look_up(db, head, until)], outlet, after.total_seconds(), look_up=True)
            else:
                most = RUN if outlet.repeatable and outlet.pace.rate is None else 1
                run = Run(lease(db, head, until, most), outlet, after.total_seconds())
            runs.append(run)
        return runs

    def _record(self, line: Line, db: Connection) -> int:
        """How many documents had recorded what came of them; one that cannot stays leased, as after a crash."""
        outcomes = Outcomes(line, db, self._wait)
        recorded = 0
        for ended in (each for batch in self._unrecorded for each in batch):
            try:
                with savepoint(db):
                    recorded += outcomes.record(ended)
            except TransientError:
                raise
            except Exception as error:  # noqa: BLE001 - the worker's edge: one document never stops the others
                _log.error("what came of output %s cannot be recorded", ended.output.id, exc_info=error)
        return recorded

    def _forget_recorded(self) -> None:
        for batch in self._unrecorded:
            self._running.pop(batch[0].output.lane, None)
        self._unrecorded.clear()

    def _begin(self, line: Line, runs: list[Run]) -> None:
        outputs = [output for run in runs for output in run.outputs]
        waiting = list(runs)
        try:
            with line.store.read() as db:
                contents = contents_of(db, outputs) if outputs else {}
            for run in runs:
                head = run.outputs[0]
                self._running[head.lane] = monotonic(), run
                self._served[head.connection] = monotonic()
                name = f"sending by {head.connection}"
                threading.Thread(target=self._give, args=(run, contents), name=name, daemon=True).start()
                waiting.remove(run)
        finally:
            self._unrecorded += _not_begun(waiting)

    def _give(self, run: Run, contents: dict[str, bytes]) -> None:
        lost = UnknownOutcomeError("The thread that sent this has died. Look at the log.")
        ended = [Ended(output, run, begun=True, error=lost) for output in run.outputs]
        try:
            ended = give(run, contents, self._stopping)
        finally:
            self._given.put(ended)
            self._wake()

    def _tell_of_stuck(self) -> None:
        for lane, (began, run) in self._running.items():
            timeout_s = run.outlet.pace.timeout.total_seconds()
            if monotonic() - began > run.after_s + timeout_s + RUN_S + self._margin.total_seconds():
                raise TransientError(
                    f"{lane}: output {run.outputs[0].id} is being sent for longer than its timeout of {timeout_s:g} s. "
                    "Its lane waits. Restart the gateway; then it counts as sent with its answer lost."
                )


def deliver_due(line: Line, outlets: Outlets, wait: Wait) -> int:
    """How many times something was begun or recorded until nothing was due any more and all was recorded."""
    deliverer = Deliverer(wait)
    total = 0
    try:
        while (done := deliverer.round(line, outlets)) or deliverer.is_sending:
            total += done
            if deliverer.is_sending:
                deliverer.rest()
    finally:
        deliverer.stop(line)
    return total


def _not_begun(runs: list[Run]) -> list[list[Ended]]:
    return [[Ended(output, run) for output in run.outputs] for run in runs]


def _in_pace(line: Line, db: Connection, outlets: Outlets, due: list[Output]) -> list[Output]:
    """Those whose connection may send by its rate: one of each, where it has one, and soon."""
    if not any(outlets[head.connection].pace.rate for head in due):
        return due
    free, taken = free_times(db), set[str]()
    kept = []
    for head in due:
        rate = outlets[head.connection].pace.rate
        if rate is not None and head.lease_until is None:
            if head.connection in taken or _wait_for(line, rate, free.get(head.connection)) > _AHEAD:
                continue
            taken.add(head.connection)
        kept.append(head)
    return kept


def _booked(line: Line, db: Connection, outlet: Outlet, connection: str) -> timedelta:
    """The wait until the connection may send, which it may again only a while after that."""
    rate = outlet.pace.rate
    if rate is None:
        return timedelta()
    wait = _wait_for(line, rate, free_times(db).get(connection))
    book(db, connection, instant_text(line.clock() + wait + rate.apart))
    return wait


def _wait_for(line: Line, rate: Rate, free_at: str | None) -> timedelta:
    wait = datetime.fromisoformat(free_at) - line.clock() if free_at else timedelta()
    # A later one was booked before the clock was set back.
    return max(wait, timedelta()) if wait <= rate.apart + _AHEAD else timedelta()
