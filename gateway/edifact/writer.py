"""Segments and messages written as bytes, with counts, references and service segments of the envelope."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gateway.edifact.charset import codec_of, missing_characters, transliterated
from gateway.edifact.envelope import InterchangeHeader, header_segment
from gateway.edifact.syntax import DEFAULT_SERVICE, Element, Repeated, Segment, ServiceCharacters, default_service
from gateway.issues import Issue, Severity


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A message to be written; `segments` is its body without UNH and UNT."""

    reference: str
    type: str
    version: str
    release: str
    agency: str = "UN"
    association: str = ""
    segments: Sequence[Segment]


def write_segment(segment: Segment, service: ServiceCharacters = DEFAULT_SERVICE) -> str:
    """The segment with its terminator: empty tails trimmed, then service characters released, then joined."""
    parts = [_write_element(element, service) for element in segment]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return service.element.join(parts) + service.terminator


def _write_element(element: Element, service: ServiceCharacters) -> str:
    if isinstance(element, Repeated):
        repetitions = [_write_components(components, service) for components in element.repetitions]
        return service.repetition.join(repetitions) if service.repetition else repetitions[0]
    return _write_components(element, service)


def _write_components(components: list[str], service: ServiceCharacters) -> str:
    last = len(components)
    while last and not components[last - 1]:
        last -= 1
    if last == 1:
        return _release(components[0], service)
    return service.component.join([_release(component, service) for component in components[:last]])


def _release(value: str, service: ServiceCharacters) -> str:
    if value.isalnum() or not service.release:
        return value
    for character in service.separators:
        if character in value:
            value = value.replace(character, service.release + character)
    return value


def message_segments(message: Outgoing) -> list[Segment]:
    """The segments of the message from UNH to UNT, with the count of them."""
    identifier = [message.type, message.version, message.release, message.agency, message.association]
    count = str(len(message.segments) + 2)
    return [
        [["UNH"], [message.reference], identifier],
        *message.segments,
        [["UNT"], [count], [message.reference]],
    ]


def write_interchange(
    header: InterchangeHeader,
    messages: Sequence[Outgoing],
    service: ServiceCharacters | None = None,
    with_una: bool | None = None,
    transliterate: bool = False,
) -> tuple[bytes, list[Issue]]:
    """The interchange as bytes, and an issue for each value that its charset or service characters cannot hold.

    What cannot be held is written as blanks. `service` is by default that of the syntax version; UNA is written
    where the characters are not the default ones unless `with_una` says otherwise. `transliterate` writes out what
    the charset lacks (ü as ue), which then is a finding.
    """
    usual = default_service(header.syntax_version)
    service = service or usual
    fitting = _Fitting(header.syntax_identifier, service, transliterate)
    parts = [service.una if (service != usual if with_una is None else with_una) else ""]
    parts.append(_write([header_segment(header)], service, fitting))
    parts += [_write(message_segments(message), service, fitting) for message in messages]
    parts.append(_write([[["UNZ"], [str(len(messages))], [header.control_reference]]], service, fitting))
    return "".join(parts).encode(codec_of(header.syntax_identifier) or "ascii", "replace"), fitting.issues


def _write(segments: Sequence[Segment], service: ServiceCharacters, fitting: _Fitting) -> str:
    text = "".join([write_segment(segment, service) for segment in segments])
    if fitting.needed_for(text, segments):
        segments = fitting.fit(segments)
        text = "".join([write_segment(segment, service) for segment in segments])
    return text


class _Fitting:
    """Segments in the characters that may leave, with an issue for each value that had to change."""

    def __init__(self, syntax_identifier: str, service: ServiceCharacters, transliterate: bool) -> None:
        self.issues: list[Issue] = []
        self._syntax_identifier = syntax_identifier
        self._service = service
        self._transliterate = transliterate
        # Without a release character nothing can carry a separator; without the other there is no repeating.
        self._barred = "" if service.release else service.separators

    def needed_for(self, text: str, segments: Sequence[Segment]) -> bool:
        """Whether some value of the segments, written as this text, cannot leave as it is."""
        if self._lacking(text):
            return True
        if self._barred and any(_holds(segment, self._barred) for segment in segments):
            return True
        return not self._service.repetition and any(
            isinstance(element, Repeated) for segment in segments for element in segment
        )

    def fit(self, segments: Sequence[Segment]) -> list[Segment]:
        """The segments with every value fitted."""
        return [
            [self._element(element, (number, segment[0][0], index)) for index, element in enumerate(segment)]
            for number, segment in enumerate(segments, 1)
        ]

    def _element(self, element: Element, place: tuple[int, str, int]) -> Element:
        if not isinstance(element, Repeated):
            return [self._value(value, place, number) for number, value in enumerate(element, 1)]
        if not self._service.repetition and len(element.repetitions) > 1:
            self._note("the syntax has no repetition separator: only the first repetition is sent", place, None)
            return self._element(element.repetitions[0], place)
        return Repeated([self._element(components, place) for components in element.repetitions])

    def _value(self, value: str, place: tuple[int, str, int], component: int) -> str:
        lacking = self._lacking(value)
        if lacking and self._transliterate:
            written = transliterated(value, self._syntax_identifier)
            if not self._lacking(written):
                self._note(f"{value!r} is written {written!r}", place, component, Severity.FINDING)
                value, lacking = written, ""
        lacking += "".join(character for character in self._barred if character in value)
        if lacking:
            self._note(f"{value!r} holds {lacking!r}, which cannot be sent", place, component)
            value = value.translate({ord(character): " " for character in lacking})
        return value

    def _lacking(self, text: str) -> str:
        lacking = missing_characters(text, self._syntax_identifier)
        return "".join(c for c in lacking if c not in self._service.separators) if lacking else ""

    def _note(
        self, text: str, place: tuple[int, str, int], component: int | None, severity: Severity = Severity.ERROR
    ) -> None:
        number, tag, index = place
        self.issues.append(
            Issue(
                code="charset.invalid",
                text=text,
                severity=severity,
                segment=None if tag in ("UNB", "UNZ") else number,
                tag=tag,
                element_position=index or None,
                component_position=component,
            )
        )


def _holds(segment: Segment, characters: str) -> bool:
    return any(character in value for element in segment for value in element for character in characters)
