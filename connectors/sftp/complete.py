"""Whether a document is all there, told by how it begins and how it ends: a file may rest half uploaded."""

from __future__ import annotations

import re

EDGE_BYTES = 4096
"""How much of its beginning and of its end is looked at."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(rb"<([A-Za-z_:][\w:.-]*)")
_EMPTY = re.compile(rb"<[^<>]*/>")
_MATCHING = {b"{": b"}", b"[": b"]"}


def is_complete(first: bytes, last: bytes) -> bool:
    """Whether the end belongs to the beginning; of what has no end of its own, as a table, it always does."""
    begin, end = first.removeprefix(_BYTE_ORDER_MARK).lstrip(), last.rstrip()
    if begin.startswith((b"UNA", b"UNB")):
        terminator = begin[8:9] if begin.startswith(b"UNA") else b"'"
        last_segment = end.removesuffix(terminator).rpartition(terminator)[2]
        return end.endswith(terminator) and last_segment.strip().startswith(b"UNZ")
    if begin.startswith(b"<"):
        begin = _COMMENT.sub(b"", begin)
        root = _ROOT.search(begin)
        if root is None or _EMPTY.fullmatch(begin[root.start() :].rstrip()):
            return root is not None
        return end.endswith(b">") and b"</" + root[1] in end
    return end.endswith(_MATCHING.get(begin[:1], b""))
