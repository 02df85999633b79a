"""Both sides of a channel compared, and what differs repaired: sent where our word counts, taken where theirs does.

Both sides are sorted first, so that memory does not grow with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

from gateway.masterdata.columns import RefusedError
from gateway.masterdata.exporting import as_exported, cells_of, stated_columns
from gateway.masterdata.kind import Kind
from gateway.masterdata.kinds import kind_of
from gateway.masterdata.prices import PRICES
from gateway.model.trade_rows import Row
from gateway.pipeline.intake import Taken
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.identity import new_id
from gateway.store.trade import every
from gateway.store.trade_changes import key_fields
from gateway.sync.comparing import Difference, What, differences
from gateway.sync.intake import ChannelIntake
from gateway.sync.keys import SystemKeys, is_keyed_by_columns, key_of_cells, key_of_value, key_text
from gateway.sync.outbound import Going, Outflow
from gateway.sync.sorting import Keyed, sorted_rows
from gateway.tabular.reader import Entry, TableFault, TableRow
from gateway.workspace.owners import Owners, flows_of
from gateway.workspace.values import Channel

AT_ONCE = 1_000
_NO_KEY = frozenset({"mode", "effect"})


class Repair(StrEnum):
    """What would make both sides agree, or did."""

    SEND = "send"
    TAKE = "take"
    NONE = "none"


class Found(NamedTuple):
    """A difference and its repair; NONE where a person has to look."""

    difference: Difference
    repair: Repair


class Reconciliation:
    """One kind of rows of one channel, compared with what its system holds."""

    def __init__(self, line: Line, channel: Channel, kind: str) -> None:
        channels = line.configuration.channels
        self._line = line
        self._channel = channel
        self._kind = kind_of(kind)
        self._owners = Owners(channels)
        mine = [each for each in channels.values() if each.system == channel.system]
        self._out = next((each for each in mine if kind in flows_of(each, "out")), None)
        self._in = next((each for each in mine if kind in flows_of(each, "in")), None)

    def differences(self, theirs: Iterable[Entry]) -> Iterator[Found]:
        """What is different, by key, each with what would repair it."""
        lost: list[Difference] = []
        with self._line.store.read() as db:
            right = sorted_rows(self._theirs(db, theirs, lost))
            left = sorted_rows(self._ours(db))
            for each in differences(left, right):
                yield Found(each, self._repair(each))
        yield from (Found(each, Repair.NONE) for each in lost)

    def repaired(self, found: Iterable[Found]) -> Iterator[Found]:
        """The same, each once it is repaired as it says: rows are queued for the system, or taken, some at a time."""
        left = iter(found)
        while batch := list(islice(left, AT_ONCE)):
            self._take([each.difference for each in batch if each.repair is Repair.TAKE])
            self._send([each.difference for each in batch if each.repair is Repair.SEND])
            yield from batch

    def _ours(self, db: Connection) -> Iterator[Keyed]:
        columns, by_columns = stated_columns(self._kind), is_keyed_by_columns(self._kind)
        for value in every(db, self._kind.value):
            cells = cells_of(value, columns)
            yield (key_of_value(value) if by_columns else _key(self._kind, cells)), 0, cells

    def _theirs(self, db: Connection, theirs: Iterable[Entry], lost: list[Difference]) -> Iterator[Keyed]:
        keys = SystemKeys(db, self._channel.system)
        left = iter(theirs)
        while chunk := list(islice(left, AT_ONCE)):
            faults = [each for each in chunk if isinstance(each, TableFault)]
            lost += [unreadable(each.line, each.column, each.text) for each in faults]
            rows = [Row(position=each.line, cells=each.cells) for each in chunk if isinstance(each, TableRow)]
            named = keys.name(self._kind, rows)
            lost += [unreadable(each.line or 0, each.path, each.text) for each in named.refused]
            for row in named.rows:
                try:
                    cells = as_exported(self._kind, row.cells)
                    yield _key(self._kind, cells), row.line, cells
                except RefusedError as reason:
                    lost.append(unreadable(row.line, reason.column, str(reason)))

    def _repair(self, found: Difference) -> Repair:
        if found.what is What.REPEATED:
            return Repair.NONE
        owner = self._owners.of(self._kind.name, found.field)
        is_theirs = owner == self._channel.system or (owner is None and self._out is None)
        if is_theirs:
            return Repair.NONE if self._in is None or found.what is What.MISSING_THERE else Repair.TAKE
        is_ours = owner is not None or self._in is None or found.what is What.MISSING_THERE
        if self._out is None or not is_ours:
            return Repair.NONE
        is_extra = found.what is What.MISSING_HERE
        return Repair.NONE if is_extra and "action" not in self._kind.columns else Repair.SEND

    def _take(self, found: list[Difference]) -> None:
        if self._in is None or not found:
            return
        rows = [
            Row(position=at, cells=_told(self._kind, each, each.their_cells or {})) for at, each in enumerate(found, 1)
        ]
        line = self._line
        taken = Taken(self._in.name, self._kind.name, f"reconciliation {new_id()}", line.now())
        with line.store.write() as db:
            ChannelIntake(line.configuration.channels).take(db, taken, rows)

    def _send(self, found: list[Difference]) -> None:
        going: dict[str, Going] = {}
        for each in found:
            is_gone = each.what is What.MISSING_HERE
            cells = {"action": "delete", **(each.their_cells or {})} if is_gone else each.our_cells or {}
            going[each.key] = Going(0, each.key, {name: cell for name, cell in cells.items() if cell}, is_gone)
        if self._out is not None and going:
            outflow = Outflow(self._line, self._out, self._kind.name)
            with self._line.store.write() as db:
                outflow.tell(db, list(going.values()))


def counted(found: Iterable[Found]) -> Counter[str]:
    """How many differences of each kind there are, and how many have a repair."""
    counts: Counter[str] = Counter()
    for each in found:
        counts[each.difference.what] += 1
        counts["repair"] += each.repair is not Repair.NONE
    return counts


def _key(kind: Kind, cells: dict[str, str]) -> str:
    """The key of a row by its cells alone; raises RefusedError where they do not tell it."""
    if kind is PRICES:
        if not cells.get("key"):
            raise RefusedError("import.value.missing", "key", "key is empty: state it as the export does")
        return cells["key"]
    if is_keyed_by_columns(kind):
        return key_of_cells(kind, cells)
    return key_text([cells.get(name) for name in stated_columns(kind) if name not in _NO_KEY])


def _told(kind: Kind, found: Difference, cells: dict[str, str]) -> dict[str, str]:
    """What is taken of a row: all of one that is missing here, else its key and the field that differs."""
    if found.what is What.MISSING_HERE or not is_keyed_by_columns(kind):
        return {name: cell for name, cell in cells.items() if cell}
    keys = key_fields(kind.value)
    return {name: cell for name, cell in cells.items() if name == found.field or (name in keys and cell)}


def unreadable(line: int, column: str | None, text: str) -> Difference:
    """What is told of a row that is compared with nothing."""
    return Difference(What.UNREADABLE, f"line {line}", column, theirs=text)
