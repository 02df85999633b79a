"""Conflicts settled by a person: one of both values stands, here and with the system."""

from __future__ import annotations

from gateway.errors import ConflictError, UsageError
from gateway.masterdata.importing import ImportOptions, take_rows
from gateway.masterdata.kind import Kind
from gateway.masterdata.kinds import kind_of
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.sync_conflicts import Conflict, ConflictState, conflict_of, settle_conflict
from gateway.store.system_rows import held_rows
from gateway.store.trade_changes import key_fields
from gateway.sync.outbound import Going, Outflow, standing_rows
from gateway.tabular.reader import TableRow
from gateway.workspace.owners import flows_of


def settle(line: Line, identity: str, state: ConflictState, note: str) -> Conflict:
    """The conflict, settled so: their value is taken, or else our row is sent to the system where it gets such rows.

    Ours of a row that is gone is that it is gone. Raises UsageError where there is no such conflict, or their value is
    refused, and ConflictError for theirs where the row is gone meanwhile or has another value in this field.
    """
    with line.store.write() as db:
        conflict = conflict_of(db, identity)
        kind = kind_of(conflict.kind)
        cells = standing_rows(db, kind, {conflict.key}).get(conflict.key)
        if cells is None:
            if state is ConflictState.THEIRS:
                gone = f"{conflict.kind} {conflict.key} is gone."
                raise ConflictError(f"{gone} Settle it --as ours, or import the row and theirs with it.")
            _tell_gone(line, db, kind, conflict)
        elif state is ConflictState.THEIRS and cells.get(conflict.field) not in (conflict.ours, conflict.theirs):
            now = f"{conflict.field} of {conflict.key} is {cells.get(conflict.field)!r} by now."
            raise ConflictError(f"{now} Settle it --as ours to keep that, or import their value.")
        elif state is ConflictState.THEIRS and cells.get(conflict.field) == conflict.ours:
            _take(line, db, kind, conflict, cells)
        else:
            # Nothing changes here: what else changed of the row while it was in dispute would never leave.
            _tell(line, db, conflict, Going(0, conflict.key, cells, is_gone=False))
        settle_conflict(db, identity, state, note, line.now())
        return conflict_of(db, identity)


def _take(line: Line, db: Connection, kind: Kind, conflict: Conflict, cells: dict[str, str]) -> None:
    wanted = {**cells, conflict.field: conflict.theirs or ""}
    row = TableRow(1, {name: cell for name, cell in wanted.items() if cell})
    options = ImportOptions(line.today(), at=line.now(), origin=conflict.channel)
    for refusal in take_rows(db, kind, [row], options).report.refusals:
        raise UsageError(f"{conflict.key} is not taken: {refusal.text} ({refusal.code}).")


def _tell_gone(line: Line, db: Connection, kind: Kind, conflict: Conflict) -> None:
    """The system is told that the row is gone, where rows of the kind can be taken away and it holds this one."""
    stated = line.configuration.channels.get(conflict.channel)
    if stated is None or "action" not in kind.columns:
        return
    held = held_rows(db, stated.system, kind.name, [conflict.key]).get(conflict.key)
    if held:
        named = {name: held[name] for name in key_fields(kind.value) if held.get(name)}
        _tell(line, db, conflict, Going(0, conflict.key, {"action": "delete", **named}, is_gone=True))


def _tell(line: Line, db: Connection, conflict: Conflict, going: Going) -> None:
    channels = line.configuration.channels
    stated = channels.get(conflict.channel)
    for channel in channels.values():
        if stated is not None and channel.system == stated.system and conflict.kind in flows_of(channel, "out"):
            Outflow(line, channel, conflict.kind).tell(db, [going])
