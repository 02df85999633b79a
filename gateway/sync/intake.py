"""Rows that a channel delivers, into the trade data: by the import, as far as the word of its system counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from gateway.errors import PermanentError
from gateway.issues import Issue
from gateway.masterdata.exporting import cells_of, stated_columns
from gateway.masterdata.importing import ImportOptions, TakenRows, take_rows
from gateway.masterdata.kind import Kind
from gateway.masterdata.kinds import kind_of
from gateway.model.trade_rows import Row
from gateway.pipeline.intake import Taken
from gateway.store import Connection
from gateway.store.sync_conflicts import Source, end_agreed, note_conflicts, open_about
from gateway.store.system_rows import hold_rows
from gateway.sync.judging import Judge, Rule
from gateway.sync.keys import SystemKeys, is_keyed_by_columns, key_of_value
from gateway.sync.measures import in_base_units
from gateway.sync.merging import Merged, Merging, refusal
from gateway.sync.metrics import METRICS, take_metrics
from gateway.sync.outbound import standing_rows
from gateway.sync.usage import USAGE, take_usage
from gateway.tabular.reader import TableRow
from gateway.workspace.owners import Owners, flows_of
from gateway.workspace.values import Channel


class ChannelIntake:
    """Takes what the channels deliver; what was taken before changes nothing."""

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = channels
        self._owners = Owners(channels)

    def take(self, db: Connection, taken: Taken, rows: Sequence[Row]) -> list[Issue]:
        """What is wrong with rows that were not taken, each with its `line`; the others are in the store.

        Raises PermanentError for a channel that there is not.
        """
        channel = self._channels.get(taken.channel)
        if channel is None:
            raise PermanentError(f"There is no channel {taken.channel}. Make channels/{taken.channel}.toml.")
        if taken.kind == USAGE:
            return take_usage(db, taken, rows, channel.system)
        if taken.kind == METRICS:
            return take_metrics(db, taken, rows, self._judge(channel, METRICS))
        return _Delivery(db, kind_of(taken.kind), self._judge(channel, taken.kind), taken).take(rows)

    def _judge(self, channel: Channel, kind: str) -> Judge:
        return Judge(
            channel.system,
            Rule(channel.conflict),
            partial(self._owners.of, kind),
            is_contested(self._channels, channel.system, kind),
        )


def is_contested(channels: Mapping[str, Channel], system: str, kind: str) -> bool:
    """Whether rows of the kind come from elsewhere too: the system gets them from us, or another one supplies them."""
    for channel in channels.values():
        way = "out" if channel.system == system else "in"
        if kind in flows_of(channel, way):
            return True
    return False


class _Delivery:
    """Some rows of one message on their way into the store."""

    def __init__(self, db: Connection, kind: Kind, by: Judge, taken: Taken) -> None:
        self._db = db
        self._kind = kind
        self._by = by
        self._taken = taken
        self._keys = SystemKeys(db, by.system)

    def take(self, rows: Sequence[Row]) -> list[Issue]:
        """What is wrong with rows that were not taken."""
        named = self._keys.name(self._kind, rows)
        measured, unmeasured = in_base_units(self._db, self._kind, named.rows)
        if is_keyed_by_columns(self._kind):
            merged = Merging(self._db, self._kind, self._by, self._taken.at).merge(measured)
        else:
            merged = self._whole(measured)
        done = self._write(merged.rows)
        refused = {each.line for each in done.report.refusals} | {each.line for each in unmeasured}
        self._keys.learn([known for line, known in named.learnt.items() if line not in refused])
        self._hold(merged, done, refused)
        source = Source(self._taken.channel, self._kind.name, self._taken.message, self._taken.at)
        note_conflicts(self._db, source, merged.found)
        told = [refusal(each.line, each.column, each.code, each.text) for each in done.report.refusals]
        return sorted([*named.refused, *unmeasured, *merged.issues, *told], key=lambda issue: issue.line or 0)

    def _whole(self, rows: Sequence[TableRow]) -> Merged:
        """Rows of which only the import knows what they are about: they are one owner's altogether."""
        owner = self._by.owner(None)
        if owner in (None, self._by.system):
            return Merged(list(rows), [], [], {}, {}, set())
        text = f"{self._kind.name} are {owner}'s: nothing of them is taken from {self._by.system}"
        return Merged([], [Issue(code="sync.row.owned", text=text, line=row.line) for row in rows], [], {}, {}, set())

    def _write(self, rows: Sequence[TableRow]) -> TakenRows:
        today = datetime.fromisoformat(self._taken.at).date()
        options = ImportOptions(today, at=self._taken.at, origin=self._taken.channel)
        filled = [row._replace(cells={name: cell for name, cell in row.cells.items() if cell}) for row in rows]
        return take_rows(self._db, self._kind, filled, options)

    def _hold(self, merged: Merged, done: TakenRows, refused: set[int | None]) -> None:
        """What the system holds is remembered where it matters: else it would get back what it told."""
        if not self._by.contested:
            return
        gone = {key for line, key in merged.keys.items() if line in refused}
        held = {key: cells for key, cells in merged.held.items() if key not in gone}
        columns = stated_columns(self._kind)
        for value in done.values:
            key = key_of_value(value)
            if key in merged.fresh or key not in held:
                held[key] = {**cells_of(value, columns), **held.get(key, {})}
        hold_rows(self._db, self._by.system, self._kind.name, held, self._taken.at)
        self._end_agreed(held)

    def _end_agreed(self, held: Mapping[str, Mapping[str, str]]) -> None:
        """A conflict is over where the system holds what stands here."""
        disputed = open_about(self._db, self._taken.channel, self._kind.name, held.keys())
        if disputed:
            ours = standing_rows(self._db, self._kind, {each.key for each in disputed})
            agreed = [
                each.id
                for each in disputed
                if each.key in ours and held[each.key].get(each.field, "") == ours[each.key].get(each.field, "")
            ]
            end_agreed(self._db, agreed, self._taken.at)
