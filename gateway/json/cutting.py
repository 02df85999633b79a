"""Parts of a JSON document as documents of their own: what a service put into one answer, each stored by itself."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gateway.issues import Issue
from gateway.json.reader import read_json
from gateway.tree import TreeLimits


def cut_json(content: bytes, names: Sequence[str], limits: TreeLimits | None = None) -> list[bytes] | Issue:
    """The values at this path, byte by byte as they stand there; of a list each item.

    The issue, where the document is refused as by read_json.
    """
    read = read_json(content, limits)
    if isinstance(read, Issue):
        return read
    return _cut(content, names)


def _cut(content: bytes | msgspec.Raw, names: Sequence[str]) -> list[bytes]:
    try:
        items = msgspec.json.decode(content, type=list[msgspec.Raw])
        return [part for item in items for part in _cut(item, names)]
    except msgspec.ValidationError:
        pass
    if not names:
        return [bytes(content)]
    try:
        members = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return []
    return _cut(members[names[0]], names[1:]) if names[0] in members else []
