"""How often a part of a document is written: `each` over a list, `when` a field has one of some texts or is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, cast

import msgspec

from gateway.errors import ConfigError, Problem
from gateway.mapping.document_fields import Field, Read, Scope
from gateway.mapping.grammar import Position, parse_condition, parse_path
from gateway.mapping.placeholders import Types, field_of
from gateway.mapping.template_values import Condition, Rendering, field_path


class Repeat(NamedTuple):
    """Once, or for each item of the list at `path`; only where the condition holds."""

    path: str = ""
    each: Read | None = None
    when: Condition | None = None

    def places(self, rendering: Rendering) -> Iterator[None]:
        """Once for every time the part is written, with the rendering at that place."""
        if self.each is None:
            if self.when is None or self.when(rendering.scope):
                yield
            return
        for index, item in enumerate(cast("Sequence[msgspec.Struct]", self.each(rendering.scope) or ())):
            rendering.enter(self.path, index, item)
            if self.when is None or self.when(rendering.scope):
                yield
            rendering.leave()


class StatedText(Protocol):
    """A text of a mapping and where it begins."""

    @property
    def text(self) -> str:
        """The text."""

    @property
    def at(self) -> Position:
        """Where it begins."""


def compile_repeat(
    each: StatedText | None, when: StatedText | None, around: Types, problems: list[Problem]
) -> tuple[Repeat, Types]:
    """The repeat and the types in sight inside it; what is refused goes to `problems`."""
    field = _each(each, around, problems) if each else None
    scope = (*around, field.type) if field else around
    condition = _condition(when, scope, problems) if when else None
    return Repeat(field.path if field else "", field.read if field else None, condition), scope


def _each(stated: StatedText, scope: Types, problems: list[Problem]) -> Field | None:
    try:
        field = field_of(parse_path(stated.text, field_path, stated.at), stated.at, scope)
    except ConfigError as error:
        problems.extend(error.problems)
        return None
    if field.many and issubclass(field.type, msgspec.Struct):
        return field
    problems.append(stated.at.problem(f"{field.path} is no list of parts of the document"))
    return None


def _condition(stated: StatedText, scope: Types, problems: list[Problem]) -> Condition | None:
    try:
        if "=" not in stated.text:
            return _presence(field_of(parse_path(stated.text, field_path, stated.at), stated.at, scope))
        condition = parse_condition(stated.text, field_path, stated.at)
        field = field_of(condition.path, stated.at, scope)
    except ConfigError as error:
        problems.extend(error.problems)
        return None
    return _comparison(field, frozenset(condition.values), condition.negated)


def _presence(field: Field) -> Condition:
    return lambda scope: field.read(scope) not in (None, "", ())


def _comparison(field: Field, wanted: frozenset[str], negated: bool) -> Condition:
    def holds(scope: Scope) -> bool:
        value = field.read(scope)
        return (value is not None and str(value) in wanted) is not negated

    return holds
