"""`gateway serve` and `gateway demo`."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.context import DONE, workspace_of
from gateway.cli.output import say
from gateway.demo import run_demo
from gateway.server import Server
from gateway.wiring import open_gateway


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("serve", epilog="Example: gateway --workspace my-gateway serve --port 8080")(serve)
    app.command("demo", epilog="Example: gateway demo")(demo)


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.", min=0, max=65535)] = 8080,
) -> int:
    """Poll the folders, run the line, deliver, and tell of its health; until interrupted."""
    with open_gateway(workspace_of(context)) as gateway:
        server = Server(gateway, host, port)
        server.run(say)
    return DONE


def demo(context: typer.Context) -> int:
    """Run every sample message through the line in a fresh workspace, and show what became of each."""
    return run_demo(workspace_of(context) / ".demo", say)
