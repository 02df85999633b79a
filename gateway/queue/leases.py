"""Leases: the lanes this process holds, kept while it works on them and given back when it does not."""

from __future__ import annotations

from datetime import timedelta

from gateway.errors import GatewayError
from gateway.pipeline.work import Line
from gateway.store import Connection, lanes
from gateway.store.engine import file_of
from gateway.store.lanes import Lease
from gateway.store.types import instant_text

LEASE = timedelta(seconds=60)
_FOR_EVER = "9999-12-31"


class Leases:
    """Takes lanes for this process; safe to use from several threads.

    A lease lasts `term`, and as long as its holder says that he lives. On an embedded store it ends with the process:
    only one drains it, and it knows that by the store's lock.
    """

    def __init__(self, term: timedelta = LEASE) -> None:
        self.term = term
        self._holder = lanes.this_process()
        self._held: set[Lease] = set()
        self._unreturned: set[Lease] = set()

    def take(self, line: Line, db: Connection, lane: str) -> Lease | None:
        """The lane leased; None where it is paused, or held by another."""
        lease = lanes.lease_lane(db, lane, self._holder, line.now(), self._until(line))
        if lease is not None:
            self._held.add(lease)
        return lease

    def prove(self, line: Line, db: Connection, lease: Lease) -> None:
        """The lane is still ours, and longer; raises LostLeaseError where it is not."""
        lanes.prove(db, lease, self._until(line))

    def keep(self, line: Line) -> int:
        """How many leases were kept: each by a process that lives, however long it computes."""
        held = list(self._held)
        if held and file_of(line.store.url) is None:
            with line.store.write() as db:
                lanes.extend(db, held, self._until(line))
        return len(held)

    def release(self, db: Connection, lease: Lease) -> None:
        """The lane is the next holder's; what runs of it goes back uncounted."""
        lanes.release(db, lease)
        self._held.discard(lease)

    def forget(self, lease: Lease) -> None:
        """The lease was lost."""
        self._held.discard(lease)

    def give_back(self, line: Line, lease: Lease) -> None:
        """The lane is released in a transaction of its own; later, where the store is away."""
        self._held.discard(lease)
        try:
            with line.store.write() as db:
                lanes.release(db, lease)
        except GatewayError:
            self._unreturned.add(lease)

    def settle(self, line: Line) -> None:
        """What could not be given back is; raises TransientError where the store is still away."""
        unreturned = list(self._unreturned)  # another thread may add to them meanwhile
        if unreturned:
            with line.store.write() as db:
                for lease in unreturned:
                    lanes.release(db, lease)
            self._unreturned.difference_update(unreturned)

    def _until(self, line: Line) -> str:
        if file_of(line.store.url) is not None:
            return _FOR_EVER
        return instant_text(line.clock() + self.term)
