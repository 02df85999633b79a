"""Typed values of a configuration file, each with its place: one declaration a key parses, lints and documents it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import NamedTuple, TypeVar

from gateway.errors import Problem, meant

_T = TypeVar("_T")
_DURATION = re.compile(r"(\d{1,6})(s|m|h|d)", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_IN_BRACES = re.compile(r"\{([^{}\"'\n]*)\}")
"""A word in braces; an object of JSON is none."""
_RATE = re.compile(r"(\d{1,6})/(s|min|h|d)", re.ASCII)
SECRET_REFERENCE = re.compile(r"(secret|env):([A-Za-z0-9_.-]+)", re.ASCII)
"""How a secret is named: where it is kept, and its name there."""

Path = tuple[str | int, ...]
Position = Callable[[Path], tuple[int, int]]


class FieldType(StrEnum):
    """What a key of a configuration file holds, in the words of the reference documentation."""

    TEXT = "text"
    INTEGER = "whole number"
    FLAG = "true or false"
    DECIMAL = 'decimal in quotes, as "0.05"'
    DURATION = 'duration, as "15m"'
    RATE = 'rate, as "60/min"'
    TEXTS = "text or list of texts"
    DURATIONS = 'table of durations, as { CONTRL = "15m" }'
    WORDS = "table of texts"
    TABLE = "table"
    TABLES = "list of tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key: `choices` are its only values, `fields` the keys of its tables; a `secret` is named, never written.

    `at_least` is the smallest whole number taken.
    """

    name: str
    type: FieldType = FieldType.TEXT
    help: str
    default: object = None
    secret: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()
    at_least: int | None = None
    fields: tuple[Field, ...] = ()


def described(fields: Sequence[Field], table: str = "") -> list[dict[str, str]]:
    """Each key with its type, default and sentence, as help, pages and forms show it; those of a table as TABLE.KEY."""
    rows: list[dict[str, str]] = []
    for field in fields:
        name = f"{table}{field.name}"
        default = "required" if field.required else as_written(field.default)
        kind = " | ".join(field.choices) or field.type.value
        kind = f"{kind} (reference to a secret)" if field.secret else kind
        rows.append({"key": name, "type": kind, "default": default, "help": field.help})
        rows += described(field.fields, f"{name}.")
    return rows


def as_written(value: object) -> str:
    """A value as a file states it, without quotes; empty where there is none."""
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        unit = next(unit for unit in ("d", "h", "m", "s") if not seconds % _SECONDS[unit])
        return f"{seconds // _SECONDS[unit]}{unit}"
    return ", ".join(map(as_written, value)) if isinstance(value, tuple) else str(value)


class Place(NamedTuple):
    """Where something stands; line and column count from 1."""

    file: str
    line: int
    column: int

    def problem(self, text: str, advice: str = "") -> Problem:
        """A problem that stands here."""
        return Problem(self.file, self.line, self.column, text, advice)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


def word_problems(place: Place, key: str, text: str, known: Sequence[str]) -> Iterator[Problem]:
    """What the text of a key has in braces that nothing is put in the place of."""
    unknown = [word for word in _IN_BRACES.findall(text) if word not in known]
    if unknown:
        listed = ", ".join(f"{{{word}}}" for word in known)
        yield place.problem(f"{key} knows no {{{unknown[0]}}}", f"it knows {listed}" if known else "write it as it is")


class Rate(NamedTuple):
    """At most so many of something in the time `per`."""

    most: int
    per: timedelta

    @property
    def apart(self) -> timedelta:
        """The time between two, where they are spread evenly."""
        return self.per / self.most


class UnfitError(ValueError):
    """A value is not what its key holds."""

    def __init__(self, text: str, advice: str = "") -> None:
        super().__init__(text)
        self.advice = advice


def parse_duration(value: object) -> timedelta:
    """The time a text such as "30s", "15m", "4h" or "2d" names; raises UnfitError."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise UnfitError(f"{value!r} is no duration", 'write a number and s, m, h or d, as "15m"')
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def parse_rate(value: object) -> Rate:
    """The rate a text such as "5/s", "60/min" or "1000/h" names; raises UnfitError."""
    found = _RATE.fullmatch(value) if isinstance(value, str) else None
    if found is None or not int(found[1]):
        raise UnfitError(f"{value!r} is no rate", 'write a number and /s, /min, /h or /d, as "60/min"')
    return Rate(int(found[1]), timedelta(**{_UNITS[found[2][0]]: 1}))


def _parse_text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise UnfitError(f"{value!r} is no text", "write it in quotes")
    return value


def _parse_integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnfitError(f"{value!r} is no whole number", "write it without quotes")
    return value


def _parse_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise UnfitError(f"{value!r} is neither true nor false", "write true or false without quotes")
    return value


def _parse_decimal(value: object) -> Decimal:
    if not isinstance(value, str):
        raise UnfitError(f"{value!r} is no decimal in quotes", 'write it in quotes, as "0.05", so that it stays exact')
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise UnfitError(f"{value!r} is no number", 'write it with a point, as "0.05"') from None
    if not number.is_finite():
        raise UnfitError(f"{value!r} is no number", 'write it with a point, as "0.05"')
    return number


def _parse_texts(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(_parse_text(item) for item in listed)


def _parse_table(parse: Callable[[object], _T]) -> Callable[[object], dict[str, _T]]:
    def parse_entries(value: object) -> dict[str, _T]:
        if not isinstance(value, dict):
            raise UnfitError(f"{value!r} is no table", 'write { NAME = "value" }')
        return {str(name): parse(entry) for name, entry in value.items()}

    return parse_entries


_PARSERS: dict[FieldType, Callable[[object], object]] = {
    FieldType.TEXT: _parse_text,
    FieldType.INTEGER: _parse_integer,
    FieldType.FLAG: _parse_flag,
    FieldType.DECIMAL: _parse_decimal,
    FieldType.DURATION: parse_duration,
    FieldType.RATE: parse_rate,
    FieldType.TEXTS: _parse_texts,
    FieldType.DURATIONS: _parse_table(parse_duration),
    FieldType.WORDS: _parse_table(_parse_text),
}


class Values:
    """What a table of a configuration file says, by declared key; a key left out has its declared default."""

    def __init__(self, place: Place, given: Mapping[str, object], places: Mapping[str, Place]) -> None:
        self._place = place
        self._given = given
        self._places = places

    def has(self, name: str) -> bool:
        """Whether the file itself names this key."""
        return name in self._places

    def place(self, name: str = "") -> Place:
        """Where the key stands, or the table it belongs to."""
        return self._places.get(name, self._place)

    def text(self, name: str) -> str:
        """The text of this key; "" where it has neither value nor default."""
        return self._of(name, str, "")

    def text_or_none(self, name: str) -> str | None:
        """The text of this key, None where it has neither value nor default."""
        return self._of(name, str, "") or None

    def integer(self, name: str) -> int:
        """The whole number of this key."""
        return self._of(name, int, 0)

    def flag(self, name: str) -> bool:
        """Whether this key is true."""
        return self._of(name, bool, False)

    def decimal(self, name: str) -> Decimal | None:
        """The exact number of this key, None where it has neither value nor default."""
        value = self._given.get(name)
        return value if isinstance(value, Decimal) else None

    def duration(self, name: str) -> timedelta:
        """The time this key names."""
        return self._of(name, timedelta, timedelta())

    def rate(self, name: str) -> Rate | None:
        """The rate of this key, None where it has neither value nor default."""
        value = self._given.get(name)
        return value if isinstance(value, Rate) else None

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of this key, one or several."""
        return self._of(name, tuple, ())

    def durations(self, name: str) -> dict[str, timedelta]:
        """The times of this key by name."""
        return self._of(name, dict, {})

    def words(self, name: str) -> dict[str, str]:
        """The texts of this key by name."""
        return self._of(name, dict, {})

    def table(self, name: str) -> Values:
        """The table of this key; an empty one where it is left out."""
        return self._of(name, Values, Values(self._place, {}, {}))

    def tables(self, name: str) -> list[Values]:
        """The tables of this key in their order."""
        return self._of(name, list, [])

    def _of(self, name: str, kind: type[_T], otherwise: _T) -> _T:
        value = self._given.get(name)
        return value if isinstance(value, kind) else otherwise


class Reader:
    """Reads tables of one file by their fields; what does not fit is in `problems`, what surprises in `remarks`."""

    def __init__(self, file: str, position: Position) -> None:
        self.problems: list[Problem] = []
        self.remarks: list[Problem] = []
        self._file = file
        self._position = position

    def read(self, data: Mapping[str, object], fields: Sequence[Field], path: Path = ()) -> Values:
        """The values of a table at `path`; unknown keys, wrong types and missing keys are problems."""
        place = self._place(path)
        given: dict[str, object] = {}
        for field in fields:
            if field.name in data:
                value = self._value(field, data[field.name], (*path, field.name))
            else:
                value = self._absent(field, place)
            if value is not None:
                given[field.name] = value
        self._note_unknown(data, [field.name for field in fields], path)
        return Values(place, given, {name: self._place((*path, name)) for name in data})

    def _absent(self, field: Field, place: Place) -> object:
        if field.required:
            self.problems.append(place.problem(f"{field.name} is missing", field.help))
        if field.type is FieldType.TABLE:
            return _defaults(place, field.fields)
        return field.default

    def _value(self, field: Field, value: object, path: Path) -> object:
        if field.type in (FieldType.TABLE, FieldType.TABLES):
            return self._inner(field, value, path)
        try:
            parsed = _PARSERS[field.type](value)
            _check(field, parsed)
        except UnfitError as unfit:
            text = f"{field.name} holds a secret in the open" if field.secret else f"{field.name}: {unfit}"
            self.problems.append(self._place(path).problem(text, unfit.advice))
            return field.default
        return parsed

    def _inner(self, field: Field, value: object, path: Path) -> object:
        if field.type is FieldType.TABLE and isinstance(value, dict):
            return self.read(value, field.fields, path)
        if field.type is FieldType.TABLES and isinstance(value, list):
            listed = [(index, item) for index, item in enumerate(value) if isinstance(item, dict)]
            if len(listed) == len(value):
                return [self.read(item, field.fields, (*path, index)) for index, item in listed]
        advice = f"{field.help} Write {_form_of(field, is_outermost=len(path) == 1)}."
        self.problems.append(self._place(path).problem(f"{field.name} is no {field.type}", advice))
        return _defaults(self._place(path), field.fields) if field.type is FieldType.TABLE else []

    def _note_unknown(self, data: Mapping[str, object], known: Sequence[str], path: Path) -> None:
        for name in data:
            if name not in known:
                advice = meant(name, known, f"known here: {', '.join(known)}")
                self.problems.append(self._place((*path, name)).problem(f"unknown key {name}", advice))

    def _place(self, path: Path) -> Place:
        return Place(self._file, *self._position(path))


def _form_of(field: Field, *, is_outermost: bool) -> str:
    """How tables are written, as [[agreement]] or cxml = [{ domain = ..., identity = ... }]."""
    is_list = field.type is FieldType.TABLES
    if is_outermost:
        return f"[[{field.name}]]" if is_list else f"[{field.name}]"
    keys = [each.name for each in field.fields if each.required] or [each.name for each in field.fields[:2]]
    table = f"{{ {', '.join(f'{key} = ...' for key in keys)} }}"
    return f"{field.name} = [{table}]" if is_list else f"{field.name} = {table}"


def _defaults(place: Place, fields: Sequence[Field]) -> Values:
    """The values of a table that is left out."""
    tables = {field.name: _defaults(place, field.fields) for field in fields if field.type is FieldType.TABLE}
    return Values(place, {field.name: field.default for field in fields if field.default is not None} | tables, {})


def _check(field: Field, value: object) -> None:
    """Raises UnfitError where the value is none of the choices, is too small, or is a secret that is not named."""
    for item in value if isinstance(value, tuple) else (value,):
        if field.choices and item not in field.choices:
            raise UnfitError(f"{item!r} is not possible", f"one of {', '.join(field.choices)}")
        if field.at_least is not None and isinstance(item, int) and item < field.at_least:
            raise UnfitError(f"{item} is too small", f"write {field.at_least} or more")
        if field.secret and not SECRET_REFERENCE.fullmatch(str(item)):
            raise UnfitError("", 'write "secret:NAME" and run gateway secret set NAME, or "env:NAME"')
