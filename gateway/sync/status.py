"""How far each flow of each channel has come, and how long it lags."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from gateway.errors import UsageError
from gateway.masterdata.kinds import kind_of
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.data_sequence import changed_tables
from gateway.store.row_changes import table_of
from gateway.store.sync_conflicts import open_conflicts
from gateway.store.sync_flows import flow_of, waiting_files
from gateway.sync.feeds import RESTS_ON, feeds
from gateway.sync.writing import folder_of
from gateway.workspace.owners import flows_of
from gateway.workspace.values import Channel


def channel_named(line: Line, name: str) -> Channel:
    """The channel of this name; raises UsageError where there is none."""
    channel = line.configuration.channels.get(name)
    if channel is None:
        known = ", ".join(line.configuration.channels) or "none yet"
        raise UsageError(f"There is no channel {name}. Channels are: {known}.")
    return channel


def status_of(line: Line) -> list[dict[str, object]]:
    """A row for each flow of trade data and each list of an account.

    `seq` is the number of the data sequence up to which all is in files (None: nothing was), `behind` how many numbers
    the data are ahead of it, `waiting` the files that have not left, `lag_s` the seconds since the oldest of them was
    made or since the flow does not get on. `conflicts` are those of the channel that wait for a person.
    """
    channels = line.configuration.channels
    with line.store.read() as db:
        changed = changed_tables(db)
        disputed = open_conflicts(db, channels)
        rows: list[dict[str, object]] = []
        for channel in channels.values():
            mine = {"conflicts": disputed[channel.name]}
            rows += [_row(line, db, channel, *each) | mine for each in _flows(line, channel, changed)]
            named = {"channel": channel.name, "way": "in"}
            rows += [{**_NOTHING, **named, "flow": kind, **mine} for kind in flows_of(channel, "in")]
        return rows


_NOTHING: dict[str, object] = dict.fromkeys(("seq", "behind", "files", "rows", "waiting", "lag_s", "reason"))


def _flows(line: Line, channel: Channel, changed: dict[str, int]) -> Iterator[tuple[str, int]]:
    """The flows out with the number of the last change of what each carries."""
    for kind in flows_of(channel, "out"):
        yield kind, changed.get(table_of(kind_of(kind).value).name, 0)
    for feed in feeds(line):
        if feed.channel == channel:
            yield feed.flow, max((seq for name, seq in changed.items() if name in RESTS_ON[feed.what]), default=0)


def _row(line: Line, db: Connection, channel: Channel, name: str, last: int) -> dict[str, object]:
    flow = flow_of(db, channel.name, name)
    waiting, since = waiting_files(db, channel.connection, folder_of(channel, name))
    begun = [each for each in (since, flow.failing_since) if each is not None]
    lag = (line.clock() - datetime.fromisoformat(min(begun))).total_seconds() if begun else 0
    return {
        "channel": channel.name,
        "flow": name,
        "way": "out",
        "seq": None if flow.reached < 0 else flow.reached,
        "behind": max(last - max(flow.reached, 0), 0),
        "files": flow.number,
        "rows": flow.rows,
        "waiting": waiting,
        "lag_s": max(round(lag), 0),
        "reason": flow.reason,
    }
