"""What a mapping knows while it reads one message: where it stands, what it has read, what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from gateway.edifact.syntax import Segment, ServiceCharacters
from gateway.mapping import rules
from gateway.mapping.rules import Findings


class SourceMessage(Protocol):
    """A message that can be read: its segments from UNH to UNT, as text too, and where each begins."""

    @property
    def segments(self) -> list[Segment]:
        """The segments."""

    @property
    def pieces(self) -> list[str]:
        """The text of each segment."""

    @property
    def service(self) -> ServiceCharacters:
        """The service characters in the texts."""

    def offsets(self) -> list[int]:
        """The byte offset of every segment's tag."""


class Place(Protocol):
    """Where paths start: a group of the message, or one segment taken for itself."""

    @property
    def index(self) -> int:
        """The index of its first segment."""

    @property
    def segments(self) -> Mapping[str, Sequence[int]]:
        """The indexes of its own segments by tag."""

    @property
    def groups(self) -> Mapping[str, Sequence[Place]]:
        """The groups inside it by trigger."""

    @property
    def parent(self) -> Place | None:
        """The place around it."""


class SegmentPlace:
    """One segment as a place of its own, for tables that repeat over a segment."""

    __slots__ = ("groups", "index", "parent", "segments")

    def __init__(self, tag: str, index: int, parent: Place) -> None:
        self.index = index
        self.parent: Place | None = parent
        self.segments: Mapping[str, Sequence[int]] = {tag: (index,)}
        self.groups: Mapping[str, Sequence[Place]] = {}


class Reading(Findings):
    """One message being read. `read` has a bit for each leaf of each segment that was read.

    `pieces` are the segments as text, with these service characters in them.
    """

    __slots__ = ("pieces", "read", "segments", "service")

    def __init__(self, message: SourceMessage) -> None:
        super().__init__()
        segments = message.segments
        self.segments = segments
        self.pieces = message.pieces
        self.service = message.service
        self.read = [0] * len(segments)


Read: TypeAlias = rules.Read[Reading, Place]
FindPlaces: TypeAlias = Callable[[Reading, Place], Sequence[Place]]
FindSegments: TypeAlias = Callable[[Reading, Place], Sequence[int]]
