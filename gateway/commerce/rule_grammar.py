"""The language of rules: small and typed, over the fields of whatever a rule is about.

    rule = cond {"and"|"or" cond}
    cond = ["not"] (field op value | "(" rule ")")
    op   = "<" | "<=" | "=" | "!=" | ">=" | ">" | "in"

`and` binds tighter than `or`. A comparison with what is not known is false, `!=` too; `not` of it is true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import NamedTuple, NoReturn, TypeAlias

import msgspec

from gateway.model.catalogue import attribute
from gateway.model.quantity import parse_decimal, plain
from gateway.model.value import Value

MOST_CHARACTERS = 2_000
MOST_DEPTH = 20
"""How deep parentheses may stand in each other."""


class FieldType(StrEnum):
    """What a field holds. An attribute is a number, with or without a unit, or a text, as each thing states it."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"
    ATTRIBUTE = "attribute"


class Measured(NamedTuple):
    """A number of a unit."""

    number: Decimal
    unit: str


Operand: TypeAlias = str | Decimal | date | bool | Measured


class RuleError(ValueError):
    """A text that is no rule. `column` counts its characters from 1; the text says what to write instead."""

    def __init__(self, column: int, reason: str) -> None:
        super().__init__(f"column {column}: {reason}")
        self.column = column


class Comparison(NamedTuple):
    """A field compared with a value, or with several where the operator is `in`."""

    field: str
    op: str
    values: tuple[Operand, ...]


class Negation(NamedTuple):
    """That a part does not hold."""

    part: Part


class Joined(NamedTuple):
    """That all parts hold (`and`), or one of them (`or`)."""

    word: str
    parts: tuple[Part, ...]


Part: TypeAlias = Comparison | Negation | Joined


class Language(NamedTuple):
    """What rules of one sort are about: the type of each field, and where other fields are found.

    `attributes` is the beginning of fields that are attributes, empty where there are none; `apart` is what to make of
    a rule that is too long.
    """

    fields: Mapping[str, FieldType]
    where: str
    apart: str
    attributes: str = ""

    def type_of(self, field: str) -> FieldType | None:
        """What a field holds; None where there is none of this name."""
        if self.attributes and field.startswith(self.attributes) and len(field) > len(self.attributes):
            return FieldType.ATTRIBUTE
        return self.fields.get(field)


_TYPES: Mapping[object, FieldType] = {
    str: FieldType.TEXT,
    int: FieldType.NUMBER,
    Decimal: FieldType.NUMBER,
    date: FieldType.DATE,
    bool: FieldType.FLAG,
}


def fields_of(value: type[Value]) -> dict[str, FieldType]:
    """The columns of a value that a rule can compare, with their types."""
    return {each.name: kind for each in msgspec.structs.fields(value) if (kind := _type_of(each.type))}


def _type_of(column: object) -> FieldType | None:
    """What a column holds; None for what no rule compares."""
    inner = [each for each in getattr(column, "__args__", (column,)) if each is not type(None)]
    return _TYPES.get(inner[0]) if len(inner) == 1 else None


_TOKEN = re.compile(
    r"""\s*(?:(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9]))
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?)
    |(?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.(?:[A-Za-z0-9_]+|"(?:[^"]|"")+"))?)
    |(?P<op><=|>=|!=|<|>|=)
    |(?P<mark>[(),])
    |(?P<end>\Z))""",
    re.ASCII | re.VERBOSE,
)
_BLANK = re.compile(r"\s*", re.ASCII)
_ORDERED = ("<", "<=", "=", "!=", ">=", ">", "in")
_OPERATORS = {
    FieldType.TEXT: ("=", "!=", "in"),
    FieldType.NUMBER: _ORDERED,
    FieldType.DATE: _ORDERED,
    FieldType.FLAG: ("=", "!="),
    FieldType.ATTRIBUTE: _ORDERED,
}
_FLAGS = {"yes": True, "no": False, "true": True, "false": False}
_EXAMPLES = {
    FieldType.TEXT: 'a text like "DE"',
    FieldType.NUMBER: "a number like 100000 or 2.5",
    FieldType.DATE: "a day like 2026-01-31",
    FieldType.FLAG: "yes or no",
    FieldType.ATTRIBUTE: 'a number like 8, one with its unit like "8 mm", or a text like "steel"',
}


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


def parse(text: str, language: Language) -> Part:
    """What the rule says; raises RuleError for anything that is no rule."""
    if len(text) > MOST_CHARACTERS:
        raise RuleError(MOST_CHARACTERS + 1, f"a rule has at most {MOST_CHARACTERS} characters: {language.apart}")
    return _Parser(text, language).rule_alone()


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while True:
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            at = _BLANK.match(text, place).end()  # type: ignore[union-attr] # it matches nothing, too
            if text[at] in "\"'":
                raise RuleError(at + 1, f"the text is not closed: end it with {text[at]}")
            raise RuleError(at + 1, f"{text[at]!r} has no meaning here: write FIELD OPERATOR VALUE")
        yield _Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup) + 1)
        place = found.end()
        if found.lastgroup == "end":
            return


class _Parser:
    """The tokens of one rule, read from left to right."""

    def __init__(self, text: str, language: Language) -> None:
        self._language = language
        self._tokens = list(_tokens(text))
        self._place = 0
        self._depth = 0

    @property
    def _now(self) -> _Token:
        return self._tokens[self._place]

    def _take(self) -> _Token:
        token = self._now
        self._place += token.kind != "end"
        return token

    def _is(self, word: str) -> bool:
        return self._now.kind in ("word", "mark") and self._now.text.lower() == word

    def _expected(self, what: str) -> NoReturn:
        found = repr(self._now.text) if self._now.text else "the end"
        raise RuleError(self._now.column, f"expected {what}, found {found}")

    def rule_alone(self) -> Part:
        """The rule that is the whole text."""
        rule = self._joined("or")
        if self._now.kind != "end":
            self._expected("`and`, `or` or the end")
        return rule

    def _joined(self, word: str) -> Part:
        parts = [self._joined("and") if word == "or" else self._condition()]
        while self._is(word):
            self._take()
            parts.append(self._joined("and") if word == "or" else self._condition())
        return Joined(word, tuple(parts)) if len(parts) > 1 else parts[0]

    def _condition(self) -> Part:
        if self._is("not"):
            self._take()
            if self._is("not"):
                raise RuleError(self._now.column, "`not` twice: leave both out, or use parentheses")
            return Negation(self._positive())
        return self._positive()

    def _positive(self) -> Part:
        if not self._is("("):
            return self._comparison()
        opened = self._take()
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise RuleError(opened.column, f"parentheses stand at most {MOST_DEPTH} deep: write the rule flatter")
        inner = self._joined("or")
        if not self._is(")"):
            self._expected(f"`)` for the `(` in column {opened.column}")
        self._take()
        self._depth -= 1
        return inner

    def _comparison(self) -> Comparison:
        if self._now.kind != "word" or self._is("and") or self._is("or") or self._is("in"):
            self._expected("a field, `not` or `(`")
        named = self._take()
        field = named.text
        kind = self._language.type_of(field)
        if kind is None:
            raise RuleError(named.column, f"there is no field {field[:40]}{_nearest(field, self._language)}")
        op = self._operator(field, kind)
        if op != "in":
            return Comparison(field, op, (self._value(field, kind, op),))
        if not self._is("("):
            self._expected("`(` and the values after `in`")
        self._take()
        values = [self._value(field, kind, op)]
        while self._is(","):
            self._take()
            values.append(self._value(field, kind, op))
        if not self._is(")"):
            self._expected("`,` or `)`")
        self._take()
        return Comparison(field, op, tuple(values))

    def _operator(self, field: str, kind: FieldType) -> str:
        if self._now.kind != "op" and not self._is("in"):
            self._expected(f"an operator ({' '.join(_ORDERED)}) after {field}")
        token = self._take()
        op = token.text.lower()
        if op not in _OPERATORS[kind]:
            known = ", ".join(_OPERATORS[kind])
            raise RuleError(token.column, f"{field} is a {kind}: it is compared by {known}, not by {op}")
        return op

    def _value(self, field: str, kind: FieldType, op: str) -> Operand:
        token = self._now
        if token.kind in ("end", "op", "mark"):
            self._expected(f"{_EXAMPLES[kind]} for {field}")
        self._take()
        value = _operand(token, kind)
        if value is None:
            raise RuleError(token.column, f"{field} is {_a(kind)}: write {_EXAMPLES[kind]}, not {token.text[:40]}")
        if isinstance(value, str) and op not in _OPERATORS[FieldType.TEXT]:
            known = ", ".join(_OPERATORS[FieldType.TEXT])
            raise RuleError(token.column, f"{token.text[:40]} is a text: it is compared by {known}, not by {op}")
        return value


def _a(kind: FieldType) -> str:
    return f"an {kind}" if kind is FieldType.ATTRIBUTE else f"a {kind}"


def _nearest(field: str, language: Language) -> str:
    found = get_close_matches(field.lower()[:60], language.fields, n=1, cutoff=0.5)
    return f": do you mean {found[0]}?" if found else f": {language.where}"


def _operand(token: _Token, kind: FieldType) -> Operand | None:
    """The value of this type that a token states; None where it states none."""
    if kind is FieldType.TEXT or (kind is FieldType.ATTRIBUTE and token.kind == "text"):
        return _stated_text(token, kind)
    if kind is FieldType.FLAG:
        return _FLAGS.get(token.text.lower()) if token.kind == "word" else None
    try:
        if kind is not FieldType.DATE:
            return parse_decimal(token.text) if token.kind == "number" else None
        return date.fromisoformat(token.text) if token.kind == "date" else None
    except ValueError as reason:
        raise RuleError(token.column, str(reason)) from reason


def _stated_text(token: _Token, kind: FieldType) -> Operand | None:
    """The text in quotes; of an attribute a number where it states one with a unit."""
    if token.kind != "text":
        return None
    quote = token.text[0]
    text = token.text[1:-1].replace(quote * 2, quote)
    found = attribute(text) if kind is FieldType.ATTRIBUTE else None
    if found is None or found.number is None or found.unit is None:
        return text
    return Measured(found.number, found.unit)


def text_of(part: Part) -> str:
    """The rule as text, with the parentheses it needs and no others; `parse` gives it back."""
    if isinstance(part, Comparison):
        stated = [stated_value(value) for value in part.values]
        return f"{part.field} {part.op} {'(' + ', '.join(stated) + ')' if part.op == 'in' else stated[0]}"
    if isinstance(part, Negation):
        return f"not {text_of(part.part) if isinstance(part.part, Comparison) else f'({text_of(part.part)})'}"
    return f" {part.word} ".join(_inside(each, part.word) for each in part.parts)


def _inside(part: Part, word: str) -> str:
    bare = not isinstance(part, Joined) or (word == "or" and part.word == "and")
    return text_of(part) if bare else f"({text_of(part)})"


def stated_value(value: Operand) -> str:
    """A value as a rule states it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Measured):
        return f'"{plain(value.number)} {value.unit}"'
    return value.isoformat() if isinstance(value, date) else '"' + value.replace('"', '""') + '"'
