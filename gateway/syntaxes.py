"""Syntaxes: which one a document is written in, by how it begins and by what its sender calls it."""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping

EXTENSIONS: Mapping[str, str] = {"edifact": "edi", "csv": "csv", "json": "json", "xml": "xml", "cxml": "xml"}
"""The ends of file names, by syntax."""
_ALL = frozenset(EXTENSIONS)
_XML = frozenset({"xml", "cxml"})
_BY_MEDIA_TYPE = {
    "application/edifact": frozenset({"edifact"}),  # RFC 1767
    "text/csv": frozenset({"csv"}),
    "application/csv": frozenset({"csv"}),
    "application/json": frozenset({"json"}),
    "application/xml": _XML,
    "text/xml": _XML,
    # These say nothing: the last is what curl sends where it is told nothing else.
    "": _ALL,
    "application/edi-consent": _ALL,
    "application/octet-stream": _ALL,
    "text/plain": _ALL,
    "application/x-www-form-urlencoded": _ALL,
}
BEGIN_AS = {"fixed": "csv"}
"""Syntaxes that begin like another one: only who knows what is agreed can tell them apart."""
_WIDE = ((BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be"))
_WITH_FILES = b"content-type: multipart/"
"""How cXML begins that came with files: as an entity of MIME."""
_CONTROL = bytes(range(9)) + bytes(range(14, 32))


def begins_as(first: bytes) -> str | None:
    """The syntax of a document that begins so; None where it is in none that is known."""
    text = _narrow(first).removeprefix(BOM_UTF8).lstrip()
    if text.startswith((b"UNA", b"UNB")):
        return "edifact"
    if text[: len(_WITH_FILES)].lower() == _WITH_FILES:
        return "cxml"
    if text.startswith(b"<"):
        return "cxml" if b"cXML" in text else "xml"
    if text.startswith((b"{", b"[")):
        return "json"
    # A table may hold anything but what no text holds.
    return "csv" if text and not set(_CONTROL).intersection(text) else None


def _narrow(first: bytes) -> bytes:
    """The beginning of a text in UTF-8 where it is one of UTF-16 with its mark; else as it is."""
    for mark, encoding in _WIDE:
        if first.startswith(mark):
            return first.removeprefix(mark).decode(encoding, "ignore").encode("utf-8", "ignore")
    return first


def named_by(content_type: str) -> frozenset[str]:
    """The syntaxes that a `Content-Type` leaves possible; none for one that is not known."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.startswith(("application/", "text/")) and media_type.endswith("+xml"):
        return _XML
    if media_type.startswith("application/") and media_type.endswith("+json"):
        return frozenset({"json"})
    return _BY_MEDIA_TYPE.get(media_type, frozenset())
