"""`gateway alarms` and `gateway digest`: what a person has to look at, and whether he can be told."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from gateway.alarms.channels import channels_of, post_of
from gateway.alarms.digest import COLUMNS as DIGEST_COLUMNS
from gateway.alarms.digest import daily_digest
from gateway.alarms.telling import failure
from gateway.cli.context import DONE, REFUSED, Json, Limit, group, workspace_of
from gateway.cli.output import complain, emit_json, emit_rows, say
from gateway.errors import UsageError
from gateway.settings import load_settings
from gateway.store.alarms import (
    Alarm,
    Kind,
    Notice,
    alarm,
    clear_alarms,
    failing_channels,
    list_alarms,
    told_of,
)
from gateway.store.events import note_event
from gateway.store.types import instant_text
from gateway.vault import Vault
from gateway.wiring import open_gateway, open_store_of, utc_now

COLUMNS = ("alarm", "kind", "text", "raised_at", "cleared_at", "count", "told")
BY_HAND = frozenset({Kind.REFUSED, Kind.AUDIT_BROKEN, Kind.PART_FAILING})
"""What nothing ends by itself for certain: a refusal stands, and a host may be gone for good."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("What a person has to look at, and whether he can be told.")
    commands.command("list", epilog="Example: gateway alarms list --open")(list_)
    commands.command("clear", epilog="Example: gateway alarms clear 01J… --note 'sent a new one'")(clear)
    commands.command("test", epilog="Example: gateway alarms test")(test)
    app.add_typer(commands, name="alarms")
    app.command("digest", epilog="Example: gateway digest --mail")(digest)


def list_(
    context: typer.Context,
    standing: Annotated[bool, typer.Option("--open", help="Those whose reason is not gone.")] = False,
    limit: Limit = None,
    as_json: Json = False,
) -> int:
    """List alarms, oldest first, with the channels that were told."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        found = list_alarms(db, standing, limit)
        told = told_of(db, [each.id for each in found])
        failing = failing_channels(db)
    rows = [_object(each, told.get(each.id, [])) for each in found]
    emit_rows(rows if as_json else [{**row, "told": ", ".join(told.get(str(row["alarm"]), []))} for row in rows],
              COLUMNS, "Alarms", as_json)  # fmt: skip
    for name, reason in failing.items():
        complain(f"{name} cannot tell: {reason}")
    return DONE


def _object(each: Alarm, told: list[str]) -> dict[str, object]:
    names = ("kind", "subject", "text", "raised_at", "cleared_at", "count")
    return {"alarm": each.id, **{name: getattr(each, name) for name in names}, "told": told}


def clear(
    context: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID", help="The alarm's id, from `gateway alarms list`.")],
    note: Annotated[str, typer.Option(help="What was done about it; kept in the history of what it is about.")],
) -> int:
    """Clear an alarm whose reason does not go by itself: a refusal that was dealt with, a host that is gone."""
    at = instant_text(utc_now())
    with open_store_of(workspace_of(context)) as store, store.write() as db:
        found = alarm(db, identity)
        if found is None:
            raise UsageError(f"There is no alarm {identity}. `gateway alarms list` shows all.")
        if found.cleared_at is not None:
            raise UsageError(f"Alarm {identity} is cleared already.")
        if found.kind not in BY_HAND:
            raise UsageError(f"Alarm {identity} ends by itself with its reason: {found.text}")
        clear_alarms(db, [identity], at)
        note_event(db, found.subject, "alarm cleared", note, at)
    say(f"{identity} is cleared.")
    return DONE


def test(context: typer.Context) -> int:
    """Tell every channel of the settings that it works; exit 1 where one cannot be reached."""
    settings = load_settings(workspace_of(context))
    at = instant_text(utc_now())
    text = "this is a test: nothing is wrong"
    notice = Notice(seq=0, what="raised", at=at, alarm="test", kind="test", subject="test", text=text, count=1)
    failed = 0
    with open_store_of(settings.workspace) as store:
        channels = channels_of(settings.alarms, Vault(settings, store).secret, utc_now)
    for channel in channels:
        reason = failure(channel, [notice], 1)
        if reason is None:
            say(f"{channel.name}: told")
        else:
            failed += 1
            complain(f"{channel.name}: {reason}")
    return REFUSED if failed else DONE


def digest(
    context: typer.Context,
    mail: Annotated[bool, typer.Option("--mail", help="Send it to mail_to of the settings, too.")] = False,
    as_json: Json = False,
) -> int:
    """Show what waits for a person: held, failed, dead, unknown, refused, overdue, silent."""
    with open_gateway(workspace_of(context)) as gateway:
        made = daily_digest(gateway.line)
        post = post_of(gateway.settings.alarms, gateway.vault.secret) if mail else None
    if mail:
        if post is None:
            raise UsageError("No mail server is set. Write smtp_host, mail_from and mail_to under [alarms].")
        post.send(made.subject, made.text, utc_now())
    rows = [msgspec.structs.asdict(row) for row in made.rows]
    if as_json:
        emit_json({"at": made.at, "waiting": rows})
    else:
        emit_rows(rows, DIGEST_COLUMNS, "What waits", as_json=False)
    return DONE
