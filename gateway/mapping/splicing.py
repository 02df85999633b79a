"""Segments spliced into the smallest valid message, so that a check states only what it is about.

What is given takes the place of what stands for the same thing: of a segment or group that comes once and of lines
the whole, of others the one with the same qualifier (`DTM+137`, `NAD+BY`). The rest is put where the message's table
has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.edifact.directory import Directory, GroupUse, MessageTable
from gateway.edifact.message import Message
from gateway.edifact.structure import Group, arrange
from gateway.edifact.syntax import DEFAULT_SERVICE, Segment, ServiceCharacters, split_pieces, split_text
from gateway.edifact.writer import write_segment
from gateway.errors import UsageError
from gateway.mapping.layout import SegmentLayout


class PlainEnvelope(NamedTuple):
    """The envelope of a message that came in none."""

    service: ServiceCharacters = DEFAULT_SERVICE
    charset: str = "utf-8"


class _Part(NamedTuple):
    """A segment or group at the top of the message: its place in the table, its qualifier, its segments."""

    place: int
    qualifier: str
    segments: list[Segment]


def spliced(reads: str, directory: Directory, smallest: str, given: str) -> Message:
    """The message of a type ("edifact ORDERS D.96A UN EAN008"). Raises UsageError for what has no place."""
    words = [*reads.split()[1:], "UN", ""]
    table = directory.message(words[0])
    if table is None:
        raise UsageError(f"There are no tables for {reads}.")
    version, _, release = words[1].partition(".")
    kind = [words[0], version, release, words[2], words[3] if len(words) > 4 else ""]
    head: Segment = [["UNH"], ["1"], kind]
    parts = _parts(head, segments_of(given), table, directory)
    taken = {(part.place, part.qualifier) for part in parts}
    kept = [
        part
        for part in _parts(head, segments_of(smallest), table, directory)
        if (part.place, part.qualifier) not in taken
    ]
    body = [segment for part in sorted([*kept, *parts], key=lambda part: part.place) for segment in part.segments]
    return _message([head, *body, [["UNT"], [str(len(body) + 2)], ["1"]]])


def segments_of(text: str) -> list[Segment]:
    """The segments a text states with the default service characters; the last terminator may be left out."""
    return split_text(split_pieces(text, DEFAULT_SERVICE), DEFAULT_SERVICE)


def _message(segments: Sequence[Segment]) -> Message:
    return Message("".join(map(write_segment, segments)).encode(), PlainEnvelope())


def _parts(head: Segment, body: Sequence[Segment], table: MessageTable, directory: Directory) -> list[_Part]:
    """The body cut at the top of the message's table, in its order. Raises UsageError for what begins nowhere."""
    segments = [head, *body]
    root, _ = arrange(_message(segments), table)
    starts = sorted(_starts(root, table))
    if body and (not starts or starts[0][0] > 1):
        raise UsageError(f"{body[0][0][0]} has no place in {table.type}. Begin with a segment or group of its own.")
    ends = [*(index for index, _ in starts[1:]), len(segments)][: len(starts)]
    return [
        _Part(place, _qualifier(segments[index], table, place, directory), segments[index:end])
        for (index, place), end in zip(starts, ends, strict=True)
    ]


def _starts(root: Group, table: MessageTable) -> Iterator[tuple[int, int]]:
    """Index and place in the table of every segment and group at the top, UNH left out."""
    numbers = {use.number: place for place, use in enumerate(table.members) if isinstance(use, GroupUse)}
    tags: dict[str, int] = {}
    for place, use in enumerate(table.members):
        if not isinstance(use, GroupUse):
            tags.setdefault(use.tag, place)
    for tag, indexes in root.segments.items():
        yield from ((index, tags[tag]) for index in indexes if index)
    for groups in root.groups.values():
        yield from ((group.index, numbers[group.number]) for group in groups)


def _qualifier(segment: Segment, table: MessageTable, place: int, directory: Directory) -> str:
    use, known = table.members[place], directory.segment(segment[0][0])
    if use.repetitions == 1 or known is None or not SegmentLayout(known).qualified:
        return ""
    return segment[1][0] if len(segment) > 1 else ""
