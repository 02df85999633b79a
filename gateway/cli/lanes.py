"""`gateway lane`: the queues of the line, and stopping or skipping in one of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from gateway.cli.context import DONE, Json, group, workspace_of
from gateway.cli.output import emit_rows, say
from gateway.errors import UsageError
from gateway.queue.skip import skip_first
from gateway.store.identity import born_at
from gateway.store.lanes import list_lanes, set_lane
from gateway.wiring import open_gateway, open_store_of, utc_now

Name = Annotated[str, typer.Argument(metavar="NAME", help="The lane's name, from `gateway lane list`.")]
COLUMNS = (
    "name", "state", "ready", "running", "dead", "first", "waiting_s", "tries", "next_due", "reason", "holder",
    "lease_until",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("The queues of the line: pause, resume, skip.")
    commands.command("list", epilog="Example: gateway lane list")(list_)
    commands.command("pause", epilog="Example: gateway lane pause acme_inbox/in/acme")(pause)
    commands.command("resume", epilog="Example: gateway lane resume acme_inbox/in/acme")(resume)
    commands.command("skip", epilog="Example: gateway lane skip acme_inbox/in/acme")(skip)
    app.add_typer(commands, name="lane")


def list_(context: typer.Context, as_json: Json = False) -> int:
    """List lanes with what waits in them, who works on them, and what keeps the first from coming through."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        rows = [_shown(row, utc_now()) for row in list_lanes(db)]
    emit_rows(rows, COLUMNS, "Lanes", as_json)
    return DONE


def _shown(row: dict[str, object], now: datetime) -> dict[str, object]:
    """The row with the age of the first that waits, in seconds."""
    first = row["first"]
    age = max(int((now - born_at(first)).total_seconds()), 0) if isinstance(first, str) else None
    return {name: {**row, "waiting_s": age}[name] for name in COLUMNS}


def _set(context: typer.Context, name: str, state: str) -> None:
    with open_store_of(workspace_of(context)) as store, store.write() as db:
        if not set_lane(db, name, state):
            raise UsageError(f"There is no lane {name}. `gateway lane list` shows all.")


def pause(context: typer.Context, name: Name) -> int:
    """Stop working on a lane; what comes is kept in order."""
    _set(context, name, "paused")
    say(f"{name} is paused.")
    return DONE


def resume(context: typer.Context, name: Name) -> int:
    """Work on a lane again."""
    _set(context, name, "open")
    say(f"{name} is open.")
    return DONE


def skip(context: typer.Context, name: Name) -> int:
    """Bury the lane's first waiting message, or file as a whole; a message can be replayed later."""
    with open_gateway(workspace_of(context)) as gateway:
        message = skip_first(gateway.line, name)
    if message is None:
        raise UsageError(f"Nothing waits in a lane {name}.")
    say(f"{message} is dead; `gateway messages replay {message}` brings it back.")
    return DONE
