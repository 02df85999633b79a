"""`gateway key`: who may ask over HTTP, and for what."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.access import ScopeKind, check_name, new_key, parse_scope
from gateway.cli.context import DONE, Json, group, workspace_of
from gateway.cli.output import complain, emit_json, emit_rows, say
from gateway.errors import ConflictError, UsageError
from gateway.store.keys import StoredKey, add_key, keys, revoke_key
from gateway.store.trade import Trade
from gateway.store.types import instant_text
from gateway.wiring import open_gateway, open_store_of, utc_now

COLUMNS = ("name", "scope", "id", "created_at", "revoked_at")
Name = Annotated[str, typer.Argument(metavar="NAME", help="What the key is called; it is no secret.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("Who may ask over HTTP, and for what.")
    commands.command("add", epilog="Example: gateway key add web-shop --scope account:10001")(add)
    commands.command("list", epilog="Example: gateway key list")(list_)
    commands.command("revoke", epilog="Example: gateway key revoke web-shop")(revoke)
    app.add_typer(commands, name="key")


def add(
    context: typer.Context,
    name: Name,
    scope: Annotated[
        str, typer.Option(help="connection:NAME, account:NUMBER or role:viewer, operator, engineer or admin.")
    ],
    as_json: Json = False,
) -> int:
    """Make a key and show it, this once: only its digest is kept."""
    wanted = parse_scope(scope)
    check_name(name)
    if wanted.kind is ScopeKind.CONNECTION:
        _check_connection(context, wanted.name)
    key, secret = new_key()
    now = instant_text(utc_now())
    stored = StoredKey(id=secret.identity, name=name, digest=secret.digest, scope=str(wanted), created_at=now)
    with open_store_of(workspace_of(context)) as store, store.write() as db:
        if wanted.kind is ScopeKind.ACCOUNT and not Trade(db).existing_accounts([wanted.name]):
            raise UsageError(f"There is no account {wanted.name}. Import it: gateway import accounts FILE.")
        if not add_key(db, stored):
            raise ConflictError(f"There is a key {name}. Revoke it first, or take another name.")
    if as_json:
        emit_json({"name": name, "key": key})
    else:
        say(key)
        complain(f"This is the key {name} of scope {wanted}. It is shown only now; keep it where secrets are kept.")
    return DONE


def _check_connection(context: typer.Context, name: str) -> None:
    with open_gateway(workspace_of(context)) as gateway:
        known = sorted(gateway.line.configuration.connections)
    if name not in known:
        raise UsageError(f"There is no connection {name}. There are: {', '.join(known) or 'none'}.")


def list_(context: typer.Context, as_json: Json = False) -> int:
    """List the keys with what each opens; the keys themselves are nowhere to be seen."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        rows = [{column: getattr(key, column) for column in COLUMNS} for key in keys(db)]
    emit_rows(rows, COLUMNS, "Keys", as_json)
    return DONE


def revoke(context: typer.Context, name: Name) -> int:
    """Make a key open nothing any more, from this instant on."""
    with open_store_of(workspace_of(context)) as store, store.write() as db:
        if not revoke_key(db, name, instant_text(utc_now())):
            raise UsageError(f"There is no key {name} in force. `gateway key list` shows all.")
    say(f"The key {name} opens nothing any more.")
    return DONE
