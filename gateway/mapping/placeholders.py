"""Placeholders and rules compiled: `price.amount? | plain` to a value that reads the document and applies the steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, TypeAlias

import msgspec

from gateway.errors import ConfigError, Problem
from gateway.mapping.document_fields import Field, find_field, known_fields
from gateway.mapping.grammar import Listing, Literal, Position, Rule, StepCall, parse_rule
from gateway.mapping.step_values import number_text
from gateway.mapping.steps import Apply, FindCodes, Kind, Pipeline, compile_steps
from gateway.mapping.template_values import FieldPath, Fill, JoinedFill, ListedFields, Place, Source, field_path, fill
from gateway.mapping.templates import Component

Types: TypeAlias = "tuple[type[msgspec.Struct], ...]"
Watch: TypeAlias = Callable[[Fill], Fill]

_KINDS: tuple[tuple[type, Kind], ...] = (
    (str, Kind.TEXT),
    (bool, Kind.FLAG),
    (int, Kind.INT),
    (Decimal, Kind.DECIMAL),
    (datetime, Kind.DATETIME),
    (date, Kind.DATE),
)
_MISSING_STEP = {
    Kind.DECIMAL: "add | plain",
    Kind.DATE: "add | yyyymmdd",
    Kind.DATETIME: "add | yyyymmddhhmm",
    Kind.TEXTS: "add | join(' ')",
}
_LISTED = (Kind.TEXT, Kind.INT)
_NUMBER_STEPS = ("plain", "nonzero", "fixed")


PLAIN_TEXTS: Mapping[Kind, Callable[..., str]] = {
    Kind.INT: str,
    Kind.DECIMAL: number_text,
    Kind.DATE: date.isoformat,
    Kind.DATETIME: datetime.isoformat,
    Kind.FLAG: lambda flag: "true" if flag else "false",
}
"""Values as texts, by their kind, where a syntax has no form of its own for them."""


class Endings(NamedTuple):
    """How a syntax takes values: the kinds it takes, and what is done to one of a kind at the end.

    `number` is done to a text that a step made of a number; `what` is what a value becomes.
    """

    taken: frozenset[Kind]
    last: Mapping[Kind, Apply]
    number: Apply | None = None
    what: str = "text of a cell"

    def functions(self, calls: Sequence[StepCall], kind: Kind) -> tuple[Apply, ...]:
        """What follows the steps of a rule that ends in a value of this kind."""
        made = [call.name for call in calls if call.name != "required"]
        number = (self.number,) if self.number and made and made[-1] in _NUMBER_STEPS else ()
        last = self.last.get(kind)
        return (*number, last) if last else number


SEGMENT_ENDINGS = Endings(frozenset((Kind.TEXT, Kind.TEXTS, Kind.INT)), {}, what="text of a segment")
"""Of segments: numbers and dates are written by a step, as the directory has no one form of them."""


class Filled(NamedTuple):
    """A component that the document fills, and the marks of its placeholders."""

    fill: Fill | JoinedFill
    marks: frozenset[str]


def unwatched(made: Fill) -> Fill:
    """The value as it is; what measures coverage puts another in its place."""
    return made


class PlaceholderCompiler:
    """Compiles the placeholders of one document; `problems` collects what it refuses."""

    def __init__(
        self,
        find_codes: FindCodes,
        problems: list[Problem],
        endings: Endings = SEGMENT_ENDINGS,
        watch: Watch = unwatched,
    ) -> None:
        self._find_codes = find_codes
        self._problems = problems
        self._endings = endings
        self._watch = watch

    def component(self, component: Component, tag: str, at: Position, scope: Types) -> Filled | None:
        """What fills a component: one placeholder, or several with texts between them; None where refused."""
        parts: list[str | Fill] = []
        marks: set[str] = set()
        try:
            for part in component:
                if isinstance(part, str):
                    parts.append(part)
                    continue
                rule = parse_rule(part.rule, field_path, at._replace(column=at.column + part.offset))
                made, mark = self._value(rule, tag, scope)
                if made.many and len(component) > 1:
                    raise ConfigError(problems=[rule.problem("a list stands alone", "join it: | join(' ')")])
                parts.append(made)
                marks.add(mark)
        except ConfigError as error:
            self._problems.extend(error.problems)
            return None
        only = parts[0]
        return Filled(
            only if len(parts) == 1 and isinstance(only, Fill) else JoinedFill(tuple(parts)), frozenset(marks)
        )

    def rule(self, text: str, tag: str, at: Position, scope: Types) -> Filled | str | None:
        """What a rule gives that stands alone: a value, or the text it is; None where refused."""
        try:
            rule = parse_rule(text, field_path, at)
            first = rule.sources[0]
            if isinstance(first, Literal) and not rule.steps:
                return first.text
            made, mark = self._value(rule, tag, scope)
        except ConfigError as error:
            self._problems.extend(error.problems)
            return None
        return Filled(made, frozenset((mark,)))

    def _value(self, rule: Rule[FieldPath], tag: str, scope: Types) -> tuple[Fill, str]:
        sources = [_source(source, rule, scope) for source in rule.sources]
        fields = [field for source in sources for field in _fields_of(source)]
        if not fields:
            raise ConfigError(problems=[rule.problem("a text alone needs no placeholder", "write it as it is")])
        pipeline = compile_steps(rule.steps, _kind_of(sources, rule), rule.at, self._find_codes)
        functions = (*pipeline.functions, *self._endings.functions(rule.steps, pipeline.kind))
        if pipeline.kind not in self._endings.taken:
            fault = f"a {pipeline.kind.value} is no {self._endings.what}"
            raise ConfigError(problems=[rule.problem(fault, _MISSING_STEP.get(pipeline.kind, ""))])
        made = fill(Place(fields[0], tag, rule.at), sources, functions, many=pipeline.kind is Kind.TEXTS)
        return self._watch(made), _mark(rule, pipeline)


def _mark(rule: Rule[FieldPath], pipeline: Pipeline) -> str:
    marks = [source.mark for source in rule.sources if isinstance(source, FieldPath) and source.mark]
    return "!" if pipeline.required else "".join(marks)


def field_of(path: FieldPath, at: Position, scope: Types) -> Field:
    """The field a path names. Raises ConfigError where there is none."""
    found = find_field(scope, path.path)
    if found is None:
        fault = f"{scope[-1].__name__} has no field {path.path!r}"
        raise ConfigError(problems=[at.problem(fault, known_fields(scope[-1], path.path), path.offset)])
    return found


def _source(source: FieldPath | Literal | Listing[FieldPath], rule: Rule[FieldPath], scope: Types) -> Source:
    if isinstance(source, Literal):
        return source.text
    if isinstance(source, FieldPath):
        return field_of(source, rule.at, scope)
    listed = ListedFields(
        tuple(each.text if isinstance(each, Literal) else field_of(each, rule.at, scope) for each in source.sources)
    )
    for field in _fields_of(listed):
        if _kind_of_field(field) not in _LISTED:
            raise ConfigError(problems=[rule.problem(f"{field.path} is no text, brackets hold texts")])
    return listed


def _fields_of(source: Source) -> list[Field]:
    if isinstance(source, ListedFields):
        return [each for each in source.sources if isinstance(each, Field)]
    return [] if isinstance(source, str) else [source]


def _kind_of(sources: Sequence[Source], rule: Rule[FieldPath]) -> Kind:
    """The kind of value all the sources have."""
    kinds: set[Kind] = set()
    for source in sources:
        kind = Kind.TEXT if isinstance(source, str) else Kind.TEXTS
        found = _kind_of_field(source) if isinstance(source, Field) else kind
        if found is None:
            fault, advice = f"{_fields_of(source)[0].path} is no single value", "name one of its fields"
            raise ConfigError(problems=[rule.problem(fault, advice)])
        kinds.add(found)
    if len(kinds) > 1:
        raise ConfigError(problems=[rule.problem("the sources are of different kinds")])
    return kinds.pop()


def _kind_of_field(field: Field) -> Kind | None:
    kind = next((kind for base, kind in _KINDS if issubclass(field.type, base)), None)
    if not field.many:
        return kind
    return Kind.TEXTS if kind is Kind.TEXT else None
