"""`gateway secret`: the secrets kept in the store, sealed by the master key."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from gateway.cli.context import DONE, Json, group, workspace_of
from gateway.cli.output import emit_rows, say
from gateway.errors import ConfigError, ConflictError, UsageError
from gateway.settings import load_settings
from gateway.store.configurations import active, files_of
from gateway.store.sealed_secrets import all_secrets, drop_secret, secret_names
from gateway.store.types import instant_text
from gateway.store.webhooks import StoredWebhook, webhooks
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
    commands.command("remove", epilog="Example: gateway secret remove acme_sftp_key")(remove)
    commands.command("rotate", epilog="Example: gateway secret rotate")(rotate)
    app.add_typer(commands, name="secret")


def set_(context: typer.Context, name: Name) -> int:
    """Set a secret, or set it anew: its value is read from standard input, or asked for. Running nodes take it over."""
    workspace = workspace_of(context)
    value = _value(name)
    with open_store_of(workspace) as store:
        Vault(load_settings(workspace), store).put(name, value, instant_text(utc_now()))
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
        secrets, made = all_secrets(db), webhooks(db)
    for webhook in made:
        for name in webhook.signs_with:
            named.setdefault(name, []).append(f"webhook {webhook.id}")
    rows = [
        {
            "name": each.name, "version": each.version, "set_at": each.set_at, "key": each.key_id,
            "used_by": named.get(each.name, []) if as_json else ", ".join(named.get(each.name, [])),
        }
        for each in secrets
    ]  # fmt: skip
    emit_rows(rows, COLUMNS, "Secrets", as_json)
    return DONE


def remove(context: typer.Context, name: Name) -> int:
    """Remove a secret for good; refused while the version in force, a file of the workspace or a webhook names it."""
    workspace = workspace_of(context)
    files = read_files(workspace)
    with open_store_of(workspace) as store, store.write() as db:
        if name not in secret_names(db):
            raise UsageError(f"There is no secret {name}. `gateway secret list` shows those there are.")
        current = active(db)
        _check_unnamed(name, files, files_of(db, current.number) if current else {})
        _check_signs_nothing(name, webhooks(db))
        drop_secret(db, name)
    say(f"secret:{name} is removed.")
    return DONE


def _check_unnamed(name: str, files: Mapping[str, bytes], in_force: Mapping[str, bytes]) -> None:
    """Raises ConfigError with each place of the workspace, or else of the version in force, where it is named."""
    for named_in, text in ((files, "is named here"), (in_force, "is named here by the version in force")):
        places = [each for each in secret_references(named_in) if (each.store, each.name) == ("secret", name)]
        if places:
            problems = [each.place.problem(f"{each.text} {text}", "take it out and publish first") for each in places]
            raise ConfigError(f"The secret {name} is in use and stays.", problems)


def _check_signs_nothing(name: str, made: Sequence[StoredWebhook]) -> None:
    """Raises ConflictError where a webhook made over the API signs with it."""
    for webhook in made:
        if name in webhook.signs_with:
            advice = "Retire it there: DELETE /api/v1/webhooks/ID/secrets/KEY."
            raise ConflictError(f"The secret {name} stays: the webhook {webhook.id} signs with it. {advice}")


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
