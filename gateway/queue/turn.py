"""A turn at a lane: its lease, and how much of it is worked on before other lanes have theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from gateway.pipeline.work import Line
from gateway.queue.leases import Leases
from gateway.store import Connection, bell, lanes
from gateway.store.lanes import Lease
from gateway.store.records import WorkItem

DRAIN_ITEMS = 200
DRAIN_S = 5.0


@dataclass(slots=True)
class Turn:
    """`done` items were worked on so far, `group` at a time; `going` says whether the process goes on."""

    line: Line
    leases: Leases
    lease: Lease
    group: int
    going: Callable[[], bool]
    done: int = 0
    _ends: float = field(default_factory=lambda: monotonic() + DRAIN_S)

    def prove(self, db: Connection) -> None:
        """The lane is still ours; raises LostLeaseError where it is not, and nothing may be written."""
        self.leases.prove(self.line, db, self.lease)

    @property
    def is_over(self) -> bool:
        """Whether others have their turn now."""
        return self.done >= DRAIN_ITEMS or monotonic() >= self._ends or not self.going()

    def following(self, db: Connection) -> list[WorkItem]:
        """The next items, taken; none where nothing is due or the turn is over, and the lane is released."""
        is_over = self.is_over
        left = 0 if is_over else min(self.group, DRAIN_ITEMS - self.done)
        items = lanes.take_items(db, self.lease.lane, self.line.now(), left) if left else []
        if is_over:
            bell.ring(db, self.lease.lane)
        if not items:
            self.leases.release(db, self.lease)
        return items
