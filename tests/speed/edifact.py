"""The EDIFACT reader and writer, against pydifact and against the shortest loop of `str.split` there can be."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from pydifact.segmentcollection import Interchange as PydifactInterchange

from gateway.edifact.reader import Message, parse_message, read
from gateway.edifact.syntax import Segment
from gateway.edifact.writer import Outgoing, write_interchange
from tests.speed.figures import Figure, cpu_seconds
from tests.speed.interchanges import interchange

_MEGABYTES = 10
_SAMPLE_BYTES = 100_000
_RELEASED_SHARE = 0.28
# This seed makes a message of 75 or 76 segments with and without released characters.
_MESSAGE_SEED = 10
# The wheel of pydifact lacks the tables it looks for; its warnings would cost it time.
warnings.filterwarnings("ignore", module=r"pydifact\..*")


def measure() -> Iterator[Figure]:
    """The figures of the design's speed table: files, single messages, tags only, writing."""
    for kind, share, times in (("plain", 0.0, 55), ("escaped", _RELEASED_SHARE, 33)):
        yield from _files(kind, share, times)
        yield _message(kind, share)
        yield _writing(kind, share)


def _files(kind: str, share: float, times_pydifact: float) -> Iterator[Figure]:
    content = interchange(_MEGABYTES * 1_000_000, released_share=share)
    sample = interchange(_SAMPLE_BYTES, released_share=share)
    text = sample.decode("ascii")
    windows = [message.raw for message in _messages(content)]
    full, lazy, bare, theirs = cpu_seconds(
        lambda: read_all(content),
        lambda: read_tags(content),
        lambda: [bare_split(raw) for raw in windows],
        lambda: read_with_pydifact(text),
    )
    speed, bare_speed = len(content) / full / 1e6, sum(map(len, windows)) / bare / 1e6
    pydifact_speed = len(sample) / theirs / 1e6
    name = f"{_MEGABYTES} MB {kind}, all elements"
    yield Figure(name, speed, "MB/s", "pydifact", pydifact_speed, at_least=times_pydifact)
    yield Figure(name, speed, "MB/s", "bare str.split", bare_speed, at_least=0.9)
    lazy_name = f"{_MEGABYTES} MB {kind}, segments and tags only"
    yield Figure(lazy_name, len(content) / lazy / 1e6, "MB/s", "all elements", speed, at_least=2)


def _message(kind: str, share: float) -> Figure:
    found = next(iter(read(interchange(1, released_share=share, seed=_MESSAGE_SEED))))
    envelope = found.envelope
    raw = next(found.messages()).raw
    ours, bare = cpu_seconds(lambda: parse_message(raw, envelope).segments, lambda: bare_split(raw))
    name = f"message of {len(raw)} bytes, {kind}"
    return Figure(name, ours * 1e6, "us", "bare str.split", bare * 1e6, at_most=1.15)


def _writing(kind: str, share: float) -> Figure:
    content = interchange(1, released_share=share, seed=_MESSAGE_SEED)
    found = next(iter(read(content)))
    message = next(found.messages())
    outgoing = Outgoing(
        reference=message.reference, type=message.type, version=message.version, release=message.release,
        association=message.association, segments=message.segments[1:-1],
    )  # fmt: skip
    header = found.header
    peer = PydifactInterchange.from_str(content.decode("ascii"))
    ours, theirs = cpu_seconds(lambda: write_interchange(header, [outgoing]), peer.serialize)
    name = f"writing {len(message.segments)} segments, {kind}"
    return Figure(name, 1 / ours, "messages/s", "pydifact", 1 / theirs, at_least=3)


def _messages(content: bytes) -> Iterator[Message]:
    for found in read(content):
        yield from found.messages()


def read_all(content: bytes) -> int:
    """The number of segments, each split into its elements and let go with its message."""
    return sum(len(message.segments) for message in _messages(content))


def read_tags(content: bytes) -> int:
    """The number of segments, of which only the tags were looked at."""
    return sum(len(message.tags()) for message in _messages(content))


def read_with_pydifact(text: str) -> int:
    """The number of segments that pydifact finds."""
    return len(PydifactInterchange.from_str(text).segments)


def bare_split(raw: bytes) -> int:
    """The number of segments of a message split by nothing but `str.split`, with a test for the release character.

    It knows no limits, no line ends, no places and no service characters but the usual ones.
    """
    segments: list[Segment] = []
    begun = ""
    for piece in raw[:-1].decode("iso8859-1").split("'"):
        if begun or "?" in piece:
            begun += piece
            if (len(begun) - len(begun.rstrip("?"))) % 2:
                begun += "'"
                continue
            segments.append(_released(begun))
            begun = ""
        else:
            segments.append([part.split(":") for part in piece.split("+")])
    return len(segments)


def _released(piece: str) -> Segment:
    for pair, stand_in in _HELD:
        piece = piece.replace(pair, stand_in)
    segment = [part.split(":") for part in piece.split("+")]
    for pair, stand_in in _HELD:
        segment = [[text.replace(stand_in, pair[1]) for text in element] for element in segment]
    return segment


_HELD = (("??", "\udc00"), ("?'", "\udc01"), ("?+", "\udc02"), ("?:", "\udc03"))
