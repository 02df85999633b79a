"""Rules compiled: a closure from a place in the message to the value of one field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from gateway.errors import ConfigError
from gateway.issues import ADVICE
from gateway.mapping.edifact_paths import EdifactPath, edifact_path
from gateway.mapping.grammar import Listing, Literal, Rule, parse_rule
from gateway.mapping.inbound_tables import Stated
from gateway.mapping.path_reads import PathTarget
from gateway.mapping.paths import CompiledPath, Scope, compile_path
from gateway.mapping.reading import Fault, Place, Read, Reading
from gateway.mapping.step_values import StepError
from gateway.mapping.steps import Apply, FindCodes, Kind, Pipeline, compile_steps, composite_of
from gateway.mapping.targets import Target

Finish: TypeAlias = Callable[[Reading, Place, object], object]
_Source: TypeAlias = "EdifactPath | Literal | Listing[EdifactPath]"

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
    """A field of the document: `lines[{}].quantity` with a gap for each index, and `line.quantity` for codes."""

    template: str = ""
    singular: str = ""

    def inside(self, name: str, *, many: bool = False) -> FieldPath:
        """The path of a field inside this one."""
        dot = "." if self.template else ""
        single = name.removesuffix("s") if many else name
        return FieldPath(f"{self.template}{dot}{name}{'[{}]' if many else ''}", f"{self.singular}{dot}{single}")


class InboundRule(NamedTuple):
    """A rule for messages and coverage: the field, the text, where it stands, the paths it reads."""

    field: FieldPath
    stated: Stated
    paths: tuple[CompiledPath, ...]

    def code(self, kind: str) -> str:
        """The issue code of a fault: the field's own where there is one, else that of the kind."""
        own = f"order.{self.field.singular}.{kind}"
        return own if own in ADVICE else _CODES.get(kind, "mapping.value.invalid")


class CompiledRule(NamedTuple):
    """A rule compiled: how it is read and what becomes of the value.

    `finish` applies the steps to a value found, None where there is nothing to do; `default` is what a text at the
    rule's end gives, None without one; `direct` are its paths where each gives one text.
    """

    rule: InboundRule
    evaluate: Read
    finish: Finish | None
    default: object
    is_required: bool
    direct: tuple[CompiledPath, ...]

    def matters(self, reading: Reading, place: Place) -> bool:
        """Whether it can find, or must miss, anything at a place."""
        return self.is_required or any(path.leads(reading, place) for path in self.rule.paths)

    def candidates(self, reading: Reading, place: Place) -> list[tuple[int, PathTarget]]:
        """The segments (by index) and places in them where the text can stand, in the order they are looked at."""
        return [found for path in self.direct for found in path.candidates(reading, place)]


class RuleCompiler(NamedTuple):
    """Compiles the rules of one table."""

    scope: Scope
    find_codes: FindCodes

    def compile(self, stated: Stated, goal: Target, field: FieldPath) -> CompiledRule:
        """The rule that fills a field. Raises ConfigError with what is wrong with it."""
        rule = parse_rule(stated.text, edifact_path, stated.at)
        only = any(call.name == "only" for call in rule.steps)
        kind = _source_kind(rule, only=only)
        pipeline = compile_steps(rule.steps, kind, rule.at, self.find_codes)
        _check_type(rule, pipeline, goal)
        paths: list[CompiledPath] = []
        sources = _Sources(self.scope, rule, kind, only, paths)
        reads = [sources.read(source) for source in rule.sources if not isinstance(source, Literal)]
        default = self._default(rule, kind, goal)
        compiled = InboundRule(field, stated, tuple(paths))
        is_required = pipeline.required and default is None
        missing = _missing_reporter(compiled) if is_required else _nothing
        finish = _finish(compiled, pipeline.functions, missing)
        evaluate = _evaluate(_first_present(reads), finish, missing)
        plain = pipeline.functions or is_required
        direct = tuple(paths) if kind is Kind.TEXT else ()
        return CompiledRule(compiled, evaluate, finish if plain else None, default, pipeline.required, direct)

    def _default(self, rule: Rule[EdifactPath], kind: Kind, goal: Target) -> object:
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


class _Sources(NamedTuple):
    """Compiles the sources of one rule; `paths` collects what they read."""

    scope: Scope
    rule: Rule[EdifactPath]
    kind: Kind
    every: bool
    paths: list[CompiledPath]

    def read(self, source: EdifactPath | Listing[EdifactPath]) -> Read:
        """The closure of a source, giving the kind all sources of the rule give."""
        if isinstance(source, Listing):
            return _listed([part.text if isinstance(part, Literal) else self._path(part) for part in source.sources])
        is_list = self.every or (source.element is not None and source.element.every)
        return self._path(source) if is_list or self.kind is not Kind.TEXTS else _as_list(self._path(source))

    def _path(self, path: EdifactPath) -> Read:
        composite = composite_of(self.rule.steps) if self.kind in (Kind.COMPOSITE, Kind.COMPOSITES) else ()
        compiled = compile_path(path, self.scope, self.rule.at, composite, every=self.every)
        self.paths.append(compiled)
        return compiled.read


def _source_kind(rule: Rule[EdifactPath], *, only: bool) -> Kind:
    """What the steps get: text, segment, or a list where one source gives several."""
    paths = [source for source in rule.sources if isinstance(source, EdifactPath)]
    whole = [path for path in paths if path.element is None]
    if whole and (len(whole) < len(paths) or any(isinstance(source, Listing) for source in rule.sources)):
        raise ConfigError(
            problems=[rule.problem("this rule mixes segments and elements", "name an element in each path")]
        )
    if whole:
        return Kind.COMPOSITES if only else Kind.COMPOSITE
    many = any(path.element is not None and path.element.every for path in paths)
    return Kind.TEXTS if only or many or any(isinstance(source, Listing) for source in rule.sources) else Kind.TEXT


def _check_type(rule: Rule[EdifactPath], pipeline: Pipeline, goal: Target) -> None:
    if goal.is_table:
        raise ConfigError(problems=[rule.problem(f"{goal.name} is filled by a table", f"write [...{goal.name}]")])
    if pipeline.kind is not goal.kind:
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


def _first_present(reads: Sequence[Read]) -> Read:
    if len(reads) == 1:
        return reads[0]

    def read(reading: Reading, place: Place) -> object:
        for one in reads:
            value = one(reading, place)
            if value is not None:
                return value
        return None

    return read


def _as_list(one: Read) -> Read:
    def read(reading: Reading, place: Place) -> object:
        value = one(reading, place)
        return None if value is None else [value]

    return read


def _listed(parts: Sequence[str | Read]) -> Read:
    """The values of all parts that are present, texts between them kept; None where no path is present."""

    def read(reading: Reading, place: Place) -> object:
        found = [part if isinstance(part, str) else part(reading, place) for part in parts]
        present = any(value is not None for part, value in zip(parts, found, strict=True) if not isinstance(part, str))
        return [value for value in found if value is not None] if present else None

    return read


def _finish(rule: InboundRule, functions: Sequence[Apply], missing: Read) -> Finish:
    """The closure that takes a value found through the steps, with a fault where it is wrong or comes to nothing."""

    def finish(reading: Reading, place: Place, value: object) -> object:
        try:
            for function in functions:
                value = function(value)
        except StepError as error:
            reading.faults.append(Fault(rule, place, error.kind, str(error)))
            return None
        return value if value or not isinstance(value, str | list) else missing(reading, place)

    return finish


def _evaluate(source: Read, finish: Finish, missing: Read) -> Read:
    """The closure that reads the source and finishes what it finds."""

    def evaluate(reading: Reading, place: Place) -> object:
        value = source(reading, place)
        return missing(reading, place) if value is None else finish(reading, place, value)

    return evaluate


def _nothing(_: Reading, __: Place) -> None:
    return None


def _missing_reporter(rule: InboundRule) -> Read:
    wanted = " or ".join(path.text for path in rule.paths)

    def report(reading: Reading, place: Place) -> None:
        reading.faults.append(Fault(rule, place, MISSING, f"{wanted} is missing"))

    return report
