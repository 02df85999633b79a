"""cXML with attachments: the document and the files that came with it in one body of multipart/related."""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Callable, Iterable, Iterator
from email.message import Message
from email.parser import BytesHeaderParser
from typing import NamedTuple
from urllib.parse import unquote

from gateway.charsets import is_ascii_in
from gateway.cxml.encodings import codec_of
from gateway.issues import Issue, Severity
from gateway.tree import NodePaths, Tree

MOST_PARTS = 200
MOST_HEAD_BYTES = 4_096
"""The bytes of a part's headers, and of a Content-Type: taking more apart takes ever longer for each of them."""
_ENCODING = re.compile(rb"\xef\xbb\xbf|\s*<\?xml\b[^>]*\bencoding\b")
_AS_IS = frozenset({"", "7bit", "8bit", "binary"})
_BASE64_WASTE = b" \t\r\n"


class Attachment(NamedTuple):
    """A file that came with a document: `content_id` without its angle brackets, `name` as its sender calls it."""

    content_id: str
    name: str
    media_type: str
    content: bytes


class Package(NamedTuple):
    """A document with its attachments, in the order they came."""

    xml: bytes
    attachments: tuple[Attachment, ...] = ()


class Part(NamedTuple):
    """One part of a body: where its content begins and ends, and its headers."""

    headers: Message
    begin: int
    end: int

    @property
    def encoding(self) -> str:
        """How its content is written (RFC 2045, 6), in small letters."""
        return str(self.headers.get("Content-Transfer-Encoding", "")).strip().lower()

    @property
    def content_id(self) -> str:
        """Its Content-ID without angle brackets (RFC 2392)."""
        return _bare(str(self.headers.get("Content-ID", "")))


class UnreadableError(Exception):
    """The body is no multipart/related as it says it is."""


def split(content: bytes, content_type: str) -> Package | Issue:
    """The document and its attachments (RFC 2387), or the issue the body is refused for.

    A body of any other type is the document itself. The document is the part that `start` names, else the first. Where
    it declares no encoding, it is in the charset of its Content-Type (RFC 7303, 3) and given in UTF-8.
    """
    if not is_multipart(content_type):
        return Package(_declared(content, _headers_of(content_type)))
    try:
        parts = parts_of(content, content_type)
        root = root_of(parts, content_type)
        others = tuple(_attachment(content, part) for part in parts if part is not root)
        return Package(_declared(decoded(content, root), root.headers), others)
    except UnreadableError as error:
        return Issue(code="cxml.multipart.unreadable", text=str(error), line=1, column=1)


def is_multipart(content_type: str) -> bool:
    """Whether a Content-Type names a body of parts."""
    return _headers_of(content_type).get_content_maintype() == "multipart"


def unmatched(tree: Tree, attachments: Iterable[Attachment]) -> list[Issue]:
    """What is told of attachments and did not come (an error), and what came and nothing tells of (a finding)."""
    there = {each.content_id for each in attachments}
    paths, told, issues = NodePaths(), set(), []
    for node in tree.root.walk():
        if node.name == "URL" and node.text[:4].lower() == "cid:":
            named = _bare(unquote(node.text[4:]))
            told.add(named)
            if named not in there:
                text, path = f"no part of the body has the Content-ID {named[:100]!r}", paths.of(node)
                issues.append(Issue(code="cxml.attachment.missing", text=text, line=node.line, column=1, path=path))
    text = "the document tells of no part with the Content-ID {!r}"
    return issues + [
        Issue(code="cxml.attachment.unused", text=text.format(each[:100]), severity=Severity.FINDING)
        for each in sorted(there - told)
    ]


def parts_of(content: bytes, content_type: str) -> list[Part]:
    """The parts of a multipart body (RFC 2046, 5.1.1). Raises UnreadableError."""
    boundary = _stated(_headers_of(content_type).get_boundary)
    if not boundary:
        raise UnreadableError("the Content-Type names no boundary")
    found = list(_between(content, boundary.encode("latin-1", "replace")))
    if not found:
        raise UnreadableError("the body does not hold the boundary that the Content-Type names")
    if len(found) > MOST_PARTS:
        raise UnreadableError(f"the body has more than {MOST_PARTS} parts")
    return [_part(content, begin, end) for begin, end in found]


def root_of(parts: list[Part], content_type: str) -> Part:
    """The part that is the document."""
    start = _headers_of(content_type).get_param("start")
    named = _bare(start) if isinstance(start, str) else ""
    return next((part for part in parts if named and part.content_id == named), parts[0])


def decoded(content: bytes, part: Part) -> bytes:
    """What a part holds. Raises UnreadableError."""
    written = content[part.begin : part.end]
    if part.encoding in _AS_IS:
        return written
    if part.encoding == "quoted-printable":
        return quopri.decodestring(written)
    if part.encoding != "base64":
        raise UnreadableError(f"a part is in the unknown encoding {part.encoding[:40]!r}")
    try:
        return binascii.a2b_base64(written.translate(None, _BASE64_WASTE), strict_mode=True)
    except binascii.Error:
        raise UnreadableError("a part says that it is base64 and is not") from None


def _between(content: bytes, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends."""
    begin = None
    for found in re.finditer(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)", content):
        if begin is not None:
            yield begin, found.start()
        if found[1]:
            return
        line_end = content.find(b"\n", found.end())
        begin = len(content) if line_end < 0 else line_end + 1
    if begin is not None:
        raise UnreadableError("the end of the body is missing")


def _part(content: bytes, begin: int, end: int) -> Part:
    if content[begin : begin + 2] == b"\r\n" or content[begin : begin + 1] == b"\n":
        return Part(Message(), begin + content[begin : begin + 2].index(b"\n") + 1, end)
    blank = re.compile(rb"\r?\n\r?\n").search(content, begin, min(end, begin + MOST_HEAD_BYTES))
    if blank is None:
        raise UnreadableError(f"a part has no content, or more than {MOST_HEAD_BYTES} bytes of headers")
    headers = BytesHeaderParser().parsebytes(content[begin : blank.end()])
    return Part(headers, blank.end(), end)


def _attachment(content: bytes, part: Part) -> Attachment:
    name = _stated(part.headers.get_filename)
    return Attachment(part.content_id, name, part.headers.get_content_type(), decoded(content, part))


def _headers_of(content_type: str) -> Message:
    headers = Message()
    headers["Content-Type"] = " ".join(content_type.split())[:MOST_HEAD_BYTES]
    return headers


def _stated(parameter: Callable[[], str | None]) -> str:
    """A parameter of a header; empty where there is none, or it names a charset of its own that nobody can read."""
    try:
        return parameter() or ""
    except ValueError:
        return ""


def _declared(xml: bytes, headers: Message) -> bytes:
    """The document as it says itself how it is to be read."""
    charset = _stated(headers.get_content_charset) or "utf-8"
    says_so = _ENCODING.match(xml) or not is_ascii_in(charset) or codec_of(xml) != "latin-1"
    return xml if says_so or charset == "utf-8" else xml.decode(charset, "replace").encode()


def _bare(identifier: str) -> str:
    return identifier.strip().removeprefix("<").removesuffix(">")
