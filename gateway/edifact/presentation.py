"""What `gateway edifact parse` and `format` show of a file."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gateway.edifact.charset import decode
from gateway.edifact.envelope import Group
from gateway.edifact.interchange import Interchange
from gateway.edifact.message import Message
from gateway.edifact.reader import Reading, read
from gateway.edifact.syntax import Element, Repeated, split_pieces
from gateway.issues import Issue


def as_json(reading: Reading) -> dict[str, object]:
    """The JSON object of `edifact parse --json`."""
    interchanges = [_interchange(interchange) for interchange in reading]
    return {"interchanges": interchanges, "issues": _issues(reading.issues)}


def _interchange(interchange: Interchange) -> dict[str, object]:
    messages = [_message(message) for message in interchange.messages()]
    header = interchange.header
    return {
        "sender": {"id": header.sender, "qualifier": header.sender_qualifier, "routing": header.sender_routing},
        "recipient": {
            "id": header.recipient,
            "qualifier": header.recipient_qualifier,
            "routing": header.recipient_routing,
        },
        "control_reference": header.control_reference,
        "syntax": f"{header.syntax_identifier}:{header.syntax_version}",
        "test": header.test,
        "groups": [_group(group) for group in interchange.groups],
        "messages": messages,
        "issues": _issues(interchange.issues),
    }


def _group(group: Group) -> dict[str, object]:
    fields = {name: getattr(group, name) for name in Group.__struct_fields__ if name != "issues"}
    return {**fields, "issues": _issues(group.issues)}


def _message(message: Message) -> dict[str, object]:
    offsets = message.offsets()
    return {
        "reference": message.reference,
        "type": message.type,
        "version": message.version,
        "release": message.release,
        "association": message.association,
        "group": message.group,
        "offset": message.offset,
        "segments": [
            {"tag": segment[0][0], "offset": offset, "elements": [_element(element) for element in segment[1:]]}
            for segment, offset in zip(message.segments, offsets, strict=False)
        ],
        "issues": _issues(message.issues),
    }


def _element(element: Element) -> object:
    return {"repetitions": element.repetitions} if isinstance(element, Repeated) else element


def _issues(issues: list[Issue]) -> list[object]:
    return [msgspec.to_builtins(issue) for issue in issues]


def as_lines(content: bytes) -> Iterator[str]:
    """The interchanges of the file one segment a line, with their service characters; the rest is left out."""
    for interchange in read(content):
        service = interchange.service
        start = interchange.offset
        interchange.pass_over()
        raw = content[start : start + interchange.length]
        if raw.startswith(b"UNA"):
            yield service.una
            raw = raw[9:]
        text, _ = decode(raw, interchange.charset)
        for piece in split_pieces(text, service):
            yield piece + service.terminator
