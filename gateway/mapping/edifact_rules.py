"""Rules of the edifact dialect: their paths read and compiled in the scope of a table."""

from __future__ import annotations

from typing import TypeAlias, TypeGuard

from gateway.mapping.edifact_paths import EdifactPath, edifact_path
from gateway.mapping.grammar import Listing, Literal, Position, Rule, parse_rule
from gateway.mapping.paths import CompiledPath, Scope, compile_path
from gateway.mapping.reading import Place, Reading
from gateway.mapping.rules import CompiledRule, PathCompiler

EdifactRule: TypeAlias = CompiledRule[CompiledPath, Reading, Place]


class EdifactRules(PathCompiler[EdifactPath, CompiledPath, Reading, Place]):
    """The paths of one scope."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def parse(self, text: str, at: Position) -> Rule[EdifactPath]:
        """The rule as a tree. Raises ConfigError."""
        return parse_rule(text, edifact_path, at)

    def compile(self, path: EdifactPath, at: Position, composite: tuple[str, ...], *, every: bool) -> CompiledPath:
        """The path as a closure. Raises ConfigError."""
        return compile_path(path, self._scope, at, composite, every=every)

    def is_path(self, source: EdifactPath | Literal | Listing[EdifactPath]) -> TypeGuard[EdifactPath]:
        """Whether a source of a rule is a path."""
        return isinstance(source, EdifactPath)

    def gives_list(self, path: EdifactPath) -> bool:
        """Whether the path gives all values there are."""
        return path.element is not None and path.element.every

    def is_whole(self, path: EdifactPath) -> bool:
        """Whether the path hands a whole composite to a step that knows it."""
        return path.element is None
