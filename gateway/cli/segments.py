"""`gateway segment`: who is in which segment since when, and by which conditions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import typer

from gateway.cli.context import DONE, Json, group, workspace_of
from gateway.cli.output import emit_rows, say
from gateway.errors import UsageError
from gateway.membership import refresh_segments
from gateway.model.segment import SegmentMember
from gateway.store.segments import is_known_segment, members_of, memberships_of
from gateway.store.trade import Trade
from gateway.wiring import open_store_of, utc_now

On = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; today when left out.")]
COLUMNS = ("segment", "account", "since", "until")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("Who is in which segment since when, and by which conditions.")
    commands.command("members", epilog="Example: gateway segment members gold --on 2026-03-31")(members)
    commands.command("of", epilog="Example: gateway segment of 10001 --json")(of)
    commands.command("refresh", epilog="Example: gateway segment refresh")(refresh)
    app.add_typer(commands, name="segment")


def members(
    context: typer.Context,
    segment: Annotated[str, typer.Argument(metavar="SEGMENT", help="The segment.")],
    on: On = None,
    as_json: Json = False,
) -> int:
    """List the members of a segment on a day, by account, with what made them so."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        if not is_known_segment(db, segment):
            raise UsageError(f"There is no segment {segment}. `gateway export segments` shows all.")
        rows = members_of(db, segment, _day(on))
    _show(rows, f"Segment {segment}", as_json)
    return DONE


def of(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's number.")],
    on: On = None,
    as_json: Json = False,
) -> int:
    """List the segments of an account on a day, the one whose prices come first at the top, with what made it so."""
    day = _day(on)
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        trade = Trade(db)
        if not trade.existing_accounts([account]):
            raise UsageError(f"There is no account {account}. `gateway export accounts` shows all.")
        standing = {row.segment: row for row in memberships_of(db, account, day)}
        rows = [
            standing.get(key) or SegmentMember(account=account, segment=key, evidence='{"assigned":true}')
            for key in trade.segments_of(account, day)
        ]
    _show(rows, f"Account {account}", as_json)
    return DONE


def refresh(context: typer.Context) -> int:
    """Look at every account again now. It is needed only where no gateway serves and nothing is imported on a day."""
    with open_store_of(workspace_of(context)) as store:
        done = refresh_segments(store, utc_now().date(), None)
    say(f"{done.accounts} accounts looked at, {done.memberships} memberships changed.")
    return DONE


def _day(on: datetime | None) -> date:
    return on.date() if on else utc_now().date()


def _show(rows: Sequence[SegmentMember], title: str, as_json: bool) -> None:
    shown = [_object(row) for row in rows]
    if not as_json:
        for each in shown:
            each["because"] = _in_words(each["evidence"])
    emit_rows(shown, (*COLUMNS, "evidence") if as_json else (*COLUMNS, "because"), title, as_json)


def _object(row: SegmentMember) -> dict[str, object]:
    return {
        "segment": row.segment,
        "account": row.account,
        "since": row.since.isoformat() if row.since else None,
        "until": row.until.isoformat() if row.until else None,
        "evidence": json.loads(row.evidence),
    }


def _in_words(evidence: object) -> str:
    """What made an account a member, on a line."""
    if not isinstance(evidence, dict):
        return ""
    words = ["named by the account"] if evidence.get("assigned") else []
    for each in evidence.get("because", ()):
        values = ", ".join(
            f"{name}: {'not known' if value is None else value}" for name, value in each["values"].items()
        )
        words.append(f"{each['condition']} ({values})")
    return "; ".join(words)
