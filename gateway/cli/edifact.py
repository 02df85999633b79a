"""`gateway edifact`: any EDIFACT file parsed, validated or laid out, without a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.context import DONE, REFUSED, Json, group
from gateway.cli.output import complain, emit_json, emit_table, say
from gateway.edifact import directory as directories
from gateway.edifact.presentation import as_json as reading_object
from gateway.edifact.presentation import as_lines
from gateway.edifact.reader import Message, Reading, read
from gateway.edifact.validation import validate as validated
from gateway.issues import Issue
from gateway.pipeline.message_view import issue_object

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="An EDIFACT file.", exists=True, dir_okay=False, readable=True)
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("Any EDIFACT file parsed, validated or laid out, without a workspace.")
    commands.command("parse", epilog="Example: gateway edifact parse orders.edi --json")(parse)
    commands.command("validate", epilog="Example: gateway edifact validate orders.edi")(validate)
    commands.command("format", epilog="Example: gateway edifact format orders.edi")(format_)
    app.add_typer(commands, name="edifact")


def parse(file: File, as_json: Json = False) -> int:
    """Show what can be read, beside the faults of bytes, charset and envelope."""
    with file.open("rb") as opened:
        shown = reading_object(read(opened))
    if as_json:
        emit_json(shown)
    else:
        _show(shown)
    return REFUSED if _has_error(shown) else DONE


def _show(shown: dict[str, object]) -> None:
    for interchange in _list(shown, "interchanges"):
        sender, recipient = interchange["sender"], interchange["recipient"]
        say(f"interchange {interchange['control_reference']}: {_address(sender)} -> {_address(recipient)}")
        for message in _list(interchange, "messages"):
            say(f"  {message['reference']}: {message['type']} {message['version']}.{message['release']}")
            for segment in _list(message, "segments"):
                say(f"    {segment['offset']:>8}  {segment['tag']} {segment['elements']}")
    for issue in _issues(shown):
        say(f"{issue['severity']}: {issue['code']} at {issue['offset']}: {issue['text']}")


def _address(party: object) -> str:
    return f"{party['id']}:{party['qualifier']}" if isinstance(party, dict) else ""


def _list(shown: dict[str, object], name: str) -> list[dict[str, object]]:
    value = shown[name]
    return value if isinstance(value, list) else []


def _issues(shown: dict[str, object]) -> Iterator[dict[str, object]]:
    for name, value in shown.items():
        if name == "issues" and isinstance(value, list):
            yield from value
        elif isinstance(value, list):
            for each in value:
                if isinstance(each, dict):
                    yield from _issues(each)


def _has_error(shown: dict[str, object]) -> bool:
    return any(issue["severity"] == "error" for issue in _issues(shown))


def validate(file: File, as_json: Json = False) -> int:
    """List every fault: envelope, structure and elements by the UN directory of each message."""
    with file.open("rb") as opened:
        issues = list(_faults(read(opened)))
    if as_json:
        for issue in issues:
            emit_json(issue_object(issue))
    else:
        columns = ("severity", "code", "segment", "tag", "element", "offset", "text", "advice")
        emit_table(file.name, columns, [[getattr(issue, name) for name in columns] for issue in issues])
    return REFUSED if any(issue.is_error for issue in issues) else DONE


def _faults(reading: Reading) -> Iterator[Issue]:
    for interchange in reading:
        for message in interchange.messages():
            yield from _message_faults(message, interchange.header.syntax_version)
        yield from interchange.issues
        for each in interchange.groups:
            yield from each.issues
    yield from reading.issues


def _message_faults(message: Message, syntax: str) -> Iterator[Issue]:
    yield from message.issues
    directory = directories.load(message.version, message.release, syntax)
    if directory is None or directory.message(message.type) is None:
        release = f"{message.type} {message.version}.{message.release}"
        yield Issue(
            code="agreement.missing", text=f"there are no tables for {release}", tag="UNH", offset=message.offset
        )
        return
    yield from validated(message, directory)[1]


def format_(file: File) -> int:
    """Write the file one segment a line."""
    found = False
    for line in as_lines(file.read_bytes()):
        found = True
        say(line)
    if not found:
        complain(f"{file} holds no EDIFACT interchange: nothing begins with UNA or UNB.")
    return DONE if found else REFUSED
