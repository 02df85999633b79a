"""Connections and channels: the outside systems, and what flows to systems of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from gateway.fields import Field, FieldType, Reader
from gateway.workspace.agreements import SYNTAXES
from gateway.workspace.values import Channel, Connection

FIELDS = (
    Field(name="kind", required=True, help="The connector: folder, or another that is installed."),
    Field(name="partner", help="The partner this connection belongs to alone."),
    Field(name="accepts", type=FieldType.TEXTS, default=(), choices=SYNTAXES, help="The syntaxes taken; none: all."),
    Field(name="poll", type=FieldType.DURATION, default=timedelta(seconds=10), help="The time between two looks."),
)
CHANNEL_FIELDS = (
    Field(name="connection", required=True, help="The connection to the system."),
    Field(name="flows", type=FieldType.WORDS, default={}, help='What flows which way: { orders = "out" }.'),
    Field(name="owner", type=FieldType.WORDS, default={}, help='Who owns which data: { price = "gateway" }.'),
    Field(name="conflict", default="hold", choices=("owner", "newest", "hold"), help="What happens when both changed."),
)

Kinds = Mapping[str, tuple[Field, ...]]


def connection_of(reader: Reader, name: str, data: Mapping[str, object], kinds: Kinds) -> Connection:
    """The connection a file states; `kinds` are the installed connectors' fields."""
    kind = data.get("kind")
    known = kinds.get(kind) if isinstance(kind, str) else None
    if known is None:
        # The fields of a kind that is not installed are unknown: only those of every connection are read.
        common = {field.name: data[field.name] for field in FIELDS if field.name in data}
        values = reader.read(common, FIELDS)
        if isinstance(kind, str):
            advice = f"installed are {', '.join(sorted(kinds))}"
            reader.problems.append(values.place("kind").problem(f"no connector {kind} is installed", advice))
    else:
        values = reader.read(data, (*FIELDS, *known))
    if values.has("poll") and values.duration("poll") <= timedelta():
        reader.problems.append(values.place("poll").problem("poll takes no time", 'write a time, as "10s"'))
    return Connection(
        name=name, kind=values.text("kind"), partner=values.text_or_none("partner"), accepts=values.texts("accepts"),
        poll=values.duration("poll"), values=values, place=values.place(),
    )  # fmt: skip


def channel_of(reader: Reader, name: str, data: Mapping[str, object]) -> Channel:
    """The channel a file states."""
    values = reader.read(data, CHANNEL_FIELDS)
    for kind, way in values.words("flows").items():
        if way not in ("in", "out"):
            text = f"{kind} flows {way!r}"
            reader.problems.append(values.place("flows").problem(text, 'write "in" or "out"'))
    return Channel(
        name=name, connection=values.text("connection"), flows=values.words("flows"), owner=values.words("owner"),
        conflict=values.text("conflict"), place=values.place("connection"),
    )  # fmt: skip
