"""One interchange: its header, its messages one window at a time, and whether its trailers agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from gateway.edifact.charset import codec_of, decode
from gateway.edifact.envelope import (
    Envelope,
    Group,
    InterchangeHeader,
    header_issues,
    read_group,
    read_header,
    trailer_issues,
)
from gateway.edifact.marks import Marks, longest_segment_exceeds
from gateway.edifact.message import Message
from gateway.edifact.source import Source
from gateway.edifact.syntax import (
    DEFAULT_SERVICE,
    Limits,
    Segment,
    ServiceCharacters,
    default_service,
    service_of,
    split_pieces,
    split_text,
)
from gateway.errors import GatewayError
from gateway.issues import Issue, Severity

_MAX_ISSUES = 100
_LOOK_AHEAD = 4096
_VERSION_AT = re.compile(rb"U\s*N\s*B[^A-Za-z0-9]\s*[A-Z\s]{4,8}[^A-Za-z0-9]\s*([0-9]+)")
_BARE_UNZ = re.compile(rb"[^\r\n\x00\x1a]*")
_NEXT_INTERCHANGE = re.compile(rb"[\r\n\x00\x1a]+(?=UN[AB])")


class Start(NamedTuple):
    """Where an interchange begins, where its UNB does, and the six characters of its UNA ('' without UNA)."""

    offset: int
    header_offset: int
    una: str


class Interchange:
    """An interchange that is being read; what its end says is known when `messages()` is exhausted."""

    def __init__(self, source: Source, start: Start, limits: Limits) -> None:
        self.offset = start.offset
        self.length = 0
        self.digest = ""
        self.complete = False
        self.issues: list[Issue] = []
        self.groups: list[Group] = []
        self.message_count = 0
        self._group: Group | None = None
        self._over = False
        self._source = source
        self._limits = limits
        self._unlimited_bytes = min(limits.max_message_bytes, limits.max_segment_bytes, limits.max_segments_per_message)
        source.begin_digest(start.offset)
        self.service = self._choose_service(start)
        self._marks = Marks(source, self.service, self._is_wrapped(start.header_offset))
        self._body = self._read_header(start.header_offset)
        self._messages = self._read()
        self._passed = False

    def messages(self) -> Iterator[Message]:
        """The messages, each once: the same iterator at every call.

        Raises GatewayError where the reading went on to the next interchange before all of them were taken.
        """
        if self._passed:
            raise GatewayError("The reading has gone past this interchange: take its messages before the next one.")
        return self._messages

    def pass_over(self) -> None:
        """Read to the end of the interchange; messages not taken by then are gone."""
        for _ in self._messages:
            self._passed = True

    @property
    def envelope(self) -> Envelope:
        """What its messages need to be read again by themselves."""
        return Envelope(self.header, self.service)

    def _choose_service(self, start: Start) -> ServiceCharacters:
        head = self._source.ensure(start.offset, _LOOK_AHEAD)[start.header_offset - start.offset :]
        version = _VERSION_AT.match(head)
        syntax_version = version[1].decode().lstrip("0") if version else ""
        if not start.una:
            return default_service(syntax_version)
        service = service_of(start.una, syntax_version)
        if service is None:
            text = f"service characters {start.una!r}: six different ones are needed, no letter or digit"
            self._note("envelope.una.invalid", text, start.offset, "UNA")
        return service or DEFAULT_SERVICE

    def _is_wrapped(self, start: int) -> bool:
        """Whether lines end inside segments: then a tag may be cut in two by a line end."""
        head = self._source.ensure(start, _LOOK_AHEAD)
        terminator = self.service.terminator.encode()
        lines = head.replace(b"\r", b"\n").split(b"\n")[:-1]
        return terminator not in b"\r\n" and any(
            line.strip() and not line.rstrip().endswith(terminator) for line in lines
        )

    def _read_header(self, at: int) -> int | None:
        """The offset behind UNB, None where the interchange cannot be read on."""
        end = self._marks.segment_end(at, self._limits.max_segment_bytes, at)
        stop = end or min(self._source.end, at + self._limits.max_segment_bytes)
        raw = self._source.between(at, end or min(stop, at + _LOOK_AHEAD))
        segment = self._split(raw, "iso8859-1")
        identifier = segment[1][0] if len(segment) > 1 else ""
        self.charset = codec_of(identifier) or "ascii"
        text, issues = decode(raw, self.charset)
        self.issues += [msgspec.structs.replace(issue, tag="UNB", offset=at) for issue in issues]
        self.header: InterchangeHeader = read_header(self._split_text(text))
        if segment[:1] != [["UNB"]]:
            self._note("envelope.una.invalid", "UNB does not follow the service characters", at, "UNB")
            self._end(at + 3)
            return None
        self.issues += header_issues(self.header, codec_of(identifier) is not None, at)
        if end is None:
            self._without_terminator("UNB", at, stop)
            self._end(stop)
        return end

    def _split(self, raw: bytes, codec: str) -> Segment:
        return self._split_text(raw.decode(codec, "replace"))

    def _split_text(self, text: str) -> Segment:
        segments = split_text(split_pieces(text, self.service)[:1], self.service)
        return segments[0] if segments else [[""]]

    def _without_terminator(self, tag: str, at: int, end: int) -> None:
        if end - at >= self._limits.max_segment_bytes:
            text = f"the segment is longer than {self._limits.max_segment_bytes} bytes"
            self._note("limit.exceeded", text, at, tag)
        else:
            self._note("envelope.truncated", f"the file ends inside {tag}", at, tag)

    def _read(self) -> Iterator[Message]:
        at = self._body
        while at is not None:
            at = self._marks.skip_blanks(at)
            if at - self.offset > self._limits.max_interchange_bytes:
                self._exceed(f"the interchange is longer than {self._limits.max_interchange_bytes} bytes", at)
            tag = self._marks.tag_at(at)
            if tag == b"UNH":
                message = self._message(at)
                at += message.length
                if not self._over:
                    yield message
            else:
                at = self._envelope_segment(tag, at)

    def _envelope_segment(self, tag: bytes, at: int) -> int | None:
        """The offset behind a segment outside messages, None where the interchange ends."""
        if tag == b"UNZ":
            self._close(at)
            return None
        if tag in (b"UNB", b"UNA") or not self._source.ensure(at, 1):
            self._note("envelope.truncated", "the interchange has no UNZ", at)
            self._end(at)
            return None
        if tag in (b"UNG", b"UNE"):
            return self._group_segment(tag, at)
        if (end := self._marks.skip_empty_segments(at)) > at:
            self._note("envelope.noise", "empty segments were skipped", at, severity=Severity.FINDING)
            return end
        mark = self._marks.pass_over(at)
        text = f"{mark.offset - at} bytes outside of any message"
        self._note("envelope.noise", text, at, "UNT" if tag == b"UNT" else None)
        return mark.offset

    def _message(self, at: int) -> Message:
        """The message at `at`, its window ending with UNT or, without one, before the next service segment."""
        self.message_count += 1
        if self._group is not None:
            self._group.message_count += 1
        if self.message_count > self._limits.max_messages_per_interchange:
            self._exceed(f"more than {self._limits.max_messages_per_interchange} messages", at)
        mark = self._marks.next(at, self._limits.max_message_bytes)
        if mark is None:
            head = self._source.ensure(at, self._limits.max_segment_bytes)
            end = self._end_of_message(self._marks.pass_over(at), None)
            return self._cut(head, at, end, f"the message is longer than {self._limits.max_message_bytes} bytes")
        end = self._end_of_message(mark, at)
        raw = self._source.between(at, end)
        if len(raw) > self._unlimited_bytes and (fault := self._limit_fault(raw)):
            return self._cut(raw[: self._limits.max_segment_bytes], at, end, fault)
        return Message(raw, self, at, self._group.reference if self._group else None)

    def _end_of_message(self, mark: tuple[int, bytes], keep: int | None) -> int:
        offset, tag = mark
        if tag != b"UNT":
            return offset
        end = self._marks.segment_end(offset, self._limits.max_segment_bytes, offset if keep is None else keep)
        return end or self._source.end

    def _limit_fault(self, raw: bytes) -> str:
        limits, terminator = self._limits, self.service.terminator.encode()
        if len(raw) > limits.max_message_bytes:
            return f"the message is longer than {limits.max_message_bytes} bytes"
        if len(raw) > limits.max_segments_per_message and raw.count(terminator) > limits.max_segments_per_message:
            return f"the message has more than {limits.max_segments_per_message} segments"
        if len(raw) > limits.max_segment_bytes and longest_segment_exceeds(raw, terminator, limits):
            return f"a segment of the message is longer than {limits.max_segment_bytes} bytes"
        return ""

    def _cut(self, head: bytes, at: int, end: int, fault: str) -> Message:
        """The message that is too large: only its UNH, with the fault."""
        terminator = self.service.terminator.encode()
        raw = head[: head.find(terminator) + 1] or head[:_LOOK_AHEAD]
        issue = Issue(code="limit.exceeded", text=fault, segment=1, tag="UNH", offset=at)
        message = Message(raw, self, at, self._group.reference if self._group else None, (issue,))
        message.length = end - at
        return message

    def _exceed(self, text: str, at: int) -> None:
        if not self._over:
            self._note("limit.exceeded", text, at)
        self._over = True

    def _group_segment(self, tag: bytes, at: int) -> int:
        end = self._marks.segment_end(at, self._limits.max_segment_bytes, at) or self._source.end
        segment = self._split(self._source.between(at, end), self.charset)
        if tag == b"UNG" and len(self.groups) >= self._limits.max_groups_per_interchange:
            self._exceed(f"more than {self._limits.max_groups_per_interchange} groups", at)
        if not self._over:
            self._open_group(segment, at) if tag == b"UNG" else self._close_group(segment, at)
        return end

    def _open_group(self, segment: Segment, at: int) -> None:
        self._leave_group()
        self._group = read_group(segment, at)
        self.groups.append(self._group)

    def _close_group(self, segment: Segment, at: int) -> None:
        if self._group is None:
            self._note("envelope.group.mismatch", "UNE without UNG", at, "UNE")
            return
        position = Issue(code="", text="", tag="UNE", offset=at)
        for issue in trailer_issues(segment, self._group.message_count, self._group.reference, position):
            self._group.issues.append(msgspec.structs.replace(issue, code="envelope.group.mismatch"))
        self._group = None

    def _leave_group(self) -> None:
        if self._group is not None:
            text = f"group {self._group.reference} has no UNE"
            issue = Issue(code="envelope.group.mismatch", text=text, tag="UNG", offset=self._group.offset)
            self._group.issues.append(issue)
        self._group = None

    def _close(self, at: int) -> None:
        """The end with UNZ: its count and reference compared."""
        self._leave_group()
        end = self._marks.segment_end(at, self._limits.max_segment_bytes, at)
        raw = self._source.between(at, end or min(self._source.end, at + self._limits.max_segment_bytes))
        other = _NEXT_INTERCHANGE.search(raw)
        if end is None or other:
            raw = raw[: other.start()] if other else (_BARE_UNZ.match(raw) or [raw])[0]
            end = at + len(raw)
            self._note("envelope.terminator.missing", "UNZ has no terminator", at, "UNZ", Severity.FINDING)
        if self.groups and sum(group.message_count for group in self.groups) < self.message_count:
            self._note("envelope.group.mismatch", "some messages stand in groups and others outside", self.offset)
        position = Issue(code="", text="", tag="UNZ", offset=at)
        count = len(self.groups) or self.message_count
        issues = trailer_issues(self._split(raw, self.charset), count, self.header.control_reference, position)
        self.issues += issues
        self.complete = not issues
        self._end(end)

    def _end(self, end: int) -> None:
        self._leave_group()
        self.length = end - self.offset
        self.digest = self._source.digest_to(end)

    def _note(self, code: str, text: str, at: int, tag: str | None = None, severity: Severity = Severity.ERROR) -> None:
        if len(self.issues) < _MAX_ISSUES:
            self.issues.append(Issue(code=code, text=text, severity=severity, tag=tag, offset=at))
