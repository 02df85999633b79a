"""What a placeholder is filled with: fields of the document and the steps after them, at the place being rendered."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from gateway.issues import Issue
from gateway.mapping.document_fields import Field, Read, Scope
from gateway.mapping.grammar import Position, Scanner
from gateway.mapping.step_values import StepError
from gateway.mapping.steps import Apply

Text: TypeAlias = "str | list[str]"
Condition: TypeAlias = Callable[[Scope], bool]

_CODES = {
    "code-unknown": "mapping.code.unknown",
    "does-not-fit": "mapping.value.does-not-fit",
    "ambiguous": "mapping.value.ambiguous",
    "not-writable": "mapping.value.not-writable",
}
_PATH = re.compile(r'/?[a-z][a-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*(?::[A-Za-z0-9_-]+|\."[^"]+")?')


class FieldPath(NamedTuple):
    """A path of the document; `mark` is ? where empty drops the segment, ! where it is an issue."""

    path: str
    mark: str
    offset: int


def field_path(scanner: Scanner) -> FieldPath:
    """The path that comes next, with its mark: the dialect of placeholders and of `each` and `when`."""
    scanner.skip()
    offset = scanner.offset
    path = scanner.match(_PATH, "a path of the document")
    is_comparison = scanner.sees("!=")
    mark = "" if is_comparison else "?" if scanner.accept("?") else "!" if scanner.accept("!") else ""
    return FieldPath(path, mark, offset)


class Rendering:
    """One document being rendered: the items around the present place, and the issues so far."""

    __slots__ = ("_places", "issues", "scope")

    def __init__(self, document: msgspec.Struct) -> None:
        self.scope: Scope = [document]
        self.issues: list[Issue] = []
        self._places: list[tuple[str, int]] = []

    def enter(self, path: str, index: int, item: msgspec.Struct) -> None:
        """Makes an item of the list at `path` the present place."""
        self.scope.append(item)
        self._places.append((path, index))

    def leave(self) -> None:
        """Goes back to the place around this one."""
        self.scope.pop()
        self._places.pop()

    def report(self, code: str, text: str, place: Place) -> None:
        """Adds an issue about a placeholder, with the field it reads here."""
        around = "".join(f"{path}[{index}]." for path, index in self._places[: place.field.depth])
        self.issues.append(
            Issue(code=code, text=text, tag=place.tag, rule=str(place.at), field=around + place.field.path)
        )


class Place(NamedTuple):
    """A placeholder as an issue names it: the field it reads first, the segment it stands in, where it was written."""

    field: Field
    tag: str
    at: Position


class Fill(NamedTuple):
    """One value of a segment: `text` gives its text, or the texts of successive components where it is `many`."""

    place: Place
    many: bool
    text: Callable[[Rendering], Text]

    def report_missing(self, rendering: Rendering) -> None:
        """Adds the issue of a value that must not be empty."""
        rendering.report("mapping.value.missing", f"{self.place.field.path} is empty", self.place)


class ListedFields(NamedTuple):
    """Several sources in brackets: the texts of all that are not empty."""

    sources: tuple[Field | str, ...]

    def read(self, scope: Scope) -> list[str] | None:
        """The texts, None where every field is empty."""
        values = [source if isinstance(source, str) else source.read(scope) for source in self.sources]
        if all(isinstance(source, str) or _is_empty(value) for source, value in zip(self.sources, values, strict=True)):
            return None
        return [str(value) for value in values if not _is_empty(value)]


Source: TypeAlias = Field | ListedFields | str


def fill(place: Place, sources: Sequence[Source], steps: Sequence[Apply], *, many: bool) -> Fill:
    """The first source that is not empty, through the steps; a value a step cannot take is an issue and empty."""
    first = sources[0]
    read = first.read if len(sources) == 1 and not isinstance(first, str) else _first_filled(sources)

    def text(rendering: Rendering) -> Text:
        value = read(rendering.scope)
        # Most values are there: a number that is zero is the only one that is asked twice.
        if not value and _is_empty(value):
            return ""
        try:
            for step in steps:
                value = step(value)
        except StepError as error:
            rendering.report(_CODES.get(error.kind, "mapping.value.invalid"), str(error), place)
            return ""
        if isinstance(value, str | list):
            return value
        return list(value) if isinstance(value, tuple) else str(value)

    return Fill(place, many, text)


def _first_filled(sources: Sequence[Source]) -> Read:
    def read(scope: Scope) -> object:
        for source in sources:
            value = source if isinstance(source, str) else source.read(scope)
            if not _is_empty(value):
                return value
        return None

    return read


def _is_empty(value: object) -> bool:
    return value is None or value in ("", ())


class JoinedFill(NamedTuple):
    """One component of several parts: texts and values side by side, empty where every value is."""

    parts: tuple[str | Fill, ...]

    @property
    def many(self) -> bool:
        """False: the parts are one text."""
        return False

    def text(self, rendering: Rendering) -> Text:
        """The parts as one text."""
        texts = [part if isinstance(part, str) else str(part.text(rendering)) for part in self.parts]
        filled = any(text for part, text in zip(self.parts, texts, strict=True) if isinstance(part, Fill))
        return "".join(texts) if filled else ""

    def report_missing(self, rendering: Rendering) -> None:
        """Adds the issue of a value that must not be empty, for each part."""
        for part in self.parts:
            if isinstance(part, Fill):
                part.report_missing(rendering)
