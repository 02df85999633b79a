"""`gateway audit`, `gateway retention`, `gateway erase`: what was recorded, how long it is kept, who is taken out."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Annotated

import typer

from gateway.cli.context import DONE, REFUSED, Json, group, workspace_of
from gateway.cli.output import complain, emit_json, emit_rows, say
from gateway.cli.progress import progress
from gateway.errors import UsageError
from gateway.pipeline.retention import due, retain
from gateway.settings import load_settings
from gateway.store.alarms import Kind, Reason, clear_alarm, raise_alarm, standing_subjects
from gateway.store.audit import Head
from gateway.store.engine import Store, open_store
from gateway.store.erasure import Person, erase, find
from gateway.store.events import note_event
from gateway.store.trade import Trade
from gateway.store.types import instant_text
from gateway.store.verify import Verified, verify, work_of
from gateway.wiring import open_gateway, open_store_of, store_url, utc_now

AUDIT = "audit"
SHOWN = 20
"""Findings that are written out for people; the others are counted."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    audit = group("The chain over all that was received, converted and done.")
    audit.command("verify", epilog="Example: gateway audit verify --against 5812:9f86d0…")(audit_verify)
    app.add_typer(audit, name="audit")
    app.command("retention", epilog="Example: gateway retention --dry-run")(retention)
    app.command("erase", epilog="Example: gateway erase 100200 --name 'Erika Mustermann' --dry-run")(erase_)


def audit_verify(
    context: typer.Context,
    against: Annotated[
        str | None, typer.Option("--against", metavar="N:HASH", help="A head noted before: it must be in the chain.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Check the chain, each record against it and every archived byte; name the first row that is not as written."""
    noted = _noted(against)
    url = store_url(load_settings(workspace_of(context)))
    with closing(open_store(url)) as store, progress("Verifying", work_of(store)) as bar:
        verified = verify(store, noted, bar.advance)
        if as_json:
            emit_json(_as_object(verified))
        else:
            _show(verified)
        _alarm(store, verified)
    return REFUSED if verified.findings else DONE


def _alarm(store: Store, verified: Verified) -> None:
    """A chain that is broken is an alarm until it is found whole again; nothing is written where that is no news."""
    with store.read() as db:
        stands = AUDIT in standing_subjects(db, Kind.AUDIT_BROKEN)
    at = instant_text(utc_now())
    if verified.findings:
        with store.write() as db:
            raise_alarm(db, Reason(Kind.AUDIT_BROKEN, AUDIT, f"{verified.findings[0]}: gateway audit verify"), at)
    elif stands:
        with store.write() as db:
            clear_alarm(db, Kind.AUDIT_BROKEN, AUDIT, at)


def _noted(against: str | None) -> Head | None:
    if against is None:
        return None
    stated = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", against)
    if stated is None:
        raise UsageError(f"--against: {against} is no head. Write it as `gateway audit verify` tells it, N:HASH.")
    return Head(int(stated[1]), stated[2])


def _as_object(verified: Verified) -> dict[str, object]:
    return {
        "ok": not verified.findings,
        "head": {"number": verified.head.number, "hash": verified.head.hash},
        "records": verified.records,
        "past_retention": verified.past_retention,
        "findings": [each._asdict() for each in verified.findings],
    }


def _show(verified: Verified) -> None:
    for finding in verified.findings[:SHOWN]:
        complain(str(finding))
    if len(verified.findings) > SHOWN:
        complain(f"... and {len(verified.findings) - SHOWN} more; --json tells all")
    if not verified.findings:
        past = f"; the content of {verified.past_retention} is past its retention" if verified.past_retention else ""
        say(f"{verified.records} records are as they were written{past}.")
    say(f"The head of the chain is {verified.head.number}:{verified.head.hash}")


def retention(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Take nothing out; count what would be.")] = False,
    as_json: Json = False,
) -> int:
    """Take out the content that is past its retention, unless it is still needed; the server does so every hour."""
    with open_gateway(workspace_of(context)) as gateway:
        periods = gateway.settings.retention.periods
        counted = due(gateway.line, periods)
        if not dry_run:
            retain(gateway.line, periods)
    rows = [
        {"content": name, "kept": "for ever" if kept is None else f"{kept.days}d", "past": counted.get(name, 0)}
        for name, kept in periods.items()
    ]
    emit_rows(rows, ("content", "kept", "past"), "To be taken out" if dry_run else "Taken out", as_json)
    return DONE


def erase_(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account; those below it are searched too.")],
    name: Annotated[str | None, typer.Option(help="The person's whole name, as it is written.")] = None,
    email: Annotated[str | None, typer.Option(help="The person's e-mail address.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; list where the person stands.")] = False,
    as_json: Json = False,
) -> int:
    """Take a person out of contacts, documents, notes and histories; the bytes received and sent stay as vouchers."""
    person = Person(account, (name or "").strip() or None, (email or "").strip() or None)
    if person.name is None and person.email is None:
        raise UsageError("Nobody is named. Write --name, --email or both.")
    at = instant_text(utc_now())
    with open_store_of(workspace_of(context)) as store, store.write() as db:
        if not Trade(db).accounts([account]):
            raise UsageError(f"There is no account {account}.")
        found = find(db, person) if dry_run else erase(db, person, at)
        if found and not dry_run:
            note_event(db, account, "erased", f"a person, {len(found)} records", at)
    emit_rows([each._asdict() for each in found], ("place", "key"), "Found" if dry_run else "Erased", as_json)
    return DONE
