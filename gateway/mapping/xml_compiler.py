"""Mappings to XML compiled: the elements of a template to makers of text, every fault with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, cast

from gateway.errors import ConfigError, Problem
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.grammar import Position, StatedText
from gateway.mapping.layouts import encoding_fault
from gateway.mapping.placeholders import PLAIN_TEXTS, Endings, Filled, PlaceholderCompiler, Types, Watch, unwatched
from gateway.mapping.repeats import compile_repeat
from gateway.mapping.sources import source_document
from gateway.mapping.step_values import StepError
from gateway.mapping.steps import Apply, FindCodes, Kind
from gateway.mapping.templates import Component, TemplateError, parse_text
from gateway.mapping.text_mapping import TextMapping
from gateway.mapping.xml_outbound import AttributeMaker, ElementMaker, XmlWriter
from gateway.mapping.xml_templates import merged_template
from gateway.xml.template import TemplateElement, TemplateText
from gateway.xml.writer import declaration, escaped_attribute, escaped_text, unholdable

MAX_ELEMENTS = 2_000
MAX_NESTING = 50

_EACH, _IF, _MAP = "map:each", "map:if", "map:"
_KNOWN_PREFIXES = ("xml", "xmlns")
_INDENT = "  "


def compile_xml(document: EffectiveDocument, find_codes: FindCodes, watch: Watch = unwatched) -> TextMapping:
    """The mapping compiled. Raises ConfigError with every problem of its template."""
    reads = source_document(document)
    problems: list[Problem] = []
    root, encoding = merged_template(document.chain, problems)
    at = _position(root)
    fault = encoding_fault(encoding)
    if fault:
        problems.append(at.problem(*fault))
    too_large = _too_large(root, 1)
    if too_large or sum(1 for _ in _all(root)) > MAX_ELEMENTS:
        limit = f"a template has at most {MAX_ELEMENTS} elements, nested at most {MAX_NESTING} deep"
        raise ConfigError(problems=[*problems, at.problem(limit)])
    problems += _prefix_problems(root, frozenset(_KNOWN_PREFIXES))

    def placeholders(endings: Endings) -> PlaceholderCompiler:
        return PlaceholderCompiler(find_codes, problems, endings, watch)

    compiler = _Compiler(placeholders(_TEXT.endings), placeholders(_ATTRIBUTE.endings), problems)
    maker = compiler.element(root, (reads,), 0)
    if problems:
        raise ConfigError(problems=sorted(problems))
    writer = XmlWriter(declaration(encoding), maker._replace(has_values=False))
    return TextMapping(document.id, reads, document.makes, encoding, writer.put, "xmlcharrefreplace")


class _Place(NamedTuple):
    """Where values are put: how texts are escaped there, and how values of each kind are taken."""

    escaped: Callable[[str], str]
    endings: Endings


def _place(escaped: Callable[[str], str], what: str, *, lists: bool) -> _Place:
    def text(value: object) -> str:
        found = unholdable(str(value))
        if found:
            raise StepError("not-writable", f"{str(value)[:40]!r} has the character {found!r}, which XML cannot hold")
        return escaped(str(value))

    last: dict[Kind, Apply] = {**PLAIN_TEXTS, Kind.TEXT: text}
    if lists:
        last[Kind.TEXTS] = lambda texts: [text(each) for each in cast("list[str]", texts)]
    return _Place(escaped, Endings(frozenset(last), last, what=what))


_TEXT = _place(escaped_text, "text of an element", lists=True)
_ATTRIBUTE = _place(escaped_attribute, "value of an attribute", lists=False)


class _Own(NamedTuple):
    """The values of one element as they are found: what fills it, and which of them are gates or required."""

    fills: list[Filled]

    def add(self, made: Filled) -> int:
        """The index of a value that was added."""
        self.fills.append(made)
        return len(self.fills) - 1

    def marked(self, mark: str) -> tuple[int, ...]:
        """The indexes of the values with a mark."""
        return tuple(index for index, made in enumerate(self.fills) if mark in made.marks)


class _Compiler:
    """Compiles the elements of one template; `problems` collects what it refuses."""

    def __init__(self, texts: PlaceholderCompiler, attributes: PlaceholderCompiler, problems: list[Problem]) -> None:
        self._texts = texts
        self._attributes = attributes
        self._problems = problems

    def element(self, element: TemplateElement, around: Types, depth: int) -> ElementMaker:
        """The maker of an element; `around` are the types of the items it stands in, the document first."""
        each, when = (_stated(element.attributes.get(name)) for name in (_EACH, _IF))
        repeat, scope = compile_repeat(each, when, around, self._problems)
        own = _Own([])
        attributes = tuple(self._attributes_of(element, own, scope))
        content = tuple(self._content(element, own, scope, depth))
        inner = [part for part in content if isinstance(part, ElementMaker)]
        lists = [index for index, made in enumerate(own.fills) if made.fill.many]
        if lists and len(content) > 1:
            self._problems.append(_position(element).problem("a list is the only text of its element"))
        indent = "\n" + _INDENT * depth
        return ElementMaker(
            repeat,
            f"{indent if depth else ''}<{element.name}",
            attributes,
            content,
            f"{indent if inner and len(inner) == len(content) else ''}</{element.name}>",
            tuple(made.fill for made in own.fills),
            gates=own.marked("?"),
            required=own.marked("!"),
            spreads=lists[0] if lists else None,
            has_values=bool(own.fills) or any(maker.has_values for maker in inner),
        )

    def _attributes_of(self, element: TemplateElement, own: _Own, scope: Types) -> Iterator[AttributeMaker]:
        for name, stated in element.attributes.items():
            if name in (_EACH, _IF, f"xmlns:{_MAP[:-1]}"):
                continue
            if name.startswith(_MAP):
                self._problems.append(_place_of(stated).problem(f"there is no {name}", f"use {_EACH} or {_IF}"))
            part = self._part(stated, _ATTRIBUTE, name, own, scope)
            yield AttributeMaker(f' {name}="', part)

    def _content(
        self, element: TemplateElement, own: _Own, scope: Types, depth: int
    ) -> Iterator[str | int | ElementMaker]:
        has_elements = any(element.elements)
        for part in element.content:
            if isinstance(part, TemplateElement):
                yield self.element(part, scope, depth + 1)
            elif part.text.strip() or not has_elements:
                yield self._part(part, _TEXT, element.name, own, scope)

    def _part(self, stated: TemplateText, place: _Place, name: str, own: _Own, scope: Types) -> str | int:
        """The text as it is written, or the index of what fills it."""
        compiler = self._texts if place is _TEXT else self._attributes
        try:
            component = parse_text(stated.text)
        except TemplateError as error:
            self._problems.append(_place_of(stated, error.offset).problem(str(error)))
            return ""
        offset = next((part.offset for part in component if not isinstance(part, str)), None)
        escaped: Component = tuple(place.escaped(part) if isinstance(part, str) else part for part in component)
        if offset is None:
            return "".join(part for part in escaped if isinstance(part, str))
        at = _place_of(stated, offset)
        made = compiler.component(escaped, name, at._replace(column=at.column - offset), scope)
        return own.add(made) if made is not None else ""


def _stated(text: TemplateText | None) -> StatedText | None:
    return StatedText(text.text, _place_of(text)) if text is not None else None


def _position(element: TemplateElement) -> Position:
    return Position(element.file, element.line, element.column)


def _place_of(stated: TemplateText, offset: int = 0) -> Position:
    """Where a character of a text stands."""
    before = stated.text[:offset]
    lines = before.count("\n")
    column = stated.column + offset if not lines else offset - before.rfind("\n")
    return Position(stated.file, stated.line + lines, column)


def _all(element: TemplateElement) -> Iterator[TemplateElement]:
    yield element
    for inner in element.elements:
        yield from _all(inner)


def _too_large(element: TemplateElement, depth: int) -> bool:
    return depth > MAX_NESTING or any(_too_large(inner, depth + 1) for inner in element.elements)


def _prefix_problems(element: TemplateElement, known: frozenset[str]) -> Iterator[Problem]:
    """Prefixes of names for which no namespace is declared: nobody could read what is written."""
    declared = {name.partition(":")[2] for name in element.attributes if name.startswith("xmlns:")}
    known |= declared
    for name in (element.name, *(name for name in element.attributes if not name.startswith(_MAP))):
        prefix, colon, _ = name.partition(":")
        if colon and prefix not in known:
            advice = f'declare it at the root: xmlns:{prefix}="…"'
            yield _position(element).problem(f"no namespace is declared for {name}", advice)
    for inner in element.elements:
        yield from _prefix_problems(inner, known)
