"""Trade data out to a channel: what changed since its last file, or everything, in files of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import msgspec

from gateway.mapping.text_mapping import Written
from gateway.masterdata.exporting import cells_of, stated_columns
from gateway.masterdata.kind import Kind
from gateway.masterdata.kinds import kind_of
from gateway.model.price import PriceCondition
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.data_sequence import changed_tables, numbers
from gateway.store.row_changes import RowChange, changed_since, gone_since, table_of
from gateway.store.sync_conflicts import ConflictState, conflicts
from gateway.store.sync_flows import NEVER, Flow, flow_of, put_flow, waiting_files
from gateway.store.system_rows import held_rows, hold_rows
from gateway.store.trade import Trade
from gateway.store.trade_changes import key_fields
from gateway.sync.keys import SystemKeys, key_of_value
from gateway.sync.writing import Addressed, folder_of, queue, written_rows
from gateway.workspace.owners import flows_of
from gateway.workspace.values import Channel

ROWS_PER_FILE = 5_000
MOST_ROWS = 2 * ROWS_PER_FILE
"""A file has so many rows at most; one ends where a change ends, so that it is begun again there after a crash."""
MOST_WAITING = 20
"""Where so many files of a flow wait to leave, no further one is made: what changes meanwhile goes together later."""


class Going(NamedTuple):
    """A row on its way: its key, its cells and the number of its change."""

    seq: int
    key: str
    cells: dict[str, str]
    is_gone: bool


class Done(NamedTuple):
    """What was sent of a flow: files and rows, and up to which number of the data sequence."""

    channel: str
    flow: str
    files: int
    rows: int
    seq: int


class Outflow:
    """One kind of trade data to one channel."""

    def __init__(self, line: Line, channel: Channel, kind: str) -> None:
        self._line = line
        self._channel = channel
        self._kind: Kind = kind_of(kind)
        self._columns = stated_columns(self._kind)
        self._answers = any(
            other.system == channel.system and kind in flows_of(other, "in")
            for other in line.configuration.channels.values()
        )

    @property
    def channel(self) -> str:
        """The name of the channel."""
        return self._channel.name

    @property
    def flow(self) -> str:
        """The kind of rows."""
        return self._kind.name

    def is_due(self, db: Connection, changed: dict[str, int]) -> bool:
        """Whether anything changed since the last file, and there is room for another one."""
        flow = flow_of(db, self._channel.name, self._kind.name)
        if changed.get(table_of(self._kind.value).name, 0) <= flow.seq:
            return False
        folder = folder_of(self._channel, self._kind.name)
        return waiting_files(db, self._channel.connection, folder)[0] < MOST_WAITING

    def send(self) -> Done:
        """What was sent: everything that changed since the last file, each file in a commit with how far it goes.

        Another node that sends the same meanwhile is left to it. Raises PermanentError where rows cannot be written.
        """
        channel, kind = self._channel, self._kind.name
        files = rows = 0
        with self._line.store.read() as db:
            flow, aim = flow_of(db, channel.name, kind), numbers(db).trade
            for upto, going in _files(self._going(db, flow.seq)):
                told = self._untold(db, going)
                if told:
                    if not self._queue(flow, upto, told):
                        return Done(channel.name, kind, files, rows, flow.seq)
                    flow = _moved(flow, upto, len(told))
                    files, rows = files + 1, rows + len(told)
        self._reach(flow, aim)
        return Done(channel.name, kind, files, rows, aim)

    def _going(self, db: Connection, after: int) -> Iterator[Going]:
        """The rows that changed after a number and those that are gone, in the order of their changes."""
        streams: list[Iterable[RowChange]] = [changed_since(db, self._kind.value, after)]
        if "action" in self._kind.columns and after != NEVER:
            streams.append(each for each in gone_since(db, self._kind.value, after) if not self._has_moved(db, each))
        for change in merge(*streams, key=attrgetter("seq")):
            cells = cells_of(change.value, self._columns)
            if change.is_gone:
                named = {name: cells[name] for name in key_fields(self._kind.value) if name in cells}
                cells = {"action": "delete", **(named if self._kind.name == "prices" else cells)}
            yield Going(change.seq, key_of_value(change.value), cells, change.is_gone)

    def _has_moved(self, db: Connection, gone: RowChange) -> bool:
        """Whether the row stands elsewhere under its key: a price that is for another article now."""
        return isinstance(gone.value, PriceCondition) and bool(Trade(db).conditions_by_key([gone.value.key]))

    def _untold(self, db: Connection, going: list[Going]) -> list[Going]:
        """Those that the system does not hold as they are, and that no conflict with it is open about."""
        if not self._answers:
            return going
        held = held_rows(db, self._channel.system, self._kind.name, [each.key for each in going])
        disputed = self._disputed(db)
        return [each for each in going if each.key not in disputed and _is_news(each, held.get(each.key))]

    def _disputed(self, db: Connection) -> set[str]:
        channels = self._line.configuration.channels.values()
        return {
            each.key
            for channel in channels
            if channel.system == self._channel.system
            for each in conflicts(db, ConflictState.OPEN, channel.name)
            if each.kind == self._kind.name
        }

    def tell(self, db: Connection, going: list[Going]) -> None:
        """Queue these rows in a file of their own, in the caller's transaction; how far the flow has come stays."""
        flow = flow_of(db, self._channel.name, self._kind.name)
        self._put(db, _moved(flow, flow.seq, len(going)), going, self._written(db, going))

    def _queue(self, flow: Flow, upto: int, going: list[Going]) -> bool:
        """Whether the file is queued; not where another node has moved the flow on."""
        with self._line.store.read() as db:
            written = self._written(db, going)
        with self._line.store.write() as db:
            if not _is_still(flow_of(db, flow.channel, flow.flow), flow):
                return False
            self._put(db, _moved(flow, upto, len(going)), going, written)
        return True

    def _written(self, db: Connection, going: list[Going]) -> Written:
        rows = [dict(each.cells) for each in going]
        SystemKeys(db, self._channel.system).told(self._kind, rows)
        return written_rows(self._line.library, self._channel, self._kind.name, rows)

    def _put(self, db: Connection, flow: Flow, going: list[Going], written: Written) -> None:
        now = self._line.now()
        queue(db, Addressed(self._channel, self._kind.name, flow.number), written, now)
        put_flow(db, msgspec.structs.replace(flow, changed_at=now))
        if self._answers:
            held = {each.key: {} if each.is_gone else each.cells for each in going}
            hold_rows(db, self._channel.system, self._kind.name, held, now)

    def _reach(self, flow: Flow, aim: int) -> None:
        with self._line.store.write() as db:
            if _is_still(flow_of(db, flow.channel, flow.flow), flow):
                reached = {"seq": aim, "reason": None, "failing_since": None, "changed_at": self._line.now()}
                put_flow(db, msgspec.structs.replace(flow, **reached))


def _moved(flow: Flow, upto: int, rows: int) -> Flow:
    return msgspec.structs.replace(
        flow, seq=upto, number=flow.number + 1, rows=flow.rows + rows, reason=None, failing_since=None
    )


def _is_still(now: Flow, before: Flow) -> bool:
    return (now.number, now.seq) == (before.number, before.seq)


def _is_news(going: Going, held: dict[str, str] | None) -> bool:
    if held is None:
        return True
    return bool(held) if going.is_gone else {name: cell for name, cell in held.items() if cell} != going.cells


def _files(going: Iterable[Going]) -> Iterator[tuple[int, list[Going]]]:
    """Rows in files, each with the number up to which all changes are in it."""
    rows: list[Going] = []
    reached: int | None = None
    for seq, together in groupby(going, key=attrgetter("seq")):
        for each in together:
            if len(rows) >= MOST_ROWS:
                yield (seq - 1 if reached is None else reached), rows
                rows = []
            rows.append(each)
        reached = seq
        if len(rows) >= ROWS_PER_FILE:
            yield seq, rows
            rows = []
    if rows and reached is not None:
        yield reached, rows


def outflows(line: Line) -> list[tuple[Channel, str]]:
    """Every kind of trade data that flows out, with its channel."""
    return [(channel, kind) for channel in line.configuration.channels.values() for kind in flows_of(channel, "out")]


def due_outflows(line: Line) -> list[Outflow]:
    """Those that something is to be sent by."""
    made = [Outflow(line, channel, kind) for channel, kind in outflows(line)]
    if not made:
        return []
    with line.store.read() as db:
        changed = changed_tables(db)
        return [each for each in made if each.is_due(db, changed)]


def begin_anew(line: Line, channel: Channel, kind: str) -> None:
    """The next files of the flow hold every row there is."""
    with line.store.write() as db:
        flow = flow_of(db, channel.name, kind)
        put_flow(db, msgspec.structs.replace(flow, seq=NEVER, changed_at=line.now()))
