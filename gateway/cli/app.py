"""The command tree, and the one place where an error becomes a sentence and an exit status."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway import __version__
from gateway.cli import (
    acknowledgements,
    alarms,
    connections,
    data,
    database,
    edifact,
    ingest,
    keys,
    lanes,
    mappings,
    messages,
    orders,
    outbox,
    prices,
    quotes,
    records,
    schedules,
    secrets,
    segments,
    serve,
    sync,
    system,
)
from gateway.cli.context import WRONG_USE
from gateway.cli.output import complain
from gateway.errors import GatewayError


def _end(status: int | None, **_options: object) -> None:
    """Make what a command returns the exit status."""
    raise typer.Exit(status or 0)


app = typer.Typer(
    name="gateway",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    result_callback=_end,
    help="EDI and procurement integration gateway. Exit status: 0 done, 1 done but something was refused, held or "
    "failed, 2 wrong use, unreadable file or configuration.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gateway {__version__}")
        raise typer.Exit


@app.callback()
def options(
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help="The workspace (GATEWAY_WORKSPACE, else this directory).")
    ] = None,
    version: Annotated[  # noqa: ARG001 - eager: the callback has answered by now
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Check the options every command shares."""
    if workspace is not None and workspace.exists() and not workspace.is_dir():
        raise typer.BadParameter(f"{workspace} is a file; name the workspace's directory")


for part in (
    system,
    database,
    records,
    ingest,
    messages,
    outbox,
    connections,
    orders,
    acknowledgements,
    alarms,
    lanes,
    mappings,
    edifact,
    prices,
    quotes,
    segments,
    schedules,
    data,
    sync,
    keys,
    secrets,
    serve,
):
    part.register(app)


def main() -> None:
    """Run the command line; an error of any kind ends in a sentence that says what to do."""
    # A message makes thousands of small lists and dies young: looking for circles after every 700 of them costs more
    # than reading them. What was imported lives to the end and is not looked at at all.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()
    try:
        app()
    except GatewayError as error:
        complain(str(error))
    except OSError as error:
        complain(f"{error.filename or 'A file'}: {error.strerror or error}")
    sys.exit(WRONG_USE)
