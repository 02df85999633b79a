"""`gateway sync reconcile`: both sides of a channel compared, listed and repaired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.context import DONE, REFUSED, Json, workspace_of
from gateway.cli.output import emit_json, emit_table, say
from gateway.errors import UsageError
from gateway.masterdata.kinds import KINDS
from gateway.pipeline.work import Line
from gateway.sync.comparing import What
from gateway.sync.order_lists import ORDERS, OrderReconciliation
from gateway.sync.reconcile import Found, Reconciliation, Repair
from gateway.sync.status import channel_named
from gateway.sync.theirs import rows_of_file, rows_of_message
from gateway.wiring import open_gateway
from gateway.workspace.owners import flows_of
from gateway.workspace.values import Channel

COLUMNS = ("flow", "what", "key", "field", "ours", "theirs", "repair")


def reconcile(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The channel.")],
    flow: Annotated[
        str | None, typer.Option("--flow", help="A kind of rows, or orders; else all that flow in.")
    ] = None,
    against: Annotated[Path | None, typer.Option(help="What the other side holds; else the last message.")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Send and take what differs, as the owners say.")] = False,
    as_json: Json = False,
) -> int:
    """Compare what stands here with what the system of a channel holds, and list what is different."""
    with open_gateway(workspace_of(context)) as gateway:
        channel = channel_named(gateway.line, name)
        rows: list[dict[str, object]] = []
        counts: Counter[str] = Counter()
        for kind in [flow] if flow else _kinds(channel, against):
            for each in _compared(gateway.line, channel, kind, against, repair=repair):
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
        say(", ".join(f"{count} {what}" for what, count in summary.items() if count) or "Both sides are the same.")
    return REFUSED if summary["differences"] > (counts["repaired"] if repair else 0) else DONE


_DONE = {True: "repaired", False: "repairable"}


def _compared(line: Line, channel: Channel, kind: str, against: Path | None, *, repair: bool) -> Iterator[Found]:
    if kind not in KINDS and kind != ORDERS:
        raise UsageError(f"{kind} cannot be compared: it is none of {', '.join(KINDS)}, orders.")
    comparison = OrderReconciliation(line, channel) if kind == ORDERS else Reconciliation(line, channel, kind)
    theirs = rows_of_message(line, channel, kind) if against is None else rows_of_file(line, channel, kind, against)
    found: Iterable[Found] = comparison.differences(theirs)
    yield from comparison.repaired(found) if repair else found


def _kinds(channel: Channel, against: Path | None) -> list[str]:
    """What is compared where no flow is named: all that flow in, or the one flow that a file can be about."""
    kinds = [*flows_of(channel, "in"), *(flows_of(channel, "out") if against else [])]
    if not kinds or (against and len(kinds) > 1):
        raise UsageError(f"Name what to compare with --flow: {', '.join(kinds) or 'nothing'} flows by {channel.name}.")
    return kinds


def _row(kind: str, found: Found) -> dict[str, object]:
    each = found.difference
    return {
        "flow": kind, "what": each.what, "key": each.key, "field": each.field, "ours": each.ours,
        "theirs": each.theirs, "repair": found.repair,
    }  # fmt: skip
