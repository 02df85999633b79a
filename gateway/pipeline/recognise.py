"""Recognise: the one agreement or flow that a file falls under, by its syntax, its name and how it begins.

Nothing is guessed: a file that none takes, or more than one, waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gateway.issues import Issue, has_errors
from gateway.mapping.tree_mapping import Part, Parts
from gateway.pipeline.routes import Route, routes
from gateway.pipeline.work import Line
from gateway.store.records import Transmission
from gateway.syntaxes import BEGIN_AS, begins_as


class Recognised(NamedTuple):
    """The way a file goes and its parts, with what was found of the whole; without a way, why there is none."""

    route: Route | None
    parts: Sequence[Part]
    issues: Sequence[Issue]


def syntax_of(line: Line, transmission: Transmission, first: bytes) -> str:
    """What a transmission that begins so is written in: `edifact`, `csv` for any table, `json`, `xml` or `cxml`.

    A text is a table where its connection takes one, or no interchange; else an interchange with something in front.
    cXML that comes by a connection for which none is agreed is XML like any other.
    """
    begins = begins_as(first)
    if begins in ("edifact", "json", "xml"):
        return begins
    if begins == "cxml":
        return "cxml" if transmission.connection is None or _is_agreed(line, transmission.connection, "cxml") else "xml"
    if transmission.connection is None:
        return "csv" if transmission.name.lower().endswith(".csv") else "edifact"
    taken = {_begins(route) for route in routes(line, transmission.connection)}
    if "csv" in taken:
        return "csv"
    if _takes_interchanges(line, transmission.connection):
        return "edifact"
    return "csv" if begins == "csv" else min(taken, default="edifact")


def _begins(route: Route) -> str:
    return BEGIN_AS.get(route.agreement.syntax, route.agreement.syntax)


def _takes_interchanges(line: Line, connection: str) -> bool:
    configured = line.configuration.connections.get(connection)
    if configured is not None and configured.accepts:
        return "edifact" in configured.accepts
    return _is_agreed(line, connection, "edifact")


def _is_agreed(line: Line, connection: str, syntax: str) -> bool:
    agreed = [agreement for partner in line.configuration.partners.values() for agreement in partner.agreements]
    return any(
        agreement.direction == "receive" and agreement.syntax == syntax and connection in agreement.via
        for agreement in agreed
    )


def recognise(found: Sequence[Route], syntax: str, name: str, parts_of: Callable[[Route], Parts]) -> Recognised:
    """What a file of this name falls under, of the ways that its connection has; `parts_of` reads it by one of them."""
    of_syntax = [route for route in found if _begins(route) == syntax]
    named = [route for route in of_syntax if route.agreement.takes(name)]
    named = [route for route in named if route.agreement.files] or named
    if not named:
        what = f"{syntax} document by its name, {name}" if of_syntax else f"{syntax} document"
        return _nothing("agreement.missing", f"no agreement and no flow of the connection takes a {what}")
    read = [(route, parts_of(route)) for route in named]
    fitting = read if len(read) == 1 else [(route, parts) for route, parts in read if parts.parts]
    if len(fitting) == 1:
        [(route, parts)] = fitting
        return Recognised(route, parts.parts, parts.issues)
    if fitting:
        ways = ", ".join(f"{route.partner.name}: {route.agreement.document}" for route, _ in fitting)
        return _nothing("document.ambiguous", f"more than one takes it: {ways}")
    faults = [parts.issues for _, parts in read if has_errors(parts.issues)]
    if faults:
        return Recognised(None, (), faults[0])
    return _nothing("agreement.missing", "it begins like none of the documents that the connection takes")


def _nothing(code: str, text: str) -> Recognised:
    return Recognised(None, (), [Issue(code=code, text=text)])
