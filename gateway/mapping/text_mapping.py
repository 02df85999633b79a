"""Outbound mappings of texts: a canonical document written as CSV, fixed columns, JSON or XML, whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import msgspec

from gateway.issues import Issue
from gateway.mapping.template_values import Rendering

Chunks: TypeAlias = list[str]

EXTENSIONS = {"csv": "csv", "fixed": "txt", "json": "json", "xml": "xml", "cxml": "xml", "oci": "txt"}
"""The syntaxes written as texts, each with what a file of it is called by."""


class Written(NamedTuple):
    """A document written: its bytes, the ending of its file's name, and what could not be filled.

    `fields` are those of a form, in their order; its bytes are a line for each.
    """

    content: bytes
    extension: str
    issues: list[Issue]
    fields: tuple[tuple[str, str], ...] = ()


class TextMapping(NamedTuple):
    """A compiled outbound mapping: the canonical document it reads and what it makes, as `csv order`.

    `put` adds the texts of a document to a list, those of a form name and value in turn; `errors` is what becomes of a
    character the encoding has not.
    """

    id: str
    reads: type[msgspec.Struct]
    makes: str
    encoding: str
    put: Callable[[Rendering, Chunks], None]
    errors: str = "strict"
    is_form: bool = False

    def write(self, document: msgspec.Struct) -> Written:
        """The document as one file; issues name fields of the document and rules of the mapping."""
        rendering, chunks = Rendering(document), Chunks()
        try:
            self.put(rendering, chunks)
            fields = tuple(zip(chunks[::2], chunks[1::2], strict=True)) if self.is_form else ()
            text = "\n".join(f"{name}={value}" for name, value in fields) if fields else "".join(chunks)
            content = text.encode(self.encoding, self.errors)
        except UnicodeEncodeError as error:
            fault = f"the document has a character that {self.encoding} has not: {error.object[error.start]!r}"
            rendering.issues.append(Issue(code="mapping.value.not-writable", text=fault))
            content, fields = b"", ()
        return Written(content, EXTENSIONS[self.makes.partition(" ")[0]], rendering.issues, fields)
