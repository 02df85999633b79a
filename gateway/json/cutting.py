"""Parts of a JSON document as documents of their own: what a service put into one answer, each stored by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from json import JSONDecoder

import msgspec

from gateway.json.reader import blanks_end, decoded

# What is read here only tells where a value ends; Python takes no longer number than of 4,300 digits.
_DECODER = JSONDecoder(parse_int=str, parse_float=str)


def cut_json(content: bytes, names: Sequence[str]) -> list[bytes]:
    """The values at this path as they stand there, in UTF-8; of a list each item, and so of several values.

    The document is one that read_json takes.
    """
    return [part for value in _values(decoded(content)) for part in _cut(value.encode(), names)]


def _values(text: str) -> Iterator[str]:
    at = blanks_end(text, 0)
    while at < len(text):
        _, end = _DECODER.raw_decode(text, at)
        yield text[at:end]
        at = blanks_end(text, end)


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
