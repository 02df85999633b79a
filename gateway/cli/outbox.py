"""`gateway outbox`: what leaves, and sending it again."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gateway.cli.acknowledgements import acknowledgement_object, say_acknowledgements
from gateway.cli.context import DONE, REFUSED, Json, Limit, group, workspace_of
from gateway.cli.output import complain, emit_history, emit_json, emit_pairs, emit_rows, say
from gateway.errors import UsageError
from gateway.queue.dispatch import work_off
from gateway.queue.lock import dispatching
from gateway.store import Connection
from gateway.store.acknowledgements import acknowledgements_of
from gateway.store.events import events_of
from gateway.store.outbox import content_of, list_outputs, output
from gateway.store.records import Output, OutputState
from gateway.store.sending import put_back
from gateway.wiring import open_gateway, open_store_of

COLUMNS = ("output", "message", "partner", "connection", "type", "reference", "control_reference", "state", "tries")
Identity = Annotated[str, typer.Argument(metavar="ID", help="The output's id, from `gateway outbox list`.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("What leaves, and sending it again.")
    commands.command("list", epilog="Example: gateway outbox list --state dead")(list_)
    commands.command("show", epilog="Example: gateway outbox show 01J…")(show)
    commands.command("raw", epilog="Example: gateway outbox raw 01J… > ordrsp.edi")(raw)
    commands.command("resend", epilog="Example: gateway outbox resend 01J…")(resend)
    app.add_typer(commands, name="outbox")


def output_object(each: Output) -> dict[str, object]:
    """The output as `outbox list --json` has it."""
    names = ("message", "partner", "connection", "type", "reference", "control_reference", "state", "tries", "next_try")
    return {"output": each.id, **{name: getattr(each, name) for name in names}}


def list_(
    context: typer.Context,
    state: Annotated[OutputState | None, typer.Option(help="How far it got.")] = None,
    limit: Limit = None,
    as_json: Json = False,
) -> int:
    """List outputs, oldest first."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        rows = [output_object(each) for each in list_outputs(db, state, limit)]
    emit_rows(rows, COLUMNS, "Outbox", as_json)
    return DONE


def _found(db: Connection, identity: str) -> Output:
    record = output(db, identity)
    if record is None:
        raise UsageError(f"There is no output {identity}. `gateway outbox list` shows all.")
    return record


def show(context: typer.Context, identity: Identity, as_json: Json = False) -> int:
    """Show one output with its history."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        record = _found(db, identity)
        shown = {**output_object(record), "reason": record.reason}
        events = events_of(db, identity)
        owed = acknowledgements_of(db, [record.archive], [identity])
    if as_json:
        emit_json({**shown, "acknowledgements": [acknowledgement_object(each) for each in owed], "events": events})
    else:
        emit_pairs("Output", shown.items())
        say_acknowledgements(owed)
        say("")
        emit_history(events)
    return DONE


def raw(context: typer.Context, identity: Identity) -> int:
    """Write the output's bytes as sent."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        sys.stdout.buffer.write(content_of(db, _found(db, identity).archive))
    return DONE


def resend(context: typer.Context, identity: Identity) -> int:
    """Send an output again, under the same key and control reference; exit 1 where it did not leave."""
    with open_gateway(workspace_of(context)) as gateway:
        with gateway.store.write() as db:
            _found(db, identity)
            put_back(db, identity)
        with dispatching(gateway.dispatcher_lock()) as ours:
            if ours:
                work_off(gateway.line, gateway.senders())
        with gateway.store.read() as db:
            record = _found(db, identity)
    if record.state == OutputState.SENT:
        say(f"{identity} is sent again.")
        return DONE
    complain(f"{identity} is {record.state}: {record.reason or 'the dispatcher that runs sends it'}")
    return DONE if record.state == OutputState.QUEUED and not record.reason else REFUSED
