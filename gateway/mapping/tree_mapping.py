"""Mappings of documents that are no interchanges: a file in its parts, and each part as a canonical document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gateway.issues import Issue, Severity
from gateway.mapping.inbound import Translation
from gateway.mapping.inbound_tables import Stated
from gateway.mapping.plain_tables import PlainTable
from gateway.mapping.rules import CompiledT, Fault, InboundRule, PlaceT, ReadingT
from gateway.mapping.table_reader import POSITION_MISSING, Document

MOST_ISSUES = 1_000
"""How many issues of one kind a document is given: a hundred thousand bad rows are told by fewer."""


class Part(NamedTuple):
    """One document of a file: its number from 1, the line it begins on, and its own number where it states one.

    `translate` reads it, `hits` names the rules and paths that find something in it.
    """

    ordinal: int
    line: int
    reference: str | None
    translate: Callable[[], Translation]
    hits: Callable[[], Iterator[Hit]]


class Parts(NamedTuple):
    """The documents of a file, and the issues that are about none of them."""

    parts: Sequence[Part]
    issues: list[Issue]


class Hit(NamedTuple):
    """A rule and one of its paths that found a value: where the rule stands, FILE:LINE, and the path's text."""

    origin: str
    path: str


class TreeMapping(NamedTuple):
    """A compiled mapping of XML, JSON or tables: what it reads and makes, its rules for coverage, and how it runs.

    `open` cuts a file into its parts; `laid` does so after laying values over it by their paths, and raises UsageError
    for a path that leads nowhere. `encoding` is that of a text which names none itself.
    """

    id: str
    reads: str
    makes: str
    rules: tuple[InboundRule, ...]
    ignored: Mapping[str, Stated]
    open: Callable[[bytes], Parts]
    laid: Callable[[bytes, Mapping[str, str]], Parts]
    encoding: str = "utf-8"

    def parts(self, content: bytes) -> Parts:
        """The documents of a file; none where an issue is about the whole of it."""
        return self.open(content)

    def read(self, part: Part) -> Translation:
        """The canonical document of a part, with the issues and what was left unread."""
        return part.translate()


class Located(NamedTuple):
    """Where a fault lies in the file."""

    line: int
    column: int | None
    path: str


def fault_issue(fault: Fault, at: Located, *, in_rows: bool) -> Issue:
    """The fault as an issue at its place; of rows of trade data a finding, since it refuses that row only."""
    rule, counted = fault.rule, fault.kind == POSITION_MISSING
    return Issue(
        code="mapping.position.missing" if counted else rule.code(fault.kind),
        text=f"{fault.text}; the row is left out" if in_rows else fault.text,
        severity=Severity.FINDING if counted or in_rows else Severity.ERROR,
        line=at.line,
        column=at.column,
        path=at.path,
        rule=str(rule.stated.key),
        field=rule.field.template.format(*fault.indexes),
    )


def weightiest(faults: Sequence[Fault]) -> Sequence[Fault]:
    """As many faults as are told, those that refuse the message before those that do not."""
    if len(faults) <= MOST_ISSUES:
        return faults
    return sorted(faults, key=lambda fault: fault.kind == POSITION_MISSING)[: MOST_ISSUES + 1]


def limited(issues: Iterable[Issue], more: int = 0) -> list[Issue]:
    """The first issues, and one that says how many more there were, besides `more` that were not made."""
    kept: list[Issue] = []
    worst = Severity.FINDING
    for issue in issues:
        if len(kept) < MOST_ISSUES:
            kept.append(issue)
        else:
            more += 1
            worst = Severity.ERROR if issue.is_error else worst
    if more:
        kept.append(Issue(code="limit.exceeded", text=f"{more} further issues are not listed", severity=worst))
    return kept


def as_document(found: object, makes: str, *, in_rows: bool) -> Document:
    """What the root table gave, as a document: of trade data with its kind."""
    document: Document = found if isinstance(found, dict) else {}
    return {"kind": makes, "rows": document.get("rows", [])} if in_rows else document


def reference_of(table: PlainTable[CompiledT, ReadingT, PlaceT], reading: ReadingT, place: PlaceT) -> str | None:
    """The number a document states of itself, None where it states none that can be read."""
    rule = dict(table.rules).get("number")
    value = rule.evaluate(reading, place) if rule else None
    return value if isinstance(value, str) else None


def hits_of(table: PlainTable[CompiledT, ReadingT, PlaceT], reading: ReadingT, place: PlaceT) -> Iterator[Hit]:
    """The rules and paths that find a value, at every place they are asked."""
    for _, rule in table.rules:
        for path in rule.paths:
            if path.read(reading, place) is not None:
                yield Hit(str(rule.rule.stated.key), path.text)
    for _, part in table.parts:
        for one in part.places(reading, place):
            yield from hits_of(part.table, reading, one)
            if not part.many:
                break
