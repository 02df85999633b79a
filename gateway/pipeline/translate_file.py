"""Translate a document of a file that is no interchange: its part of the file read by the mapping of its way in."""

from __future__ import annotations

from typing import NamedTuple

from gateway.cxml.kept import package_of
from gateway.errors import PermanentError
from gateway.issues import Issue, has_errors
from gateway.mapping.table_reader import Document
from gateway.mapping.tree_mapping import Part, Parts, TreeMapping
from gateway.model.trade_rows import ROW_KINDS
from gateway.pipeline.canonical import Stated, stated_in
from gateway.pipeline.work import Line
from gateway.store import Connection, records
from gateway.store.transmissions import read_window


def opened(line: Line, db: Connection, transmission: str, size: int, mapping: str) -> Parts:
    """The parts of a file as this mapping finds them, the file read once for all of them."""
    reader = _mapping(line, mapping)
    key = ("parts", transmission, mapping, line.library.digest(mapping))
    return line.opened.once(key, size, lambda: parts_in(reader, read_window(db, transmission, 0, size)))


def parts_in(reader: TreeMapping, content: bytes) -> Parts:
    """The parts of what came as the mapping finds them; of cXML those of the document, without its attachments."""
    if not reader.reads.startswith("cxml "):
        return reader.parts(content)
    package = package_of(content)
    return Parts((), [package]) if isinstance(package, Issue) else reader.parts(package.xml)


class Read(NamedTuple):
    """What a document of a file came to: nothing where errors were found, and `tree` as far as it was read."""

    document: Stated | None
    issues: tuple[Issue, ...]
    tree: Document


def read_document(line: Line, db: Connection, record: records.Message, mapping: str) -> Read:
    """The canonical document of a message; rows of trade data are read once for all the commits they take."""
    reader = _mapping(line, mapping)
    if reader.makes not in ROW_KINDS:
        return _read(line, db, record, reader)
    key = ("rows", record.id, mapping, line.library.digest(mapping))
    return line.opened.once(key, record.length, lambda: _read(line, db, record, reader))


def _read(line: Line, db: Connection, record: records.Message, mapping: TreeMapping) -> Read:
    translation = mapping.read(_part(line, db, record, mapping))
    tree, issues = translation.document, tuple(translation.issues)
    return Read(None if has_errors(issues) else stated_in(tree, mapping.makes), issues, tree)


def _part(line: Line, db: Connection, record: records.Message, mapping: TreeMapping) -> Part:
    parts = opened(line, db, record.transmission, record.length, mapping.id).parts
    ordinal = int(record.message_reference or 0)
    if not 1 <= ordinal <= len(parts):
        text = f"{mapping.id} finds no document {record.message_reference} in {record.file} any more."
        raise PermanentError(f"{text} Correct the mapping, then replay.")
    return parts[ordinal - 1]


def _mapping(line: Line, identity: str) -> TreeMapping:
    found = line.library.inbound(identity)
    if isinstance(found, TreeMapping):
        return found
    raise PermanentError(f"{identity} reads {found.reads}. Name a mapping of the file's syntax, then replay.")
