"""Rules read into trees: sources, fallbacks and steps, the same for every dialect.

    rule    = source { "//" source } { "|" step }
    source  = path | list | "'" text "'"
    list    = "(" source { "," source } ")"
    step    = name [ "(" args ")" ]

What a path looks like is the dialect's own (`edifact_paths`, `tree_paths`, `row_paths`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from gateway.errors import ConfigError, Problem

PathT = TypeVar("PathT")

MAX_RULE_LENGTH = 64_000
MAX_FALLBACKS = 5

_BLANKS = re.compile(r"[ \t\r\n]*")
_TEXT = re.compile(r"'((?:[^']|'')*)'")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_NUMBER = re.compile(r"[0-9]+")


class Position(NamedTuple):
    """Where a rule's text begins: the file, relative to mappings/, and line and column from 1."""

    file: str
    line: int
    column: int

    def problem(self, text: str, advice: str = "", offset: int = 0) -> Problem:
        """A problem `offset` characters into the text that begins here."""
        return Problem(self.file, self.line, self.column + offset, text, advice)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class StatedText(NamedTuple):
    """A text of a mapping: a rule, a list, a condition. `at` is where it begins."""

    text: str
    at: Position


class Literal(NamedTuple):
    """A text between single quotes."""

    text: str


class StepCall(NamedTuple):
    """A step by its name, with its arguments and where it begins in the rule."""

    name: str
    arguments: tuple[str | int, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Listing(Generic[PathT]):
    """Several sources in brackets: the values of all that are present."""

    sources: tuple[PathT | Literal, ...]


@dataclass(frozen=True, slots=True)
class Rule(Generic[PathT]):
    """A rule read: the sources of which the first present wins, and the steps after it."""

    text: str
    at: Position
    sources: tuple[PathT | Literal | Listing[PathT], ...]
    steps: tuple[StepCall, ...]

    def problem(self, text: str, advice: str = "", offset: int = 0) -> Problem:
        """A problem in this rule."""
        return self.at.problem(text, advice, offset)


def with_decimal_mark(rule: Rule[PathT], mark: str) -> Rule[PathT]:
    """The rule with this decimal mark where `decimal` names none: comma and point alike are EDIFACT's only."""
    steps = tuple(
        call._replace(arguments=call.arguments or (mark,)) if call.name == "decimal" else call for call in rule.steps
    )
    return rule if steps == rule.steps else replace(rule, steps=steps)


@dataclass(frozen=True, slots=True)
class Condition(Generic[PathT]):
    """`when`: a path compared with literals; `negated` for `!=`."""

    path: PathT
    values: tuple[str, ...]
    negated: bool
    at: Position


class Scanner:
    """A rule's text with the place read so far. A dialect's path parser reads on from there."""

    def __init__(self, text: str, at: Position) -> None:
        self.text = text
        self.at = at
        self.offset = 0

    def fault(self, text: str, advice: str = "") -> ConfigError:
        """The error to raise for what stands at the present place."""
        return ConfigError(problems=[self.at.problem(text, advice, self.offset)])

    def skip(self) -> None:
        """Goes past blanks."""
        found = _BLANKS.match(self.text, self.offset)
        self.offset = found.end() if found else self.offset

    @property
    def at_end(self) -> bool:
        """Whether nothing but blanks is left."""
        self.skip()
        return self.offset >= len(self.text)

    def sees(self, sign: str) -> bool:
        """Whether `sign` comes next, after blanks."""
        self.skip()
        return self.text.startswith(sign, self.offset)

    def accept(self, sign: str) -> bool:
        """Whether `sign` comes next; goes past it."""
        seen = self.sees(sign)
        self.offset += len(sign) if seen else 0
        return seen

    def expect(self, sign: str) -> None:
        """Goes past `sign`. Raises ConfigError where something else stands."""
        if not self.accept(sign):
            raise self.fault(f"{sign!r} is expected here{self._found()}")

    def match(self, pattern: re.Pattern[str], what: str) -> str:
        """What the pattern matches next. Raises ConfigError, naming `what`, where it does not."""
        self.skip()
        found = pattern.match(self.text, self.offset)
        if found is None:
            raise self.fault(f"{what} is expected here{self._found()}")
        self.offset = found.end()
        return found[0]

    def literal(self) -> str:
        """The text between single quotes that comes next."""
        self.skip()
        found = _TEXT.match(self.text, self.offset)
        if found is None:
            raise self.fault("this text has no closing quote", "close it with '; write '' for a quote inside")
        self.offset = found.end()
        return found[1].replace("''", "'")

    def _found(self) -> str:
        rest = self.text[self.offset : self.offset + 12]
        return f", not {rest!r}" if rest else ", not the end of the rule"


PathReader: TypeAlias = Callable[[Scanner], PathT]


_NOWHERE = Position("", 0, 0)


def parse_rule(text: str, read_path: PathReader[PathT], at: Position) -> Rule[PathT]:
    """The rule as a tree. Raises ConfigError with the place of what is no rule."""
    try:
        known: Rule[PathT] = _known_rule(text, read_path)
    except ConfigError:
        return _rule(Scanner(text, at), read_path)
    return Rule(text, at, known.sources, known.steps)


@lru_cache(maxsize=4096)
def _known_rule(text: str, read_path: PathReader[PathT]) -> Rule[PathT]:
    """The rule without its place: the same one stands in many tables, and in every partner's mapping."""
    return _rule(Scanner(text, _NOWHERE), read_path)


def _rule(scanner: Scanner, read_path: PathReader[PathT]) -> Rule[PathT]:
    text, at = scanner.text, scanner.at
    if len(text) > MAX_RULE_LENGTH:
        raise scanner.fault("this rule is longer than 64 kB")
    sources = [_source(scanner, read_path)]
    while scanner.accept("//"):
        if isinstance(sources[-1], Literal):
            raise scanner.fault("nothing comes after a text: it is always present", "put the text last")
        sources.append(_source(scanner, read_path))
    if len(sources) > MAX_FALLBACKS + 1:
        raise scanner.fault(f"this rule has more than {MAX_FALLBACKS} fallbacks")
    steps = _steps(scanner) if scanner.accept("|") else ()
    if not scanner.at_end:
        raise scanner.fault(
            f"{scanner.text[scanner.offset :][:12]!r} is not expected here", "put // or | between parts"
        )
    return Rule(text, at, tuple(sources), steps)


def parse_path(text: str, read_path: PathReader[PathT], at: Position) -> PathT:
    """A path alone, as `at` and `each` state one. Raises ConfigError with the place."""
    try:
        known: PathT = _known_path(text, read_path)
    except ConfigError:
        return _path(Scanner(text, at), read_path)
    return known


@lru_cache(maxsize=4096)
def _known_path(text: str, read_path: PathReader[PathT]) -> PathT:
    return _path(Scanner(text, _NOWHERE), read_path)


def _path(scanner: Scanner, read_path: PathReader[PathT]) -> PathT:
    path = read_path(scanner)
    if not scanner.at_end:
        raise scanner.fault("the path ends here", "a path alone takes no step and no fallback")
    return path


def parse_condition(text: str, read_path: PathReader[PathT], at: Position) -> Condition[PathT]:
    """The condition of a `when`: PATH = 'text' {, 'text'} or PATH != 'text'. Raises ConfigError with the place."""
    scanner = Scanner(text, at)
    path = read_path(scanner)
    negated = scanner.accept("!=")
    if not negated:
        scanner.expect("=")
    values = [scanner.literal()]
    while scanner.accept(","):
        values.append(scanner.literal())
    if not scanner.at_end:
        raise scanner.fault("a condition compares one path with texts only")
    return Condition(path, tuple(values), negated, at)


def _source(scanner: Scanner, read_path: PathReader[PathT]) -> PathT | Literal | Listing[PathT]:
    if not scanner.accept("("):
        return _single(scanner, read_path)
    sources = [_single(scanner, read_path)]
    while scanner.accept(","):
        sources.append(_single(scanner, read_path))
    scanner.expect(")")
    return Listing(tuple(sources))


def _single(scanner: Scanner, read_path: PathReader[PathT]) -> PathT | Literal:
    return Literal(scanner.literal()) if scanner.sees("'") else read_path(scanner)


def _steps(scanner: Scanner) -> tuple[StepCall, ...]:
    steps = [_step(scanner)]
    while scanner.accept("|"):
        steps.append(_step(scanner))
    return tuple(steps)


def _step(scanner: Scanner) -> StepCall:
    scanner.skip()
    offset = scanner.offset
    name = scanner.match(_WORD, "a step")
    arguments: list[str | int] = []
    if scanner.accept("("):
        while not scanner.accept(")"):
            if arguments:
                scanner.expect(",")
            arguments.append(_argument(scanner))
    return StepCall(name, tuple(arguments), offset)


def _argument(scanner: Scanner) -> str | int:
    if scanner.sees("'"):
        return scanner.literal()
    if _NUMBER.match(scanner.text, scanner.offset):
        return int(scanner.match(_NUMBER, "a number"))
    return scanner.match(_WORD, "a name, a number or a text")
