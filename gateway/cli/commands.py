"""The commands, each with its module and what `--help` says of it, so that only the one that is run is imported.

Most of a command's start is importing, and none needs what the others do.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from typer import BadParameter
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from gateway.cli import circles
from gateway.cli.context import group

if TYPE_CHECKING:
    from typer._click import Command, Context


class Told(NamedTuple):
    """The module of a command below gateway.cli, and the command's first sentence."""

    module: str
    sentence: str


COMMANDS: Mapping[str, Told] = {
    "init": Told("system", "Make a new workspace with an example partner, and no business data."),
    "check": Told("system", "Lint the workspace's files and mappings; no database is needed."),
    "publish": Told(
        "system", "Store the workspace's files as the version every node runs; refused where `check` finds a problem."
    ),
    "rollback": Told("system", "Put a version published before in force again."),
    "doctor": Told("system", "Say what is missing or wrong here, what to do, and where each setting comes from."),
    "retention": Told(
        "records",
        "Take out the content that is past its retention, unless it is still needed; the server does so every hour.",
    ),
    "erase": Told(
        "records",
        "Take a person out of contacts, documents, notes and histories; the bytes received and sent stay as vouchers.",
    ),
    "ingest": Told("ingest", "Receive files, run the line and deliver now; a line per message."),
    "digest": Told("alarms", "Show what waits for a person: held, failed, dead, unknown, refused, overdue, silent."),
    "search": Told(
        "search",
        "Find articles an account may buy: by our number, its own, the maker's or a GTIN, however written, "
        "or by words.",
    ),
    "import": Told("data", "Take a table into the store; the same file again changes nothing."),
    "export": Told("data", "Write every row of a kind, in the form the import takes back."),
    "serve": Told(
        "serve", "Poll the folders, run the line, deliver, answer over HTTP, and tell of its health; until interrupted."
    ),
    "demo": Told(
        "serve", "Run every sample message through the line in a fresh workspace, and show what became of each."
    ),
    "config": Told("system", "The published versions of the workspace."),
    "db": Told("database", "The store: its schema, a backup, a check."),
    "audit": Told("records", "The chain over all that was received, converted and done."),
    "messages": Told("messages", "What came in, how far it got, and putting it back on the line."),
    "outbox": Told("outbox", "What leaves, why it does not, and sending it again."),
    "connection": Told("connections", "The outside systems: list, test, and what each kind is told."),
    "orders": Told("orders", "The orders of every channel, and deciding what a person has to decide."),
    "acknowledgements": Told("acknowledgements", "The answers we owe and expect, and which of them are overdue."),
    "alarms": Told("alarms", "What a person has to look at, and whether he can be told."),
    "lane": Told("lanes", "The queues of the line: pause, resume, skip."),
    "mapping": Told(
        "mappings", "The mappings at hand, shipped and the workspace's own: shown, tried, checked and measured."
    ),
    "edifact": Told("edifact", "Any EDIFACT file parsed, validated or laid out, without a workspace."),
    "cxml": Told("cxml", "Any cXML document looked at as its receiver will, without a workspace."),
    "punchout": Told(
        "punchout", "Buyers' punchout: a session opened by hand, and a connection checked as its buyer uses it."
    ),
    "price": Told("prices", "What an account pays for an article, and why."),
    "quote": Told("quotes", "What customers ask a price for, what they are offered, and what becomes of it."),
    "segment": Told("segments", "Who is in which segment since when, and by which conditions."),
    "schedule": Told("schedules", "What runs when, how it went, and running it now."),
    "sync": Told(
        "sync", "Channels: what flows to and from systems of ours, how far it has come, and where both differ."
    ),
    "key": Told("keys", "Who may ask over HTTP, and for what."),
    "secret": Told("secrets", "The secrets that connections and partners name as secret:NAME."),
}
"""Every command and group, in the order of `--help`."""


@cache
def command(name: str) -> Command:
    """The command or group of this name, with all that it imports."""
    part = group("")
    import_module(f"gateway.cli.{COMMANDS[name].module}").register(part)
    return get_group(part).commands[name]


class Commands(TyperGroup):
    """The group of all commands: it tells of each by its sentence, and imports the one that is run."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = {name: TyperCommand(name, help=told.sentence) for name, told in COMMANDS.items()}

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """The name, the command, imported, and the words behind it."""
        name, told, rest = super().resolve_command(ctx, args)
        found = command(name) if name is not None else told
        circles.keep()
        return name, found, rest

    def invoke(self, ctx: Context) -> Any:
        """What the command gives; a wrong value is told without the words of the library that looked at it."""
        try:
            return super().invoke(ctx)
        except BadParameter as wrong:
            wrong.message = wrong.message.removeprefix("Value error, ")
            raise
