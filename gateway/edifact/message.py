"""One message: the bytes from UNH to UNT, split into segments when asked for."""

from __future__ import annotations

from typing import Protocol

import msgspec

from gateway.edifact.charset import STATEFUL_CODEC, control_characters, decode
from gateway.edifact.envelope import reader_of, trailer_issues
from gateway.edifact.syntax import BLANKS, Segment, ServiceCharacters, split_piece, split_pieces, split_text
from gateway.issues import Issue, Severity


class MessageEnvelope(Protocol):
    """What a message must know of its interchange."""

    @property
    def service(self) -> ServiceCharacters:
        """The service characters."""

    @property
    def charset(self) -> str:
        """The Python codec."""


class Message:
    """A message window. Its segments, tags and issues are made on first use and kept."""

    __slots__ = (
        "_charset", "_faults", "_issues", "_offsets", "_pieces", "_plain", "_segments", "_service", "_text_issues",
        "group", "length", "offset", "raw",
    )  # fmt: skip

    def __init__(
        self, raw: bytes, envelope: MessageEnvelope, offset: int = 0, group: str | None = None,
        faults: tuple[Issue, ...] = (),
    ) -> None:  # fmt: skip
        self.raw = raw
        self.length = len(raw)
        self.offset = offset
        self.group = group
        self._service = envelope.service
        self._charset = envelope.charset
        self._faults = faults
        self._pieces: list[str] | None = None
        self._segments: list[Segment] | None = None
        self._issues: list[Issue] | None = None
        self._offsets: list[int] | None = None

    @property
    def service(self) -> ServiceCharacters:
        """The service characters of the interchange."""
        return self._service

    @property
    def decimal_mark(self) -> str:
        """The decimal mark that UNA names; ISO 9735 lets data use the comma and the point alike."""
        return self._service.decimal

    @property
    def pieces(self) -> list[str]:
        """The segments as text, release characters still in place."""
        if self._pieces is None:
            text, self._text_issues = decode(self.raw, self._charset)
            service = self._service
            self._pieces = split_pieces(text, service)
            self._plain = not (
                (service.release and service.release in text) or (service.repetition and service.repetition in text)
            )
        return self._pieces

    @property
    def segments(self) -> list[Segment]:
        """Every segment from UNH to UNT; the one at index i has position i + 1."""
        if self._segments is None:
            self._segments = split_text(self.pieces, self._service, self._plain)
        return self._segments

    def tags(self) -> list[str]:
        """The tag of every segment."""
        service, pieces = self._service, self.pieces
        element, component = service.element, service.component
        tags = [piece.split(element, 1)[0].split(component, 1)[0] for piece in pieces]
        if not self._plain and not set(service.release + service.repetition).isdisjoint("".join(tags)):
            return [split_piece(piece, service)[0][0] for piece in pieces]
        return tags

    def offsets(self) -> list[int]:
        """The byte offset in the file of every segment's tag."""
        if self._offsets is None:
            self._offsets = [self.offset + start for start in _starts(self.raw, self._service, self._charset)]
        return self._offsets

    def offset_of(self, index: int) -> int:
        """The byte offset in the file of the tag of the segment at `index`."""
        return self.offsets()[index]

    @property
    def issues(self) -> list[Issue]:
        """What is wrong with the window: limits, a missing or wrong UNT, bytes without a meaning."""
        if self._issues is None:
            self._issues = [*self._faults, *self._byte_issues()]
            if not any(fault.is_error for fault in self._faults):
                self._issues += self._trailer_issues()
        return self._issues

    def _header(self, position: int, component: int = 1) -> str:
        head = self._segments[0] if self._segments else self._first_segment()
        return reader_of(head)(position, component)

    def _first_segment(self) -> Segment:
        pieces = self.pieces
        return split_text(pieces[:1], self._service)[0] if pieces else []

    @property
    def reference(self) -> str:
        """UNH 0062, the sender's number of the message."""
        return self._header(1)

    @property
    def type(self) -> str:
        """UNH 0065: ORDERS."""
        return self._header(2)

    @property
    def version(self) -> str:
        """UNH 0052: D."""
        return self._header(2, 2)

    @property
    def release(self) -> str:
        """UNH 0054: 96A."""
        return self._header(2, 3)

    @property
    def agency(self) -> str:
        """UNH 0051: UN."""
        return self._header(2, 4)

    @property
    def association(self) -> str:
        """UNH 0057: EAN008."""
        return self._header(2, 5)

    def _byte_issues(self) -> list[Issue]:
        pieces_issues = self._text_issues if self.pieces else []
        issues = [*pieces_issues, *control_characters(self.raw, self._charset, self._service.separators)]
        issues = [msgspec.structs.replace(issue, offset=self.offset) for issue in issues]
        if b"\n" in self.raw or b"\r" in self.raw:
            issues += self._line_issues()
        return issues

    def _line_issues(self) -> list[Issue]:
        """Findings for line breaks inside segments; one after each terminator is common and says nothing."""
        terminator = self._service.terminator.encode()
        if self._is_one_segment_a_line(terminator):
            return []
        lines = self.raw.replace(b"\r", b"\n").split(b"\n")
        blank = any(not line.strip() for line in self.raw.split(b"\n")[:-1])
        broken = any(line.strip() and not line.rstrip().endswith(terminator) for line in lines[:-1])
        texts = (
            (broken and terminator not in b"\r\n", "line breaks inside segments were taken out"),
            (blank and terminator not in b"\r\n", "blank lines between segments were skipped"),
            (b"\n\t" in self.raw, "tabs between segments were skipped"),
        )
        return [
            Issue(code="envelope.noise", text=text, severity=Severity.FINDING, offset=self.offset)
            for found, text in texts
            if found
        ]

    def _is_one_segment_a_line(self, terminator: bytes) -> bool:
        """Whether each line break follows a terminator: the most frequent form by far, told by counting alone."""
        raw = self.raw
        feeds, returns = raw.count(b"\n"), raw.count(b"\r")
        if returns:
            return feeds == returns == raw.count(terminator + b"\r\n") and b"\n\t" not in raw
        return feeds == raw.count(terminator + b"\n") and b"\n\t" not in raw

    def _trailer_issues(self) -> list[Issue]:
        pieces = self.pieces
        last = split_text(pieces[-1:], self._service)[0] if pieces else [[""]]
        position = Issue(code="envelope.truncated", text="the message has no UNT", segment=len(pieces), tag=last[0][0])
        issues = trailer_issues(last, len(pieces), self.reference, position) if last[0][0] == "UNT" else [position]
        return [msgspec.structs.replace(issue, offset=self.offset_of(len(pieces) - 1)) for issue in issues if pieces]


def parse_message(raw: bytes, envelope: MessageEnvelope, offset: int = 0) -> Message:
    """The message of a stored window (UNH to UNT), `offset` being where it lies in its file."""
    return Message(raw, envelope, offset)


def _starts(raw: bytes, service: ServiceCharacters, codec: str) -> list[int]:
    """Where each segment begins in the window; the pieces are those of `split_pieces`."""
    if codec == STATEFUL_CODEC:
        text = decode(raw, codec)[0]
        sizes = [len(piece.encode(codec, "replace")) for piece in text.split(service.terminator)]
    else:
        # Service characters are ASCII and no byte of a longer UTF-8 sequence is: ISO 8859-1 keeps the places.
        text = raw.decode("iso8859-1")
        sizes = [len(piece) for piece in text.split(service.terminator)]
    starts: list[int] = []
    at, open_segment = 0, False
    for piece, size in zip(text.split(service.terminator), sizes, strict=True):
        blanks = len(piece) - len(piece.lstrip(BLANKS))
        if not open_segment and blanks < len(piece):
            starts.append(at + blanks)
        open_segment = _is_released(piece, service.release) and (open_segment or blanks < len(piece))
        at += size + 1
    return starts


def _is_released(piece: str, release: str) -> bool:
    bare = piece.replace("\r", "").replace("\n", "")
    return bool(release) and (len(bare) - len(bare.rstrip(release))) % 2 == 1
