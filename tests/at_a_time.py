"""A workspace's gateway at a time the test sets: files taken and worked off, and the clocks looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from gateway.pipeline.overdue import overdue
from gateway.pipeline.receive import receive
from gateway.queue.dispatch import work_off
from gateway.store.acknowledgements import Acknowledgement, AcknowledgementQuery, list_acknowledgements
from gateway.store.alarms import Alarm, list_alarms
from gateway.store.outbox import list_outputs
from gateway.store.records import Output
from gateway.wiring import Gateway, open_gateway
from tests.workspaces import Place

MONDAY = datetime(2026, 6, 15, 8, tzinfo=UTC)


class AtATime:
    """A gateway whose clock stands still until it is moved."""

    def __init__(self) -> None:
        self.now = MONDAY
        self.gateway: Gateway

    def clock(self) -> datetime:
        """The time that is set."""
        return self.now

    def later(self, **time: float) -> None:
        """Move the clock on."""
        self.now += timedelta(**time)

    def receive(self, content: bytes, connection: str = "acme_inbox") -> None:
        """A file from a partner, stored."""
        receive(self.gateway.line, "file.edi", iter([content]), connection)

    def take(self, content: bytes, without: str = "") -> None:
        """A file from ACME, worked off with everything that leaves for it, but for what one connection would send."""
        self.receive(content)
        self.work_off(without)

    def work_off(self, without: str = "") -> None:
        """Everything that is due, but for what leaves by one connection."""
        senders = self.gateway.senders()
        work_off(self.gateway.line, {name: each for name, each in senders.items() if name != without})

    def look(self) -> int:
        """A round of the clocks."""
        return overdue(self.gateway.line)

    def owed(self, side: str = "owes", **wanted: object) -> list[Acknowledgement]:
        """The rows of one side of the ledger."""
        with self.gateway.store.read() as db:
            rows = list_acknowledgements(db, AcknowledgementQuery())
        mine = [row for row in rows if row.side == side]
        return [row for row in mine if all(getattr(row, name) == value for name, value in wanted.items())]

    def states(self, side: str = "owes") -> dict[str, str]:
        """The state of each row of one side, by its type; of several, of the one due last."""
        return {row.type: row.state for row in self.owed(side)}

    def outputs(self, type_: str = "") -> list[Output]:
        """What was made, oldest first."""
        with self.gateway.store.read() as db:
            return [each for each in list_outputs(db) if not type_ or each.type == type_]

    def alarms(self, kind: str = "") -> list[Alarm]:
        """The alarms that stand."""
        with self.gateway.store.read() as db:
            return [each for each in list_alarms(db, standing=True) if not kind or each.kind == kind]


@contextmanager
def opened(place: Place) -> Iterator[AtATime]:
    """The gateway of a workspace, on a Monday."""
    at = AtATime()
    with open_gateway(place.root, at.clock) as gateway:
        at.gateway = gateway
        yield at
