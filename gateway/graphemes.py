"""Texts cut to the room the other side has, between the characters a reader sees and never within one."""

from __future__ import annotations

from collections.abc import Iterator

import regex

_GRAPHEME = regex.compile(r"\X")


def graphemes(text: str) -> Iterator[str]:
    """The characters as a reader sees them, each with its accents and joiners (Unicode, UAX 29)."""
    return (found[0] for found in _GRAPHEME.finditer(text))


def fitting(text: str, most: int, encoding: str | None = None) -> str:
    """The beginning of the text that has room in `most` code points, or bytes of `encoding`; no grapheme is cut."""
    if _room(text, encoding) <= most:
        return text
    taken, kept = 0, 0
    for grapheme in graphemes(text):
        taken += _room(grapheme, encoding)
        if taken > most:
            break
        kept += len(grapheme)
    return text[:kept]


def _room(text: str, encoding: str | None) -> int:
    return len(text) if encoding is None else len(text.encode(encoding, "replace"))
