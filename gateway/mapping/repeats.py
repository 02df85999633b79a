"""How often a part of a document is written: `each` over a list, `when` a field has one of some texts or is there.

`each` names a list of the document, or is a rule that makes a list of texts, as `note | wrap(70, 20)`: inside it, the
path `text` is the one at hand. `when = "note"` asks whether there is one, `when = "note = ''"` whether there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

import msgspec

from gateway.errors import ConfigError, Problem
from gateway.mapping.document_fields import Field, Read, Scope
from gateway.mapping.grammar import StatedText, parse_condition, parse_path
from gateway.mapping.placeholders import Endings, Filled, PlaceholderCompiler, Types, field_of
from gateway.mapping.steps import Kind
from gateway.mapping.template_values import Condition, Fill, Rendering, field_path

_TEXTS = Endings(frozenset((Kind.TEXTS,)), {}, what="list of texts")


class TextPart(msgspec.Struct, frozen=True):
    """One text of a list that a rule made."""

    text: str


class Repeat(NamedTuple):
    """Once, or for each item of the list at `path` or of the texts that are made; only where the condition holds."""

    path: str = ""
    each: Read | None = None
    when: Condition | None = None
    texts: Fill | None = None

    @property
    def is_list(self) -> bool:
        """Whether the part is written for each item of a list."""
        return self.each is not None or self.texts is not None

    def places(self, rendering: Rendering) -> Iterator[None]:
        """Once for every time the part is written, with the rendering at that place."""
        if not self.is_list:
            if self.when is None or self.when(rendering.scope):
                yield
            return
        for index, item in enumerate(self._items(rendering)):
            rendering.enter(self.path, index, item)
            if self.when is None or self.when(rendering.scope):
                yield
            rendering.leave()

    def _items(self, rendering: Rendering) -> Sequence[msgspec.Struct]:
        if self.texts is not None:
            return [TextPart(text) for text in self.texts.text(rendering)]
        return cast("Sequence[msgspec.Struct]", self.each(rendering.scope) or ()) if self.each else ()


def compile_repeat(
    each: StatedText | None, when: StatedText | None, around: Types, problems: list[Problem]
) -> tuple[Repeat, Types]:
    """The repeat and the types in sight inside it; what is refused goes to `problems`."""
    scope = around
    if each is not None and "|" in each.text:
        made = PlaceholderCompiler(lambda _: None, problems, _TEXTS).rule(each.text, "each", each.at, around)
        fill = made.fill if isinstance(made, Filled) and isinstance(made.fill, Fill) else None
        repeat = Repeat(fill.place.field.path if fill else "", texts=fill)
        scope = (*around, TextPart)
    else:
        field = _each(each, around, problems) if each else None
        repeat = Repeat(field.path if field else "", field.read if field else None)
        scope = (*around, field.type) if field else around
    return repeat._replace(when=_condition(when, scope, problems) if when else None), scope


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
    return lambda scope: _text(field.read(scope)) not in ("", "false")


def _comparison(field: Field, wanted: frozenset[str], negated: bool) -> Condition:
    def holds(scope: Scope) -> bool:
        return (_text(field.read(scope)) in wanted) is not negated

    return holds


def _text(value: object) -> str:
    """A value as a condition compares it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or value in ((), []) else str(value)
