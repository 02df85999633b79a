"""The tables of a mapping that writes by rules, with the overlays of subsets and partners applied, in their order.

A rule takes the place of the one with its name, or is added at the end; `[rows.after.position]` adds rules after the
one named `position`, `drop` takes rules and tables away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from gateway.errors import Problem, meant
from gateway.mapping.document import LAYOUT, MAX_NESTING, MAX_RULES, stray_problems
from gateway.mapping.grammar import Position, StatedText
from gateway.toml_source import TomlPath, TomlSource

_RESERVED = ("each", "when", "drop", "after")


@dataclass(slots=True)
class RuleTable:
    """One table: what it repeats over, when it is written, and its rules and the tables inside it by name, in order."""

    at: Position
    each: StatedText | None = None
    when: StatedText | None = None
    members: dict[str, StatedText | RuleTable] = field(default_factory=dict)

    def count(self) -> int:
        """How many rules this table and those inside it have."""
        return sum(1 if isinstance(member, StatedText) else member.count() for member in self.members.values())


def merge_rules(sources: Iterable[TomlSource], names: Collection[str] | None, problems: list[Problem]) -> RuleTable:
    """The tables of a base and its overlays, base first, as members of one table; what is refused goes to `problems`.

    `names` are those the syntax knows; without, any name but that of the layout is one of a table.
    """
    root: RuleTable | None = None
    for source in sources:
        root = root or RuleTable(Position(source.file, 1, 1))
        problems.extend(stray_problems(source, names))
        overlay = _Overlay(source, problems)
        for name, content in source.data.items():
            if isinstance(content, dict) and (name != LAYOUT if names is None else name in names):
                overlay.table(root, name, (name,), content)
    if root is None:
        raise ValueError("a mapping has at least one file")
    if root.count() > MAX_RULES:
        problems.append(root.at.problem(f"this mapping has more than {MAX_RULES} rules"))
    return root


class _Overlay:
    """Applies the tables of one file to those read before."""

    def __init__(self, source: TomlSource, problems: list[Problem]) -> None:
        self._source = source
        self._problems = problems

    def table(self, owner: RuleTable, name: str, path: TomlPath, content: dict[str, object]) -> None:
        """Overrides, adds and drops what `content` says about the table `name` of `owner`."""
        if len(path) > MAX_NESTING:
            self._refuse(path, f"tables are nested at most {MAX_NESTING} deep")
            return
        table = owner.members.get(name)
        if not isinstance(table, RuleTable):
            table = owner.members[name] = RuleTable(self._position(path))
        self._drop(table, path, content.get("drop", []))
        for key in ("each", "when"):
            if key in content:
                setattr(table, key, self._stated((*path, key), content[key]))
        for key, value in content.items():
            if key not in _RESERVED:
                self._member(table, key, (*path, key), value)
        self._after(table, path, content.get("after", {}))

    def _member(self, table: RuleTable, key: str, path: TomlPath, value: object) -> None:
        if isinstance(value, dict):
            self.table(table, key, path, value)
            return
        stated = self._stated(path, value)
        if stated is not None:
            table.members[key] = stated

    def _after(self, table: RuleTable, path: TomlPath, given: object) -> None:
        for name, added in given.items() if isinstance(given, dict) else ():
            inner = (*path, "after", name)
            if name not in table.members:
                advice = meant(name, table.members, f"this table has {', '.join(table.members)}")
                self._refuse(inner, f"there is no rule {name!r} here", advice)
            elif not isinstance(added, dict):
                self._refuse(inner, "a table of rules belongs here", f'as in [rows.after."{name}"]')
            else:
                kept = list(table.members)
                behind = kept[kept.index(name) + 1 :]
                tail = {key: table.members.pop(key) for key in behind if key not in added}
                for key, value in added.items():
                    table.members.pop(key, None)
                    self._member(table, key, (*inner, key), value)
                table.members.update(tail)

    def _drop(self, table: RuleTable, path: TomlPath, given: object) -> None:
        names: Iterable[object] = given if isinstance(given, list) else [given]
        for index, name in enumerate(names):
            if name in table.members:
                del table.members[str(name)]
            else:
                advice = meant(str(name), table.members, "")
                self._refuse((*path, "drop", index), f"there is no rule {name!r} here to drop", advice)

    def _stated(self, path: TomlPath, given: object) -> StatedText | None:
        if not isinstance(given, str):
            self._refuse(path, "a rule is a text", 'write it in quotes: "number"')
            return None
        line, column = self._source.value_position(path)
        return StatedText(given, Position(self._source.file, line, column + 1))

    def _refuse(self, path: TomlPath, text: str, advice: str = "") -> None:
        self._problems.append(self._source.problem(path, text, advice))

    def _position(self, path: TomlPath) -> Position:
        return Position(self._source.file, *self._source.position(path))
