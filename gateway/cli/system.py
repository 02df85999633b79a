"""The workspace: init, check, publish, rollback, config, doctor."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.context import DONE, REFUSED, WRONG_USE, Json, group, workspace_of
from gateway.cli.output import command_line, complain, emit_json, emit_rows, say
from gateway.doctor import diagnose
from gateway.errors import UsageError
from gateway.settings import load_settings
from gateway.store import Connection
from gateway.store.configurations import activate, files_of, versions
from gateway.wiring import check_files, check_secrets, open_store_of, publish_files, utc_now
from gateway.workspace.configuration import read_files
from gateway.workspace.template import make_workspace


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init", epilog="Example: gateway init my-gateway")(init)
    app.command("check", epilog="Example: gateway --workspace my-gateway check")(check)
    app.command("publish", epilog="Example: gateway publish --note 'new partner acme'")(publish)
    app.command("rollback", epilog="Example: gateway rollback 3")(rollback)
    app.command("doctor", epilog="Example: gateway doctor")(doctor)
    config = group("The published versions of the workspace.")
    config.command("log", epilog="Example: gateway config log")(log)
    config.command("diff", epilog="Example: gateway config diff 3 4")(diff)
    app.add_typer(config, name="config")


def init(directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")]) -> int:
    """Make a new workspace with an example partner, and no business data."""
    for path in make_workspace(directory):
        say(str(path))
    say(f"\nNext: {command_line('--workspace', directory, 'check')}")
    return DONE


def check(context: typer.Context, as_json: Json = False) -> int:
    """Lint the workspace's files and mappings; no database is needed."""
    workspace = workspace_of(context)
    files = read_files(workspace)
    if not files:
        raise UsageError(f"{workspace} holds no workspace. `gateway init DIR` makes one.")
    findings = check_files(files)
    for problem in findings.problems:
        emit_json(problem._asdict()) if as_json else say(str(problem))
    for remark in findings.remarks:
        complain(f"remark: {remark}")
    if not findings.problems and not as_json:
        say(f"{workspace}: no problems in {len(files)} files.")
    return WRONG_USE if findings.problems else DONE


def publish(context: typer.Context, note: Annotated[str, typer.Option(help="Why; kept with the version.")] = "") -> int:
    """Store the workspace's files as the version every node runs; refused where `check` finds a problem."""
    workspace = workspace_of(context)
    with open_store_of(workspace) as store:
        number, _ = publish_files(load_settings(workspace), store, note, utc_now)
    say(f"Version {number} is in force.")
    return DONE


def rollback(context: typer.Context, number: Annotated[int, typer.Argument(metavar="N", min=1)]) -> int:
    """Put a version published before in force again."""
    settings = load_settings(workspace_of(context))
    with open_store_of(settings.workspace) as store, store.write() as db:
        check_secrets(db, _files_of(db, number))
        activate(db, number)
    say(f"Version {number} is in force.")
    if settings.auto_publish:
        complain("auto_publish is on: the next command publishes the files as they lie in the workspace.")
    return DONE


def log(context: typer.Context, as_json: Json = False) -> int:
    """List the published versions."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        rows = [version._asdict() for version in versions(db)]
    emit_rows(rows, ("number", "published_at", "active", "note", "digest"), "Versions", as_json)
    return DONE


def diff(
    context: typer.Context,
    first: Annotated[int, typer.Argument(metavar="N", min=1)],
    second: Annotated[int, typer.Argument(metavar="M", min=1)],
) -> int:
    """Show what changed from one version to another."""
    with open_store_of(workspace_of(context)) as store, store.read() as db:
        before, after = _files_of(db, first), _files_of(db, second)
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            old, new = (files.get(path, b"").decode("utf-8", "replace").splitlines(True) for files in (before, after))
            lines = unified_diff(old, new, f"{first}/{path}", f"{second}/{path}")
            say("".join(lines))
    return DONE


def _files_of(db: Connection, number: int) -> dict[str, bytes]:
    files = files_of(db, number)
    if not files:
        raise UsageError(f"There is no version {number}. `gateway config log` shows all.")
    return files


def doctor(context: typer.Context, as_json: Json = False) -> int:
    """Say what is missing or wrong here, what to do, and where each setting comes from."""
    checkup = diagnose(workspace_of(context))
    emit_rows([each._asdict() for each in checkup.findings], ("what", "state", "advice"), "Here", as_json)
    emit_rows([each._asdict() for each in checkup.settings], ("name", "value", "origin"), "Settings", as_json)
    return REFUSED if checkup.is_ill else DONE
