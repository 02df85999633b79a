"""A mapping tried on a file: what it makes of each message, or of a canonical document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from gateway.edifact import directory as directories
from gateway.edifact.message import Message
from gateway.edifact.reader import read
from gateway.edifact.validation import validate
from gateway.edifact.writer import write_segment
from gateway.errors import UsageError
from gateway.issues import Issue
from gateway.mapping.inbound import InboundMapping
from gateway.mapping.outbound import OutboundMapping
from gateway.mapping.table_reader import Document
from gateway.mapping.text_mapping import TextMapping
from gateway.mapping.tree_mapping import Parts, TreeMapping
from gateway.mapping.unread import Unread, UnreadText


class Trial(NamedTuple):
    """A message with what a mapping made of it; `issues` are those of the message, its directory and the mapping.

    `message` is that of an interchange, None for a document of another file.
    """

    title: str
    message: Message | None
    document: Document
    issues: list[Issue]
    unread: Sequence[Unread | UnreadText]

    def as_object(self) -> dict[str, object]:
        """The trial as JSON values; numbers are texts, dates ISO."""
        return {
            "document": msgspec.to_builtins(self.document),
            "issues": [msgspec.to_builtins(issue) for issue in self.issues],
            "unread": [one.as_object() for one in self.unread],
        }


class FileTrial(NamedTuple):
    """The trials of a file's messages, the issues outside of them, and what the mapping does not read."""

    trials: list[Trial]
    issues: list[Issue]
    others: list[str]


def try_file(mapping: InboundMapping | TreeMapping, content: bytes) -> FileTrial:
    """Every message of a file that is of the mapping's type and release, tried."""
    if isinstance(mapping, TreeMapping):
        return try_parts(mapping, mapping.parts(content))
    found = FileTrial([], [], [])
    reading = read(content)
    for interchange in reading:
        for message in interchange.messages():
            kind = f"{message.type} {message.version}.{message.release}"
            if mapping.reads.split()[1:3] == kind.split():
                found.trials.append(try_message(mapping, message))
            else:
                found.others.append(kind)
        found.issues.extend(interchange.issues)
    found.issues.extend(reading.issues)
    return found


def try_parts(mapping: TreeMapping, parts: Parts) -> FileTrial:
    """Every document of a file that is no interchange, tried."""
    trials = []
    for part in parts.parts:
        translation = mapping.read(part)
        title = f"document {part.ordinal}, line {part.line}: {mapping.reads}"
        trials.append(Trial(title, None, translation.document, translation.issues, translation.unread))
    return FileTrial(trials, parts.issues, [])


def try_message(mapping: InboundMapping, message: Message) -> Trial:
    """The message validated and read, as the line does it."""
    directory = directories.load(message.version, message.release)
    if directory is None:
        raise UsageError(f"There are no tables for {message.version}.{message.release}.")
    root, issues = validate(message, directory)
    translation = mapping.translate(message, root)
    title = f"message {message.reference}: {message.type} {message.version}.{message.release}"
    found = [*message.issues, *issues, *translation.issues]
    return Trial(title, message, translation.document, found, translation.unread)


class Writing(NamedTuple):
    """What a mapping wrote of a document: its lines, which are segments where it makes a message, and the issues."""

    lines: list[str]
    issues: list[Issue]
    is_message: bool

    def as_object(self) -> dict[str, object]:
        """The writing as JSON values."""
        return {
            "segments" if self.is_message else "lines": self.lines,
            "issues": [msgspec.to_builtins(issue) for issue in self.issues],
        }


def try_writing(mapping: OutboundMapping | TextMapping, document: msgspec.Struct) -> Writing:
    """A canonical document written; segments stand as in a message, each with its terminator."""
    if isinstance(mapping, OutboundMapping):
        rendered = mapping.render(document)
        return Writing(list(map(write_segment, rendered.segments)), rendered.issues, is_message=True)
    written = mapping.write(document)
    return Writing(written.content.decode(mapping.encoding).splitlines(), written.issues, is_message=False)


def try_document(mapping: OutboundMapping | TextMapping, content: bytes) -> Writing:
    """A canonical document (JSON) written. Raises UsageError for what is no such document."""
    try:
        document = msgspec.json.decode(content, type=mapping.reads)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"This is no canonical {mapping.reads.__name__} in JSON: {error}.") from None
    return try_writing(mapping, document)
