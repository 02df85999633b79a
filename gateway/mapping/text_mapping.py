"""Outbound mappings of texts: a canonical document written as CSV, fixed columns, JSON or XML, whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import msgspec

from gateway.issues import Issue
from gateway.mapping.template_values import Rendering

Chunks: TypeAlias = list[str]

EXTENSIONS = {"csv": "csv", "fixed": "txt", "json": "json", "xml": "xml"}
"""The syntaxes written as texts, each with what a file of it is called by."""


class Written(NamedTuple):
    """A document written: its bytes, the ending of its file's name, and what could not be filled."""

    content: bytes
    extension: str
    issues: list[Issue]


class TextMapping(NamedTuple):
    """A compiled outbound mapping: the canonical document it reads and what it makes, as `csv order`.

    `put` adds the texts of a document to a list; `errors` is what becomes of a character the encoding has not.
    """

    id: str
    reads: type[msgspec.Struct]
    makes: str
    encoding: str
    put: Callable[[Rendering, Chunks], None]
    errors: str = "strict"

    def write(self, document: msgspec.Struct) -> Written:
        """The document as one file; issues name fields of the document and rules of the mapping."""
        rendering, chunks = Rendering(document), Chunks()
        try:
            self.put(rendering, chunks)
            content = "".join(chunks).encode(self.encoding, self.errors)
        except UnicodeEncodeError as error:
            fault = f"the document has a character that {self.encoding} has not: {error.object[error.start]!r}"
            rendering.issues.append(Issue(code="mapping.value.not-writable", text=fault))
            content = b""
        return Written(content, EXTENSIONS[self.makes.partition(" ")[0]], rendering.issues)
