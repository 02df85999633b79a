"""The steps a rule may name: a closed register, each with the kinds of value it takes and gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib.metadata import entry_points
from typing import NamedTuple, TypeAlias, cast

from gateway.errors import ConfigError, meant
from gateway.mapping import step_values as values
from gateway.mapping.codes import CodeList
from gateway.mapping.grammar import Position, StepCall

Apply: TypeAlias = Callable[[object], object]
FindCodes: TypeAlias = Callable[[str], CodeList | None]


GROUP = "gateway.steps"
"""The entry points of steps that other packages bring, each a `Step` by its name."""


class Kind(Enum):
    """What kind of value stands between two steps; COMPOSITE is a segment handed to a step that knows it."""

    TEXT = "text"
    TEXTS = "list of texts"
    COMPOSITE = "segment"
    COMPOSITES = "list of segments"
    INT = "whole number"
    DECIMAL = "number"
    DATE = "date"
    DATETIME = "date and time"
    FLAG = "yes or no"


class ArgumentError(ValueError):
    """A step does not take these arguments."""


class Arguments(NamedTuple):
    """The arguments of one step, and the code lists it may name."""

    given: tuple[str | int, ...]
    find_codes: FindCodes

    def number(self, index: int, default: int | None = None) -> int:
        """The number at an index. Raises ArgumentError where there is none."""
        value = self.given[index] if index < len(self.given) else default
        if not isinstance(value, int):
            raise ArgumentError("a number is missing here")
        return value

    def text(self, index: int, default: str | None = None) -> str:
        """The text at an index. Raises ArgumentError where there is none."""
        value = self.given[index] if index < len(self.given) else default
        if not isinstance(value, str):
            raise ArgumentError("a text is missing here")
        return value

    def codes(self) -> CodeList:
        """The code list named first. Raises ArgumentError where there is no such list."""
        name = self.text(0)
        found = self.find_codes(name)
        if found is None:
            raise ArgumentError(f"there is no code list {name!r}; make mappings/codes/{name}.toml")
        return found


class Step(NamedTuple):
    """A step: kinds taken to kinds given, how many arguments, how it is made; `composite`: the elements it reads."""

    kinds: Mapping[Kind, Kind]
    arguments: range
    make: Callable[[Arguments], Apply]
    composite: tuple[str, ...] = ()


class Pipeline(NamedTuple):
    """Steps compiled: the kind they end in, the functions in order, and what they ask of the source."""

    kind: Kind
    functions: tuple[Apply, ...]
    required: bool
    only: bool
    words: tuple[str, ...] | None

    def run(self, value: object) -> object:
        """The value after every step. Raises StepError."""
        for function in self.functions:
            value = function(value)
        return value


def compile_steps(calls: Sequence[StepCall], kind: Kind, at: Position, find_codes: FindCodes) -> Pipeline:
    """The steps for a value of this kind. Raises ConfigError for an unknown step, wrong kind or wrong argument.

    `words` are the texts that can come out where a code list is the last to change them.
    """
    functions: list[Apply] = []
    words: tuple[str, ...] | None = None
    for call in calls:
        step, accepted = _accepted(call, kind, at)
        arguments = Arguments(call.arguments, find_codes)
        try:
            function = step.make(arguments)
        except ArgumentError as error:
            raise ConfigError(problems=[at.problem(f"{call.name}: {error}", offset=call.offset)]) from None
        if call.name == "code":
            words = tuple(arguments.codes().values.values()) if len(call.arguments) == 1 else None
        elif call.name not in _UNCHANGED:
            words = None
        if call.name != "required":
            functions.append(function if accepted is kind else _each(function))
        kind = step.kinds[accepted] if accepted is kind else kind
    names = {call.name for call in calls}
    return Pipeline(kind, tuple(functions), "required" in names, "only" in names, words)


def composite_of(calls: Sequence[StepCall]) -> tuple[str, ...]:
    """The elements of a segment that the first step which knows a composite reads; () where none does."""
    for call in calls:
        step = known_steps().get(call.name)
        if step is not None and step.composite:
            return step.composite
    return ()


def _accepted(call: StepCall, kind: Kind, at: Position) -> tuple[Step, Kind]:
    """The step and the kind it takes: the one at hand, or each text of a list."""
    step = known_steps().get(call.name)
    if step is None:
        advice = meant(call.name, known_steps(), f"steps are {', '.join(known_steps())}")
        raise ConfigError(problems=[at.problem(f"there is no step {call.name!r}", advice, call.offset)])
    if len(call.arguments) not in step.arguments:
        taken = " or ".join(map(str, step.arguments))
        fault = f"{call.name} takes {taken} arguments, not {len(call.arguments)}"
        raise ConfigError(problems=[at.problem(fault, offset=call.offset)])
    if kind in step.kinds:
        return step, kind
    if kind is Kind.TEXTS and step.kinds.get(Kind.TEXT) is Kind.TEXT:
        return step, Kind.TEXT
    advice = "it takes a " + " or a ".join(taken.value for taken in step.kinds)
    raise ConfigError(problems=[at.problem(f"{call.name} does not take a {kind.value}", advice, call.offset)])


def _each(function: Apply) -> Apply:
    return lambda texts: [function(text) for text in cast("list[str]", texts)]


def _plain(function: Callable[..., object]) -> Callable[[Arguments], Apply]:
    """The maker of a step without arguments."""
    return lambda _: function


def _code(given: Arguments) -> Apply:
    codes = given.codes()
    table = codes.values
    if len(given.given) == 2:
        if given.text(1) == "known":
            return lambda text: table.get(cast("str", text), "")
        if given.text(1) != "reverse":
            raise ArgumentError(f"{given.text(1)!r} is not known; reverse and known are")
        if codes.undecided:
            raise ArgumentError(f"{codes.name} prefers no code for {', '.join(codes.undecided)}")
        table = codes.reverse
    return lambda text: values.decode(cast("str", text), table, codes.name)


def _decimal(given: Arguments) -> Apply:
    mark = given.text(0, "")
    if mark not in ("", ",", "."):
        raise ArgumentError("the decimal mark is ',' or '.'")
    return lambda text: values.to_decimal(cast("str", text), mark)


def _implied(given: Arguments) -> Apply:
    places = given.number(0)
    if places < 1:
        raise ArgumentError("at least one digit stands behind the point; else it is | decimal, or | plain")
    return lambda value: (
        values.with_implied_point(value, places)
        if isinstance(value, str)
        else values.without_point(cast("Decimal | int", value), places)
    )


def _moment_pattern(given: Arguments) -> str:
    """The pattern a day is read by; "" where none is given. Raises ArgumentError for one that says no year."""
    pattern = given.text(0, "")
    if pattern and not values.says_a_year(pattern):
        raise ArgumentError(f"{pattern!r} is no pattern of a day: it has %d, %m and %Y, as in '%d.%m.%Y'")
    return pattern


def _date(given: Arguments) -> Apply:
    pattern = _moment_pattern(given)
    return lambda value: (
        values.text_to_moment(value, pattern) if isinstance(value, str) else values.to_moment(cast("list[str]", value))
    ).date()


def _datetime(given: Arguments) -> Apply:
    pattern = _moment_pattern(given)
    return lambda value: (
        values.text_to_moment(value, pattern) if isinstance(value, str) else values.to_moment(cast("list[str]", value))
    )


def _period(given: Arguments) -> Apply:
    if given.text(0) not in ("from", "to"):
        raise ArgumentError("it takes from or to")
    index = 0 if given.text(0) == "from" else 1
    return lambda value: values.period_end(cast("list[str]", value), index)


def _max(given: Arguments) -> Apply:
    length = given.number(0)
    return lambda text: values.at_most(cast("str", text), length)


def _pad(given: Arguments) -> Apply:
    length, filler = given.number(0), given.text(1, "0")
    if len(filler) != 1:
        raise ArgumentError("it fills with one character")
    return lambda text: cast("str", text).rjust(length, filler)


def _prefix(given: Arguments) -> Apply:
    before = given.text(0)
    return lambda text: before + cast("str", text)


def _join(given: Arguments) -> Apply:
    between = given.text(0)
    return lambda texts: between.join(cast("list[str]", texts))


def _split(given: Arguments) -> Apply:
    between = given.text(0)
    if not between:
        raise ArgumentError("it splits at a text, not at nothing")
    return lambda text: [part for part in cast("str", text).split(between) if part]


def _wrap(given: Arguments) -> Apply:
    width, count = given.number(0), given.number(1, 1)
    if width < 1 or count < 1:
        raise ArgumentError("width and count are at least 1")
    return lambda text: values.wrap(cast("str", text), width, count)


def _fixed(given: Arguments) -> Apply:
    decimals = given.number(0)
    return lambda number: values.fixed(cast("Decimal", number), decimals)


def _pattern(given: Arguments) -> Apply:
    pattern = given.text(0)
    # The names of days and months are other ones on another machine.
    if not _PATTERN.fullmatch(pattern):
        raise ArgumentError("a pattern has %d, %m, %Y, %y, %H, %M and %S, as in '%d.%m.%Y'")
    return lambda moment: cast("date", moment).strftime(pattern)


_TEXT_TO_TEXT = {Kind.TEXT: Kind.TEXT}
_NUMBER_TO_SAME = {Kind.DECIMAL: Kind.DECIMAL, Kind.INT: Kind.INT}
_MOMENT_TO_TEXT = {Kind.DATE: Kind.TEXT, Kind.DATETIME: Kind.TEXT}
_DTM = ("2380", "2379")
_PATTERN = re.compile(r"(?:%[dmYyHMS]|[^%])+", re.ASCII)
_UNCHANGED = ("required", "only", "first", "last", "trim")
_NONE, _ONE, _OPTIONAL, _TWO = range(1), range(1, 2), range(2), range(1, 3)

STEPS: dict[str, Step] = {
    "required": Step({kind: kind for kind in Kind}, _NONE, _plain(lambda value: value)),
    "only": Step({Kind.TEXTS: Kind.TEXT, Kind.COMPOSITES: Kind.COMPOSITE}, _NONE, _plain(values.one_of)),
    "trim": Step(_TEXT_TO_TEXT, _NONE, _plain(str.strip)),
    "upper": Step(_TEXT_TO_TEXT, _NONE, _plain(str.upper)),
    "lower": Step(_TEXT_TO_TEXT, _NONE, _plain(str.lower)),
    "int": Step({Kind.TEXT: Kind.INT}, _NONE, _plain(values.to_int)),
    "decimal": Step({Kind.TEXT: Kind.DECIMAL}, _OPTIONAL, _decimal),
    "implied": Step({Kind.TEXT: Kind.DECIMAL, Kind.DECIMAL: Kind.TEXT, Kind.INT: Kind.TEXT}, _ONE, _implied),
    "date": Step({Kind.TEXT: Kind.DATE, Kind.COMPOSITE: Kind.DATE}, _OPTIONAL, _date, _DTM),
    "datetime": Step({Kind.TEXT: Kind.DATETIME, Kind.COMPOSITE: Kind.DATETIME}, _OPTIONAL, _datetime, _DTM),
    "period": Step({Kind.COMPOSITE: Kind.DATE}, _ONE, _period, _DTM),
    "week": Step({Kind.COMPOSITE: Kind.DATE}, _NONE, _plain(values.week_start), _DTM),
    "code": Step(_TEXT_TO_TEXT, _TWO, _code),
    "gln": Step(_TEXT_TO_TEXT, _NONE, _plain(values.gln)),
    "gtin": Step(_TEXT_TO_TEXT, _NONE, _plain(values.gtin)),
    "digits": Step(_TEXT_TO_TEXT, _NONE, _plain(values.digits)),
    "first": Step({Kind.TEXTS: Kind.TEXT}, _NONE, _plain(lambda texts: texts[0])),
    "last": Step({Kind.TEXTS: Kind.TEXT}, _NONE, _plain(lambda texts: texts[-1])),
    "max": Step(_TEXT_TO_TEXT, _ONE, _max),
    "pad": Step(_TEXT_TO_TEXT, _TWO, _pad),
    "prefix": Step(_TEXT_TO_TEXT, _ONE, _prefix),
    "strip_zeros": Step(_TEXT_TO_TEXT, _NONE, _plain(values.strip_zeros)),
    "join": Step({Kind.TEXTS: Kind.TEXT}, _ONE, _join),
    "split": Step({Kind.TEXT: Kind.TEXTS}, _ONE, _split),
    "wrap": Step({Kind.TEXT: Kind.TEXTS}, _TWO, _wrap),
    "plain": Step({Kind.DECIMAL: Kind.TEXT, Kind.INT: Kind.TEXT}, _NONE, _plain(values.number_text)),
    "nonzero": Step({Kind.DECIMAL: Kind.TEXT, Kind.INT: Kind.TEXT}, _NONE, _plain(values.nonzero_text)),
    "fixed": Step({Kind.DECIMAL: Kind.TEXT}, _ONE, _fixed),
    "yyyymmdd": Step(_MOMENT_TO_TEXT, _NONE, _plain(lambda day: cast("date", day).strftime("%Y%m%d"))),
    "yyyymmddhhmm": Step(_MOMENT_TO_TEXT, _NONE, _plain(lambda at: cast("datetime", at).strftime("%Y%m%d%H%M"))),
    "pattern": Step(_MOMENT_TO_TEXT, _ONE, _pattern),
    "negate": Step(_NUMBER_TO_SAME, _NONE, _plain(lambda number: -number)),
    "abs": Step(_NUMBER_TO_SAME, _NONE, _plain(abs)),
}


@cache
def known_steps() -> Mapping[str, Step]:
    """Every step by name: ours, and those that installed packages register under `gateway.steps`.

    A package adds steps, it replaces none: what a shipped mapping means is the same everywhere.
    """
    added = {entry.name: entry.load() for entry in entry_points(group=GROUP)}
    return {**added, **STEPS}
