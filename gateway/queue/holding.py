"""Holding lanes: what one process at a time does for all, kept from one round to the next until it ends or dies."""

from __future__ import annotations

from enum import StrEnum

from gateway.pipeline.work import Line
from gateway.queue.leases import Leases
from gateway.store import Connection, lanes
from gateway.store.lanes import Lease


class Hold(StrEnum):
    """Whose a lane is: another process's (or nobody's, while it is paused), ours since now, or ours as before."""

    OTHERS = "others"
    BEGUN = "begun"
    KEPT = "kept"


class Holding:
    """The lanes that this process holds; each is asked for by one thread at a time."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self._held: dict[str, Lease] = {}

    def hold(self, line: Line, lane: str) -> Hold:
        """Whose the lane is; ours where it was nobody's."""
        held = self._held.get(lane)
        with line.store.read() as db:
            if held is not None and lanes.is_held(db, lane, line.now(), held.token):
                return Hold.KEPT
            if lanes.is_held(db, lane, line.now()):
                return Hold.OTHERS
        if held is not None:
            self._leases.give_back(line, self._held.pop(lane))
        with line.store.write() as db:
            lanes.open_lane(db, lane)
            lease = self._leases.take(line, db, lane)
        if lease is None:
            return Hold.OTHERS
        self._held[lane] = lease
        return Hold.BEGUN

    def prove(self, line: Line, db: Connection, lane: str) -> None:
        """The lane is still ours; raises LostLeaseError where it is not, and nothing may be written."""
        self._leases.prove(line, db, self._held[lane])

    def end(self, line: Line) -> None:
        """Other nodes go on from now."""
        while self._held:
            _, lease = self._held.popitem()
            self._leases.give_back(line, lease)
