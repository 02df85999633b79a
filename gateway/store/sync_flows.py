"""How far each flow of each channel has come: read beside the data, moved with the file that goes out."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.line_tables import OutboxRow
from gateway.store.records import OutputState, Record
from gateway.store.sync_tables import ChannelFlowRow
from gateway.store.tables import table

_flow = table(ChannelFlowRow)
_outbox = table(OutboxRow)

_ALL = select(_flow).order_by(_flow.c.channel, _flow.c.flow)
_ONE = select(_flow).where(_flow.c.channel == bindparam("the_channel"), _flow.c.flow == bindparam("the_flow"))
_SET = [each.name for each in _flow.columns if not each.primary_key]
_PUT = {
    name: (fresh := dialect.insert(_flow)).on_conflict_do_update(
        index_elements=["channel", "flow"], set_={column: fresh.excluded[column] for column in _SET}
    )
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
_MOVING = (OutputState.QUEUED, OutputState.FAILED, OutputState.SENDING, OutputState.UNKNOWN)
_WAITING = (
    select(func.count(), func.min(_outbox.c.created_at))
    .where(_outbox.c.state.in_(_MOVING), _outbox.c.connection == bindparam("by"))
    .where(_outbox.c.key >= bindparam("first"), _outbox.c.key < bindparam("end"))
)

NEVER = -1
"""The sequence of a flow that has carried nothing: every row there is comes after it."""
ANEW = -2
"""The sequence of a flow that begins anew: as after NEVER, with what the other side is thought to hold already.

One that is under way anew has a number below it, so that it goes on as it began (`Flow.at`).
"""


class Flow(Record, frozen=True, kw_only=True):
    """A flow of a channel: everything up to `seq` is in its files, of which there are `number` with `rows` rows.

    When everything was last in files the sequence was at `since`: what was told of a row stood then or has come since.
    `place` is that of the last row in them, where they end within a change beyond it (`row_changes.text_of`).
    `digest` and `day` are those of a feed's last list; `reason` says why it does not get on, since `failing_since`.
    """

    channel: str
    flow: str
    seq: int = NEVER
    number: int = 0
    rows: int = 0
    digest: str | None = None
    day: str | None = None
    reason: str | None = None
    failing_since: str | None = None
    changed_at: str = ""
    place: str | None = None
    since: int = NEVER

    @property
    def is_anew(self) -> bool:
        """Whether every row is on its way, those too that the other side is thought to hold."""
        return self.seq <= ANEW

    @property
    def reached(self) -> int:
        """The number of the data sequence up to which everything is in files; NEVER where nothing is."""
        return NEVER + ANEW - self.seq if self.is_anew else self.seq

    def at(self, reached: int) -> int:
        """The sequence of this flow once everything up to a number is in files: one that goes anew stays so."""
        return NEVER + ANEW - reached if self.is_anew else reached


def flow_of(db: Connection, channel: str, flow: str) -> Flow:
    """How far the flow has come."""
    row = db.execute(_ONE, {"the_channel": channel, "the_flow": flow}).mappings().one_or_none()
    return Flow(**row) if row else Flow(channel=channel, flow=flow)


def flows(db: Connection) -> Sequence[Flow]:
    """Every flow that ever carried something or failed, by channel."""
    return [Flow(**row) for row in db.execute(_ALL).mappings()]


def put_flow(db: Connection, flow: Flow) -> None:
    """The flow has come so far."""
    db.execute(_PUT[db.dialect.name], msgspec.structs.asdict(flow))


def waiting_files(db: Connection, connection: str, folder: str) -> tuple[int, str | None]:
    """How many documents whose keys lie in a folder, as `a/b/`, wait to leave by the connection; the oldest's birth."""
    behind = folder[:-1] + chr(ord("/") + 1)
    count, oldest = db.execute(_WAITING, {"by": connection, "first": folder, "end": behind}).one()
    return count, oldest
