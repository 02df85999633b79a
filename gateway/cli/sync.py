"""`gateway sync`: how far each channel has come, what is sent to it by hand, and what both sides say otherwise."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from gateway.cli.context import DONE, REFUSED, Json, Limit, group, workspace_of
from gateway.cli.output import complain, emit_rows, say
from gateway.cli.reconcile import reconcile
from gateway.errors import GatewayError
from gateway.store.sync_conflicts import ConflictState, conflicts
from gateway.store.system_rows import every_key
from gateway.sync.outbound import Done
from gateway.sync.sending import sendings
from gateway.sync.settling import settle
from gateway.sync.status import channel_named, status_of
from gateway.wiring import open_gateway

STATUS = ("channel", "flow", "way", "seq", "behind", "files", "rows", "waiting", "lag_s", "conflicts", "reason")
CONFLICT = ("id", "channel", "kind", "key", "field", "ours", "theirs", "owner", "state", "times", "changed_at", "note")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The channel.")]


class Side(StrEnum):
    """Whose value a conflict is settled with."""

    OURS = "ours"
    THEIRS = "theirs"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("Channels: what flows to and from systems of ours, how far it has come, and where both differ.")
    commands.command("status", epilog="Example: gateway sync status --json")(status)
    commands.command("run", epilog="Example: gateway sync run shop --full")(run)
    commands.command("keys", epilog="Example: gateway sync keys crm")(keys)
    commands.command("reconcile", epilog="Example: gateway sync reconcile erp --flow stock --against stock.csv")(
        reconcile
    )
    disputed = group("Values that a channel states otherwise than they stand here.")
    disputed.command("list", epilog="Example: gateway sync conflicts list --state open")(list_)
    disputed.command("settle", epilog='Example: gateway sync conflicts settle ID --as ours --note "by phone"')(settle_)
    commands.add_typer(disputed, name="conflicts")
    app.add_typer(commands, name="sync")


def status(context: typer.Context, as_json: Json = False) -> int:
    """Show how far each flow of each channel has come, what waits to leave, and why one does not get on."""
    with open_gateway(workspace_of(context)) as gateway:
        rows = status_of(gateway.line)
    emit_rows(rows, STATUS, "Channels", as_json)
    return REFUSED if any(row["reason"] for row in rows) else DONE


def run(
    context: typer.Context,
    name: Name,
    flow: Annotated[str | None, typer.Option("--flow", help="One flow of it; left out: all that flow out.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Send every row and list, not only what changed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Send nothing; say what would be.")] = False,
    as_json: Json = False,
) -> int:
    """Queue what changed for a channel since its last files, now. `gateway serve` does so by itself."""
    with open_gateway(workspace_of(context), dry_run=dry_run) as gateway:
        line = gateway.line
        channel = channel_named(line, name)
        done: list[Done] = []
        failed = 0
        for each in sendings(line, channel, flow, full=full):
            try:
                done.append(each.send())
            except GatewayError as error:
                complain(f"{name}: {error}")
                failed += 1
    emit_rows([each._asdict() for each in done], Done._fields, f"Channel {name}", as_json)
    return REFUSED if failed else DONE


def keys(context: typer.Context, name: Name, as_json: Json = False) -> int:
    """List the keys that the system of a channel has for accounts, products and orders of ours."""
    with open_gateway(workspace_of(context)) as gateway:
        channel = channel_named(gateway.line, name)
        with gateway.store.read() as db:
            found = every_key(db, channel.system)
    rows = [{"entity": entity, "external": external, "key": key} for entity, external, key in found]
    emit_rows(rows, ("entity", "external", "key"), f"Keys of {channel.system}", as_json)
    return DONE


def list_(
    context: typer.Context,
    state: Annotated[ConflictState | None, typer.Option("--state", help="open, ours or theirs.")] = None,
    name: Annotated[str | None, typer.Option("--channel", help="Of this channel.")] = None,
    limit: Limit = None,
    as_json: Json = False,
) -> int:
    """List the values that channels stated otherwise than they stood here, and what became of each."""
    with open_gateway(workspace_of(context)) as gateway, gateway.store.read() as db:
        found = conflicts(db, state, name)[:limit]
    emit_rows([msgspec.structs.asdict(each) for each in found], CONFLICT, "Conflicts", as_json)
    return DONE


def settle_(
    context: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID", help="The conflict.")],
    side: Annotated[Side, typer.Option("--as", help="Whose value stands.")],
    note: Annotated[str, typer.Option(help="Why.")],
) -> int:
    """Settle a conflict: take the channel's value, or keep ours and send it to the channel's system."""
    with open_gateway(workspace_of(context)) as gateway:
        settled = settle(gateway.line, identity, ConflictState(side), note)
    say(f"{settled.field} of {settled.kind} {settled.key} is {side} now.")
    return DONE
