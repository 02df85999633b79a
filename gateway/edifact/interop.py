"""Segments as pydifact objects and back, and a fast parser for programs that are written against pydifact.

pydifact knows no repetition (syntax 4): of a repeating element only the first repetition is handed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydifact.control.characters import Characters
from pydifact.exceptions import EDISyntaxError
from pydifact.parser import Parser
from pydifact.segments import Segment as PydifactSegment

from gateway.edifact.syntax import (
    DEFAULT_SERVICE,
    Element,
    Segment,
    ServiceCharacters,
    service_of,
    split_pieces,
    split_text,
)


def to_pydifact(segments: Iterable[Segment]) -> list[PydifactSegment]:
    """The segments as pydifact's: a simple element is a string, a composite one a list."""
    return [_to_segment(segment) for segment in segments]


def from_pydifact(segments: Iterable[PydifactSegment]) -> list[Segment]:
    """The segments of pydifact's as ours."""
    return [[[segment.tag], *map(_from_element, segment.elements)] for segment in segments]


def _to_segment(segment: Segment) -> PydifactSegment:
    return PydifactSegment(segment[0][0], *[part[0] if len(part) == 1 else list(part) for part in segment[1:]])


def _from_element(element: str | list[str] | None) -> Element:
    if isinstance(element, str):
        return [element]
    return [component or "" for component in element or [""]]


class FastParser(Parser):
    """A parser for `pydifact.Interchange.from_str(text, parser=FastParser())`."""

    def parse(self, message: str, characters: Characters | None = None) -> Iterator[PydifactSegment]:
        """The segments of the text; raises EDISyntaxError for service characters that cannot be told apart."""
        service = _service_of(characters or self.characters) if characters else DEFAULT_SERVICE
        if message.startswith("UNA"):
            advised = service_of(message[3:9], "3") if len(message) >= 9 else None
            if advised is None:
                raise EDISyntaxError(f"service characters {message[3:9]!r} cannot be told apart")
            service, message = advised, message[9:]
        self.characters = Characters.from_str(service.una)
        return map(_to_segment, split_text(split_pieces(message, service), service))


def _service_of(characters: Characters) -> ServiceCharacters:
    return ServiceCharacters(
        component=characters.component_separator,
        element=characters.data_separator,
        decimal=characters.decimal_point,
        release=characters.escape_character.strip(),
        terminator=characters.segment_terminator,
    )
