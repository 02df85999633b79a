"""Rows of trade data written as a file for a channel: by its mapping, or as the import files have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from gateway.errors import PermanentError
from gateway.mapping.library import Library
from gateway.mapping.text_mapping import TextMapping, Written
from gateway.model.trade_rows import Row, TradeRows
from gateway.store import Connection
from gateway.store.outbox import NewOutput, enqueue
from gateway.tabular.writer import write_csv
from gateway.workspace.values import Channel

DEFAULT_SYNTAX = "csv"


class Addressed(NamedTuple):
    """A file on its way: of which flow of a channel, and the how manieth of that flow it is."""

    channel: Channel
    flow: str
    number: int

    @property
    def folder(self) -> str:
        """How the keys of all files of the flow begin."""
        return folder_of(self.channel, self.flow)


def folder_of(channel: Channel, flow: str) -> str:
    """How the keys of all files of a flow begin."""
    return f"sync/{channel.name}/{flow}/"


def written_rows(library: Library, channel: Channel, kind: str, rows: Sequence[Mapping[str, str]]) -> Written:
    """The rows as one file; raises PermanentError where they cannot be written."""
    syntax = channel.syntax.get(kind, DEFAULT_SYNTAX)
    identity = channel.mapping.get(kind) or library.standard(f"{syntax} {kind}", inbound=False)
    if identity is None:
        return _plain(syntax, kind, rows, channel)
    mapping = library.outbound(identity)
    if not isinstance(mapping, TextMapping):
        raise PermanentError(f"{identity} makes EDIFACT, which goes to partners. Name another in {channel.name}.toml.")
    document = TradeRows(kind=kind, rows=tuple(Row(position=at, cells=dict(row)) for at, row in enumerate(rows, 1)))
    written = mapping.write(document)
    errors = [issue for issue in written.issues if issue.is_error]
    if errors:
        raise PermanentError(f"{kind} cannot be written for channel {channel.name}: {errors[0].text}")
    return written


def _plain(syntax: str, kind: str, rows: Sequence[Mapping[str, str]], channel: Channel) -> Written:
    """The rows as the import takes them."""
    if syntax == "csv":
        columns = list(dict.fromkeys(name for row in rows for name in row))
        return Written("".join(write_csv(columns, rows)).encode(), "csv", [])
    if syntax == "json":
        return Written(msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n", "json", [])
    raise PermanentError(f"No mapping makes {syntax} {kind}. Name one in channels/{channel.name}.toml.")


def queue(db: Connection, to: Addressed, written: Written, at: str) -> str:
    """The id of the output: the file, queued behind the others of its flow and beside all other flows."""
    channel, number = to.channel, f"{to.number:06d}"
    output = NewOutput(
        key=f"{to.folder}{to.number}", partner=channel.name, connection=channel.connection,
        type=to.flow.replace(":", "-"), extension=written.extension, reference=number, number=number,
        content=written.content, lane=f"{channel.connection}/out/{channel.name} {to.flow}",
    )  # fmt: skip
    return enqueue(db, output, at)
