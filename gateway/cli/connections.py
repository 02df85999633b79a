"""`gateway connection`: the outside systems of the workspace, and whether each can be reached."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from gateway.cli.context import DONE, REFUSED, Json, group, workspace_of
from gateway.cli.output import complain, emit_json, emit_rows, say
from gateway.errors import ConfigError, GatewayError, UsageError
from gateway.fields import described
from gateway.registry import connectors
from gateway.settings import load_settings
from gateway.vault import Vault
from gateway.wiring import open_connection, open_store_of, utc_now
from gateway.workspace.configuration import Configuration, load, read_files

COLUMNS = ("connection", "kind", "can", "polled", "sent_by", "file")
FIELD_COLUMNS = ("key", "type", "default", "help")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The connection: the name of its file in connections/.")]


class Seen(NamedTuple):
    """What a look at the other side came to: `seen` a line each, `error` what kept us from it."""

    connection: str
    kind: str
    ok: bool
    seen: list[str]
    error: str | None = None


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("The outside systems: list, test, and what each kind is told.")
    commands.command("list", epilog="Example: gateway connection list")(list_)
    commands.command("test", epilog="Example: gateway connection test acme_sftp")(look)
    commands.command("kinds", epilog="Example: gateway connection kinds sftp")(kinds)
    app.add_typer(commands, name="connection")


def list_(context: typer.Context, as_json: Json = False) -> int:
    """List the connections of the workspace with what each is used for."""
    found = _configuration(workspace_of(context))
    inbound = {each.name for each in found.inbound}
    rows = [
        {
            "connection": name, "kind": each.kind, "can": _abilities(each.kind), "polled": name in inbound,
            "sent_by": name in found.outbound, "file": each.place.file,
        }
        for name, each in found.connections.items()
    ]  # fmt: skip
    emit_rows(rows, COLUMNS, "Connections", as_json)
    return DONE


def look(context: typer.Context, name: Name, as_json: Json = False) -> int:
    """Try to reach the other side as the file in the workspace says, published or not, and say what was seen."""
    seen = _look(workspace_of(context), name)
    if as_json:
        emit_json(seen._asdict())
        return DONE if seen.ok else REFUSED
    for line in seen.seen:
        say(line)
    if seen.error:
        complain(f"{name}: {seen.error}")
    return DONE if seen.ok else REFUSED


def kinds(
    context: typer.Context,
    kind: Annotated[str | None, typer.Argument(metavar="KIND", help="Show the keys of this kind.")] = None,
    as_json: Json = False,
) -> int:
    """List the kinds of connections that are installed, or the keys of one."""
    workspace_of(context)
    if kind is None:
        rows = [{**_manifest(name), "level": each.manifest.level} for name, each in sorted(connectors().items())]
        emit_rows(rows, ("kind", "title", "can", "protocol", "level"), "Kinds of connections", as_json)
        return DONE
    if kind not in connectors():
        raise UsageError(f"No connector {kind} is installed. Installed are {', '.join(sorted(connectors()))}.")
    emit_rows(described(connectors()[kind].connector.fields), FIELD_COLUMNS, f"Keys of {kind}", as_json)
    return DONE


def _configuration(workspace: Path) -> Configuration:
    files = read_files(workspace)
    if not files:
        raise UsageError(f"{workspace} holds no workspace. `gateway init DIR` makes one.")
    return load(files)


def _look(workspace: Path, name: str) -> Seen:
    found = _configuration(workspace)
    file = f"connections/{name}.toml"
    problems = [problem for problem in found.problems if problem.file == file]
    if problems:
        raise ConfigError(f"{file} has problems.", problems)
    configured = found.connections.get(name)
    if configured is None:
        raise UsageError(f"There is no connection {name}. There are {', '.join(found.connections) or 'none'}.")
    try:
        with open_store_of(workspace) as store:
            secret = Vault(load_settings(workspace), store).secret
            lines = open_connection(workspace, store, configured, utc_now, secret).test()
    except GatewayError as error:
        return Seen(name, configured.kind, False, [], str(error))
    return Seen(name, configured.kind, True, lines)


def _abilities(kind: str) -> str:
    installed = connectors().get(kind)
    return ", ".join(installed.manifest.can) if installed else ""


def _manifest(name: str) -> dict[str, object]:
    manifest = connectors()[name].manifest
    return {"kind": name, "title": manifest.title, "can": ", ".join(manifest.can), "protocol": manifest.protocol}
