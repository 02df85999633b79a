"""Where segments end and where the next service segment begins, in a window of bytes."""

from __future__ import annotations

import re
from typing import NamedTuple

from gateway.edifact.source import Source
from gateway.edifact.syntax import BLANKS, Limits, ServiceCharacters

_BLANK_BYTES = frozenset(BLANKS.encode())
_TAGS = frozenset((b"UNH", b"UNT", b"UNG", b"UNE", b"UNZ", b"UNB"))
_LONGEST_MARK = 64
_UNA = re.compile(rb"UNA[^A-Za-z0-9]{6}[ \t\r\n\x00]{0,40}U(?:[\r\n]{0,4}N[\r\n]{0,4}|I)B", re.DOTALL)


class Mark(NamedTuple):
    """The absolute offset of a service segment and its tag, empty at the end of the file."""

    offset: int
    tag: bytes


class Marks:
    """Finds segment ends and service segments of one interchange by its service characters."""

    def __init__(self, source: Source, service: ServiceCharacters, wrapped: bool) -> None:
        self._source = source
        self._terminator = service.terminator.encode()
        self._release = service.release.encode()
        self._after_tag = frozenset((service.element.encode(), self._terminator, b"\r", b"\n"))
        self._before_tag = _BLANK_BYTES | {self._terminator[0]}
        blanks = BLANKS.replace(service.terminator, "").encode()
        self._blanks = re.compile(b"[" + re.escape(blanks) + b"]*")
        self._blanks_and_terminators = re.compile(b"[" + re.escape(blanks + self._terminator) + b"]*")
        self._wrapped = None
        if wrapped:
            follows = re.escape((service.element + service.terminator).encode())
            self._wrapped = re.compile(rb"U[\r\n]*N[\r\n]*([ABEGHTZ])(?=[\r\n]*[" + follows + rb"]|[^A-Za-z0-9]{6})")

    def skip_blanks(self, start: int) -> int:
        """The absolute offset of the first byte from `start` on that is no blank."""
        source = self._source
        at = start - source.base
        return start if source.data[at : at + 1].isalnum() else self._skip(self._blanks, start)

    def skip_empty_segments(self, start: int) -> int:
        """The absolute offset of the first byte from `start` on that is neither blank nor terminator."""
        return self._skip(self._blanks_and_terminators, start)

    def _skip(self, skipped: re.Pattern[bytes], start: int) -> int:
        source = self._source
        while True:
            match = skipped.match(source.data, start - source.base)
            start = source.base + match.end() if match else start
            if start < source.end or not source.more(start):
                return start

    def segment_end(self, start: int, max_bytes: int, keep: int) -> int | None:
        """The absolute offset behind the terminator of the segment at `start`; None without one in `max_bytes`.

        The bytes from `keep` on stay in the window.
        """
        source, at = self._source, start
        while True:
            base = source.base
            found = source.data.find(self._terminator, at - base)
            if found > 0 and source.data[found - 1 : found] != self._release and found + base - start <= max_bytes:
                return found + base + 1
            while found >= 0 and self._released(source.data, found, start - source.base):
                found = source.data.find(self._terminator, found + 1)
            if found >= 0:
                return found + source.base + 1 if found + source.base - start <= max_bytes else None
            at = source.end
            if at - start > max_bytes or not source.more(keep):
                return None

    def tag_at(self, start: int) -> bytes:
        """The tag of the segment at `start` where it is a service segment; `UNA` only where UNB follows it."""
        source = self._source
        if source.end - start < _LONGEST_MARK:
            source.ensure(start, _LONGEST_MARK)
        return self._tag(source.data, start - source.base)

    def _tag(self, data: bytes, at: int) -> bytes:
        tag = data[at : at + 3]
        if tag in _TAGS:
            return tag if data[at + 3 : at + 4] in self._after_tag else b""
        if tag == b"UNA" and _UNA.match(data, at):
            return tag
        if self._wrapped is not None and (match := self._wrapped.match(data, at)) and match[1] != b"A":
            return b"UN" + match[1]
        return b""

    def next(self, start: int, keep_bytes: int) -> Mark | None:
        """The first service segment behind the one at `start`; None when it is more than `keep_bytes` away.

        The bytes from `start` to the mark are in the window.
        """
        source, at = self._source, start + 1
        while True:
            mark = self._next_in_window(start, at)
            if mark is not None:
                return mark
            at = max(at, source.end - _LONGEST_MARK)
            if source.end - start > keep_bytes:
                return None
            if not source.more(start):
                return self._next_in_window(start, at, last=True) or Mark(source.end, b"")

    def pass_over(self, start: int) -> Mark:
        """The first service segment behind the one at `start`, however far; the bytes between are dropped."""
        while (mark := self.next(start, 0)) is None:
            start = max(start, self._source.end - _LONGEST_MARK)
            if not self._source.more(start):
                return Mark(self._source.end, b"")
        return mark

    def _next_in_window(self, start: int, at: int, last: bool = False) -> Mark | None:
        """The first mark from `at` on that lies wholly in the window, at the end of the file also the last bytes."""
        data, base = self._source.data, self._source.base
        limit = len(data) if last or self._source.ended else len(data) - _LONGEST_MARK
        before_tag, wrapped = self._before_tag, self._wrapped
        found = data.find(b"UN", at - base) if wrapped is None else _place(wrapped.search(data, at - base))
        while 0 <= found < limit:
            if data[found - 1] in before_tag:
                tag = self._tag(data, found)
                if tag and self._begins_segment(data, found, start - base):
                    return Mark(found + base, tag)
            found = data.find(b"UN", found + 2) if wrapped is None else _place(wrapped.search(data, found + 2))
        return None

    def _begins_segment(self, data: bytes, at: int, start: int) -> bool:
        before = at - 1
        if data[before] == self._terminator[0] and data[before - 1 : before] != self._release:
            return True
        while before > start and data[before] in _BLANK_BYTES and data[before] != self._terminator[0]:
            before -= 1
        return data[before] == self._terminator[0] and not self._released(data, before, start)

    def _released(self, data: bytes, at: int, start: int) -> bool:
        if not self._release:
            return False
        before = at
        while before > start and data[before - 1] == self._release[0]:
            before -= 1
        return (at - before) % 2 == 1


def _place(match: re.Match[bytes] | None) -> int:
    return match.start() if match else -1


def longest_segment_exceeds(raw: bytes, terminator: bytes, limits: Limits) -> bool:
    """Whether a segment of the message is longer than allowed."""
    at, longest = 0, limits.max_segment_bytes
    while len(raw) - at > longest:
        at = raw.rfind(terminator, at, at + longest + 1) + 1
        if at == 0:
            return True
    return False
