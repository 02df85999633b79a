"""`gateway acknowledgements`: the answers we owe and expect, and which of them are overdue."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.context import DONE, Json, Limit, group, workspace_of
from gateway.cli.output import emit_rows, say
from gateway.errors import UsageError
from gateway.store.acknowledgements import (
    Acknowledgement,
    AcknowledgementQuery,
    Ending,
    Standing,
    acknowledgement,
    end,
    list_acknowledgements,
)
from gateway.store.events import note_event
from gateway.store.types import instant_text
from gateway.wiring import open_store_of, utc_now

COLUMNS = ("acknowledgement", "side", "partner", "type", "reference", "due_at", "state", "late", "ended_at", "ended_by")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("The answers we owe and expect, and which of them are overdue.")
    commands.command("list", epilog="Example: gateway acknowledgements list --overdue")(list_)
    commands.command("resolve", epilog="Example: gateway acknowledgements resolve 01J… --note 'called'")(resolve)
    app.add_typer(commands, name="acknowledgements")


def acknowledgement_object(each: Acknowledgement) -> dict[str, object]:
    """The row as `acknowledgements list --json` has it; `subject` is what it answers."""
    names = (
        "side", "partner", "type", "test", "agreement", "subject", "output", "reference", "since", "due_at", "state",
        "late", "resent", "ended_at", "ended_by",
    )  # fmt: skip
    return {"acknowledgement": each.id, **{name: getattr(each, name) for name in names}}


def say_acknowledgements(rows: list[Acknowledgement]) -> None:
    """Write a line for each, for people: what is owed or expected until when, and what became of it."""
    for each in rows:
        words = "is owed to" if each.side == "owes" else "is expected of"
        late = " late" if each.late and each.state != Standing.OVERDUE else ""
        ended = f" {each.ended_at[:19].replace('T', ' ')} by {each.ended_by}" if each.ended_at else ""
        say(
            f"{each.type} {words} {each.partner} by {each.due_at[:19].replace('T', ' ')} UTC: {each.state}{late}{ended}"
        )


def list_(
    context: typer.Context,
    overdue: Annotated[bool, typer.Option("--overdue", help="Those that are overdue and stand.")] = False,
    partner: Annotated[str | None, typer.Option(help="The partner's file name.")] = None,
    limit: Limit = None,
    as_json: Json = False,
) -> int:
    """List what is or was owed and expected, what is due first at the top."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        found = list_acknowledgements(db, AcknowledgementQuery(overdue, partner, limit))
    emit_rows([acknowledgement_object(each) for each in found], COLUMNS, "Acknowledgements", as_json)
    return DONE


def resolve(
    context: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID", help="Its id, from `gateway acknowledgements list`.")],
    note: Annotated[str, typer.Option(help="What was done about it; kept in the history.")],
) -> int:
    """Close one that is no longer waited for: it was settled by telephone, or never will be."""
    at = instant_text(utc_now())
    with open_store_of(workspace_of(context)) as store, store.write() as db:
        row = acknowledgement(db, identity)
        if row is None:
            raise UsageError(f"There is no acknowledgement {identity}. `gateway acknowledgements list` shows all.")
        if not end(db, identity, Ending(Standing.CANCELLED, at, f"a person: {note}")):
            raise UsageError(f"Acknowledgement {identity} is {row.state}; there is nothing to resolve.")
        note_event(db, row.output or row.subject, f"{row.type} resolved", note, at)
    say(f"{identity} is closed.")
    return DONE
