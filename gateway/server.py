"""`gateway serve`: the dispatcher of an embedded store, the folders it watches, and what it answers over HTTP."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from time import monotonic

from gateway.connector import Arrival, Poller
from gateway.errors import GatewayError, PermanentError, TransientError
from gateway.health import Health
from gateway.http.calls import Api
from gateway.http.serving import serving
from gateway.pipeline.receive import receive
from gateway.queue.dispatch import look_again, recover, sweep, work_off
from gateway.queue.lock import dispatching
from gateway.store.configurations import active
from gateway.wiring import Gateway

TICK_S = 0.5
SWEEP_S = 3600.0
_log = logging.getLogger("gateway.server")

Tell = Callable[[str], None]


@dataclass(slots=True)
class _Watch:
    """A connection that is looked at from time to time."""

    name: str
    poller: Poller
    every: timedelta
    due: float = field(default=0.0)


class Server:
    """Polls, runs the line and delivers, in one thread and in this order, until it is told to stop."""

    def __init__(self, gateway: Gateway, host: str, port: int) -> None:
        self._gateway = gateway
        self._address = host, port
        self._lock = gateway.dispatcher_lock()
        self._stopped = threading.Event()
        self._awake = threading.Event()
        self._health = Health(gateway.store, gateway.clock)
        self._sweep_due = monotonic()
        self._open()

    def _open(self) -> None:
        """Open what the configuration names; whatever was claimed or running before is looked for first."""
        kept = self._gateway.line.configuration.connections
        self._watches = [_Watch(name, poller, kept[name].poll) for name, poller in self._gateway.pollers().items()]
        self._senders = self._gateway.senders()
        self._unrecovered = list(self._watches)
        self._unsettled = True

    def run(self, tell: Tell) -> None:
        """Serve until SIGINT or SIGTERM; raises PermanentError where another process is the dispatcher."""
        with dispatching(self._lock) as ours:
            if not ours:
                raise PermanentError(
                    f"This store is served already, by {self._lock.holder()}. Stop it, or ingest beside it."
                )
            with serving(self._health, self._api(), self._address) as address, self._stopping_by_signal():
                tell(f"health    {address}/healthz  {address}/readyz")
                tell(f"api       {address}/api/v1  {address}/api/v1/openapi.json")
                for watch in self._watches:
                    tell(f"watching  {watch.name} every {watch.every.total_seconds():g} s")
                for name in self._senders:
                    tell(f"sending   {name}")
                tell("Stop with Ctrl-C.")
                self._serve()

    def stop(self) -> None:
        """Finish what is being done and return from `run`."""
        self._stopped.set()
        self.wake()

    def wake(self) -> None:
        """Begin the next round at once."""
        self._awake.set()

    def _api(self) -> Api:
        settings = self._gateway.settings.api
        return Api(lambda: self._gateway.line, settings, self.wake, self._health.is_store_away)

    @contextmanager
    def _stopping_by_signal(self) -> Iterator[None]:
        signals = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(each, lambda *_: self.stop()) for each in signals]
        try:
            yield
        finally:
            for each, handler in zip(signals, before, strict=True):
                signal.signal(each, handler)

    def _serve(self) -> None:
        while not self._stopped.is_set():
            if self._health.is_store_away() or not self._attempt("lock", self._keep_lock):
                self._unsettled = True
                self._rest()
                continue
            self._attempt("configuration", self._renew)
            if self._unsettled:
                self._unsettled = not self._attempt("recovery", self._recover)
            for watch in self._watches:
                if watch.due <= monotonic() and not self._stopped.is_set():
                    self._attempt(watch.name, partial(self._poll, watch))
                    watch.due = monotonic() + watch.every.total_seconds()
            if not self._attempt("dispatcher", self._work):
                self._unsettled = True
            self._attempt("segments", self._look_again)
            if self._sweep_due <= monotonic() and self._attempt("sweep", self._sweep):
                self._sweep_due = monotonic() + SWEEP_S
            self._health.beat()
            self._rest()

    def _rest(self) -> None:
        """Until the next round is due, or someone has put something into the line."""
        self._awake.wait(TICK_S)
        self._awake.clear()

    def _keep_lock(self) -> None:
        """The lock is taken again where it was lost with its connection, if nobody else has taken it meanwhile."""
        if not self._lock.take():
            raise TransientError(f"{self._lock.holder()} has become the dispatcher. Stop one of the two.")

    def _renew(self) -> None:
        """Go on with the version in force, where another one was published or rolled back to meanwhile."""
        with self._gateway.store.read() as db:
            current = active(db)
        if current is not None and current.number != self._gateway.line.version:
            self._gateway = replace(self._gateway, line=self._gateway.line_as_of(current.number))
            self._health.forget()
            self._open()

    def _work(self) -> None:
        work_off(self._gateway.line, self._senders)

    def _look_again(self) -> None:
        look_again(self._gateway.line)

    def _sweep(self) -> None:
        sweep(self._gateway.line)

    def _recover(self) -> None:
        """What was left running becomes ready: by a process that died, or by a round of ours that broke off."""
        recover(self._gateway.line)
        while self._unrecovered:
            self._unrecovered[-1].poller.recover()
            self._unrecovered.pop()

    def _attempt(self, part: str, work: Callable[[], None]) -> bool:
        """Whether a part did its work; what keeps it from it is told to health and log, and it is tried again."""
        try:
            work()
        except GatewayError as error:
            if self._health.fails(part, str(error)):
                _log.log(logging.WARNING if isinstance(error, TransientError) else logging.ERROR, "%s: %s", part, error)
        except Exception as error:  # noqa: BLE001 - the worker's edge: a defect of one part never stops the others
            if self._health.fails(part, f"{type(error).__name__}: {error}"):
                _log.error("%s failed", part, exc_info=error)
        else:
            self._health.works(part)
            return True
        return False

    def _poll(self, watch: _Watch) -> None:
        for arrival in watch.poller.poll():
            self._take(watch, arrival)

    def _take(self, watch: _Watch, arrival: Arrival) -> None:
        """Done is said only after the bytes are committed; else the other side keeps what it has."""
        try:
            receive(self._gateway.line, arrival.name, arrival.chunks(), watch.name)
        except BaseException:
            watch.poller.release(arrival)
            raise
        watch.poller.done(arrival)
