"""Interchanges and messages of an EDIFACT file, read lazily: bytes in, windows of one message out.

    reading = read(open("orders.edi", "rb"))
    for interchange in reading:
        for message in interchange.messages():
            message.segments

Nothing raises for what stands in the file: every fault is an Issue with a position.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.edifact.interchange import Interchange, Start
from gateway.edifact.message import Message, MessageEnvelope, parse_message
from gateway.edifact.source import Bytes, Source
from gateway.edifact.syntax import BLANKS, Limits
from gateway.issues import Issue, Severity

__all__ = ["Interchange", "Message", "MessageEnvelope", "Reading", "parse_message", "read"]

_BLANK_OR_BOM = re.compile(rb"(?:\xef\xbb\xbf|[" + re.escape(BLANKS.encode()) + rb"])*")
# UNA and its six characters before UNB, UNB with the default separator, or an interactive header.
_BEGIN = re.compile(
    rb"UNA(?P<una>[\x00-\x7f]{6})[ \t\r\n\x00]*(?=U[\r\n]*N[\r\n]*B)|U[\r\n]*N[\r\n]*B[\r\n]*(?=\+)|UIB(?=\+)"
)
_BOM = b"\xef\xbb\xbf"
_LONGEST_BEGIN = 80
_MAX_ISSUES = 100


class Reading:
    """The interchanges of a file, one after the other; `issues` is what stands outside of them."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.issues: list[Issue] = []
        self._source = source
        self._limits = limits
        self._at = 0
        self._found = False

    def __iter__(self) -> Iterator[Interchange]:
        """Each interchange; it is read to its end before the next one comes."""
        while (start := self._next_start()) is not None:
            self._found = True
            interchange = Interchange(self._source, start, self._limits)
            yield interchange
            interchange.pass_over()
            self._at = interchange.offset + interchange.length
        if not self._found and not any(issue.is_error for issue in self.issues):
            self._note("envelope.missing", "no UNA or UNB was found", 0, Severity.ERROR)

    def _next_start(self) -> Start | None:
        source, begin = self._source, self._skip_blanks()
        self._at, has_message = begin, False
        while True:
            source.ensure(self._at, _LONGEST_BEGIN)
            match = _BEGIN.search(source.data, self._at - source.base)
            end = source.base + match.start() if match else source.end
            has_message = has_message or b"UNH+" in source.between(self._at, end)
            # A beginning at the window's edge is looked at again when the bytes behind it are there.
            edge = max(self._at, min(end, source.end - _LONGEST_BEGIN))
            if match and (source.ended or source.end - end >= _LONGEST_BEGIN):
                break
            self._at = edge
            if not source.more(edge):
                if match:
                    continue
                self._note_noise(begin, source.end, has_message, last=True)
                return None
        self._note_noise(begin, end, has_message)
        return self._start(match, end)

    def _start(self, match: re.Match[bytes], offset: int) -> Start | None:
        if match[0] == b"UIB":
            self._note("envelope.interactive", "an interactive interchange (UIB)", offset, Severity.ERROR, "UIB")
            self._at = offset + len(match[0])
            return self._next_start()
        una = (match["una"] or b"").decode("ascii")
        return Start(offset, offset + len(match[0]) if una else offset, una)

    def _skip_blanks(self) -> int:
        """The offset of the first byte that is neither blank nor byte order mark; the latter and ^Z, NUL are noted."""
        at, passed = self._at, b""
        while True:
            window = self._source.ensure(at, _LONGEST_BEGIN)
            skipped = _BLANK_OR_BOM.match(window)
            length = skipped.end() if skipped else 0
            passed += window[:length].strip(b" \t\r\n")[:8]
            at += length
            if length < _LONGEST_BEGIN:
                break
        if passed:
            text = "byte order mark" if passed.startswith(_BOM) else "control characters (^Z or NUL)"
            self._note("envelope.noise", f"{text} outside of an interchange", self._at, Severity.FINDING)
        return at

    def _note_noise(self, begin: int, end: int, has_message: bool, last: bool = False) -> None:
        if end <= begin or (last and not self._found) or any(i.code == "envelope.interactive" for i in self.issues):
            return
        severity = Severity.ERROR if has_message else Severity.FINDING
        kind = "a message without an interchange" if has_message else "what is no EDIFACT"
        self._note("envelope.noise", f"{end - begin} bytes skipped: {kind}", begin, severity)

    def _note(self, code: str, text: str, at: int, severity: Severity, tag: str | None = None) -> None:
        if len(self.issues) < _MAX_ISSUES:
            self.issues.append(Issue(code=code, text=text, severity=severity, tag=tag, offset=at))


def read(source: Bytes, limits: Limits | None = None) -> Reading:
    """The reading of a file given as bytes, as a binary stream or in pieces of any size."""
    return Reading(Source(source), limits or Limits())
