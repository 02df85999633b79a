"""Conflicts settled by a person: one of both values stands, here and with the system."""

from __future__ import annotations

from gateway.errors import ConflictError, UsageError
from gateway.masterdata.exporting import cells_of, stated_columns
from gateway.masterdata.importing import ImportOptions, take_rows
from gateway.masterdata.kind import Kind
from gateway.masterdata.kinds import kind_of
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.sync_conflicts import Conflict, ConflictState, conflict_of, settle_conflict
from gateway.store.trade_changes import TradeChanges, key_fields
from gateway.sync.keys import key_of_value
from gateway.sync.outbound import Going, Outflow
from gateway.tabular.reader import TableRow
from gateway.workspace.owners import flows_of


def settle(line: Line, identity: str, state: ConflictState, note: str) -> Conflict:
    """The conflict, settled so: their value is taken, or ours is sent to the system where it gets such rows.

    Raises UsageError where there is no such conflict, or their value is refused, and ConflictError where the row is
    gone meanwhile or, for theirs, has another value in this field.
    """
    with line.store.write() as db:
        conflict = conflict_of(db, identity)
        kind = kind_of(conflict.kind)
        cells = _standing(db, kind, conflict)
        if state is ConflictState.THEIRS and cells.get(conflict.field) not in (conflict.ours, conflict.theirs):
            now = f"{conflict.field} of {conflict.key} is {cells.get(conflict.field)!r} by now."
            raise ConflictError(f"{now} Settle it --as ours to keep that, or import their value.")
        if state is ConflictState.THEIRS:
            _take(line, db, kind, conflict, cells)
        else:
            _tell(line, db, conflict, cells)
        settle_conflict(db, identity, state, note, line.now())
        return conflict_of(db, identity)


def _standing(db: Connection, kind: Kind, conflict: Conflict) -> dict[str, str]:
    """Our row; of a kind whose rows are known by one column its key is that, else it begins with it."""
    first = conflict.key if len(key_fields(kind.value)) == 1 else conflict.key.partition("|")[0]
    for value in TradeChanges(db).standing(kind.value, {first}):
        if key_of_value(value) == conflict.key:
            return cells_of(value, stated_columns(kind))
    raise ConflictError(f"{conflict.kind} {conflict.key} is gone. There is nothing to settle.")


def _take(line: Line, db: Connection, kind: Kind, conflict: Conflict, cells: dict[str, str]) -> None:
    wanted = {**cells, conflict.field: conflict.theirs or ""}
    row = TableRow(1, {name: cell for name, cell in wanted.items() if cell})
    options = ImportOptions(line.today(), at=line.now(), origin=conflict.channel)
    for refusal in take_rows(db, kind, [row], options).report.refusals:
        raise UsageError(f"{conflict.key} is not taken: {refusal.text} ({refusal.code}).")


def _tell(line: Line, db: Connection, conflict: Conflict, cells: dict[str, str]) -> None:
    channels = line.configuration.channels
    stated = channels.get(conflict.channel)
    for channel in channels.values():
        if stated is not None and channel.system == stated.system and conflict.kind in flows_of(channel, "out"):
            Outflow(line, channel, conflict.kind).tell(db, [Going(0, conflict.key, cells, is_gone=False)])
