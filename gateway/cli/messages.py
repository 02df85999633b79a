"""`gateway messages`: what came in, how far it got, and putting it back on the line."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from typing import Annotated

import typer

from gateway.cli.acknowledgements import acknowledgement_object, say_acknowledgements
from gateway.cli.context import DONE, LOOK_S, REFUSED, Json, Limit, group, workspace_of
from gateway.cli.message_view import COLUMNS, emit_messages, is_unhappy, message_row, say_issues
from gateway.cli.output import complain, emit_json, emit_rows, say
from gateway.errors import UsageError
from gateway.pipeline.message_view import message_object
from gateway.pipeline.replay import replay, resolve
from gateway.queue.dispatch import is_waiting, look_again, work_off
from gateway.queue.lock import dispatching
from gateway.store import Connection
from gateway.store.acknowledgements import acknowledgements_of
from gateway.store.events import events_of
from gateway.store.messages import MessageQuery, list_messages, message, messages_of_interchange
from gateway.store.records import Message, State
from gateway.store.transmissions import read_window
from gateway.store.types import stated_instant
from gateway.wiring import Gateway, open_gateway, open_store_of

Identity = Annotated[str, typer.Argument(metavar="ID", help="The message's id, from `gateway messages list`.")]
_SHOWN = (
    "message", "file", "partner", "channel", "account", "type", "release", "reference", "state", "order", "decision",
)  # fmt: skip
_LINKS = ("transmission", "interchange", "configuration", "mapping", "mapping_digest")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("What came in, how far it got, and putting it back on the line.")
    commands.command("list", epilog="Example: gateway messages list --state held")(list_)
    commands.command("show", epilog="Example: gateway messages show 01J… --json")(show)
    commands.command("raw", epilog="Example: gateway messages raw 01J… > message.edi")(raw)
    commands.command("replay", epilog="Example: gateway messages replay 01J… --from enrich")(replay_)
    commands.command("resolve", epilog="Example: gateway messages resolve 01J… --note 'called the buyer'")(resolve_)
    app.add_typer(commands, name="messages")


def list_(
    context: typer.Context,
    state: Annotated[State | None, typer.Option(help="How far it got.")] = None,
    partner: Annotated[str | None, typer.Option(help="The partner's file name.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="ORDERS, ORDCHG, …")] = None,
    reference: Annotated[str | None, typer.Option(help="The document's number.")] = None,
    since: Annotated[str | None, typer.Option(help="Received at or after this UTC instant or day.")] = None,
    limit: Limit = None,
    as_json: Json = False,
) -> int:
    """List messages, oldest first."""
    query = MessageQuery(state, partner, type_, reference, instant(since), None, limit)
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        shown = [message_object(db, each) for each in list_messages(db, query)]
    rows = shown if as_json else [message_row(each) for each in shown]
    emit_rows(rows, ("message", *COLUMNS), "Messages", as_json)
    return DONE


def instant(text: str | None) -> str | None:
    """The instant as the store keeps it; raises UsageError for what is none. A day begins at midnight, UTC."""
    if text is None:
        return None
    try:
        return stated_instant(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise UsageError(f"--since: {text} is no instant; write 2026-11-24 or 2026-11-24T08:30.") from None


def found(db: Connection, identity: str) -> Message:
    """The message; raises UsageError where there is none."""
    record = message(db, identity)
    if record is None:
        raise UsageError(f"There is no message {identity}. `gateway messages list` shows all.")
    return record


def show(context: typer.Context, identity: Identity, as_json: Json = False) -> int:
    """Show one message with its issues and its history."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        record = found(db, identity)
        links = {name: getattr(record, name) for name in _LINKS}
        shown = {**message_object(db, record), **links, "events": events_of(db, identity)}
        owed = acknowledgements_of(db, [identity, *filter(None, [record.interchange])])
    if as_json:
        emit_json({**shown, "acknowledgements": [acknowledgement_object(each) for each in owed]})
        return DONE
    for name in (*_SHOWN, *_LINKS):
        say(f"{name:14} {shown[name] if shown[name] is not None else ''}")
    say_acknowledgements(owed)
    outputs = shown["outputs"]
    say(f"{'outputs':14} {' '.join(map(str, outputs)) if isinstance(outputs, list) else ''}")
    say_issues(shown)
    for event in events_of_shown(shown):
        say(f"\n{event['at']}  {event['type']}  {event['text']}")
    return DONE


def events_of_shown(shown: dict[str, object]) -> list[dict[str, str]]:
    """The history of a shown message."""
    events = shown["events"]
    return events if isinstance(events, list) else []


def raw(context: typer.Context, identity: Identity) -> int:
    """Write the message's bytes as received; of a file without envelopes the whole file, and say so."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        record = found(db, identity)
        sys.stdout.buffer.write(read_window(db, record.transmission, record.start, record.length))
        beside = messages_of_interchange(db, record.interchange) if record.interchange else []
    count = sum((each.start, each.length) == (record.start, record.length) for each in beside)
    if count > 1:
        which = f"document {record.message_reference} of {count}, {record.type} {record.reference or 'without number'}"
        complain(f"This is the whole file {record.file}. The message is {which}: messages show {identity}.")
    return DONE


def replay_(
    context: typer.Context,
    identity: Identity,
    from_: Annotated[str, typer.Option("--from", help="translate, enrich or decide.")] = "translate",
    as_then: Annotated[bool, typer.Option("--as-then", help="With the configuration it was handled by.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; show what would be.")] = False,
    as_json: Json = False,
) -> int:
    """Put a message back before a stage and run it again."""
    with open_gateway(workspace_of(context), dry_run=dry_run) as gateway:
        with gateway.store.read() as db:
            record = found(db, identity)
            before = {each.id for each in list_messages(db, MessageQuery(transmission=record.transmission))}
        line = gateway.line_as_of(record.configuration) if as_then else gateway.line
        with dispatching(gateway.dispatcher_lock()) as ours:
            if as_then and not ours:
                raise UsageError("A gateway serves this workspace, with the configuration of now. Stop it first.")
            replay(line, record, from_)
            if ours:
                work_off(line, {} if dry_run else gateway.senders())
                look_again(line)
        if not ours:
            _await(gateway, record)
        with gateway.store.read() as db:
            of_file = list_messages(db, MessageQuery(transmission=record.transmission))
            # A file that is read again as a whole has its documents in messages of their own.
            shown = [message_object(db, each) for each in of_file if each.id == identity or each.id not in before]
    emit_messages(shown, "Replayed", dry_run=dry_run, as_json=as_json)
    return REFUSED if any(is_unhappy(each) for each in shown) else DONE


def _await(gateway: Gateway, record: Message) -> None:
    """Return when the process that serves the workspace has nothing more to do of the message now."""
    senders = gateway.senders()
    while is_waiting(gateway.line, record.transmission, senders):
        time.sleep(LOOK_S)


def resolve_(
    context: typer.Context,
    identity: Identity,
    note: Annotated[str, typer.Option(help="What was done about it; kept in the message's history.")],
) -> int:
    """Close a held, failed or dead message that needs nothing more."""
    with open_gateway(workspace_of(context)) as gateway:
        with gateway.store.read() as db:
            record = found(db, identity)
        resolve(gateway.line, record, note)
    say(f"{identity} is resolved.")
    return DONE
