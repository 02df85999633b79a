"""The command line, and the one place where an error becomes a sentence and an exit status."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway import __version__
from gateway.cli.commands import Commands
from gateway.cli.context import WRONG_USE
from gateway.cli.output import complain
from gateway.errors import GatewayError

_REMEDIES = {
    errno.EACCES: "Give the gateway's user the right to it.",
    errno.EROFS: "Name a place that can be written.",
    errno.ENOENT: "Name one that is there.",
    errno.ENOSPC: "Make room, then give the command again.",
}


def _end(status: int | None, **_options: object) -> None:
    """Make what a command returns the exit status."""
    raise typer.Exit(status or 0)


app = typer.Typer(
    name="gateway",
    cls=Commands,
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


def main() -> None:
    """Run the command line; an error of any kind ends in a sentence that says what to do."""
    _open_what_is_closed()
    try:
        _run()
    except GatewayError as error:
        complain(str(error))
    except BrokenPipeError:
        _let_go()
        sys.exit(1)
    except OSError as error:
        complain(_sentence(error))
    _let_go()
    sys.exit(WRONG_USE)


def _open_what_is_closed() -> None:
    """Who closes a stream wants nothing of it; left closed, the next file that is opened would be in its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _sentence(error: OSError) -> str:
    """What is wrong with which file, and what to do where that is known."""
    remedy = _REMEDIES.get(error.errno or 0, "")
    return f"{error.filename or 'A file'}: {error.strerror or error}. {remedy}".rstrip()


def _run() -> None:
    """All that was said is out when this ends; OSError says why it is not."""
    try:
        app()
    except SystemExit:
        sys.stdout.flush()
        raise


def _let_go() -> None:
    """What cannot be said any more is dropped, so that Python does not try again at its end and complain."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
