"""Documents and answers as trees, and cut into the documents they are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from gateway.issues import Issue
from gateway.json.cutting import cut_json
from gateway.json.reader import read_json
from gateway.tree import Node
from gateway.xml.cutting import cut_xml
from gateway.xml.reader import read_xml

Branch: TypeAlias = "dict[str, str | Branch]"

_CHARSET = re.compile(r'charset\s*=\s*"?([\w.:-]+)', re.ASCII | re.IGNORECASE)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read(content: bytes, *, as_json: bool) -> Node | Issue:
    """The root of a document; the issue where it is none."""
    found = read_json(content) if as_json else read_xml(content)
    return found if isinstance(found, Issue) else found.root


def as_xml(content: bytes, kind: str) -> bytes:
    """An answer as XML is read: nothing before its declaration, and where that names no encoding, in UTF-8.

    What runs in PHP often writes a blank line first. The encoding is then that of the Content-Type, RFC 7303 section 3.
    """
    content = content.lstrip(b" \t\r\n")
    named = _CHARSET.search(kind)
    declared = content.partition(b"?>")[0] if content.startswith(b"<?xml") else b""
    if named is None or b"encoding" in declared or content.startswith(_BOMS):
        return content
    try:
        return content.decode(named[1]).encode()
    except (LookupError, UnicodeError):
        return content


def cut(content: bytes, names: Sequence[str], *, as_json: bool) -> list[bytes]:
    """What stands at a path of a document that was read before, each as a document of its own."""
    return cut_json(content, names) if as_json else cut_xml(content, names)


def branched(texts: Mapping[str, str]) -> Branch:
    """Texts by their paths, as Request/Since, as members of members; raises ValueError where one stands in a text."""
    found: Branch = {}
    for path, text in texts.items():
        *around, name = path.split("/")
        place = found
        for each in around:
            inner = place.setdefault(each, {})
            if isinstance(inner, str):
                raise ValueError(f"{each} is a text and has {name} in it")
            place = inner
        if name in place:
            raise ValueError(f"{name} is a text and has something in it")
        place[name] = text
    return found
