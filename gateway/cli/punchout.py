"""`gateway punchout`: a buyer's connection tried from our side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.context import DONE, REFUSED, Json, group, workspace_of
from gateway.cli.output import emit_json, say
from gateway.conformance.report import as_markdown, as_objects, examined
from gateway.model.punchout import Operation
from gateway.punchout.by_hand import called, open_by_hand
from gateway.wiring import open_gateway

Name = Annotated[str, typer.Argument(metavar="CONNECTION", help="A connection of kind cxml or oci.")]
Account = Annotated[str | None, typer.Option("--account", help="The account that buys; the partner's.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("Buyers' punchout: a session opened by hand, and a connection checked as its buyer uses it.")
    commands.command("open", epilog="Example: gateway punchout open acme_cxml")(open_)
    commands.command("check", epilog="Example: gateway punchout check acme_cxml --output acme.md")(check)
    app.add_typer(commands, name="punchout")


def open_(
    context: typer.Context,
    connection: Name,
    operation: Annotated[
        Operation, typer.Option("--operation", help="What for; edit and inspect have the cart given last.")
    ] = Operation.CREATE,
    account: Account = None,
    as_json: Json = False,
) -> int:
    """Print a link that opens a session once, as the buyer's system gets it; the session says that it is a test."""
    with open_gateway(workspace_of(context)) as gateway:
        buyer = called(gateway.line.configuration, connection, account)
        link = open_by_hand(gateway.line, buyer, operation, gateway.settings.public_url)
    until = link.expires_at.isoformat(timespec="seconds")
    if as_json:
        emit_json({"url": link.url, "expires_at": until, "account": link.account})
    else:
        say(f"{link.url}\nIt opens the shop of account {link.account} once, until {until}, while `gateway serve` runs.")
    return DONE


def check(
    context: typer.Context,
    connection: Name,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where the report is written; else here.")
    ] = None,
    account: Account = None,
    as_json: Json = False,
) -> int:
    """Play the buyer in a rehearsal, and report what works, what does not, and which articles would not be taken."""
    with open_gateway(workspace_of(context), dry_run=True) as rehearsal:
        report = examined(rehearsal, called(rehearsal.line.configuration, connection, account))
    text = as_markdown(report)
    if output is not None:
        output.write_text(text, "utf-8")
    if as_json:
        for each in as_objects(report):
            emit_json(each)
    else:
        say(text if output is None else f"The report lies in {output}.")
    return REFUSED if report.is_failed else DONE
