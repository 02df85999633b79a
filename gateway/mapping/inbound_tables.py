"""The tables of an inbound mapping, with the overlays of subsets and partners applied: rules and where each stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.errors import ConfigError, Problem, meant
from gateway.mapping.document import HEADER, MAX_NESTING, MAX_RULES, EffectiveDocument
from gateway.mapping.grammar import Position
from gateway.model.trade_rows import ROW_KINDS
from gateway.toml_source import TomlPath, TomlSource

IGNORE, ROWS = "ignore", "rows"


class Stated(NamedTuple):
    """A text of a mapping: a rule, a place, a reason. `key` is where its key stands, `at` where the text begins."""

    text: str
    key: Position
    at: Position


@dataclass(slots=True)
class InboundTable:
    """One target table: what it stands for in the source, its rules by field, the tables inside it."""

    at: Position
    place: Stated | None = None
    each: Stated | None = None
    when: Stated | None = None
    rules: dict[str, Stated] = field(default_factory=dict)
    tables: dict[str, InboundTable] = field(default_factory=dict)

    @property
    def stands(self) -> Stated | None:
        """Where its places are, None where it stands at that of the table around. Raises ConfigError for two."""
        if self.each is not None and self.place is not None:
            raise ConfigError(problems=[self.place.key.problem("a table has at or each, not both")])
        return self.each or self.place

    def count(self) -> int:
        """How many rules this table and those inside it have."""
        return len(self.rules) + sum(table.count() for table in self.tables.values())


class Merged(NamedTuple):
    """The whole mapping: its root table, and the reasons of what is ignored."""

    root: InboundTable
    ignored: dict[str, Stated]


def merge(document: EffectiveDocument, problems: list[Problem], headers: tuple[str, ...] = ()) -> Merged:
    """The document's tables, base first; what cannot be read goes to `problems`. `headers` are the dialect's own.

    Rows of trade data are one table `[rows]`.
    """
    root = InboundTable(Position(document.sources[0].file, 1, 1))
    ignored = InboundTable(root.at)
    table = ROWS if document.makes in ROW_KINDS else document.makes
    for source in document.sources:
        overlay = _Overlay(source, problems)
        for key, content in source.data.items():
            if isinstance(content, dict) and key == IGNORE:
                overlay.apply(ignored, (key,), content)
            elif isinstance(content, dict) and key == table:
                rows = root.tables.setdefault(ROWS, InboundTable(root.at)) if table == ROWS else root
                overlay.apply(rows, (key,), content)
            elif key not in (*HEADER, *headers):
                advice = f"this mapping has [{table}] and [{IGNORE}]"
                problems.append(
                    source.problem((key,), f"{key!r} is no part of a mapping that makes {document.makes!r}", advice)
                )
    if root.count() > MAX_RULES:
        problems.append(root.at.problem(f"this mapping has more than {MAX_RULES} rules"))
    for key, reason in ignored.rules.items():
        if not reason.text.strip():
            problems.append(reason.key.problem(f"{key} is ignored without a reason", "say why in the text"))
    return Merged(root, ignored.rules)


def stated_header(document: EffectiveDocument, key: str, problems: list[Problem]) -> Stated | None:
    """The text of a header of the dialect, the innermost stated; None where there is none, or no text."""
    for source in reversed(document.sources):
        if key not in source.data:
            continue
        text = source.data[key]
        if not isinstance(text, str) or not text.strip():
            problems.append(source.problem((key,), f"{key} is a text"))
            return None
        line, column = source.value_position((key,))
        return Stated(text, Position(source.file, *source.position((key,))), Position(source.file, line, column + 1))
    return None


class _Overlay:
    """Applies the tables of one file to those read before."""

    def __init__(self, source: TomlSource, problems: list[Problem]) -> None:
        self._source = source
        self._problems = problems

    def apply(self, table: InboundTable, path: TomlPath, content: dict[str, object]) -> None:
        """Overrides, adds and drops what `content` says about the table."""
        table.at = self._position(path) if not table.rules else table.at
        if len(path) > MAX_NESTING:
            self._problems.append(self._source.problem(path, f"tables are nested at most {MAX_NESTING} deep"))
            return
        self._drop(table, path, content.get("drop", []))
        for key, value in content.items():
            inner = (*path, key)
            if key == "drop":
                continue
            if isinstance(value, dict):
                self.apply(table.tables.setdefault(key, InboundTable(self._position(inner))), inner, value)
            elif isinstance(value, str):
                self._state(table, key, self._stated(inner, value))
            else:
                self._problems.append(self._source.problem(inner, "a rule is a text", 'write it in quotes: "BGM/1004"'))

    def _state(self, table: InboundTable, key: str, stated: Stated) -> None:
        if key == "at":
            table.place = stated
        elif key == "each":
            table.each = stated
        elif key == "when":
            table.when = stated
        else:
            table.rules[key] = stated

    def _drop(self, table: InboundTable, path: TomlPath, given: object) -> None:
        names: Iterable[object] = given if isinstance(given, list) else [given]
        for index, name in enumerate(names):
            if name in table.rules:
                del table.rules[str(name)]
            elif name in table.tables:
                del table.tables[str(name)]
            else:
                fault = f"there is no rule {name!r} here to drop"
                advice = meant(str(name), [*table.rules, *table.tables], "")
                self._problems.append(self._source.problem((*path, "drop", index), fault, advice))

    def _stated(self, path: TomlPath, text: str) -> Stated:
        line, column = self._source.value_position(path)
        return Stated(text, self._position(path), Position(self._source.file, line, column + 1))

    def _position(self, path: TomlPath) -> Position:
        return Position(self._source.file, *self._source.position(path))
