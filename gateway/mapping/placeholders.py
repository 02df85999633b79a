"""Placeholders compiled: `price.amount? | plain` to a value that reads the document and applies the steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, TypeAlias

import msgspec

from gateway.errors import ConfigError, Problem
from gateway.mapping.document_fields import Field, find_field, known_fields
from gateway.mapping.grammar import Listing, Literal, Position, Rule, parse_rule
from gateway.mapping.steps import FindCodes, Kind, compile_steps
from gateway.mapping.template_values import FieldPath, Fill, JoinedFill, Place, field_path, fill
from gateway.mapping.templates import Component, Placeholder

Types: TypeAlias = "tuple[type[msgspec.Struct], ...]"

_KINDS: tuple[tuple[type, Kind], ...] = (
    (str, Kind.TEXT),
    (int, Kind.INT),
    (Decimal, Kind.DECIMAL),
    (datetime, Kind.DATETIME),
    (date, Kind.DATE),
)
_WRITTEN = (Kind.TEXT, Kind.TEXTS, Kind.INT)
_MISSING_STEP = {Kind.DECIMAL: "add | plain", Kind.DATE: "add | yyyymmdd", Kind.DATETIME: "add | yyyymmddhhmm"}


class Filled(NamedTuple):
    """A component that the document fills, and the marks of its placeholders."""

    fill: Fill | JoinedFill
    marks: frozenset[str]


class PlaceholderCompiler:
    """Compiles the placeholders of one document; `problems` collects what it refuses."""

    def __init__(self, find_codes: FindCodes, problems: list[Problem]) -> None:
        self._find_codes = find_codes
        self._problems = problems

    def component(self, component: Component, tag: str, at: Position, scope: Types) -> Filled | None:
        """What fills a component: one placeholder, or several with texts between them; None where refused."""
        parts: list[str | Fill] = []
        marks: set[str] = set()
        try:
            for part in component:
                if isinstance(part, str):
                    parts.append(part)
                else:
                    made, mark = self._placeholder(part, tag, at, scope)
                    parts.append(made)
                    marks.add(mark)
        except ConfigError as error:
            self._problems.extend(error.problems)
            return None
        only = parts[0]
        return Filled(
            only if len(parts) == 1 and isinstance(only, Fill) else JoinedFill(tuple(parts)), frozenset(marks)
        )

    def _placeholder(self, placeholder: Placeholder, tag: str, at: Position, scope: Types) -> tuple[Fill, str]:
        rule = parse_rule(placeholder.rule, field_path, at._replace(column=at.column + placeholder.offset))
        sources = [_source(source, rule, scope) for source in rule.sources]
        fields = [source for source in sources if isinstance(source, Field)]
        if not fields:
            raise ConfigError(problems=[rule.problem("a text alone needs no placeholder", "write it without braces")])
        pipeline = compile_steps(rule.steps, _kind_of(fields, sources, rule), rule.at, self._find_codes)
        if pipeline.kind not in _WRITTEN:
            fault = f"a {pipeline.kind.value} is no text of a segment"
            raise ConfigError(problems=[rule.problem(fault, _MISSING_STEP.get(pipeline.kind, ""))])
        marks = [source.mark for source in rule.sources if isinstance(source, FieldPath) and source.mark]
        made = fill(Place(fields[0], tag, rule.at), sources, pipeline.functions, many=pipeline.kind is Kind.TEXTS)
        return made, "!" if pipeline.required else "".join(marks)


def field_of(path: FieldPath, at: Position, scope: Types) -> Field:
    """The field a path names. Raises ConfigError where there is none."""
    found = find_field(scope, path.path)
    if found is None:
        fault = f"{scope[-1].__name__} has no field {path.path!r}"
        raise ConfigError(problems=[at.problem(fault, f"it has {known_fields(scope[-1])}", path.offset)])
    return found


def _source(source: FieldPath | Literal | Listing[FieldPath], rule: Rule[FieldPath], scope: Types) -> Field | str:
    if isinstance(source, Literal):
        return source.text
    if isinstance(source, FieldPath):
        return field_of(source, rule.at, scope)
    fault, advice = "a placeholder takes one value", "put each value in a component of its own"
    raise ConfigError(problems=[rule.problem(fault, advice)])


def _kind_of(fields: Sequence[Field], sources: Sequence[Field | str], rule: Rule[FieldPath]) -> Kind:
    """The kind of value all the sources have."""
    kinds = {_kind_of_field(field) for field in fields}
    if len(fields) < len(sources):
        kinds.add(Kind.TEXT)
    kind = kinds.pop()
    if kind is None:
        fault, advice = f"{fields[0].path} is no single value", "name one of its fields"
        raise ConfigError(problems=[rule.problem(fault, advice)])
    if kinds:
        raise ConfigError(problems=[rule.problem("the sources are of different kinds")])
    return kind


def _kind_of_field(field: Field) -> Kind | None:
    kind = next((kind for base, kind in _KINDS if issubclass(field.type, base) and field.type is not bool), None)
    if not field.many:
        return kind
    return Kind.TEXTS if kind is Kind.TEXT else None
