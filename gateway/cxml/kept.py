"""cXML as it is kept: what came without its secrets, and what is needed to read it again."""

from __future__ import annotations

import hashlib
import re

from gateway.cxml.multipart import Package, is_multipart, split
from gateway.cxml.redaction import redacted
from gateway.issues import Issue

_HEAD = re.compile(rb"content-type:[ \t]*(multipart/[^\r\n]*)\r\n\r\n", re.IGNORECASE)


def kept(content: bytes, content_type: str = "") -> bytes:
    """The bytes without secrets; a body of parts stands under its Content-Type, as an entity of MIME (RFC 2045, 3).

    A document that its Content-Type alone says how to read is kept in UTF-8.
    """
    if not is_multipart(content_type):
        package = split(content, content_type)
        return redacted(content if isinstance(package, Issue) else package.xml)
    stated = " ".join(content_type.split()).encode("ascii", "replace")
    return b"Content-Type: " + stated + b"\r\n\r\n" + redacted(content, content_type)


def digest_of(package: Package) -> str:
    """What tells a document with its files from another one, however it is packed; secrets it shows do not count."""
    files = (f"{each.content_id}\0".encode() + each.content for each in package.attachments)
    parts = (redacted(package.xml), *files)
    return hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in parts)).hexdigest()


def package_of(content: bytes) -> Package | Issue:
    """The document and its attachments of what is kept, or of a file that is such an entity; else why there is none."""
    head = _HEAD.match(content)
    return split(content[head.end() :], head[1].decode("latin-1")) if head else Package(content)


def without_secrets(content: bytes) -> bytes:
    """A file that is cXML, or an entity of it, without its secrets."""
    head = _HEAD.match(content)
    return kept(content[head.end() :], head[1].decode("latin-1")) if head else kept(content)
