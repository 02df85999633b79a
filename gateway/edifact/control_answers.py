"""What a partner's CONTRL or APERAK says about something we sent."""

from __future__ import annotations

from typing import Protocol

import msgspec

from gateway.edifact.control import RECEIVED, REJECTED
from gateway.edifact.envelope import reader_of
from gateway.edifact.syntax import Segment

_REJECTIONS = frozenset({REJECTED, "6"})
"""0083: refused; 6 is the one of CONTRL version 2, still sent."""

_ACCEPTED = frozenset({"AC", "AD", "AP", "CA"})
"""4343: accepted, with or without changes or conditions."""


class Segmented(Protocol):
    """Anything with segments from UNH to UNT."""

    @property
    def segments(self) -> list[Segment]:
        """The segments in order."""


class SyntaxFault(msgspec.Struct, frozen=True):
    """One error of a CONTRL: 0085, and where; positions count as in `gateway.issues.Issue`."""

    code: str
    tag: str = ""
    segment: int | None = None
    element_position: int | None = None
    component_position: int | None = None


class Answered(msgspec.Struct, frozen=True):
    """What a CONTRL says of one group or message: its reference, 0083 and its faults."""

    reference: str
    action: str
    group: str | None = None
    type: str = ""
    faults: tuple[SyntaxFault, ...] = ()

    @property
    def rejected(self) -> bool:
        """Whether it was refused."""
        return self.action in _REJECTIONS


class Contrl(msgspec.Struct, frozen=True):
    """A CONTRL: the interchange it answers (our UNB 0020), 0083, its faults, and the groups and messages it names."""

    interchange: str
    action: str
    faults: tuple[SyntaxFault, ...] = ()
    groups: tuple[Answered, ...] = ()
    messages: tuple[Answered, ...] = ()

    @property
    def received_only(self) -> bool:
        """Whether a later CONTRL will say more."""
        return self.action == RECEIVED

    @property
    def rejected(self) -> bool:
        """Whether the interchange was refused whole."""
        return self.action in _REJECTIONS

    def rejects(self, message: str) -> bool:
        """Whether the message with this reference (UNH 0062) was refused, by itself, its group or the interchange."""
        named = next((one for one in self.messages if one.reference == message), None)
        if named is None:
            return self.rejected
        group = next((one for one in self.groups if one.reference == named.group), None)
        return self.rejected or named.rejected or (group is not None and group.rejected)


class ApplicationError(msgspec.Struct, frozen=True):
    """One ERC of an APERAK with its text and references (qualifier, number)."""

    code: str
    text: str = ""
    references: tuple[tuple[str, str], ...] = ()


class Aperak(msgspec.Struct, frozen=True):
    """An APERAK: its own number, what it refers to (qualifier, number), its errors and its texts."""

    number: str
    rejected: bool
    references: tuple[tuple[str, str], ...] = ()
    errors: tuple[ApplicationError, ...] = ()
    text: str = ""

    def reference(self, *qualifiers: str) -> str | None:
        """The first reference with one of the qualifiers (RFF 1153), tried in their order."""
        found = dict(reversed(self.references))
        return next((found[qualifier] for qualifier in qualifiers if qualifier in found), None)


def read_contrl(message: Segmented) -> Contrl:
    """What a CONTRL of syntax 3 or 4 says."""
    levels: list[_Level] = []
    segment_position: int | None = None
    for segment in message.segments:
        tag, value = segment[0][0], reader_of(segment)
        if tag in ("UCI", "UCF", "UCM"):
            levels.append(_Level(segment))
        elif tag == "UCS" and levels:
            segment_position = _number(value(1))
            levels[-1].note(value(2), segment=segment_position)
        elif tag == "UCD" and levels:
            levels[-1].note(value(1), segment=segment_position, position=value(2), component=value(2, 2))
    head = next((level for level in levels if level.tag == "UCI"), _Level([["UCI"]]))
    groups = tuple(level.answered() for level in levels if level.tag == "UCF")
    messages: list[Answered] = []
    group: str | None = None
    for level in levels:
        if level.tag == "UCF":
            group = level.answered().reference
        elif level.tag == "UCM":
            messages.append(level.answered(group))
    return Contrl(head.reference, head.action, tuple(head.faults), groups, tuple(messages))


class _Level:
    """A UCI, UCF or UCM with the faults told at it and below it; 0083 is followed by 0085, the tag and S011."""

    def __init__(self, segment: Segment) -> None:
        value = reader_of(segment)
        at_action = 3 if segment[0][0] == "UCM" else 4
        self.tag = segment[0][0]
        self.reference = value(1)
        self.type = value(2) if self.tag == "UCM" else ""
        self.action = value(at_action)
        self.faults: list[SyntaxFault] = []
        position, component = value(at_action + 3), value(at_action + 3, 2)
        self.note(value(at_action + 1), tag=value(at_action + 2), position=position, component=component)

    def note(
        self, code: str, *, tag: str = "", segment: int | None = None, position: str = "", component: str = ""
    ) -> None:
        """Keep a fault where there is one; 0098 counts the tag as 1."""
        at = _number(position)
        if code:
            self.faults.append(SyntaxFault(code, tag, segment, at - 1 if at else None, _number(component)))

    def answered(self, group: str | None = None) -> Answered:
        """The level as a value."""
        return Answered(self.reference, self.action, group, self.type, tuple(self.faults))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None


def read_aperak(message: Segmented) -> Aperak:
    """What an APERAK says, in any release from D.96A on.

    It refuses where BGM says so (4343 RE, 1225 27), and where it names an error (ERC) without saying it accepts.
    """
    number, response, function = "", "", ""
    references: list[tuple[str, str]] = []
    errors: list[ApplicationError] = []
    texts: list[str] = []
    for segment in message.segments:
        tag, value = segment[0][0], reader_of(segment)
        if tag == "BGM":
            number, function, response = value(2), value(3), value(4)
        elif tag == "ERC":
            errors.append(ApplicationError(value(1)))
        elif tag == "RFF":
            reference = (value(1), value(1, 2))
            if errors:
                errors[-1] = msgspec.structs.replace(errors[-1], references=(*errors[-1].references, reference))
            else:
                references.append(reference)
        elif tag == "FTX":
            text = " ".join(part.strip() for part in (segment[4] if len(segment) > 4 else []) if part.strip())
            if errors:
                errors[-1] = msgspec.structs.replace(errors[-1], text=f"{errors[-1].text} {text}".strip())
            else:
                texts.append(text)
    rejected = response == "RE" or function == "27" or (bool(errors) and response not in _ACCEPTED)
    return Aperak(number, rejected, tuple(references), tuple(errors), " ".join(texts))
