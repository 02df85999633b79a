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

_BLANK_OR_BOM = re.compile(rb"(?:\xef\xbb\xbf|[" + re.escape(BLANKS.encode()) + rb"]++)*+")
_BLANKS = rb"[ \t\r\n\x00]{0,40}"
_UNB = rb"U[\r\n]{0,4}N[\r\n]{0,4}B[\r\n]{0,4}"
# UNA and its six characters before UNB, UNB with the default separator, or an interactive header.
_BEGIN = re.compile(
    rb"UNA(?P<una>[\x00-\x7f]{6})" + _BLANKS + rb"(?=" + _UNB + rb")|" + _UNB + rb"(?=\+[^ \t])"
    rb"|(?P<interactive>UNA[\x00-\x7f]{6}" + _BLANKS + rb"UIB|UIB(?=\+))"
)  # fmt: skip
_BOM = b"\xef\xbb\xbf"
_LONGEST_BEGIN = 80
_MAX_ISSUES = 100
_MAX_BROKEN = 1000


class Reading:
    """The interchanges of a file, one after the other; `issues` is what stands outside of them."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.issues: list[Issue] = []
        self._source = source
        self._limits = limits
        self._at = 0
        self._found = False
        self._broken = 0

    def __iter__(self) -> Iterator[Interchange]:
        """Each interchange; it is read to its end before the next one comes."""
        while (start := self._next_start()) is not None:
            self._found = True
            interchange = Interchange(self._source, start, self._limits)
            yield interchange
            interchange.pass_over()
            self._at = interchange.offset + interchange.length
            self._broken = 0 if interchange.complete else self._broken + 1
        if not self._found and not any(issue.is_error for issue in self.issues):
            self._note("envelope.missing", "no UNA or UNB was found", 0, Severity.ERROR)

    def _next_start(self) -> Start | None:
        while self._broken < _MAX_BROKEN and (match := self._next_beginning()) is not None:
            offset = self._at
            if not match["interactive"]:
                una = (match["una"] or b"").decode("ascii")
                return Start(offset, offset + len(match[0]) if una else offset, una)
            self._note("envelope.interactive", "an interactive interchange (UIB)", offset, Severity.ERROR, "UIB")
            self._at = offset + len(match[0])
            self._broken += 1
        if self._broken == _MAX_BROKEN:
            text = f"the file is not read on behind {_MAX_BROKEN} interchanges without a sound end"
            self.issues.append(Issue(code="limit.exceeded", text=text, offset=self._at))
        return None

    def _next_beginning(self) -> re.Match[bytes] | None:
        """What seems to begin an interchange: the reading stands there then, and what was passed is noted."""
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
        self._at = end
        return match

    def _skip_blanks(self) -> int:
        """The offset of the first byte that is neither blank nor byte order mark; the latter and ^Z, NUL are noted."""
        source, at, passed, length = self._source, self._at, b"", 1
        while length:
            source.ensure(at, _LONGEST_BEGIN)
            skipped = _BLANK_OR_BOM.match(source.data, at - source.base)
            length = len(skipped[0]) if skipped else 0
            passed = passed or (skipped[0].strip(b" \t\r\n")[: len(_BOM)] if skipped else b"")
            at += length
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
