"""CONTRL as an answer to an interchange, and what CONTRL and APERAK say about what we sent.

ISO 9735 gives CONTRL D:3 to syntax 3 and 4:1 to syntax 4; the segments filled here have one shape in both. An
interchange is answered once, from its issues only; a message not named is acknowledged with the interchange.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from gateway.edifact.envelope import InterchangeHeader
from gateway.edifact.syntax import Segment
from gateway.issues import Issue

ACKNOWLEDGED = "7"
REJECTED = "4"
RECEIVED = "8"
UNSPECIFIED = "18"

ERROR_CODES = {
    "envelope.syntax.unsupported": "2",
    "envelope.interactive": "2",
    "envelope.recipient.wrong": "7",
    "date.invalid": "12",
    "element.code-unknown": "12",
    "element.missing": "13",
    "envelope.truncated": "13",
    "structure.segment.missing": "13",
    "structure.segment.unexpected": "15",
    "element.too-many": "16",
    "agreement.missing": "17",
    "limit.exceeded": "18",
    "charset.invalid": "21",
    "envelope.una.invalid": "20",
    "envelope.sender.unknown": "23",
    "envelope.test.not-agreed": "25",
    "envelope.duplicate": "26",
    "envelope.reference.reused": "26",
    "envelope.reference.mismatch": "28",
    "envelope.count.mismatch": "29",
    "envelope.group.mismatch": "29",
    "envelope.noise": "33",
    "structure.segment.too-many": "35",
    "structure.group.too-many": "36",
    "element.wrong-type": "37",
    "element.too-long": "39",
    "element.too-short": "40",
}
"""Issue code -> 0085 of UNSL. An error without an entry is no fault of syntax: ORDRSP or APERAK answers it."""

_CLOSER_CODES = {
    ("envelope.group.mismatch", "UNE", "0048"): "28",
    ("envelope.group.mismatch", "UNE", None): "13",
    ("envelope.group.mismatch", "UNG", None): "13",
    ("envelope.group.mismatch", None, None): "30",
    ("agreement.missing", "UNH", "0054"): "3",
}
"""Issue code, tag and element -> 0085 where the place tells more: UNE without UNG, messages outside of the groups,
a release that is not known."""

_MAX_SEGMENT_REPORTS = 999
_MAX_ELEMENT_REPORTS = 99


class MessageReport(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its UNH names it, the group it came in (None without groups) and its issues."""

    reference: str
    type: str
    version: str
    release: str
    agency: str = "UN"
    association: str = ""
    group: str | None = None
    issues: Sequence[Issue] = ()


class GroupReport(msgspec.Struct, frozen=True, kw_only=True):
    """A functional group as its UNG names it, and the issues of UNG and UNE."""

    reference: str
    sender: str = ""
    sender_qualifier: str = ""
    recipient: str = ""
    recipient_qualifier: str = ""
    issues: Sequence[Issue] = ()


class InterchangeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an interchange when it is answered; `refused` refuses it whole, `received_only` says no more."""

    header: InterchangeHeader
    issues: Sequence[Issue] = ()
    messages: Sequence[MessageReport] = ()
    groups: Sequence[GroupReport] = ()
    refused: bool = False
    received_only: bool = False


def contrl_release(syntax_version: str) -> tuple[str, str]:
    """Version and release of CONTRL (UNH 0052, 0054) for a syntax version (UNB 0002)."""
    return ("4", "1") if syntax_version == "4" else ("D", "3")


def acknowledge(report: InterchangeReport) -> list[Segment]:
    """The body of the CONTRL that answers an interchange, from UCI on."""
    header = report.header
    action = RECEIVED if report.received_only else ACKNOWLEDGED
    body: list[Segment] = [
        [
            ["UCI"],
            [header.control_reference],
            [header.sender, header.sender_qualifier, header.sender_routing],
            [header.recipient, header.recipient_qualifier, header.recipient_routing],
            *_verdict(report.issues, ("UNA", "UNB", "UNZ"), REJECTED if report.refused else action),
        ]
    ]
    if report.received_only and not report.refused:
        return body
    if report.groups:
        members: dict[str | None, list[MessageReport]] = {}
        for message in report.messages:
            members.setdefault(message.group, []).append(message)
        for group in report.groups:
            body += _group(group, members.get(group.reference, []))
    else:
        body += [segment for message in report.messages for segment in _message(message)]
    if body == [[*body[0][:4], [REJECTED]]]:
        body[0].append([UNSPECIFIED])
    return body


def _group(group: GroupReport, messages: list[MessageReport]) -> list[Segment]:
    """UCF and the refused messages of a group; [] where all of it is acknowledged."""
    refusals = [segment for message in messages for segment in _message(message)]
    if not refusals and not _faults(group.issues):
        return []
    head: Segment = [
        ["UCF"],
        [group.reference],
        [group.sender, group.sender_qualifier],
        [group.recipient, group.recipient_qualifier],
        *_verdict(group.issues, ("UNG", "UNE"), ACKNOWLEDGED),
    ]
    return [head, *refusals]


def _message(message: MessageReport) -> list[Segment]:
    """UCM with what is wrong, position by position; [] where nothing is."""
    faults = _faults(message.issues)
    if not faults:
        return []
    identity = [message.type, message.version, message.release, message.agency, message.association]
    of_envelope = [fault for fault in faults if _is_of_envelope(fault)]
    of_segments = [fault for fault in faults if not _is_of_envelope(fault)]
    head: Segment = [["UCM"], [message.reference], identity, *_verdict(of_envelope, ("UNH", "UNT"), REJECTED)]
    return [head, *_segment_reports(of_segments)]


def _is_of_envelope(fault: Issue) -> bool:
    """Whether UCM itself tells the fault: it lies in UNH or UNT, or nowhere in particular."""
    return fault.segment is None or (fault.tag in ("UNH", "UNT") and not fault.code.startswith("structure."))


def _verdict(issues: Sequence[Issue], tags: tuple[str, ...], action: str) -> list[list[str]]:
    """0083, 0085, 0013 (0135 in syntax 4) and S011: refused for the first fault, `action` where there is none."""
    fault = next(iter(_faults(issues)), None)
    if fault is None:
        return [[action]]
    if fault.tag not in tags:
        return [[REJECTED], [_error_code(fault)]]
    return [[REJECTED], [_error_code(fault)], [fault.tag or ""], _element_position(fault)]


def _error_code(fault: Issue) -> str:
    return _CLOSER_CODES.get((fault.code, fault.tag, fault.element), ERROR_CODES[fault.code])


def _faults(issues: Sequence[Issue]) -> list[Issue]:
    return [issue for issue in issues if issue.is_error and issue.code in ERROR_CODES]


def _segment_reports(faults: list[Issue]) -> Iterator[Segment]:
    """UCS for every faulty segment and UCD for each of its elements, as many as CONTRL has room for."""
    by_segment: dict[int, list[Issue]] = {}
    for fault in faults:
        by_segment.setdefault(fault.segment or 0, []).append(fault)
    reports: list[list[Segment]] = []
    for position, found in sorted(by_segment.items()):
        place = str(position)
        reports += [[[["UCS"], [place], [_error_code(one)]]] for one in found if one.element_position is None]
        elements: list[Segment] = [
            [["UCD"], [_error_code(one)], _element_position(one)] for one in found if one.element_position
        ]
        if elements:
            reports.append([[["UCS"], [place]], *elements[:_MAX_ELEMENT_REPORTS]])
    for report in reports[:_MAX_SEGMENT_REPORTS]:
        yield from report


def _element_position(fault: Issue) -> list[str]:
    """S011: the position with the tag counted as 1, and the component's where there is one."""
    if fault.element_position is None:
        return [""]
    component = [str(fault.component_position)] if fault.component_position else []
    return [str(fault.element_position + 1), *component]
