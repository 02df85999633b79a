"""`gateway sync reconcile`: both sides of a channel compared, listed and repaired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.context import DONE, REFUSED, Json, workspace_of
from gateway.cli.output import complain, emit_json, emit_table, say
from gateway.cli.progress import counted
from gateway.errors import GatewayError, UsageError
from gateway.masterdata.kinds import KINDS
from gateway.sync.asking import asked
from gateway.sync.comparing import What
from gateway.sync.order_lists import ORDERS, OrderReconciliation
from gateway.sync.reconcile import Found, Reconciliation, Repair
from gateway.sync.status import channel_named
from gateway.sync.theirs import Theirs, rows_of_file, rows_of_message
from gateway.wiring import Gateway, open_gateway
from gateway.workspace.owners import flows_of
from gateway.workspace.values import Channel

COLUMNS = ("flow", "what", "key", "field", "ours", "theirs", "repair")


def reconcile(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The channel.")],
    flow: Annotated[
        str | None, typer.Option("--flow", help="A kind of rows, or orders; else all that flow in or have a list.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="What the other side holds; else its list, or the last message.")
    ] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Send and take what differs, as the owners say.")] = False,
    as_json: Json = False,
) -> int:
    """Compare what stands here with what the system of a channel holds, and list what is different."""
    with open_gateway(workspace_of(context)) as gateway:
        channel = channel_named(gateway.line, name)
        rows: list[dict[str, object]] = []
        counts: Counter[str] = Counter()
        kinds = [flow] if flow else _kinds(channel, against)
        for kind, each in _found(gateway, channel, kinds, against, repair=repair):
            if isinstance(each, GatewayError):
                complain(f"{kind}: {each}")
                counts["failed"] += 1
                continue
            counts[each.difference.what] += 1
            counts[_DONE[repair]] += each.repair is not Repair.NONE
            row = _row(kind, each)
            emit_json(row) if as_json else rows.append(row)
    summary = {"differences": sum(counts[what] for what in What)}
    summary |= {what.value: counts[what] for what in What}
    summary[_DONE[repair]] = counts[_DONE[repair]]
    if as_json:
        emit_json(summary)
    else:
        emit_table(f"Channel {name}", COLUMNS, [[row[column] for column in COLUMNS] for row in rows])
        same = "" if counts["failed"] else "Both sides are the same."
        say(", ".join(f"{count} {what}" for what, count in summary.items() if count) or same)
    is_left = summary["differences"] > (counts["repaired"] if repair else 0)
    return REFUSED if is_left or counts["failed"] else DONE


_DONE = {True: "repaired", False: "repairable"}


def _found(
    gateway: Gateway, channel: Channel, kinds: list[str], against: Path | None, *, repair: bool
) -> Iterator[tuple[str, Found | GatewayError]]:
    """What is different, by kind; of several, one that cannot be compared stops no other: it has its error."""
    for kind in kinds:
        try:
            for each in _compared(gateway, channel, kind, against, repair=repair):
                yield kind, each
        except GatewayError as error:
            if len(kinds) == 1:
                raise
            yield kind, error


def _compared(gateway: Gateway, channel: Channel, kind: str, against: Path | None, *, repair: bool) -> Iterator[Found]:
    if kind not in KINDS and kind != ORDERS:
        raise UsageError(f"{kind} cannot be compared: it is none of {', '.join(KINDS)}, orders.")
    line = gateway.line
    comparison = OrderReconciliation(line, channel) if kind == ORDERS else Reconciliation(line, channel, kind)
    with _theirs(gateway, channel, kind, against, keep=not repair) as theirs:
        found: Iterable[Found] = comparison.differences(counted(theirs, f"Reading {kind} of {channel.name}"))
        yield from comparison.repaired(found) if repair else found


@contextmanager
def _theirs(gateway: Gateway, channel: Channel, kind: str, against: Path | None, *, keep: bool) -> Iterator[Theirs]:
    """What the other side holds: the file that is named, else the list it is asked for, else its last message."""
    line = gateway.line
    if against is not None:
        yield rows_of_file(line, channel, kind, against)
    elif kind not in channel.snapshot:
        yield rows_of_message(line, channel, kind)
    else:
        lister = gateway.lister(channel.snapshot[kind])
        with asked(line, lister, keep=keep) as listed:
            complain(f"{kind}: compared with {', '.join(listed.names)} of {lister.connection}.")
            yield chain.from_iterable(rows_of_file(line, channel, kind, file) for file in listed.files)


def _kinds(channel: Channel, against: Path | None) -> list[str]:
    """What is compared where no flow is named: all that flow in or have a list; or the one that a file can be about."""
    flows = [*flows_of(channel, "in"), *(flows_of(channel, "out") if against else channel.snapshot)]
    kinds = list(dict.fromkeys(flows))
    if not kinds or (against and len(kinds) > 1):
        raise UsageError(f"Name what to compare with --flow: {', '.join(kinds) or 'nothing'} flows by {channel.name}.")
    return kinds


def _row(kind: str, found: Found) -> dict[str, object]:
    each = found.difference
    return {
        "flow": kind, "what": each.what, "key": each.key, "field": each.field, "ours": each.ours,
        "theirs": each.theirs, "repair": found.repair,
    }  # fmt: skip
