"""Rules compiled, in whatever dialect: a closure from a place in the message to the value of one field.

What a path is and how it is read is the dialect's own (`PathCompiler`); sources, fallbacks, steps and faults are not.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeAlias, TypeGuard, TypeVar

from gateway.errors import ConfigError
from gateway.issues import ADVICE
from gateway.mapping.grammar import Condition, Listing, Literal, PathT, Position, Rule
from gateway.mapping.inbound_tables import Stated
from gateway.mapping.step_values import StepError
from gateway.mapping.steps import Apply, FindCodes, Kind, Pipeline, compile_steps, composite_of
from gateway.mapping.targets import Target


class Fault:
    """A rule that got no value it could use; `indexes` are the items of the lists it stands in, outermost first."""

    __slots__ = ("indexes", "kind", "place", "rule", "text")

    def __init__(self, rule: InboundRule, place: object, kind: str, text: str) -> None:
        self.rule = rule
        self.place = place
        self.kind = kind
        self.text = text
        self.indexes: list[int] = []


class Findings:
    """What went wrong while one message was read."""

    __slots__ = ("faults",)

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def number_faults(self, since: int, index: int) -> None:
        """Notes that the faults from `since` on came up in the item at `index` of a list."""
        for fault in self.faults[since:]:
            fault.indexes.insert(0, index)


class CompiledSource(Protocol):
    """A path compiled."""

    @property
    def text(self) -> str:
        """The path as it stands in the rule, for messages."""

    @property
    def read(self) -> Callable[..., object]:
        """How its value is read, at a place of its dialect."""


CompiledT = TypeVar("CompiledT", bound=CompiledSource)
ReadingT = TypeVar("ReadingT", bound=Findings)
PlaceT = TypeVar("PlaceT")
Read: TypeAlias = Callable[[ReadingT, PlaceT], object]
Finish: TypeAlias = Callable[[ReadingT, PlaceT, object], object]

MISSING = "missing"
_CODES = {
    MISSING: "mapping.value.missing",
    "not-a-number": "mapping.value.invalid",
    "too-large": "number.too-large",
    "date": "date.invalid",
    "code-unknown": "mapping.code.unknown",
    "ambiguous": "mapping.value.ambiguous",
    "does-not-fit": "mapping.value.does-not-fit",
}


class FieldPath(NamedTuple):
    """A field of the document: `lines[{}].quantity` with a gap for each index, and `order.line.quantity` for codes."""

    template: str = ""
    singular: str = ""

    def inside(self, name: str, *, many: bool = False) -> FieldPath:
        """The path of a field inside this one."""
        dot = "." if self.template else ""
        single = name.removesuffix("s") if many else name
        return FieldPath(f"{self.template}{dot}{name}{'[{}]' if many else ''}", f"{self.singular}.{single}")


class InboundRule(NamedTuple):
    """A rule for messages: the field, the text, where it stands, the paths it reads."""

    field: FieldPath
    stated: Stated
    paths: tuple[CompiledSource, ...]

    def code(self, kind: str) -> str:
        """The issue code of a fault: the field's own where there is one, else that of the kind."""
        own = f"{self.field.singular}.{kind}"
        return own if own in ADVICE else _CODES.get(kind, "mapping.value.invalid")


class CompiledRule(NamedTuple, Generic[CompiledT, ReadingT, PlaceT]):
    """A rule compiled: how it is read and what becomes of the value.

    `finish` applies the steps to a value found, None where there is nothing to do; `default` is what a text at the
    rule's end gives, None without one; `paths` are all it reads, `direct` those that each give one text.
    """

    rule: InboundRule
    evaluate: Read[ReadingT, PlaceT]
    finish: Finish[ReadingT, PlaceT] | None
    default: object
    is_required: bool
    paths: tuple[CompiledT, ...]
    direct: tuple[CompiledT, ...]


class PathCompiler(ABC, Generic[PathT, CompiledT, ReadingT, PlaceT]):
    """What the rules of a table ask of a dialect: its paths, read and compiled in the table's scope."""

    @abstractmethod
    def parse(self, text: str, at: Position) -> Rule[PathT]:
        """The rule as a tree. Raises ConfigError."""

    @abstractmethod
    def compile(self, path: PathT, at: Position, composite: tuple[str, ...], *, every: bool) -> CompiledT:
        """The path as a closure; `composite` names the elements a step reads of a whole segment. Raises ConfigError."""

    @abstractmethod
    def is_path(self, source: PathT | Literal | Listing[PathT]) -> TypeGuard[PathT]:
        """Whether a source of a rule is a path."""

    @abstractmethod
    def gives_list(self, path: PathT) -> bool:
        """Whether the path gives all values there are."""

    @abstractmethod
    def is_whole(self, path: PathT) -> bool:
        """Whether the path hands a whole composite to a step that knows it."""


class RuleCompiler(NamedTuple, Generic[PathT, CompiledT, ReadingT, PlaceT]):
    """Compiles the rules of one table."""

    dialect: PathCompiler[PathT, CompiledT, ReadingT, PlaceT]
    find_codes: FindCodes

    def compile(self, stated: Stated, goal: Target, field: FieldPath) -> CompiledRule[CompiledT, ReadingT, PlaceT]:
        """The rule that fills a field. Raises ConfigError with what is wrong with it."""
        rule = self.dialect.parse(stated.text, stated.at)
        only = any(call.name == "only" for call in rule.steps)
        kind = self._kind(rule, only=only)
        pipeline = compile_steps(rule.steps, kind, rule.at, self.find_codes)
        _check_type(rule, pipeline, goal)
        sources = _Sources(self.dialect, rule, kind, only, [])
        reads = [sources.read(source) for source in rule.sources if not isinstance(source, Literal)]
        paths = tuple(sources.paths)
        default = self._default(rule, kind, goal)
        compiled = InboundRule(field, stated, paths)
        is_required = pipeline.required and default is None
        missing: Read[ReadingT, PlaceT] = _missing_reporter(compiled) if is_required else _nothing
        finish = _finish(compiled, pipeline.functions, missing)
        evaluate = _evaluate(_first_present(reads), finish, missing)
        changes = finish if pipeline.functions or is_required else None
        direct = paths if kind is Kind.TEXT else ()
        return CompiledRule(compiled, evaluate, changes, default, pipeline.required, paths, direct)

    def _kind(self, rule: Rule[PathT], *, only: bool) -> Kind:
        """What the steps get: text, segment, or a list where one source gives several."""
        dialect = self.dialect
        paths = [source for source in rule.sources if dialect.is_path(source)]
        whole = [path for path in paths if dialect.is_whole(path)]
        listed = any(isinstance(source, Listing) for source in rule.sources)
        if whole and (len(whole) < len(paths) or listed):
            raise ConfigError(
                problems=[rule.problem("this rule mixes segments and elements", "name an element in each path")]
            )
        if whole:
            return Kind.COMPOSITES if only else Kind.COMPOSITE
        return Kind.TEXTS if only or listed or any(map(dialect.gives_list, paths)) else Kind.TEXT

    def _default(self, rule: Rule[PathT], kind: Kind, goal: Target) -> object:
        """The value of the text at the rule's end. Raises ConfigError where a step does not take it."""
        last = rule.sources[-1]
        if not isinstance(last, Literal):
            return None
        is_list = kind in (Kind.TEXTS, Kind.COMPOSITES)
        pipeline = compile_steps(rule.steps, Kind.TEXTS if is_list else Kind.TEXT, rule.at, self.find_codes)
        try:
            value = pipeline.run([last.text] if is_list else last.text)
        except StepError as error:
            raise ConfigError(problems=[rule.problem(f"the text {last.text!r} cannot be used: {error}")]) from None
        unknown = goal.unknown_words([value]) if isinstance(value, str) else []
        if unknown:
            raise ConfigError(problems=[rule.problem(f"{goal.name} cannot be {unknown[0]!r}", f"it is {goal.words}")])
        return value


class _Sources(NamedTuple, Generic[PathT, CompiledT, ReadingT, PlaceT]):
    """Compiles the sources of one rule; `paths` collects what they read."""

    dialect: PathCompiler[PathT, CompiledT, ReadingT, PlaceT]
    rule: Rule[PathT]
    kind: Kind
    every: bool
    paths: list[CompiledT]

    def read(self, source: PathT | Listing[PathT]) -> Read[ReadingT, PlaceT]:
        """The closure of a source, giving the kind all sources of the rule give."""
        if isinstance(source, Listing):
            return _listed([part.text if isinstance(part, Literal) else self._path(part) for part in source.sources])
        is_list = self.every or self.dialect.gives_list(source)
        return self._path(source) if is_list or self.kind is not Kind.TEXTS else _as_list(self._path(source))

    def _path(self, path: PathT) -> Read[ReadingT, PlaceT]:
        composite = composite_of(self.rule.steps) if self.kind in (Kind.COMPOSITE, Kind.COMPOSITES) else ()
        compiled = self.dialect.compile(path, self.rule.at, composite, every=self.every)
        self.paths.append(compiled)
        return compiled.read


def _check_type(rule: Rule[PathT], pipeline: Pipeline, goal: Target) -> None:
    if goal.is_table:
        raise ConfigError(problems=[rule.problem(f"{goal.name} is filled by a table", f"write [...{goal.name}]")])
    if pipeline.kind not in goal.kinds:
        wanted = goal.kind.value if goal.kind else "table"
        fault = f"{goal.name} is a {wanted}, this rule gives a {pipeline.kind.value}"
        raise ConfigError(problems=[rule.problem(fault, "end the rule in a step that gives the field's type")])
    if not goal.words:
        return
    if pipeline.words is None and not all(isinstance(source, Literal) for source in rule.sources):
        advice = f"end it in code(...) with the values {goal.words}"
        raise ConfigError(problems=[rule.problem(f"{goal.name} takes words of its own list", advice)])
    unknown = goal.unknown_words(pipeline.words or ())
    if unknown:
        fault = f"{goal.name} cannot be {', '.join(map(repr, unknown))}, which the code list gives"
        raise ConfigError(problems=[rule.problem(fault, f"it is {goal.words}")])


def condition_of(read: Read[ReadingT, PlaceT], condition: Condition[PathT]) -> Callable[[ReadingT, PlaceT], bool]:
    """Whether a `when` holds at a place; what is not there is the text ''."""
    wanted, negated = frozenset(condition.values), condition.negated
    return lambda reading, place: ((read(reading, place) or "") in wanted) is not negated


def _first_present(reads: Sequence[Read[ReadingT, PlaceT]]) -> Read[ReadingT, PlaceT]:
    if len(reads) == 1:
        return reads[0]

    def read(reading: ReadingT, place: PlaceT) -> object:
        for one in reads:
            value = one(reading, place)
            if value is not None:
                return value
        return None

    return read


def _as_list(one: Read[ReadingT, PlaceT]) -> Read[ReadingT, PlaceT]:
    def read(reading: ReadingT, place: PlaceT) -> object:
        value = one(reading, place)
        return None if value is None else [value]

    return read


def _listed(parts: Sequence[str | Read[ReadingT, PlaceT]]) -> Read[ReadingT, PlaceT]:
    """The values of all parts that are present, texts between them kept; None where no path is present."""

    def read(reading: ReadingT, place: PlaceT) -> object:
        found = [part if isinstance(part, str) else part(reading, place) for part in parts]
        present = any(value is not None for part, value in zip(parts, found, strict=True) if not isinstance(part, str))
        return [value for value in found if value is not None] if present else None

    return read


def _finish(rule: InboundRule, functions: Sequence[Apply], missing: Read[ReadingT, PlaceT]) -> Finish[ReadingT, PlaceT]:
    """The closure that takes a value found through the steps, with a fault where it is wrong or comes to nothing."""

    def finish(reading: ReadingT, place: PlaceT, value: object) -> object:
        try:
            for function in functions:
                value = function(value)
        except StepError as error:
            reading.faults.append(Fault(rule, place, error.kind, str(error)))
            return None
        return value if value or not isinstance(value, str | list) else missing(reading, place)

    return finish


def _evaluate(
    source: Read[ReadingT, PlaceT], finish: Finish[ReadingT, PlaceT], missing: Read[ReadingT, PlaceT]
) -> Read[ReadingT, PlaceT]:
    """The closure that reads the source and finishes what it finds."""

    def evaluate(reading: ReadingT, place: PlaceT) -> object:
        value = source(reading, place)
        return missing(reading, place) if value is None else finish(reading, place, value)

    return evaluate


def _nothing(_: Findings, __: object) -> None:
    return None


def _missing_reporter(rule: InboundRule) -> Read[ReadingT, PlaceT]:
    wanted = " or ".join(path.text for path in rule.paths)

    def report(reading: ReadingT, place: PlaceT) -> None:
        reading.faults.append(Fault(rule, place, MISSING, f"{wanted} is missing"))

    return report
