"""`gateway schedule`: what runs when, how it went, and running it now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import typer

from gateway.cli.context import DONE, REFUSED, WRONG_USE, Json, Limit, group, workspace_of
from gateway.cli.output import complain, emit_json, emit_rows, say
from gateway.errors import UsageError
from gateway.scheduling.clock import jitter_of, run_by_hand
from gateway.store.fires import Fire, FireState, fires
from gateway.wiring import open_gateway
from gateway.workspace.schedules import Schedule

Name = Annotated[str, typer.Argument(metavar="NAME", help="The schedule's name, that of its file.")]
_LISTED = ("schedule", "when", "zone", "run", "active", "last", "state", "next")
_LOGGED = ("slot", "state", "code", "tries", "started_at", "ended_at", "text")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("What runs when, how it went, and running it now.")
    commands.command("list", epilog="Example: gateway schedule list")(list_)
    commands.command("log", epilog="Example: gateway schedule log stock --limit 5")(log)
    commands.command("run", epilog="Example: gateway schedule run stock")(run)
    app.add_typer(commands, name="schedule")


def list_(context: typer.Context, as_json: Json = False) -> int:
    """List the schedules with their last run and their next one."""
    with open_gateway(workspace_of(context)) as gateway:
        with gateway.store.read() as db:
            last = {each.schedule: each for each in fires(db) if each.state != FireState.ARMED}
        schedules = gateway.line.configuration.schedules
        rows = [_row(each, last.get(each.name), gateway.clock()) for _, each in sorted(schedules.items())]
    emit_rows(rows, _LISTED, "Schedules", as_json)
    return DONE


def log(context: typer.Context, name: Name, limit: Limit = None, as_json: Json = False) -> int:
    """List the runs of a schedule, oldest first; with --limit the last ones."""
    with open_gateway(workspace_of(context)) as gateway, gateway.store.read() as db:
        _named(gateway.line.configuration.schedules, name)
        rows = [_told(each) for each in fires(db, name) if each.state != FireState.ARMED]
    emit_rows(rows[-limit:] if limit else rows, _LOGGED, name, as_json)
    return DONE


def run(context: typer.Context, name: Name, as_json: Json = False) -> int:
    """Run a schedule's command now and wait for its end; the exit status is the command's."""
    workspace = workspace_of(context)
    with open_gateway(workspace) as gateway:
        ended = run_by_hand(gateway.line, _named(gateway.line.configuration.schedules, name), workspace)
    if as_json:
        emit_json(_told(ended))
    else:
        say(ended.text)
        complain(f"{name}: {ended.state}")
    return ended.code if ended.code in (DONE, REFUSED) else WRONG_USE


def _named(schedules: Mapping[str, Schedule], name: str) -> Schedule:
    found = schedules.get(name)
    if found is None:
        raise UsageError(
            f"There is no schedule {name}. `gateway schedule list` shows all; schedules/NAME.toml makes one."
        )
    return found


def _row(schedule: Schedule, last: Fire | None, now: datetime) -> dict[str, object]:
    slot = schedule.timing.next(now) if schedule.active else None
    begins = slot + jitter_of(schedule, slot) if slot else None
    return {
        "schedule": schedule.name, "when": schedule.when, "zone": schedule.zone, "run": " ".join(schedule.words),
        "active": schedule.active, "last": last.slot if last else None, "state": last.state if last else None,
        "next": begins.isoformat(timespec="seconds") if begins else None,
    }  # fmt: skip


def _told(ended: Fire) -> dict[str, object]:
    return {"schedule": ended.schedule, **{name: getattr(ended, name) for name in _LOGGED}}
