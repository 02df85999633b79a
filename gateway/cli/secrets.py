"""`gateway secret`: the secrets kept in the store, sealed by the master key."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gateway.cli.context import DONE, Json, group, workspace_of
from gateway.cli.output import emit_rows, say
from gateway.errors import UsageError
from gateway.settings import load_settings
from gateway.store.sealed_secrets import all_secrets
from gateway.vault import MOST_BYTES, Vault
from gateway.wiring import open_store_of, utc_now
from gateway.workspace.configuration import read_files
from gateway.workspace.secret_references import secret_references

COLUMNS = ("name", "version", "set_at", "key", "used_by")
Name = Annotated[str, typer.Argument(metavar="NAME", help="What it is named by: secret:NAME.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("The secrets that connections and partners name as secret:NAME.")
    commands.command("set", epilog="Example: gateway secret set acme_sftp_key < id_ed25519")(set_)
    commands.command("list", epilog="Example: gateway secret list")(list_)
    commands.command("rotate", epilog="Example: gateway secret rotate")(rotate)
    app.add_typer(commands, name="secret")


def set_(context: typer.Context, name: Name) -> int:
    """Set a secret, or set it anew: its value is read from standard input, or asked for. Running nodes take it over."""
    workspace = workspace_of(context)
    value = _value(name)
    with open_store_of(workspace) as store:
        Vault(load_settings(workspace), store).put(name, value, utc_now().isoformat(timespec="microseconds"))
    say(f"secret:{name} is set.")
    return DONE


def list_(context: typer.Context, as_json: Json = False) -> int:
    """List the secrets by name, with the key that seals each and where it is named; never their values."""
    workspace = workspace_of(context)
    named: dict[str, list[str]] = {}
    for each in secret_references(read_files(workspace)):
        if each.store == "secret":
            named.setdefault(each.name, []).append(f"{each.place.file}:{each.place.line}")
    with open_store_of(workspace) as store, store.read() as db:
        secrets = all_secrets(db)
    rows = [
        {
            "name": each.name, "version": each.version, "set_at": each.set_at, "key": each.key_id,
            "used_by": named.get(each.name, []) if as_json else ", ".join(named.get(each.name, [])),
        }
        for each in secrets
    ]  # fmt: skip
    emit_rows(rows, COLUMNS, "Secrets", as_json)
    return DONE


def rotate(context: typer.Context) -> int:
    """Seal every secret anew by the first of the master keys, in one transaction; the others may go afterwards."""
    workspace = workspace_of(context)
    with open_store_of(workspace) as store:
        count = Vault(load_settings(workspace), store).rotate()
    say(f"{count} secrets are sealed anew.")
    return DONE


def _value(name: str) -> str:
    """What is typed without being shown, or all of standard input without its last line end."""
    if sys.stdin.isatty():
        return str(typer.prompt(f"Value of {name}", hide_input=True, confirmation_prompt=True))
    content = sys.stdin.buffer.read(MOST_BYTES + 3)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise UsageError(f"The value of {name} is no text in UTF-8.") from None
    return text.removesuffix("\n").removesuffix("\r")
