"""`gateway mapping`: the mappings at hand, tried and checked."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
