"""What every command shares: its workspace, its options, and how its end becomes an exit status."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.settings import workspace_named

Json = Annotated[bool, typer.Option("--json", help="One JSON value per line on stdout, nothing else.")]
Limit = Annotated[int | None, typer.Option("--limit", help="At most so many rows.", min=1)]

DONE, REFUSED, WRONG_USE = 0, 1, 2
LOOK_S = 0.1
"""How often a command looks whether the process that serves the workspace is done."""


def workspace_of(context: typer.Context) -> Path:
    """The workspace named by --workspace, else GATEWAY_WORKSPACE, else the current directory."""
    given = context.find_root().params.get("workspace")
    return workspace_named(given if isinstance(given, Path) else None)


def group(sentence: str) -> typer.Typer:
    """A group of commands that shows its help when called alone."""
    return typer.Typer(help=sentence, no_args_is_help=True, rich_markup_mode=None, add_completion=False)
