"""Both sides of a channel compared, and what differs repaired: sent where our word counts, taken where theirs does.

Both sides are sorted first, so that memory does not grow with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import islice
from typing import NamedTuple, TypeAlias

from gateway.errors import UsageError
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
from gateway.sync.measures import in_base_units
from gateway.sync.outbound import Going, Outflow, standing_rows
from gateway.sync.sorting import Keyed, sorted_rows
from gateway.tabular.reader import Entry, TableFault, TableRow
from gateway.workspace.owners import Owners, flows_of
from gateway.workspace.values import Channel

AT_ONCE = 1_000
_Place: TypeAlias = tuple[str, str | None]
"""The key of a row, and the field of it that differs."""
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
            right = sorted_rows(readable(self._theirs(db, theirs, lost), lost))
            left = sorted_rows(self._ours(db))
            for each in differences(left, right):
                yield Found(each, self._repair(each))
        yield from (Found(each, Repair.NONE) for each in lost)

    def repaired(self, found: Iterable[Found]) -> Iterator[Found]:
        """The same, each once it is repaired as it says: rows are queued for the system, or taken, some at a time.

        What is refused here, is disputed, or is not so any more is not repaired.
        """
        left = iter(found)
        while batch := list(islice(left, AT_ONCE)):
            taken = self._take([each.difference for each in batch if each.repair is Repair.TAKE])
            sent = self._send([each.difference for each in batch if each.repair is Repair.SEND])
            for each in batch:
                is_done = (each.difference.key, each.difference.field) in taken | sent
                yield each if is_done else each._replace(repair=Repair.NONE)

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
            measured, unmeasured = in_base_units(db, self._kind, named.rows)
            lost += [unreadable(each.line or 0, each.path, each.text) for each in [*named.refused, *unmeasured]]
            for row in measured:
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

    def _take(self, found: list[Difference]) -> set[_Place]:
        """Where theirs stands here now."""
        if self._in is None or not found:
            return set()
        rows = [
            Row(position=at, cells=_told(self._kind, each, each.their_cells or {})) for at, each in enumerate(found, 1)
        ]
        line = self._line
        taken = Taken(self._in.name, self._kind.name, f"reconciliation {new_id()}", line.now())
        with line.store.write() as db:
            ChannelIntake(line.configuration.channels).take(db, taken, rows)
            standing = self._standing(db, found)
        return {(each.key, each.field) for each in found if _is_taken(each, standing.get(each.key))}

    def _send(self, found: list[Difference]) -> set[_Place]:
        """Where ours is on its way: the row as it stands by now, unless a conflict with the system is open about it."""
        if self._out is None or not found:
            return set()
        outflow = Outflow(self._line, self._out, self._kind.name)
        going: dict[str, Going] = {}
        with self._line.store.write() as db:
            standing, disputed = self._standing(db, found), outflow.disputed(db)
            for each in found:
                is_extra = each.what is What.MISSING_HERE
                if is_extra is (each.key in standing) or each.key in disputed:
                    continue
                if is_extra:
                    theirs = {name: cell for name, cell in (each.their_cells or {}).items() if cell}
                    going[each.key] = Going(0, each.key, {"action": "delete"} | theirs, True)
                    continue
                row = going.get(each.key) or Going(0, each.key, standing[each.key], False)
                # Of a field that is theirs, or that a person has to look at, nothing is taken away.
                going[each.key] = row.over([each.field] if each.field else [])
            if going:
                outflow.tell(db, list(going.values()))
        return {(each.key, each.field) for each in found if each.key in going}

    def _standing(self, db: Connection, found: list[Difference]) -> dict[str, dict[str, str]]:
        """Our rows of these keys as they stand by now."""
        keys = {each.key for each in found}
        if self._kind is PRICES or is_keyed_by_columns(self._kind):
            return standing_rows(db, self._kind, keys)
        return {key: cells for key, _, cells in self._ours(db) if key in keys}


def _is_taken(found: Difference, stands: dict[str, str] | None) -> bool:
    if found.field is None:
        return stands is not None
    return stands is not None and stands.get(found.field) == found.theirs


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


def readable(rows: Iterator[Keyed], lost: list[Difference]) -> Iterator[Keyed]:
    """The rows of a list; raises UsageError where there is none and some are lost: it does not say what there is."""
    first = next(rows, None)
    if first is None and lost:
        raise UsageError(f"No row of the list can be read; the first one is {lost[0].key}: {lost[0].theirs}.")
    if first is not None:
        yield first
    yield from rows


def unreadable(line: int, column: str | None, text: str) -> Difference:
    """What is told of a row that is compared with nothing."""
    return Difference(What.UNREADABLE, f"line {line}", column, theirs=text)
