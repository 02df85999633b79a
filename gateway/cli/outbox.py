"""`gateway outbox`: what leaves, why it does not, and what a person decides about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from gateway.cli.acknowledgements import acknowledgement_object, say_acknowledgements
from gateway.cli.context import DONE, REFUSED, Json, Limit, group, workspace_of
from gateway.cli.output import complain, emit_history, emit_json, emit_pairs, emit_rows, say
from gateway.errors import UsageError
from gateway.pipeline import resend as by_hand
from gateway.queue.dispatch import work_off
from gateway.queue.lock import dispatching
from gateway.store import Connection
from gateway.store.acknowledgements import acknowledgements_of
from gateway.store.events import events_of
from gateway.store.outbox import content_of, list_outputs, output
from gateway.store.records import Output, OutputState
from gateway.wiring import Gateway, open_gateway, open_store_of

COLUMNS = (
    "output", "message", "partner", "connection", "type", "reference", "control_reference", "state", "tries",
    "next_try",
)  # fmt: skip
FURTHER = ("key", "lane", "crashes", "failing_since", "sent_at", "receipt", "reason")
_LEAVING = frozenset({OutputState.QUEUED, OutputState.SENDING})

Identity = Annotated[str, typer.Argument(metavar="ID", help="The output's id, from `gateway outbox list`.")]
Partner = Annotated[str | None, typer.Option(help="Only those to this partner, by the name of his file.")]
OfConnection = Annotated[str | None, typer.Option("--connection", help="Only those that leave by this connection.")]


class Verdict(StrEnum):
    """What a person says became of a document."""

    SENT = "sent"
    FAILED = "failed"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("What leaves, why it does not, and sending it again.")
    commands.command("list", epilog="Example: gateway outbox list --state dead --connection acme_outbox")(list_)
    commands.command("show", epilog="Example: gateway outbox show 01J…")(show)
    commands.command("raw", epilog="Example: gateway outbox raw 01J… > ordrsp.edi")(raw)
    commands.command("resend", epilog="Example: gateway outbox resend --state dead --connection acme_outbox --dry-run")(
        resend
    )
    commands.command("settle", epilog="Example: gateway outbox settle 01J… --as sent --note 'acme has it, by phone'")(
        settle
    )
    app.add_typer(commands, name="outbox")


def output_object(each: Output) -> dict[str, object]:
    """The output as `outbox list --json` has it."""
    return {"output": each.id, **{name: getattr(each, name) for name in COLUMNS[1:]}, "reason": each.reason}


def list_(
    context: typer.Context,
    state: Annotated[OutputState | None, typer.Option(help="How far it got.")] = None,
    partner: Partner = None,
    connection: OfConnection = None,
    limit: Limit = None,
    as_json: Json = False,
) -> int:
    """List outputs, oldest first."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        rows = [output_object(each) for each in list_outputs(db, state, limit, partner, connection)]
    emit_rows(rows, (*COLUMNS, "reason"), "Outbox", as_json)
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
        shown = {**output_object(record), **{name: getattr(record, name) for name in FURTHER}}
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


def resend(
    context: typer.Context,
    identities: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Ids of outputs, from `gateway outbox list`.")
    ] = None,
    state: Annotated[
        OutputState | None, typer.Option(help="All of this state: failed, unknown or dead; instead of ids.")
    ] = None,
    partner: Partner = None,
    connection: OfConnection = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be sent again.")] = False,
    as_json: Json = False,
) -> int:
    """Send outputs again, under the same keys and control references; exit 1 where one did not leave."""
    _check_choice(identities or [], state, bool(partner or connection))
    with open_gateway(workspace_of(context)) as gateway:
        with gateway.store.read() as db:
            named = [_found(db, identity) for identity in identities or []]
            chosen = named or list_outputs(db, state, None, partner, connection)
        if dry_run:
            emit_rows([output_object(each) for each in chosen], (*COLUMNS, "reason"), "Would be sent again", as_json)
            return DONE
        with gateway.store.write() as db:
            for each in chosen:
                by_hand.resend(gateway.line, db, _found(db, each.id))
        records = _after_sending(gateway, chosen)
    if as_json:
        for each in records:
            emit_json(output_object(each))
    else:
        _tell_all(records, together=state is not None)
    return REFUSED if any(each.state not in _LEAVING for each in _not_sent(records)) else DONE


def _check_choice(identities: Sequence[str], state: OutputState | None, narrowed: bool) -> None:
    if bool(identities) == (state is not None) or (identities and narrowed):
        raise UsageError(
            "Name either ids or a state. `gateway outbox resend --state dead --connection NAME --dry-run` shows which."
        )
    if state is not None and state not in by_hand.RESENT_TOGETHER:
        raise UsageError(
            f"Outputs that are {state} are sent again by their ids only. "
            f"Together go: {', '.join(by_hand.RESENT_TOGETHER)}."
        )


def _after_sending(gateway: Gateway, chosen: Sequence[Output]) -> list[Output]:
    """The outputs after what is due was sent here, or left to the process that serves."""
    with dispatching(gateway.dispatcher_lock()) as ours:
        if ours:
            work_off(gateway.line, gateway.senders())
    with gateway.store.read() as db:
        return [_found(db, each.id) for each in chosen]


def _not_sent(records: Sequence[Output]) -> Iterator[Output]:
    return (each for each in records if each.state != OutputState.SENT)


def _tell_all(records: Sequence[Output], *, together: bool) -> None:
    """Say of each what became of it; of many that went together, of those that did not leave."""
    if together:
        say(f"{sum(each.state == OutputState.SENT for each in records)} of {len(records)} are sent again.")
    for each in _not_sent(records) if together else records:
        _tell(each)


def _tell(record: Output) -> None:
    if record.state == OutputState.SENT:
        say(f"{record.id} is sent again.")
    elif record.state in _LEAVING:
        say(f"{record.id} is {record.state}: it leaves when it is its turn.")
    else:
        complain(f"{record.id} is {record.state}: {record.reason}")


def settle(
    context: typer.Context,
    identity: Identity,
    verdict: Annotated[
        Verdict, typer.Option("--as", help="sent: the other side has it. failed: it has not, and gets it no more.")
    ],
    note: Annotated[str, typer.Option(help="How you know; kept in the output's history.")],
) -> int:
    """Say what became of an output that the gateway does not know to have arrived."""
    with open_gateway(workspace_of(context)) as gateway, gateway.store.write() as db:
        by_hand.settle(gateway.line, db, _found(db, identity), verdict is Verdict.SENT, note)
    say(f"{identity} is settled as {verdict}.")
    return DONE
