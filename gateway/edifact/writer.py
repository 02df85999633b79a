"""Segments and messages written as bytes, with counts, references and service segments of the envelope."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gateway.edifact.charset import codec_of, missing_characters, transliterated
from gateway.edifact.envelope import InterchangeHeader, header_segment
from gateway.edifact.syntax import DEFAULT_SERVICE, Element, Repeated, Segment, ServiceCharacters, default_service
from gateway.issues import Issue, Severity

# Code points that no decoder yields and no store holds stand for the separators until the data is released.
_NEXT_COMPONENT, _NEXT_REPETITION, _NEXT_ELEMENT, _END = "\udc05\udc06\udc07\udc08"


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
    """The segment with its terminator: empty tails trimmed, then service characters released, then joined.

    Of a repeating element only the first repetition is written where there is no repetition separator.
    """
    if not service.repetition:
        segment = [element.repetitions[0] if isinstance(element, Repeated) else element for element in segment]
    return _finished(_joined([segment]), service)


def _joined(segments: Sequence[Segment]) -> str:
    """The values of the segments with stand-ins between them, empty elements at the end of a segment left out."""
    lines = [
        _NEXT_ELEMENT.join(
            [
                _NEXT_COMPONENT.join(element) if element.__class__ is list else _joined_repetitions(element)
                for element in segment
            ]
        ).rstrip(_NEXT_COMPONENT + _NEXT_ELEMENT)
        for segment in segments
    ]
    return _END.join([*lines, ""])


def _joined_repetitions(element: Element) -> str:
    repetitions = element.repetitions if isinstance(element, Repeated) else [element]
    return _NEXT_REPETITION.join(
        [_NEXT_COMPONENT.join(components).rstrip(_NEXT_COMPONENT) for components in repetitions]
    )


def _finished(joined: str, service: ServiceCharacters) -> str:
    """The text without empty components at the end of an element, data released, separators for their stand-ins."""
    while _NEXT_COMPONENT + _NEXT_ELEMENT in joined:
        joined = joined.replace(_NEXT_COMPONENT + _NEXT_ELEMENT, _NEXT_ELEMENT)
    if service.release:
        for character in service.separators:
            if character in joined:
                joined = joined.replace(character, service.release + character)
    joined = joined.replace(_NEXT_COMPONENT, service.component).replace(_NEXT_ELEMENT, service.element)
    return joined.replace(_NEXT_REPETITION, service.repetition).replace(_END, service.terminator)


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
    parts.append(fitting.write([header_segment(header)]))
    parts += [fitting.write(message_segments(message)) for message in messages]
    parts.append(fitting.write([[["UNZ"], [str(len(messages))], [header.control_reference]]]))
    return "".join(parts).encode(codec_of(header.syntax_identifier) or "ascii", "replace"), fitting.issues


class _Fitting:
    """Segments in the characters that may leave, with an issue for each value that had to change."""

    def __init__(self, syntax_identifier: str, service: ServiceCharacters, transliterate: bool) -> None:
        self.issues: list[Issue] = []
        self._syntax_identifier = syntax_identifier
        self._service = service
        self._transliterate = transliterate
        # Without a release character nothing can carry a separator; without the other there is no repeating.
        self._barred = "" if service.release else service.separators

    def write(self, segments: Sequence[Segment]) -> str:
        """The segments as text in the characters that may leave."""
        joined = _joined(segments)
        text = _finished(joined, self._service)
        if self._lacking(text) or self._is_ambiguous(joined):
            text = _finished(_joined(self.fit(segments)), self._service)
        return text

    def _is_ambiguous(self, joined: str) -> bool:
        """Whether values hold separators that nothing can release, or repeat where nothing separates repetitions."""
        repeats = not self._service.repetition and _NEXT_REPETITION in joined
        return repeats or any(character in joined for character in self._barred)

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
