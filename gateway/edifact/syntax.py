"""Segments, service characters and limits: the plain values of UN/EDIFACT syntax (ISO 9735 versions 1 to 4)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import NamedTuple, TypeAlias

Element: TypeAlias = list[str]
Segment: TypeAlias = list[Element]

BLANKS = " \t\r\n\x00\x1a"
# Code points that no decoder yields stand for released characters while a segment is split.
_SPLIT = str.split


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
    max_groups_per_interchange: int = 10_000


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
    # One character is found many times faster than two.
    if release and release in text and release + terminator in text:
        pieces = _rejoin(text, pieces, release, terminator)
    if not pieces[-1]:
        pieces.pop()
    # The smallest piece shows at once whether any is empty or begins with a blank.
    if pieces and min(pieces) < "!":
        pieces = [stripped for piece in pieces if (stripped := piece.lstrip(BLANKS))]
    return pieces


def _rejoin(text: str, pieces: list[str], release: str, terminator: str) -> list[str]:
    """The pieces with each released terminator put back; `??'` ends a segment, `?'` does not."""
    released = _released_terminators(text, release, terminator)
    whole: list[str] = []
    taken = 0
    while released:
        first = last = released.pop()
        while released and released[-1] == last + 1:
            last = released.pop()
        whole += pieces[taken:first]
        taken = last + 2
        whole.append(terminator.join(pieces[first:taken]))
    return whole + pieces[taken:]


def _released_terminators(text: str, release: str, terminator: str) -> list[int]:
    """Which terminators of the text are released, counted from 0, the last one first."""
    released = []
    passed = count = 0
    at = text.find(release + terminator)
    while at >= 0:
        count += text.count(terminator, passed, at + 1)
        passed = run = at + 1
        while run and text[run - 1] == release:
            run -= 1
        if (at + 1 - run) % 2:
            released.append(count)
        at = text.find(release + terminator, at + 1)
    return released[::-1]


def split_text(pieces: list[str], service: ServiceCharacters, plain: bool = False) -> list[Segment]:
    """The segments of the pieces, release characters resolved; `plain` says that there are none, nor repetitions."""
    component, element, release, repetition = service.component, service.element, service.release, service.repetition
    if repetition and not plain:
        return [split_piece(piece, service) for piece in pieces]
    components = repeat(component)
    if plain or not release:
        return [list(map(_SPLIT, piece.split(element), components)) for piece in pieces]
    return [
        split_piece(piece, service) if release in piece else list(map(_SPLIT, piece.split(element), components))
        for piece in pieces
    ]


def split_piece(piece: str, service: ServiceCharacters) -> Segment:
    """One segment, release characters resolved and repeating elements told apart."""
    component, element, _, release, repetition, _ = service
    if repetition and repetition in piece:
        return _split_repeating(piece, service)
    plain, *others = piece.split(release) if release else (piece,)
    segment = [part.split(component) for part in plain.split(element)]
    for character, text in _released_characters(others, release):
        if element in text or component in text:
            elements = [part.split(component) for part in text.split(element)]
            segment[-1][-1] += character + elements[0][0]
            segment[-1] += elements[0][1:]
            segment += elements[1:]
        else:
            segment[-1][-1] += character + text
    return segment


def _split_repeating(piece: str, service: ServiceCharacters) -> Segment:
    segment = [[[""]]]
    plain, *others = piece.split(service.release) if service.release else (piece,)
    for character, text in (("", plain), *_released_characters(others, service.release)):
        elements = [
            [part.split(service.component) for part in element.split(service.repetition)]
            for element in text.split(service.element)
        ]
        open_repetition, *repetitions = elements[0]
        segment[-1][-1][-1] += character + open_repetition[0]
        segment[-1][-1] += open_repetition[1:]
        segment[-1] += repetitions
        segment += elements[1:]
    return [Repeated(repetitions) if len(repetitions) > 1 else repetitions[0] for repetitions in segment]


def _released_characters(parts: list[str], release: str) -> Iterator[tuple[str, str]]:
    """Each released character and the text behind it; `parts` are what follows each release character."""
    texts = iter(parts)
    for text in texts:
        if text:
            yield text[0], text[1:]
        elif (behind := next(texts, None)) is not None:
            yield release, behind
