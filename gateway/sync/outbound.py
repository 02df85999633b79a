"""Trade data out to a channel: what changed since its last file, or everything, in files of bounded size."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from heapq import merge
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import msgspec

from gateway.errors import ConflictError
from gateway.mapping.text_mapping import Written
from gateway.masterdata.exporting import cells_of, stated_columns
from gateway.masterdata.kind import Kind
from gateway.masterdata.kinds import kind_of
from gateway.model.price import PriceCondition
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.data_sequence import changed_tables, numbers
from gateway.store.row_changes import (
    Place,
    RowChange,
    changed_since,
    ended_since,
    gone_since,
    place_of,
    table_of,
    text_of,
)
from gateway.store.sync_conflicts import ConflictState, conflicts, note_told, owed_keys
from gateway.store.sync_flows import ANEW, NEVER, Flow, flow_of, put_flow, waiting_files
from gateway.store.system_rows import held_rows, hold_rows
from gateway.store.trade import Trade
from gateway.store.trade_changes import TradeChanges, key_fields
from gateway.sync.keys import SystemKeys, first_part, is_keyed_by_columns, key_of_value
from gateway.sync.writing import Addressed, folder_of, queue, written_rows
from gateway.workspace.owners import Owners, flows_of
from gateway.workspace.values import Channel

ROWS_PER_FILE = 5_000
MOST_ROWS = 2 * ROWS_PER_FILE
"""A file has so many rows at most; one ends where a change ends, but for those of a change that has more."""
MOST_WAITING = 20
"""Where so many files of a flow wait to leave, no further one is made: what changes meanwhile goes together later."""


class Going(NamedTuple):
    """A row on its way: its key, its cells, the number of its change, and its place in that."""

    seq: int
    key: str
    cells: dict[str, str]
    is_gone: bool
    place: Place | None = None

    def over(self, before: Iterable[str]) -> Going:
        """The same, with an empty cell for each of these columns that was there before and is not now."""
        return self._replace(cells=self.cells | {name: "" for name in before if name not in self.cells})


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
        channels = line.configuration.channels.values()
        self._owners = Owners(line.configuration.channels)
        self._siblings = [other.name for other in channels if other.system == channel.system]
        self._answers = any(other.system == channel.system and kind in flows_of(other, "in") for other in channels)

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
        is_behind = changed.get(table_of(self._kind.value).name, 0) > flow.reached or flow.is_anew
        return (is_behind or bool(self._owed(db, 1))) and self._has_room(db)

    def send(self) -> Done:
        """What was sent: everything that changed since the last file, each file in a commit with how far it goes.

        Where MOST_WAITING files wait it ends, and goes on from there the next time.
        Another node that sends the same meanwhile is left to it. Raises PermanentError where rows cannot be written.
        """
        return self._send(anew=False)

    def send_all(self) -> Done:
        """What was sent: every row there is, changed or not, and which are gone that were not told of; else as `send`.

        Raises ConflictError where it cannot begin: too many files wait, or another run sends.
        """
        done = self._send(anew=True)
        if done.seq == NEVER:
            text = f"No {done.flow} were sent anew by {done.channel}: {MOST_WAITING} files wait to leave"
            raise ConflictError(f"{text}, or another run sends. Run it again when `gateway sync status` shows fewer.")
        return done

    def _send(self, *, anew: bool) -> Done:
        channel, kind = self._channel, self._kind.name
        files = rows = 0
        with self._line.store.read() as db:
            standing, aim = flow_of(db, channel.name, kind), numbers(db).trade
            flow = msgspec.structs.replace(standing, seq=ANEW, place=None) if anew else standing
            since = None if standing.seq == NEVER else standing.since
            for upto, going in _files(self._going(db, flow, standing.reached)):
                told = self._untold(db, going, anew=flow.is_anew)
                if told:
                    moved = _moved(flow, upto, len(told), _within(upto, going[-1]))
                    if not self._queue(standing, moved, told, since):
                        return Done(channel.name, kind, files, rows, flow.reached)
                    standing = flow = moved
                    files, rows = files + 1, rows + len(told)
        self._reach(standing, aim)
        owed = self._tell_owed()
        return Done(channel.name, kind, files + bool(owed), rows + owed, aim)

    def _has_room(self, db: Connection) -> bool:
        return waiting_files(db, self._channel.connection, folder_of(self._channel, self._kind.name))[0] < MOST_WAITING

    def _going(self, db: Connection, flow: Flow, gone_after: int) -> Iterator[Going]:
        """The rows that changed after what is in files and those gone after a number, in the order of their changes."""
        kind, after = self._kind.value, flow.reached
        place = place_of(kind, flow.place) if flow.place else None
        streams: list[Iterable[RowChange]] = [changed_since(db, kind, after, place)]
        if "action" in self._kind.columns and gone_after >= 0:
            streams.append(each for each in gone_since(db, kind, gone_after, place) if not self._has_moved(db, each))
        for change in merge(*streams, key=attrgetter("seq")):
            cells = cells_of(change.value, self._columns)
            if change.is_gone:
                named = {name: cells[name] for name in key_fields(self._kind.value) if name in cells}
                cells = {"action": "delete", **(named if self._kind.name == "prices" else cells)}
            place = Place(change.seq, change.is_gone, change.key)
            yield Going(change.seq, key_of_value(change.value), cells, change.is_gone, place)

    def _has_moved(self, db: Connection, gone: RowChange) -> bool:
        """Whether the row stands elsewhere under its key: a price that is for another article now."""
        return isinstance(gone.value, PriceCondition) and bool(Trade(db).conditions_by_key([gone.value.key]))

    def _untold(self, db: Connection, going: list[Going], *, anew: bool) -> list[Going]:
        """Those that no conflict with the system is open about, and that it does not hold as they are, or anew all."""
        if not self._answers:
            return going
        keys = [] if anew else [each.key for each in going]
        held = held_rows(db, self._channel.system, self._kind.name, keys)
        disputed = self.disputed(db)
        return [each for each in going if each.key not in disputed and _is_news(each, held.get(each.key))]

    def disputed(self, db: Connection) -> set[str]:
        """The keys of rows that a conflict with the system is open about."""
        return {
            each.key
            for name in self._siblings
            for each in conflicts(db, ConflictState.OPEN, name)
            if each.kind == self._kind.name
        }

    def _owed(self, db: Connection, most: int) -> dict[str, str]:
        return owed_keys(db, self._siblings, self._kind.name, most) if self._answers else {}

    def _tell_owed(self) -> int:
        """How many rows were sent in which the system states values that did not count; each such value once."""
        with self._line.store.read() as db:
            if not self._owed(db, 1):
                return 0
        with self._line.store.write() as db:
            owed = self._owed(db, ROWS_PER_FILE)
            standing = standing_rows(db, self._kind, set(owed.values()))
            going = [Going(0, key, cells, is_gone=False) for key, cells in sorted(standing.items())]
            told = self._untold(db, going, anew=False)
            if told:
                self.tell(db, told)
            note_told(db, owed.keys())
        return len(told)

    def tell(self, db: Connection, going: list[Going]) -> None:
        """Queue these rows in a file of their own, in the caller's transaction; how far the flow has come stays."""
        flow, whole = flow_of(db, self._channel.name, self._kind.name), self._whole(db, going, {})
        self._put(db, _moved(flow, flow.reached, len(going), flow.place), whole, self._written(db, whole))

    def _whole(self, db: Connection, going: list[Going], told: Mapping[str, set[str]]) -> list[Going]:
        """The rows, with an empty cell for what the system holds, or was told of them by key, and they do not state:
        what is left out would stay there, as what the system itself owns is to.
        """
        held = held_rows(db, self._channel.system, self._kind.name, _keys(going)) if self._answers else {}
        return [
            each if each.is_gone else each.over(self._ours_of({*held.get(each.key, ()), *told.get(each.key, ())}))
            for each in going
        ]

    def _stated(self, db: Connection, keys: Collection[str], since: int) -> dict[str, set[str]]:
        """The columns that these rows stated in what stood at a number, or came since, and stands no more, by key."""
        stated: dict[str, set[str]] = {}
        if is_keyed_by_columns(self._kind):
            for value in ended_since(db, self._kind.value, since, _first(self._kind, keys)):
                stated.setdefault(key_of_value(value), set()).update(cells_of(value, self._columns))
        return stated

    def _ours_of(self, columns: Iterable[str]) -> list[str]:
        """Those of the columns that the system does not own."""
        return [name for name in columns if self._owners.of(self._kind.name, name) != self._channel.system]

    def _queue(self, flow: Flow, moved: Flow, going: list[Going], since: int | None) -> bool:
        """Whether the file is queued; not where another node has moved the flow on, or too many files wait.

        It is written before the transaction, and once more within it where the system told of its rows meanwhile. What
        ends meanwhile goes with its own change.
        """
        with self._line.store.read() as db:
            stated = {} if since is None else self._stated(db, _keys(going), since)
            whole = self._whole(db, going, stated)
            written = self._written(db, whole)
        with self._line.store.write() as db:
            if not _is_still(flow_of(db, flow.channel, flow.flow), flow) or not self._has_room(db):
                return False
            if self._answers and (now := self._whole(db, going, stated)) != whole:
                whole, written = now, self._written(db, now)
            self._put(db, moved, whole, written)
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
            held = {each.key: {} if each.is_gone else _filled(each.cells) for each in going}
            hold_rows(db, self._channel.system, self._kind.name, held, "")

    def _reach(self, flow: Flow, aim: int) -> None:
        with self._line.store.write() as db:
            if _is_still(flow_of(db, flow.channel, flow.flow), flow):
                reached = {"seq": aim, "since": aim, "place": None, "reason": None, "failing_since": None}
                put_flow(db, msgspec.structs.replace(flow, **reached, changed_at=self._line.now()))


def _moved(flow: Flow, upto: int, rows: int, place: str | None) -> Flow:
    here = {"seq": flow.at(upto), "place": place, "number": flow.number + 1, "rows": flow.rows + rows}
    return msgspec.structs.replace(flow, **here, reason=None, failing_since=None)


def _within(upto: int, last: Going) -> str | None:
    """The place to go on from behind the last row of a file, where that ends within its change."""
    return text_of(last.place) if last.place is not None and last.seq > upto else None


def _is_still(now: Flow, before: Flow) -> bool:
    return (now.number, now.seq) == (before.number, before.seq)


def _is_news(going: Going, held: dict[str, str] | None) -> bool:
    if held is None:
        return True
    return bool(held) if going.is_gone else _filled(held) != going.cells


def _filled(cells: Mapping[str, str]) -> dict[str, str]:
    return {name: cell for name, cell in cells.items() if cell}


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


def standing_rows(db: Connection, kind: Kind, keys: Collection[str]) -> dict[str, dict[str, str]]:
    """Our rows of these keys as cells."""
    columns = stated_columns(kind)
    standing = TradeChanges(db).standing(kind.value, _first(kind, keys))
    found = {key_of_value(value): value for value in standing}
    return {key: cells_of(value, columns) for key, value in found.items() if key in keys}


def _keys(going: Iterable[Going]) -> set[str]:
    """Those of the rows that are not gone."""
    return {each.key for each in going if not each.is_gone}


def _first(kind: Kind, keys: Collection[str]) -> set[str]:
    """The first columns of these keys: where rows are known by one column their key is that, else it begins with it."""
    return set(keys) if len(key_fields(kind.value)) == 1 else {first_part(key) for key in keys}


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
