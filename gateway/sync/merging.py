"""Rows of a system laid over ours: what they do not state stays, and what somebody else owns is not overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from gateway.issues import Issue, finding
from gateway.masterdata.columns import RefusedError
from gateway.masterdata.exporting import as_exported, cells_of, stated_columns
from gateway.masterdata.kind import Kind
from gateway.store import Connection
from gateway.store.sync_conflicts import ConflictState, Found
from gateway.store.system_rows import held_rows, last_told
from gateway.store.trade_changes import TradeChanges, key_fields
from gateway.sync.judging import Judge, Row, judge
from gateway.sync.keys import key_of_cells, key_of_value
from gateway.tabular.reader import TableRow

_ACTION = "action"


class Merged(NamedTuple):
    """Rows to take as they are now, what is wrong with others, where values met, and what the system holds by key.

    `keys` are those of the rows by their positions, `fresh` those that were not there before.
    """

    rows: list[TableRow]
    issues: list[Issue]
    found: list[Found]
    held: dict[str, dict[str, str]]
    keys: dict[int, str]
    fresh: set[str]


class Known(NamedTuple):
    """What is known of a row before: what the system held of it, and whether no other system told of it later."""

    key: str
    held: dict[str, str]
    is_newer: bool


class Merging:
    """Lays rows of one kind over those that stand; for one delivery."""

    def __init__(self, db: Connection, kind: Kind, by: Judge, at: str) -> None:
        self._db = db
        self._kind = kind
        self._by = by
        self._at = at
        self._columns = stated_columns(kind)
        self._merged = Merged([], [], [], {}, {}, set())

    def merge(self, rows: Sequence[TableRow]) -> Merged:
        """The rows laid over ours."""
        keyed = [(row, key) for row in rows if (key := self._key(row)) is not None]
        keys = {key for _, key in keyed}
        standing = self._standing([row for row, _ in keyed])
        held = held_rows(self._db, self._by.system, self._kind.name, keys) if self._by.contested else {}
        told = last_told(self._db, self._by.system, self._kind.name, keys) if self._by.contested else {}
        for row, key in keyed:
            known = Known(key, held.get(key, {}), told.get(key, "") <= self._at)
            ours = self._laid_over(row, standing.pop(key, None), known)
            if ours is not None:
                standing[key] = ours
            held[key] = self._merged.held.get(key, known.held)
        return self._merged

    def _key(self, row: TableRow) -> str | None:
        try:
            return key_of_cells(self._kind, row.cells)
        except RefusedError as reason:
            self._merged.issues.append(refusal(row.line, reason.column, reason.code, str(reason)))
            return None

    def _standing(self, rows: Sequence[TableRow]) -> dict[str, dict[str, str]]:
        first = key_fields(self._kind.value)[0]
        found = TradeChanges(self._db).standing(self._kind.value, {row.cells.get(first, "") for row in rows})
        return {key_of_value(value): cells_of(value, self._columns) for value in found}

    def _laid_over(self, row: TableRow, ours: dict[str, str] | None, known: Known) -> dict[str, str] | None:
        """Our row as it stands then; None where it does not, or nothing of the row is taken."""
        merged, key = self._merged, known.key
        action = row.cells.get(_ACTION) or "upsert"
        owner = self._by.owner(None)
        if (ours is None or action != "upsert") and owner not in (None, self._by.system):
            text = f"row {row.line}: {self._kind.name} {key} are {owner}'s to add and to take away"
            merged.issues.append(Issue(code="sync.row.owned", text=text, line=row.line))
            return ours
        stated = self._stated(row)
        if stated is None:
            return ours
        merged.keys[row.line] = key
        if action != "upsert":
            merged.rows.append(row)
            merged.held[key] = {}
            return None
        merged.held[key] = {**known.held, **stated}
        if ours is None:
            merged.fresh.add(key)
            merged.rows.append(row)
            return stated
        return self._judged(row, Row(key, ours, stated, known.held, known.is_newer))

    def _stated(self, row: TableRow) -> dict[str, str] | None:
        try:
            stated = as_exported(self._kind, row.cells)
        except RefusedError as reason:
            self._merged.issues.append(refusal(row.line, reason.column, reason.code, str(reason)))
            return None
        stated.pop(_ACTION, None)
        return stated

    def _judged(self, row: TableRow, stated: Row) -> dict[str, str]:
        judged = judge(self._by, stated)
        self._merged.found.extend(judged.found)
        waiting = [each.field for each in judged.found if each.state is ConflictState.OPEN]
        if waiting:
            text = f"row {row.line}: both sides changed {', '.join(waiting)} of {stated.key}"
            issue = finding("sync.conflict.open", text)
            self._merged.issues.append(msgspec.structs.replace(issue, line=row.line))
        if judged.cells != stated.ours:
            self._merged.rows.append(TableRow(row.line, judged.cells))
        return judged.cells


def refusal(line: int, column: str | None, code: str, text: str) -> Issue:
    """The issue of a row that is not taken."""
    return Issue(code=code, text=f"row {line}: {text}", line=line, path=column)
