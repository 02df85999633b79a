"""Interchange and group headers as values, from UNB and UNG and back (ISO 9735-1 annexes)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from gateway.edifact.charset import codec_of
from gateway.edifact.syntax import Segment, ServiceCharacters
from gateway.issues import Issue, Severity


class InterchangeHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What UNB says, as text; `date` has 6 or 8 digits (YYMMDD or CCYYMMDD), `time` HHMM."""

    syntax_identifier: str = "UNOC"
    syntax_version: str = "3"
    sender: str = ""
    sender_qualifier: str = ""
    sender_routing: str = ""
    recipient: str = ""
    recipient_qualifier: str = ""
    recipient_routing: str = ""
    date: str = ""
    time: str = ""
    control_reference: str = ""
    password: str = ""
    application_reference: str = ""
    priority: str = ""
    acknowledgement_request: bool = False
    agreement: str = ""
    test: bool = False

    @property
    def prepared_at(self) -> datetime | None:
        """When the sender made it, on the sender's clock and so without a zone; None where it is no date."""
        return read_date(self.date, self.time)


class Group(msgspec.Struct, kw_only=True):
    """What UNG says of a functional group, the messages counted in it and what is wrong with its UNE."""

    reference: str
    type: str
    sender: str
    sender_qualifier: str
    recipient: str
    recipient_qualifier: str
    date: str
    time: str
    agency: str
    version: str
    release: str
    association: str
    offset: int
    message_count: int = 0
    issues: list[Issue] = []


def reader_of(segment: Segment) -> Callable[..., str]:
    """A function (element position, component position = 1) -> value of the segment, '' where it is absent."""

    def value(position: int, component: int = 1) -> str:
        if position < len(segment) and component <= len(segment[position]):
            return segment[position][component - 1].strip()
        return ""

    return value


def read_date(date: str, time: str) -> datetime | None:
    """The moment that date (6 or 8 digits) and time (HHMM or HHMMSS) name; None where they name none."""
    if not (date + time).isascii() or not (date + (time or "0")).isdigit():
        return None
    year = {6: "%y", 8: "%Y"}.get(len(date))
    clock = {0: "", 4: "%H%M", 6: "%H%M%S"}.get(len(time))
    if year is None or clock is None:
        return None
    try:
        return datetime.strptime(date + time, f"{year}%m%d{clock}")  # noqa: DTZ007 - UNB names no zone
    except ValueError:
        return None


def read_header(segment: Segment) -> InterchangeHeader:
    """The header that a UNB segment states."""
    value = reader_of(segment)
    return InterchangeHeader(
        syntax_identifier=value(1),
        syntax_version=value(1, 2).lstrip("0"),
        sender=value(2),
        sender_qualifier=value(2, 2),
        sender_routing=value(2, 3),
        recipient=value(3),
        recipient_qualifier=value(3, 2),
        recipient_routing=value(3, 3),
        date=value(4),
        time=value(4, 2),
        control_reference=value(5),
        password=value(6),
        application_reference=value(7),
        priority=value(8),
        acknowledgement_request=value(9) == "1",
        agreement=value(10),
        test=value(11) == "1",
    )


def header_segment(header: InterchangeHeader) -> Segment:
    """The UNB segment of a header."""
    return [
        ["UNB"],
        [header.syntax_identifier, header.syntax_version],
        [header.sender, header.sender_qualifier, header.sender_routing],
        [header.recipient, header.recipient_qualifier, header.recipient_routing],
        [header.date, header.time],
        [header.control_reference],
        [header.password],
        [header.application_reference],
        [header.priority],
        ["1" if header.acknowledgement_request else ""],
        [header.agreement],
        ["1" if header.test else ""],
    ]


def header_issues(header: InterchangeHeader, codec_known: bool, offset: int) -> list[Issue]:
    """What is wrong with the header itself: syntax not known, a mandatory element empty, a date that does not exist."""
    issues: list[Issue] = []

    def note(code: str, text: str, place: tuple[str, int, int | None], severity: Severity = Severity.ERROR) -> None:
        element, position, component = place
        issues.append(
            Issue(
                code=code, text=text, severity=severity, tag="UNB", element=element,
                element_position=position, component_position=component, offset=offset,
            )
        )  # fmt: skip

    if not codec_known:
        text = f"syntax identifier {header.syntax_identifier!r} is not known"
        note("envelope.syntax.unsupported", text, ("0001", 1, 1))
    if header.syntax_version not in ("1", "2", "3", "4"):
        text = f"syntax version {header.syntax_version!r} is not known"
        note("envelope.syntax.unsupported", text, ("0002", 1, 2))
    mandatory = {
        "sender": (header.sender, ("0004", 2, 1)),
        "recipient": (header.recipient, ("0010", 3, 1)),
        "control reference": (header.control_reference, ("0020", 5, None)),
    }
    for name, (value, place) in mandatory.items():
        if not value:
            note("element.missing", f"UNB names no {name}", place)
    if header.prepared_at is None:
        note("date.invalid", f"UNB date {header.date!r}, time {header.time!r}", ("0017", 4, 1), Severity.FINDING)
    return issues


def read_group(segment: Segment, offset: int) -> Group:
    """The group that a UNG segment opens."""
    value = reader_of(segment)
    return Group(
        reference=value(5),
        type=value(1),
        sender=value(2),
        sender_qualifier=value(2, 2),
        recipient=value(3),
        recipient_qualifier=value(3, 2),
        date=value(4),
        time=value(4, 2),
        agency=value(6),
        version=value(7),
        release=value(7, 2),
        association=value(7, 3),
        offset=offset,
    )


def trailer_issues(segment: Segment, count: int, reference: str, position: Issue) -> list[Issue]:
    """Where a trailer (UNT, UNE, UNZ) disagrees with what was counted and with its header's reference.

    `position` is an issue that carries tag, offset and segment of the trailer; the found issues are copies of it.
    """
    value = reader_of(segment)
    issues = []
    if not _agrees(value(1), count):
        text = f"{position.tag} says {value(1) or 'nothing'}, counted {count}"
        issues.append(_replace(position, "envelope.count.mismatch", text, _COUNTS[position.tag or ""], 1))
    if value(2) != reference:
        text = f"{position.tag} refers to {value(2)!r}, its header to {reference!r}"
        issues.append(_replace(position, "envelope.reference.mismatch", text, _REFERENCES[position.tag or ""], 2))
    return issues


_COUNTS = {"UNT": "0074", "UNE": "0060", "UNZ": "0036"}
_REFERENCES = {"UNT": "0062", "UNE": "0048", "UNZ": "0020"}


def _agrees(stated: str, count: int) -> bool:
    return stated.isascii() and stated.isdigit() and len(stated) < 12 and int(stated) == count


def _replace(position: Issue, code: str, text: str, element: str, element_position: int) -> Issue:
    return msgspec.structs.replace(position, code=code, text=text, element=element, element_position=element_position)


class Envelope(msgspec.Struct, frozen=True):
    """What the messages of an interchange need to be read again by themselves: its header and service characters."""

    header: InterchangeHeader
    service: ServiceCharacters

    @property
    def charset(self) -> str:
        """The Python codec; that of UNOB where the syntax identifier is not known."""
        return codec_of(self.header.syntax_identifier) or "ascii"

    @property
    def syntax_version(self) -> str:
        """The syntax version, `1` to `4`."""
        return self.header.syntax_version
