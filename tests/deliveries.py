"""An outbox with documents in it, a clock that is set by hand, and other sides that behave as they are told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.connector import Delivery, Receipt
from gateway.edifact.syntax import Limits
from gateway.mapping.library import Library
from gateway.pipeline.deliver import deliver_due
from gateway.pipeline.outlets import Outlet
from gateway.pipeline.work import Line
from gateway.store.engine import Store
from gateway.store.events import events_of
from gateway.store.outbox import NewOutput, enqueue, list_outputs
from gateway.store.records import Output
from gateway.sync.intake import ChannelIntake
from gateway.workspace.configuration import Configuration
from gateway.workspace.values import Pace

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class OtherSide:
    """Keeps what it takes by key, as whoever honours keys does; `times` counts how often each came.

    `before` and `after` are what is raised before and after something is taken; `gate` lets in while it is set.
    """

    def __init__(self) -> None:
        self.taken: dict[str, bytes] = {}
        self.times: dict[str, int] = {}
        self.order: list[str] = []
        self.before: dict[str, Exception] = {}
        self.after: dict[str, Exception] = {}
        self.down: Exception | None = None
        self.tries = 0
        self.gate = threading.Event()
        self.gate.set()
        self.at_once = self.most_at_once = 0
        self._counting = threading.Lock()

    def send(self, delivery: Delivery) -> Receipt:
        with self._counting:
            self.tries += 1
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            self.gate.wait(60)
            return self._take(delivery)
        finally:
            with self._counting:
                self.at_once -= 1

    def _take(self, delivery: Delivery) -> Receipt:
        key = delivery.idempotency_key
        if self.down or key in self.before:
            raise self.down or self.before[key]
        self.times[key] = self.times.get(key, 0) + 1
        repeated = key in self.taken
        if not repeated:
            self.taken[key] = delivery.content
            self.order.append(key)
        if key in self.after:
            raise self.after.pop(key)
        return Receipt(f"R-{key}", repeated=repeated)


class AskableSide(OtherSide):
    """One that can be asked what it has; `answers` is what it raises instead."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.answers: Exception | None = None

    def find(self, delivery: Delivery) -> Receipt | None:
        self.asked += 1
        if self.answers:
            raise self.answers
        return Receipt(f"R-{delivery.idempotency_key}") if delivery.idempotency_key in self.taken else None


def outlet(side: OtherSide, repeatable: bool = False, **pace: object) -> Outlet:
    """The connection to another side."""
    return Outlet(lambda: side, repeatable, Pace(**pace))  # type: ignore[arg-type]


@dataclass
class Post:
    """The outbox of a store, and its clock."""

    store: Store
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    waits: Callable[[int], timedelta] = lambda tries: timedelta(seconds=min(5 * 2 ** (tries - 1), 3600))

    @property
    def line(self) -> Line:
        """What deliver works with."""
        again = timedelta(days=1)
        nothing = ChannelIntake({})
        return Line(self.store, Configuration(), Library({}), lambda: self.now, 1, Limits(), again, again, nothing)

    def enqueue(self, *keys: str, connection: str = "box", type_: str = "ORDRSP", partner: str = "acme") -> list[str]:
        """The ids of new documents, one for each key; a key is the content too."""
        with self.store.write() as db:
            return [
                enqueue(db, NewOutput(key, partner, connection, type_, "edi", key, key.encode()), self.line.now())
                for key in keys
            ]

    def deliver(self, **outlets: Outlet) -> int:
        """What is due now is delivered."""
        return deliver_due(self.line, outlets, self.waits)

    def outputs(self) -> dict[str, Output]:
        """Every document by its key."""
        with self.store.read() as db:
            return {output.key: output for output in list_outputs(db)}

    def states(self) -> dict[str, str]:
        """How far every document got, by its key."""
        return {key: output.state for key, output in self.outputs().items()}

    def events(self, key: str) -> list[str]:
        """What happened to a document."""
        with self.store.read() as db:
            return [event["type"] for event in events_of(db, self.outputs()[key].id)]
