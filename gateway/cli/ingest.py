"""`gateway ingest`: files through the whole line, now."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.context import DONE, LOOK_S, REFUSED, Json, workspace_of
from gateway.cli.message_view import emit_messages, is_unhappy, with_texts
from gateway.errors import UsageError
from gateway.pipeline.message_view import message_object
from gateway.pipeline.receive import receive
from gateway.queue.dispatch import is_waiting, look_again, recover, sweep, work_off
from gateway.queue.lock import dispatching
from gateway.store.identity import new_id
from gateway.store.messages import MessageQuery, list_messages
from gateway.store.records import Transmission
from gateway.wiring import Gateway, open_gateway

_PIECE_BYTES = 1 << 18


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ingest", epilog="Example: gateway ingest orders.edi --json")(ingest)


def ingest(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files as a partner sent them.")],
    connection: Annotated[str | None, typer.Option(help="The connection they came by.")] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Write nothing; show what would be: outputs as objects with their text."),
    ] = False,
    no_deliver: Annotated[bool, typer.Option("--no-deliver", help="Leave what was made in the outbox.")] = False,
    as_json: Json = False,
) -> int:
    """Receive files, run the line and deliver now; a line per message."""
    for file in files:
        if not file.is_file():
            raise UsageError(f"{file} is no file that can be read.")
    with open_gateway(workspace_of(context), dry_run=dry_run) as gateway:
        known = gateway.line.configuration.connections
        if connection is not None and connection not in known:
            raise UsageError(f"There is no connection {connection}; there are {', '.join(known) or 'none'}.")
        since = new_id()
        shown = list(_ingested(gateway, files, connection, deliver=not (no_deliver or dry_run)))
        if dry_run:
            ids = frozenset(str(each["message"]) for each in shown)
            shown = [with_texts(gateway.store, each, ids, since) for each in shown]
    emit_messages(shown, "Ingested", dry_run=dry_run, as_json=as_json)
    return REFUSED if any(is_unhappy(each) for each in shown) else DONE


def _ingested(
    gateway: Gateway, files: list[Path], connection: str | None, deliver: bool
) -> Iterator[dict[str, object]]:
    """Each message of the files, when nothing of it waits any more."""
    received = [receive(gateway.line, _name(file), _pieces(file), connection) for file in files]
    senders = gateway.senders() if deliver else {}
    while any(is_waiting(gateway.line, each.id, senders) for each in received):
        with dispatching(gateway.dispatcher_lock()) as ours:
            if ours:
                recover(gateway.line)
                sweep(gateway.line)
                work_off(gateway.line, senders)
                look_again(gateway.line)
                break
        time.sleep(LOOK_S)  # another process is the dispatcher; should it end, we are
    for transmission in received:
        yield from _messages(gateway, transmission)


def _name(file: Path) -> str:
    """The file's name as text, whatever bytes the file system has in it."""
    return os.fsencode(file.name).decode("utf-8", "replace")


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE_BYTES):
            yield piece


def _messages(gateway: Gateway, transmission: Transmission) -> list[dict[str, object]]:
    with gateway.line.store.read() as db:
        found = list_messages(db, MessageQuery(transmission=transmission.id))
        return [message_object(db, message) for message in found]
