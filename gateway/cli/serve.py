"""`gateway serve` and `gateway demo`."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli import circles
from gateway.cli.context import DONE, workspace_of
from gateway.cli.output import command_line, emit_table, say
from gateway.demo.erp import ORDER, Step
from gateway.demo.samples import HELD_ORDER, Shown, run_demo
from gateway.logs import configure
from gateway.settings import HOST, PORT
from gateway.testing.erp import WITHOUT_SPYNE
from gateway.wiring import open_gateway

DEMO = ".demo"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("serve", epilog="Example: gateway --workspace my-gateway serve --port 8080")(serve)
    app.command("demo", epilog="Example: gateway demo")(demo)


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = HOST,
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.", min=0, max=65535)] = PORT,
    roles: Annotated[str, typer.Option(help="What this process does, with commas.")] = "web,worker,scheduler",
) -> int:
    """Poll the folders, run the line, deliver, answer over HTTP, and tell of its health; until interrupted."""
    from gateway.serving.server import Server, roles_named  # the web framework is imported by this command alone

    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # whoever started it in a pipe reads where it serves at once
    with open_gateway(workspace_of(context)) as gateway:
        configure(gateway.settings)
        gateway.store.look_through()
        gateway.vault.check()
        server = Server(gateway, host, port, roles_named(roles))
        circles.keep()
        server.run(say)
    return DONE


def demo(
    context: typer.Context,
    directory: Annotated[Path | None, typer.Argument(metavar="DIR", help="The demo's workspace; .demo here.")] = None,
) -> int:
    """Run every sample message through the line in a fresh workspace, and show what became of each."""
    root = directory or workspace_of(context) / DEMO
    with Console(stderr=True).status("The demo starts") as status:
        told = run_demo(root, status.update)
    emit_table("What came in and what became of it", Shown._fields, told.rows)
    emit_table(
        "A held order released: article imported, replayed from enrich", Shown._fields, [told.held, told.released]
    )
    if told.life:
        emit_table(f"The life of order {ORDER}: to the ERP, confirmed, shipped", Step._fields, told.life)
    else:
        say(f"\n{WITHOUT_SPYNE}")
    say(f"\nThe answers lie in {told.outbox}")
    say(f"Look closer:  {command_line('--workspace', root, 'orders', 'show', HELD_ORDER)}")
    say(f"Shop as a buyer's user, while it is served, until {told.shop.expires_at:%H:%M} UTC:  {told.shop.url}")
    return DONE
