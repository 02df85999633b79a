"""Messages just decoded, kept in memory until they are translated, so that they are read and arranged once."""

from __future__ import annotations

from gateway.edifact.reader import Message
from gateway.edifact.structure import Group

MOST_SEGMENTS = 10_000
"""Some 12 MB. What there is no room for is read again from the archive."""


class FreshMessages:
    """What is kept, by the message's id; nothing depends on its being there."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Message, Group]] = {}
        self._segments = 0

    def keep(self, identity: str, message: Message, root: Group) -> None:
        """Keep a message with its groups where there is room."""
        if self._segments + len(message.segments) <= MOST_SEGMENTS:
            self._kept[identity] = message, root
            self._segments += len(message.segments)

    def take(self, identity: str) -> tuple[Message, Group] | None:
        """The message with its groups, kept no longer; None where it is not there."""
        found = self._kept.pop(identity, None)
        if found is not None:
            self._segments -= len(found[0].segments)
        return found

    def clear(self) -> None:
        """Forget what was not taken: messages that were refused, or are held."""
        self._kept.clear()
        self._segments = 0
