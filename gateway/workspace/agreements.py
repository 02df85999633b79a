"""Agreements: what a partner sends and gets, by which connection, and what is owed for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import NamedTuple, cast

from gateway.fields import Field, FieldType, Reader, Values
from gateway.workspace.values import (
    ACKNOWLEDGEMENTS,
    ANY_RELEASE,
    WITH_ENVELOPE,
    Agreement,
    Direction,
    DocumentType,
    answer_to_orders,
)

SYNTAXES = ("edifact", "cxml", "oci", "csv", "fixed", "json", "xml")
WITHOUT_RELEASE = frozenset({"CONTRL", "APERAK"})
LONGEST = timedelta(days=366)
"""Longer than this no answer is waited for."""
MOST_RESENDS = 9
_MADE = ("CONTRL", "ORDRSP")
"""The answers to EDIFACT that the gateway makes: CONTRL is about an interchange."""
_RELEASE = re.compile(r"[A-Z0-9]{1,3}\.[0-9]{1,3}[A-Z]?|\*", re.ASCII)
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*", re.ASCII)
_FORM = 'write it as "edifact ORDERS D.96A", "edifact ORDERS *" or "edifact ORDERS D.96A test"'

FIELDS = (
    Field(name="receive", help="What the partner sends: SYNTAX TYPE [RELEASE or *] [test]."),
    Field(name="send", help="What the partner gets: SYNTAX TYPE [RELEASE or *] [test]."),
    Field(name="via", type=FieldType.TEXTS, required=True, help="The connection it comes or goes by; several: a list."),
    Field(name="mapping", help="The mapping; left out, the shipped one for type, release and association."),
    Field(name="files", help='The names of its files, as "stock*.csv", where the connection brings several documents.'),
    Field(name="owes", type=FieldType.DURATIONS, default={}, help="The answers we owe for it, and how soon."),
    Field(name="expects", type=FieldType.DURATIONS, default={}, help="The answers we are owed for it, and how soon."),
    Field(name="confirms", choices=("gateway", "erp"), help="Who says what of an order is confirmed; left out: "
          "erp where a channel carries the orders out and it is no test, else gateway."),
    Field(name="on_error", default="hold", choices=("hold", "reject"), help="What a faulty message gets."),
    Field(name="lane", default="go-on", choices=("go-on", "stop"), help="Whether those behind a held message wait."),
    Field(name="calendar", help="The imported calendar in whose hours deadlines count; left out: around the clock."),
    Field(name="resend", type=FieldType.INTEGER, default=0, help="How often it is sent again where an answer is late."),
    Field(name="silent_after", type=FieldType.DURATION, help="The time after which its absence is an alarm."),
)  # fmt: skip
_ONE_WAY = {
    "receive": ("expects", "resend"),
    "send": ("files", "owes", "confirms", "on_error", "lane", "silent_after"),
}


class Surroundings(NamedTuple):
    """What a partner's file leans on: the connections there are, and whether an ERP receives the orders."""

    connections: Sequence[str]
    erp: bool


def agreements_of(reader: Reader, tables: Sequence[Values], surroundings: Surroundings) -> tuple[Agreement, ...]:
    """The agreements of a partner's file."""
    made = [_agreement(reader, table, surroundings) for table in tables]
    agreements = tuple(agreement for agreement in made if agreement is not None)
    _note_overlaps(reader, agreements)
    _note_unanswered(reader, agreements)
    return agreements


def _agreement(reader: Reader, table: Values, surroundings: Surroundings) -> Agreement | None:
    stated = [direction for direction in ("receive", "send") if table.has(direction)]
    if len(stated) != 1:
        text = "an agreement names receive or send, one of them"
        reader.problems.append(table.place().problem(text, _FORM))
        return None
    direction = stated[0]
    document = _document(reader, table, direction)
    _note_wrong_way(reader, table, direction)
    _note_strangers(reader, table, surroundings.connections)
    _note_times(reader, table)
    if document is None:
        return None
    confirms = table.text("confirms") or ("erp" if surroundings.erp and not document.test else "gateway")
    return Agreement(
        direction=cast("Direction", direction),
        **document._asdict(),
        via=table.texts("via"),
        place=table.place(direction),
        mapping=table.text_or_none("mapping"),
        mapping_place=table.place("mapping") if table.has("mapping") else None,
        files=table.text_or_none("files"),
        owes=table.durations("owes"),
        expects=table.durations("expects"),
        confirms="erp" if confirms == "erp" else "gateway",
        on_error="reject" if table.text("on_error") == "reject" else "hold",
        lane="stop" if table.text("lane") == "stop" else "go-on",
        calendar=table.text_or_none("calendar"),
        resend=table.integer("resend"),
        silent_after=table.duration("silent_after") if table.has("silent_after") else None,
    )


def _document(reader: Reader, table: Values, direction: str) -> DocumentType | None:
    """The document an agreement names, or None with a problem."""
    text = table.text(direction)
    syntax, *words = text.split() or [""]
    test = words[-1:] == ["test"]
    words = words[:-1] if test else words
    fault = _fault(syntax, words)
    if fault:
        advice = (
            f'write it as "{syntax} {words[0]}" or "{syntax} {words[0]} test"' if _is_bare(syntax, words) else _FORM
        )
        reader.problems.append(table.place(direction).problem(f"{direction}: {fault}", advice))
        return None
    return DocumentType(syntax, words[0], words[1] if len(words) > 1 else ANY_RELEASE, test)


def _is_bare(syntax: str, words: Sequence[str]) -> bool:
    """Whether these words name a document that has no release."""
    return bool(words) and syntax in SYNTAXES and (syntax != "edifact" or words[0] in WITHOUT_RELEASE)


def _fault(syntax: str, words: Sequence[str]) -> str:
    """Why these words name no document; "" where they do."""
    if syntax not in SYNTAXES:
        return f"{syntax!r} is no syntax; known are {', '.join(SYNTAXES)}"
    if not words or not _TYPE.fullmatch(words[0]):
        return "the document type is missing"
    releases = words[1:]
    if _is_bare(syntax, words):
        return f"{syntax} {words[0]} has no release, and {' '.join(releases)} is none" if releases else ""
    if not releases:
        return "the release is missing"
    if len(releases) > 1 or not _RELEASE.fullmatch(releases[0]):
        return f"{' '.join(releases)} is no release"
    return ""


def _note_wrong_way(reader: Reader, table: Values, direction: str) -> None:
    for name in _ONE_WAY[direction]:
        if table.has(name):
            text = f"{name} says nothing about what we {direction}"
            reader.problems.append(table.place(name).problem(text, "take it out"))
    if direction == "send" and len(table.texts("via")) > 1:
        reader.problems.append(table.place("via").problem("what we send leaves by one connection", "name one"))


def _note_times(reader: Reader, table: Values) -> None:
    times = [(name, each) for name in ("owes", "expects") for each in table.durations(name).values()]
    if table.has("silent_after"):
        times.append(("silent_after", table.duration("silent_after")))
    for name, each in times:
        if not timedelta() < each <= LONGEST:
            text = f"{name}: {each.total_seconds():.0f} s is no time to wait for an answer"
            reader.problems.append(table.place(name).problem(text, f"write more than 0s, and at most {LONGEST.days}d"))
    if not 0 <= table.integer("resend") <= MOST_RESENDS:
        text = f"resend: {table.integer('resend')} is no number from 0 to {MOST_RESENDS}"
        reader.problems.append(table.place("resend").problem(text, "a partner who does not answer is called"))
    elif table.integer("resend") and not table.durations("expects"):
        text = "resend says nothing where no answer is expected"
        reader.problems.append(table.place("resend").problem(text, 'add expects = { CONTRL = "2h" }, or take it out'))


def _note_strangers(reader: Reader, table: Values, connections: Sequence[str]) -> None:
    for name in table.texts("via"):
        if name not in connections:
            advice = f"make connections/{name}.toml, or name one of: {', '.join(connections) or 'none yet'}"
            reader.problems.append(table.place("via").problem(f"unknown connection {name}", advice))


def _note_overlaps(reader: Reader, agreements: Sequence[Agreement]) -> None:
    """Two agreements that a document could be handled by are an error: which one counts is nobody's guess."""
    for index, later in enumerate(agreements):
        for earlier in agreements[:index]:
            same_way = earlier.direction == later.direction
            meets = later.direction == "send" or set(earlier.via) & set(later.via)
            is_told = later.syntax not in WITH_ENVELOPE and _marks(earlier) != _marks(later)
            if same_way and meets and not is_told and earlier.document.covers(later.document):
                text = f"two agreements {later.direction} {later.document}: here and in line {earlier.place.line}"
                reader.problems.append(later.place.problem(text, "keep one of them"))


def _marks(agreement: Agreement) -> tuple[str | None, str | None]:
    """What may tell a document of an agreement from others of its type: its files, and what its mapping begins with."""
    return agreement.files, agreement.mapping


def _note_unanswered(reader: Reader, agreements: Sequence[Agreement]) -> None:
    """Answers owed that nobody gives, and answers expected that nobody would notice."""
    sent = {(each.syntax, each.type, each.test) for each in agreements if each.direction == "send"}
    for agreement in agreements:
        _note_untold(reader, agreement, sent)
        made = _MADE if agreement.syntax == "edifact" else (answer_to_orders(agreement.syntax),)
        for answer in agreement.owes:
            if answer not in made:
                text = f"{agreement.document} owes {answer}, which nothing makes yet: it becomes overdue"
                advice = f"take it out of owes; what can be owed is {' and '.join(made)}"
                reader.remarks.append(agreement.place.problem(text, advice))
            elif (agreement.syntax, answer, agreement.test) not in sent:
                text = f"{agreement.document} owes {answer}, and no agreement sends it: none is sent"
                advice = f'add an [[agreement]] with send = "{_sent_as(agreement, answer)}", or take it out of owes'
                reader.remarks.append(agreement.place.problem(text, advice))
        for answer in sorted(agreement.expects.keys() - ACKNOWLEDGEMENTS):
            text = f"{agreement.document} expects {answer}, which nothing settles yet: it becomes overdue"
            reader.remarks.append(agreement.place.problem(text, f"expect one of {', '.join(sorted(ACKNOWLEDGEMENTS))}"))


def _note_untold(reader: Reader, agreement: Agreement, sent: Collection[tuple[str, str, bool]]) -> None:
    """That nothing tells what was still to be decided of a cXML order: its Status says that word will follow."""
    is_order = (agreement.direction, agreement.syntax, agreement.type) == ("receive", "cxml", "OrderRequest")
    if is_order and ("cxml", "StatusUpdateRequest", agreement.test) not in sent:
        text = f"of {agreement.document} nobody is told what is decided later"
        advice = f'add an [[agreement]] with send = "{_sent_as(agreement, "StatusUpdateRequest")}"'
        reader.remarks.append(agreement.place.problem(text, advice))


def _sent_as(agreement: Agreement, answer: str) -> str:
    """How the answer is named by an agreement that sends it; the release, of one that has some, is not known."""
    release = " ..." if agreement.syntax == "edifact" and answer not in WITHOUT_RELEASE else ""
    return f"{agreement.syntax} {answer}{release}{' test' if agreement.test else ''}"
