"""Connections and channels: the outside systems, and what flows to systems of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from gateway.errors import meant
from gateway.fields import Field, FieldType, Reader, Values
from gateway.model.trade_rows import IMPORT_KINDS, ROW_KINDS
from gateway.workspace.agreements import SYNTAXES
from gateway.workspace.values import WITH_ENVELOPE, Channel, Connection, Pace

FIELDS = (
    Field(name="kind", required=True, help="The connector: folder, or another that is installed."),
    Field(name="partner", help="The partner this connection belongs to alone."),
    Field(name="accepts", type=FieldType.TEXTS, default=(), choices=SYNTAXES, help="The syntaxes taken; none: all."),
    Field(name="poll", type=FieldType.DURATION, default=timedelta(seconds=10), help="The time between two looks."),
    Field(
        name="concurrency",
        type=FieldType.INTEGER,
        default=Pace().concurrency,
        at_least=1,
        help="How many documents may be on their way at once, each of another family.",
    ),
    Field(name="rate", type=FieldType.RATE, help='The most sendings in a time, spread evenly, as "60/min".'),
    Field(
        name="deadline",
        type=FieldType.DURATION,
        default=Pace().deadline,
        help="The time after its first failed try at which a document is given up.",
    ),
    Field(
        name="timeout",
        type=FieldType.DURATION,
        default=Pace().timeout,
        help="The time one sending may take, answer included.",
    ),
)
FLOWS = ("orders", "confirmations", "status", "content", *ROW_KINDS)
"""What can flow over a channel."""
COMPARED = (*IMPORT_KINDS, "orders")
"""The flows of which both sides can be compared."""
_TIMES = ("poll", "deadline", "timeout")
CHANNEL_FIELDS = (
    Field(name="connection", required=True, help="The connection to the system."),
    Field(name="flows", type=FieldType.WORDS, default={}, help='What flows which way: { orders = "out" }.'),
    Field(name="system", help="The system behind it, where several channels lead to one; left out: the channel."),
    Field(name="feeds", type=FieldType.WORDS, default={}, help='Lists of single accounts: { "10001" = "prices" }.'),
    Field(name="mapping", type=FieldType.WORDS, default={}, help="The mapping of a flow; left out: the shipped one."),
    Field(name="syntax", type=FieldType.WORDS, default={}, help='The syntax of a flow: { orders = "xml" }.'),
    Field(name="files", type=FieldType.WORDS, default={}, help='The files of a flow in: { stock = "stock*.csv" }.'),
    Field(
        name="snapshot",
        type=FieldType.WORDS,
        default={},
        help='The connection that has the system\'s own list of a flow: { stock = "erp_list" }.',
    ),
    Field(name="owner", type=FieldType.WORDS, default={}, help='Who owns which data: { price = "gateway" }.'),
    Field(name="conflict", default="hold", choices=("owner", "newest", "hold"), help="What happens when both changed."),
)

FEEDS = ("prices", "prices json", "catalogue", "catalogue json")
"""What lists of a single account there are; CSV where it is not said."""
MOST_TIMEOUT = timedelta(minutes=15)
"""A document that is being sent by a process that has died waits that long, and some."""

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
            advice = meant(kind, kinds, f"installed are {', '.join(sorted(kinds))}")
            reader.problems.append(values.place("kind").problem(f"no connector {kind} is installed", advice))
    else:
        values = reader.read(data, (*FIELDS, *known))
    for time in _TIMES:
        if values.has(time) and values.duration(time) <= timedelta():
            reader.problems.append(values.place(time).problem(f"{time} takes no time", 'write a time, as "10s"'))
    if values.duration("timeout") > MOST_TIMEOUT:
        advice = f"write at most {MOST_TIMEOUT.total_seconds() / 60:g}m"
        reader.problems.append(values.place("timeout").problem("timeout is too long", advice))
    return Connection(
        name=name, kind=values.text("kind"), partner=values.text_or_none("partner"), accepts=values.texts("accepts"),
        poll=values.duration("poll"), pace=_pace(values), values=values, place=values.place(),
    )  # fmt: skip


def _pace(values: Values) -> Pace:
    return Pace(
        concurrency=values.integer("concurrency"),
        rate=values.rate("rate"),
        deadline=values.duration("deadline"),
        timeout=values.duration("timeout"),
    )


def channel_of(reader: Reader, name: str, data: Mapping[str, object]) -> Channel:
    """The channel a file states."""
    values = reader.read(data, CHANNEL_FIELDS)
    flows = {flow: way for flow, way in values.words("flows").items() if _flows(reader, values, flow, way)}
    for account, feed in values.words("feeds").items():
        if feed not in FEEDS:
            text = f"feeds: {account} gets {feed!r}"
            reader.problems.append(values.place("feeds").problem(text, f"write one of {', '.join(FEEDS)}"))
    _note_loose_ends(reader, values)
    return Channel(
        name=name, connection=values.text("connection"), flows=flows, mapping=values.words("mapping"),
        syntax=values.words("syntax"), files=values.words("files"), owner=values.words("owner"),
        conflict=values.text("conflict"), place=values.place("connection"),
        system=values.text("system") or name, feeds=values.words("feeds"), owner_place=values.place("owner"),
        snapshot=values.words("snapshot"), snapshot_place=values.place("snapshot"),
    )  # fmt: skip


def _flows(reader: Reader, values: Values, flow: str, way: str) -> bool:
    """Whether there is such a flow; where not, that is noted."""
    if flow not in FLOWS:
        advice = meant(flow, FLOWS, f"flows are {', '.join(FLOWS)}")
        reader.problems.append(values.place("flows").problem(f"there is no flow {flow}", advice))
    elif way not in ("in", "out"):
        reader.problems.append(values.place("flows").problem(f"{flow} flows {way!r}", 'write "in" or "out"'))
    return flow in FLOWS and way in ("in", "out")


def _note_loose_ends(reader: Reader, values: Values) -> None:
    """What is said of flows that there are not, and syntaxes that no flow is written in."""
    flows = values.words("flows")
    for name in ("mapping", "syntax", "files", "snapshot"):
        for flow in values.words(name):
            if flow not in flows:
                text = f"{name} names {flow}, which does not flow here"
                reader.problems.append(values.place(name).problem(text, "add it to flows, or take it out"))
    for flow in values.words("snapshot"):
        if flow in flows and flow not in COMPARED:
            text = f"snapshot names {flow}, which is not compared"
            reader.problems.append(values.place("snapshot").problem(text, f"compared are {', '.join(COMPARED)}"))
    written = [each for each in SYNTAXES if each not in WITH_ENVELOPE]
    for syntax in values.words("syntax").values():
        if syntax not in written:
            text = f"no flow is written in {syntax!r}"
            reader.problems.append(values.place("syntax").problem(text, f"write one of {', '.join(written)}"))
