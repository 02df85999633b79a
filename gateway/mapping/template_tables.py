"""The tables of an outbound mapping: segment templates in order, with the overlays of subsets and partners applied.

An overlay names segments by tag and qualifier: `drop = ["PRI+AAA"]`, `[lines.replace]`, `[lines.after]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.errors import Problem
from gateway.mapping.document import MAX_NESTING, stray_problems
from gateway.mapping.grammar import Position, StatedText
from gateway.mapping.templates import SegmentTemplate, TablePlace, TemplateError, parse_template
from gateway.toml_source import TomlPath, TomlSource

MAX_TEMPLATES = 500

_RESERVED = ("segments", "each", "when", "drop", "replace", "after")


class Placed(NamedTuple):
    """A template, where it stands and how it was written."""

    template: SegmentTemplate | TablePlace
    at: Position
    text: str


@dataclass(slots=True)
class TemplateTable:
    """One table: what it repeats over, when it is written, its templates and the tables nested in it."""

    at: Position
    each: StatedText | None = None
    when: StatedText | None = None
    segments: list[Placed] = field(default_factory=list)
    tables: dict[str, TemplateTable] = field(default_factory=dict)

    def count(self) -> int:
        """How many templates this table and those inside it have."""
        return len(self.segments) + sum(table.count() for table in self.tables.values())


def merge(sources: Iterable[TomlSource], problems: list[Problem]) -> dict[str, TemplateTable]:
    """The tables of a base and its overlays, base first; what cannot be read goes to `problems`."""
    tables: dict[str, TemplateTable] = {}
    for source in sources:
        problems.extend(stray_problems(source))
        overlay = _Overlay(source, problems)
        for name, content in source.data.items():
            if isinstance(content, dict):
                overlay.apply(tables, (name,), content)
    if sum(table.count() for table in tables.values()) > MAX_TEMPLATES:
        problems.append(Problem(source.file, 1, 1, f"this mapping has more than {MAX_TEMPLATES} templates"))
    return tables


class _Overlay:
    """Applies the tables of one file to those read before."""

    def __init__(self, source: TomlSource, problems: list[Problem]) -> None:
        self._source = source
        self._problems = problems

    def apply(self, tables: dict[str, TemplateTable], path: TomlPath, content: dict[str, object]) -> None:
        if len(path) > MAX_NESTING:
            self._problems.append(self._source.problem(path, f"tables are nested at most {MAX_NESTING} deep"))
            return
        table = tables.setdefault(str(path[-1]), TemplateTable(self._key_position(path)))
        for key in ("each", "when"):
            if key in content:
                setattr(table, key, self._stated((*path, key), content[key]))
        if "segments" in content:
            table.segments = list(self._templates((*path, "segments"), content["segments"]))
        self._change(table, path, content)
        for name, nested in content.items():
            if name in _RESERVED:
                continue
            if isinstance(nested, dict):
                self.apply(table.tables, (*path, name), nested)
            else:
                self._problems.append(
                    self._source.problem((*path, name), f"{name!r} is no key of a table", "use " + ", ".join(_RESERVED))
                )

    def _change(self, table: TemplateTable, path: TomlPath, content: dict[str, object]) -> None:
        """Drops, replaces and adds; every key names a segment of the tables below."""
        for key, at in self._keys((*path, "drop"), content.get("drop", [])):
            index = self._find(table, key, at)
            if index is not None:
                del table.segments[index]
        for key, given in self._entries((*path, "replace"), content.get("replace", {})):
            index = self._find(table, key, self._key_position((*path, "replace", key)))
            if index is not None:
                table.segments[index : index + 1] = self._templates((*path, "replace", key), given)
        for key, given in self._entries((*path, "after"), content.get("after", {})):
            index = self._find(table, key, self._key_position((*path, "after", key)))
            if index is not None:
                table.segments[index + 1 : index + 1] = self._templates((*path, "after", key), given)

    def _find(self, table: TemplateTable, key: str, at: Position) -> int | None:
        """The index of the one segment a key names, by its whole key or, where only one has it, by its tag."""
        keys = [placed.template.key for placed in table.segments]
        found = [index for index, known in enumerate(keys) if known == key]
        found = found or [index for index, known in enumerate(keys) if known.partition("+")[0] == key]
        if len(found) == 1:
            return found[0]
        fault = f"there is no segment {key!r} here" if not found else f"{key!r} names {len(found)} segments"
        self._problems.append(at.problem(fault, "this table has " + ", ".join(keys)))
        return None

    def _templates(self, path: TomlPath, given: object) -> Iterator[Placed]:
        """The templates a text or a list of texts states."""
        places = [(path, given)] if not isinstance(given, list) else [((*path, i), v) for i, v in enumerate(given)]
        for place, text in places:
            stated = self._stated(place, text)
            if stated is None:
                continue
            try:
                yield Placed(parse_template(stated.text), stated.at, stated.text)
            except TemplateError as error:
                self._problems.append(stated.at.problem(str(error), offset=error.offset))

    def _keys(self, path: TomlPath, given: object) -> Iterator[StatedText]:
        if not isinstance(given, list):
            self._problems.append(self._source.problem(path, "a list of texts belongs here"))
            return
        for index, key in enumerate(given):
            stated = self._stated((*path, index), key)
            if stated is not None:
                yield stated

    def _entries(self, path: TomlPath, given: object) -> Iterable[tuple[str, object]]:
        if isinstance(given, dict):
            return given.items()
        self._problems.append(self._source.problem(path, "a table of templates by segment belongs here"))
        return ()

    def _stated(self, path: TomlPath, given: object) -> StatedText | None:
        """The text at a path; its column is that of its first character, after the quote."""
        line, column = self._source.value_position(path)
        if isinstance(given, str):
            return StatedText(given, Position(self._source.file, line, column + 1))
        self._problems.append(Problem(self._source.file, line, column, "a text belongs here"))
        return None

    def _key_position(self, path: TomlPath) -> Position:
        return Position(self._source.file, *self._source.position(path))
