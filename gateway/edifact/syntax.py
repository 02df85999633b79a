"""Segments, service characters and limits: the plain values of UN/EDIFACT syntax (ISO 9735 versions 1 to 4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

Element: TypeAlias = list[str]
Segment: TypeAlias = list[Element]

BLANKS = " \t\r\n\x00\x1a"
# Code points that no decoder yields stand for released characters while a segment is split.
_HELD = "\udc00\udc01\udc02\udc03\udc04"


class Repeated(list[str]):
    """A repeating element (syntax 4): itself its first repetition, all of them in `repetitions`."""

    __slots__ = ("repetitions",)

    def __init__(self, repetitions: list[list[str]]) -> None:
        super().__init__(repetitions[0])
        self.repetitions = repetitions

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Repeated):
            return self.repetitions == other.repetitions
        return len(self.repetitions) == 1 and list.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None


class ServiceCharacters(NamedTuple):
    """The characters of UNA; `release` and `repetition` are empty where there is none."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    repetition: str = ""
    terminator: str = "'"

    @property
    def una(self) -> str:
        """The service string advice of these characters, nine characters long."""
        reserved = self.repetition or " "
        return f"UNA{self.component}{self.element}{self.decimal}{self.release or ' '}{reserved}{self.terminator}"

    @property
    def separators(self) -> str:
        """What must be released in data."""
        return self.release + self.terminator + self.element + self.component + self.repetition


DEFAULT_SERVICE = ServiceCharacters()
DEFAULT_SERVICE_4 = ServiceCharacters(repetition="*")


class Limits(NamedTuple):
    """How much of each thing is taken; past it the thing is refused with limit.exceeded."""

    max_interchange_bytes: int = 1 << 30
    max_message_bytes: int = 32 << 20
    max_segment_bytes: int = 64 << 10
    max_segments_per_message: int = 200_000
    max_messages_per_interchange: int = 1_000_000


def default_service(syntax_version: str) -> ServiceCharacters:
    """The service characters where no UNA is sent: only syntax 4 has a repetition separator."""
    return DEFAULT_SERVICE_4 if syntax_version == "4" else DEFAULT_SERVICE


def service_of(una: str, syntax_version: str) -> ServiceCharacters | None:
    """The service characters of the six after `UNA`; None where two are the same or one is alphanumeric.

    A blank release or repetition character means none; before syntax 4 the fifth is reserved.
    """
    component, element, decimal, release, repetition, terminator = tuple(una)
    release = release.strip(" ")
    repetition = repetition.strip(" ") if syntax_version == "4" else ""
    used = component + element + decimal + release + repetition + terminator
    valid = len(set(used)) == len(used) and not any(c.isalnum() or ord(c) > 126 for c in used)
    if not valid or " " in (component, element, terminator):
        return None
    return ServiceCharacters(component, element, decimal, release, repetition, terminator)


def split_pieces(text: str, service: ServiceCharacters) -> list[str]:
    """The segments as text, released characters still released; line breaks and blanks between segments are gone."""
    terminator, release = service.terminator, service.release
    if "\n" in text or "\r" in text:
        for line_break in "\r\n":
            if line_break != terminator:
                text = text.replace(line_break, "")
    pieces = text.split(terminator)
    if release and release + terminator in text:
        pieces = _rejoin(pieces, release, terminator)
    if not pieces[-1]:
        pieces.pop()
    # The smallest piece shows at once whether any is empty or begins with a blank.
    if pieces and min(pieces) < "!":
        pieces = [stripped for piece in pieces if (stripped := piece.lstrip(BLANKS))]
    return pieces


def _rejoin(pieces: Iterable[str], release: str, terminator: str) -> list[str]:
    """The pieces with each released terminator put back; `??'` ends a segment, `?'` does not."""
    whole: list[str] = []
    parts: list[str] = []
    for piece in pieces:
        parts.append(piece)
        if (len(piece) - len(piece.rstrip(release))) % 2 == 0:
            whole.append(terminator.join(parts))
            parts = []
    if parts:
        whole.append(terminator.join(parts))
    return whole


def split_text(pieces: list[str], service: ServiceCharacters) -> list[Segment]:
    """The segments of the pieces, release characters resolved."""
    component, element, release, repetition = service.component, service.element, service.release, service.repetition
    if repetition and any(repetition in piece for piece in pieces):
        return [split_piece(piece, service) for piece in pieces]
    if not release:
        return [[part.split(component) for part in piece.split(element)] for piece in pieces]
    return [
        split_piece(piece, service) if release in piece else [part.split(component) for part in piece.split(element)]
        for piece in pieces
    ]


def split_piece(piece: str, service: ServiceCharacters) -> Segment:
    """One segment, release characters resolved and repeating elements told apart."""
    release, repetition = service.release, service.repetition
    released = bool(release) and release in piece
    if released:
        for character, held in zip(service.separators, _HELD, strict=False):
            piece = piece.replace(release + character, held)
        piece = piece.replace(release, "")
    segment: Segment = []
    for part in piece.split(service.element):
        if repetition and repetition in part:
            segment.append(Repeated([_components(one, service, released) for one in part.split(repetition)]))
        else:
            segment.append(_components(part, service, released))
    return segment


def _components(part: str, service: ServiceCharacters, released: bool) -> Element:
    components = part.split(service.component)
    if released:
        for character, held in zip(service.separators, _HELD, strict=False):
            if held in part:
                components = [component.replace(held, character) for component in components]
    return components


def split_tag(piece: str, service: ServiceCharacters) -> str:
    """The tag of the piece."""
    if service.release and service.release in piece:
        return split_piece(piece, service)[0][0]
    return piece.split(service.element, 1)[0].split(service.component, 1)[0]
