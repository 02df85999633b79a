"""Skip: what is first in a lane and waits, given up by a person so that those behind it go on."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.pipeline.decode import abandon
from gateway.pipeline.work import Line
from gateway.store import Connection, lanes
from gateway.store.events import note_event
from gateway.store.messages import update_message
from gateway.store.records import State, WorkItem
from gateway.store.transmissions import transmission

_BY_A_PERSON = "skipped by a person"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A file that nobody holds."""

    item: WorkItem

    def prove(self, db: Connection) -> None:
        first = lanes.first_ready(db, self.item.lane)
        if first is None or first.seq != self.item.seq:
            raise lanes.LostLeaseError

    def finish(self, db: Connection) -> None:
        lanes.finish_items(db, [self.item.seq])


def skip_first(line: Line, lane: str) -> str | None:
    """The message that is dead now: the lane's first that waits, or all of its first file; None where nothing waits."""
    with line.store.read() as db:
        first = lanes.first_ready(db, lane)
        received = transmission(db, first.transmission) if first and first.transmission else None
    if first is not None and received is not None:
        return abandon(line, received, _BY_A_PERSON, _Waiting(first))
    with line.store.write() as db:
        first = lanes.first_ready(db, lane)
        if first is None or first.message is None:
            return None
        lanes.bury(db, first.seq, _BY_A_PERSON)
        update_message(db, first.message, state=State.DEAD, changed_at=line.now())
        note_event(db, first.message, State.DEAD.value, _BY_A_PERSON, line.now())
        return first.message
