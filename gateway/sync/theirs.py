"""What the other side holds of a kind of rows: from files, or from the last message of the flow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from gateway.errors import UsageError
from gateway.issues import Issue, has_errors
from gateway.json.reader import ITEM, read_json
from gateway.mapping.tree_mapping import TreeMapping
from gateway.masterdata.kinds import KINDS
from gateway.model.trade_rows import TradeRows
from gateway.pipeline.canonical import stated_in
from gateway.pipeline.translate_file import read_document
from gateway.pipeline.work import Line
from gateway.store.reconciling import last_message
from gateway.syntaxes import begins_as
from gateway.tabular.reader import Entry, TableFault, TableRow, read_table
from gateway.workspace.values import Channel

Theirs: TypeAlias = Iterator[Entry]
_BEGINNING_BYTES = 4_096


def rows_of_file(line: Line, channel: Channel, kind: str, path: Path) -> Theirs:
    """The rows of a file: as the channel's mapping of a flow in reads it, or the shipped one; else as an import file.

    A column that the header names and a row leaves empty is stated as empty. Raises UsageError for a file that cannot
    be read.
    """
    try:
        if kind not in KINDS and _syntax(path) == "json":
            yield from _members(path)
            return
        mapping = _mapping(line, channel, kind, path)
        if mapping is not None:
            yield from _mapped(line, mapping, path)
            return
        with path.open("rb") as source:
            table = read_table(source)
            for entry in table:
                if isinstance(entry, TableFault) and not table.readable:
                    raise UsageError(f"{path} cannot be read: {entry.text}.")
                if isinstance(entry, TableFault) or table.header is None:
                    yield entry
                else:
                    yield TableRow(entry.line, {name: entry.cells.get(name, "") for name in table.header[1]})
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error


def rows_of_message(line: Line, channel: Channel, kind: str) -> Theirs:
    """The rows of the last message by which this kind came in; raises UsageError where none did."""
    with line.store.read() as db:
        message = last_message(db, channel.name, kind)
        if message is None or message.mapping is None:
            text = f"No {kind} came by {channel.name} yet."
            raise UsageError(f"{text} Name what the other side holds with --against FILE.")
        document = read_document(line, db, message, message.mapping).document
    if isinstance(document, TradeRows):
        yield from (TableRow(row.position, row.cells) for row in document.rows)


def _mapping(line: Line, channel: Channel, kind: str, path: Path) -> str | None:
    """The mapping that reads the file; None for a table that is read as an import file."""
    if kind in channel.mapping and channel.flows.get(kind) == "in":
        return channel.mapping[kind]
    syntax = _syntax(path)
    if syntax in (None, "csv"):
        return None
    standard = line.library.standard(f"{syntax} {kind}", inbound=True) if kind in KINDS else None
    if standard is None:
        raise UsageError(f"No mapping reads a list of {kind} in {syntax}. Have it as CSV, with a header.")
    return standard


def _syntax(path: Path) -> str | None:
    with path.open("rb") as source:
        return begins_as(source.read(_BEGINNING_BYTES))


def _members(path: Path) -> Theirs:
    """The objects of a JSON list, or the one there is, as rows: what is no object or list in one is a cell."""
    tree = read_json(path.read_bytes())
    if isinstance(tree, Issue):
        raise UsageError(f"{path} cannot be read: {tree.text}.")
    found = tree.root.children
    for each in found if all(child.name == ITEM for child in found) else [tree.root]:
        yield TableRow(each.line, {member.name: member.text for member in each.children if not member.children})


def _mapped(line: Line, identity: str, path: Path) -> Theirs:
    mapping = line.library.inbound(identity)
    if not isinstance(mapping, TreeMapping):
        raise UsageError(f"{identity} reads {mapping.reads}: it reads no rows of trade data.")
    parts = mapping.parts(path.read_bytes())
    if has_errors(parts.issues):
        raise UsageError(f"{path} cannot be read: {parts.issues[0].text}.")
    for part in parts.parts:
        translation = mapping.read(part)
        if has_errors(translation.issues):
            raise UsageError(f"{path} cannot be read: {translation.issues[0].text}.")
        document = stated_in(translation.document, mapping.makes)
        if isinstance(document, TradeRows):
            yield from (TableRow(row.position, row.cells) for row in document.rows)
