"""Documents without their secrets, for whatever keeps or shows what came: nothing else of them changes."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from gateway.cxml.encodings import codec_of
from gateway.cxml.multipart import UnreadableError, decoded, is_multipart, parts_of, root_of

_NAMES = r"(?:[\w.-]+:)?(?:SharedSecret|DigitalSignature|CredentialMac)"
# A tag that is broken off ends where its attributes do: what follows may be the secret.
_OPEN = rf"<(?P<name>{_NAMES})(?=[\s/>])(?:\"[^\"<]*\"|'[^'<]*'|[^<>\"'])*+(?:>|(?=[\"'<])|\Z)"
# In no group of its own: only of what begins alike everywhere is `<` looked for first, in a third of the time.
_APART = r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)"
_OPENING = re.compile(_OPEN, re.DOTALL | re.IGNORECASE)
_OUTSIDE = re.compile(f"{_APART}|{_OPEN}", re.DOTALL | re.IGNORECASE)
_INSIDE = re.compile(rf"{_APART}|{_OPEN}|</(?P<close>{_NAMES})\s*>", re.DOTALL | re.IGNORECASE)
_CARD = re.compile(r"(?<=\s)(?P<name>number\s*=\s*)(?:\"[^\"<]*\"?|'[^'<]*'?)", re.IGNORECASE)
_OF_CARD = re.compile(r"<(?:[\w.-]+:)?PCard(?=[\s/>])(?:\"[^\"<]*\"|'[^'<]*'|[^<>\"'])*+", re.IGNORECASE)
_END_OF_APART = re.compile(r"(?:-->|\]\]>|\?>)?\Z")
_DECLARES = re.compile(rb"\s*<\?xml[^>]*\sencoding", re.IGNORECASE)
_NO_TEXT = re.compile(rb"[\0-\x08\x0e-\x1f]")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]{16,}+(?:=\s*){0,2}")
_WRAPPED = ("base64", "quoted-printable")


def redacted(content: bytes, content_type: str = "") -> bytes:
    """The content with nothing inside SharedSecret, DigitalSignature and CredentialMac, and no number of a PCard.

    Else it is byte for byte the same. It need be no XML that can be read. In a multipart body the parts are looked at
    as they are meant, and so is content that is base64 as a whole. Of what is no text in an encoding that is taken
    nothing is left.
    """
    if is_multipart(content_type):
        return _of_parts(content, content_type)
    if _BASE64.fullmatch(content):
        return _of_wrapped(content, "base64", binascii.a2b_base64(content))
    return _of_document(content)


def _of_parts(content: bytes, content_type: str) -> bytes:
    kept, done = [], 0
    try:
        parts = parts_of(content, content_type)
        root = root_of(parts, content_type)
        for part in parts:
            written = content[part.begin : part.end]
            if part.encoding in _WRAPPED:
                written = _of_wrapped(written, part.encoding, decoded(content, part))
            elif part is root or _is_markup(written):
                written = _of_document(written)
            kept += [_of_text(content[done : part.begin], "latin-1"), written]
            done = part.end
    except UnreadableError:
        # A part that is wrapped and cannot be told from the others may hold the secret.
        is_wrapped = any(name.encode() in content.lower() for name in _WRAPPED)
        return b"" if is_wrapped else _of_document(content)
    return b"".join([*kept, _of_text(content[done:], "latin-1")])


def _of_wrapped(written: bytes, encoding: str, plain: bytes) -> bytes:
    """A part as it was written where it holds no secret; else written anew."""
    blanked = _of_document(plain) if _is_markup(plain) else plain
    if blanked == plain:
        return written
    if encoding == "base64":
        return binascii.b2a_base64(blanked, newline=False)
    return binascii.b2a_qp(blanked, istext=False)


def _of_document(content: bytes) -> bytes:
    codec = codec_of(content)
    if codec is None and (_DECLARES.match(content) or not _is_text(content)):
        return b""
    return _of_text(content, codec or "latin-1")


def _of_text(content: bytes, codec: str) -> bytes:
    # Half a character at the end of UTF-16 is kept as it is.
    whole = len(content) - len(content) % 2 if codec.startswith("utf-16") else len(content)
    text = content[:whole].decode(codec, "surrogatepass")
    blanked = _OF_CARD.sub(_without_number, "".join(_blanked(text, _OUTSIDE)))
    return blanked.encode(codec, "surrogatepass") + content[whole:]


def _without_number(card: re.Match[str]) -> str:
    return _CARD.sub(r'\g<name>""', card[0])


def _blanked(text: str, opening: re.Pattern[str]) -> Iterator[str]:
    """The text without what stands in secrets; inside comments and the like they end where those do."""
    at = 0
    while found := opening.search(text, at):
        yield text[at : found.start()]
        if found["name"] is None:
            end = _END_OF_APART.search(found[0])
            cut = end.start() if end else len(found[0])
            yield from _blanked(found[0][:cut], _OPENING)
            yield found[0][cut:]
            at = found.end()
        else:
            yield found[0]
            at = found.end() if found[0].endswith("/>") else _end_of(text, found)
    yield text[at:]


def _end_of(text: str, opened: re.Match[str]) -> int:
    """Where the element ends whose tag was found: at its closing tag, or with the text."""
    depth, at = 1, opened.end()
    while found := _INSIDE.search(text, at):
        at = found.end()
        if found["close"] == opened["name"]:
            depth -= 1
        elif found["name"] == opened["name"] and not found[0].endswith("/>"):
            depth += 1
        if not depth:
            return found.start()
    return len(text)


def _is_markup(content: bytes) -> bool:
    return codec_of(content) is not None or _DECLARES.match(content) is not None


def _is_text(content: bytes) -> bool:
    try:
        return _NO_TEXT.search(content.decode("utf-8").encode()) is None
    except UnicodeDecodeError:
        return False
