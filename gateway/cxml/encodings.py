"""Which encodings of cXML are taken: those in whose bytes a tag is seen, so that no secret stands where none is sought.

What reads a document and what blanks its secrets must see the same text.
"""

from __future__ import annotations

import codecs
import re

from gateway.charsets import is_ascii_in

_DECLARED = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_UTF_16 = re.compile(rb"utf-?16(?:[bl]e)?", re.IGNORECASE)
_WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def codec_of(content: bytes) -> str | None:
    """What the bytes of a document are decoded with; None for an encoding that is not taken.

    Where it is not UTF-16, the codec is that of single bytes, in which all that is ASCII is found: it loses nothing.
    """
    for mark, codec in _WIDE.items():
        if content.startswith(mark):
            return None if b"\0\0" in content[:4] else codec
    text = content.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n")
    if re.match(rb"<\0[^\0]\0", text):
        return "utf-16-le"
    if re.match(rb"\0<\0[^\0]", content):
        return "utf-16-be"
    if not text.startswith(b"<") or b"\0" in text[:4]:
        return None
    return "latin-1" if _is_narrow(text) else None


def _is_narrow(text: bytes) -> bool:
    declared = _DECLARED.match(text)
    # Bytes that are no UTF-16 are none whatever they declare.
    return declared is None or _UTF_16.fullmatch(declared[1]) is not None or is_ascii_in(declared[1].decode("ascii"))
