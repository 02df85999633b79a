"""`gateway cxml`: any cXML document looked at as its receiver will, without a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.context import DONE, REFUSED, Json, group, workspace_of
from gateway.cli.output import emit_json, emit_table, say
from gateway.cxml.dtd import validate as validated
from gateway.issues import has_errors
from gateway.pipeline.message_view import issue_object
from gateway.settings import load_settings

_COLUMNS = ("severity", "code", "line", "path", "text", "advice")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("Any cXML document looked at as its receiver will, without a workspace.")
    commands.command("validate", epilog="Example: gateway cxml validate order.xml --dtd dtds")(validate)
    app.add_typer(commands, name="cxml")


def validate(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A cXML document.", exists=True, dir_okay=False, readable=True)
    ],
    dtd: Annotated[
        Path | None,
        typer.Option(
            "--dtd",
            metavar="DIR",
            help="The DTDs, as 1.2.014/cXML.dtd; else those of cxml_dtd_dir.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    as_json: Json = False,
) -> int:
    """List every fault and finding: the envelope, and all that the DTD does not allow."""
    issues = validated(file.read_bytes(), dtd or load_settings(workspace_of(context)).cxml_dtd_dir)
    if as_json:
        for issue in issues:
            emit_json(issue_object(issue))
    elif issues:
        emit_table(file.name, _COLUMNS, [[getattr(issue, name) for name in _COLUMNS] for issue in issues])
    else:
        say(f"{file.name} follows its DTD.")
    return REFUSED if has_errors(issues) else DONE
