"""The template of a mapping that makes XML, with the overlays of subsets and partners applied.

`template.xml` lies beside mapping.toml. An overlay names elements by their path from any element inwards, told apart by
an attribute or the text of an element inside: `drop = ["E1EDK01/BSART"]`, `[template.replace]`, `[template.after]`
with `"E1EDKA1[PARVW='WE']" = "<E1EDKA1>...</E1EDKA1>"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.errors import ConfigError, Problem
from gateway.mapping.document import TEMPLATE, Document, stray_problems
from gateway.toml_source import TomlPath, TomlSource
from gateway.xml.template import Template, TemplateElement, TemplateError, TemplateText, read_fragment, read_template

TABLE = "template"
_KEYS = ("drop", "replace", "after")
_STEP = re.compile(r"([^\[\]/'@=\s]+)((?:\[@?[^\[\]'=@\s]+='[^']*'\])*)(?:/(?!$)|$)")
_FILTER = re.compile(r"\[(@?)([^\[\]'=@\s]+)='([^']*)'\]")


class _Found(NamedTuple):
    """An element of a template and the one around it."""

    element: TemplateElement
    around: TemplateElement | None


def merged_template(chain: Sequence[Document], problems: list[Problem]) -> Template:
    """The template of a base with its overlays, base first; what is refused goes to `problems`.

    Raises ConfigError where no file has a template, or where one cannot be read.
    """
    template: Template | None = None
    for document in chain:
        if document.template:
            file = document.source.file.rpartition("/")[0] + f"/{TEMPLATE}"
            try:
                template = read_template(document.template, file)
            except TemplateError as error:
                raise ConfigError(problems=[Problem(file, error.line, error.column, str(error))]) from None
        if template is not None:
            _Overlay(document.source, template.root, problems).apply()
    if template is None:
        fault, advice = "this mapping has no template", f"put {TEMPLATE} beside it"
        raise ConfigError(problems=[chain[0].source.problem(("makes",), fault, advice)])
    return template


class _Overlay:
    """Applies what one file says to the template read before."""

    def __init__(self, source: TomlSource, root: TemplateElement, problems: list[Problem]) -> None:
        self._source = source
        self._root = root
        self._problems = problems

    def apply(self) -> None:
        """Drops, replaces and adds."""
        self._problems.extend(stray_problems(self._source, (TABLE,)))
        table = self._source.data.get(TABLE, {})
        for key, stated in table.items() if isinstance(table, dict) else ():
            path = (TABLE, key)
            if key not in _KEYS:
                self._refuse(path, f"{key!r} is no key of [{TABLE}]", "use " + ", ".join(_KEYS))
            elif key == "drop":
                names = stated if isinstance(stated, list) else [stated]
                for index, name in enumerate(names):
                    self._put((*path, index), str(name), [], keep=False)
            elif isinstance(stated, dict):
                for name, text in stated.items():
                    self._put((*path, name), name, self._fragment((*path, name), text), keep=key == "after")
            else:
                self._refuse(path, "a table of elements by path belongs here")

    def _put(self, path: TomlPath, name: str, elements: Sequence[TemplateElement], *, keep: bool) -> None:
        """Puts elements after the one named, or in its place."""
        found = self._find(path, name)
        if found is None:
            return
        if found.around is None:
            self._refuse(path, "the root stays", "give the mapping a template of its own")
            return
        content = found.around.content
        index = next(place for place, part in enumerate(content) if part is found.element)
        content[index : index + 1] = [*([found.element] if keep else []), *elements]

    def _find(self, path: TomlPath, name: str) -> _Found | None:
        """The one element a path names."""
        steps = list(_STEP.finditer(name))
        if not steps or "".join(step[0] for step in steps) != name:
            self._refuse(path, f"{name!r} is no path of elements", "as in E1EDP01/E1EDP19[QUALF='002']")
            return None
        found = [one for one, around in _walk(self._root, ()) if _fits(steps, (*around, one.element))]
        if len(found) == 1:
            return found[0]
        fault = f"{name!r} names {len(found)} elements" if found else f"there is no element {name!r} in the template"
        self._refuse(path, fault, "name the elements around it, or one inside: A[B='text']" if found else "")
        return None

    def _fragment(self, path: TomlPath, given: object) -> list[TemplateElement]:
        line, column = self._source.value_position(path)
        if not isinstance(given, str):
            self._refuse(path, "an element belongs here, as a text")
            return []
        try:
            return read_fragment(given, self._source.file, line, column + 1)
        except TemplateError as error:
            self._problems.append(Problem(self._source.file, error.line, error.column, str(error)))
            return []

    def _refuse(self, path: TomlPath, text: str, advice: str = "") -> None:
        self._problems.append(self._source.problem(path, text, advice))


def _walk(
    element: TemplateElement, around: tuple[TemplateElement, ...]
) -> Iterator[tuple[_Found, tuple[TemplateElement, ...]]]:
    yield _Found(element, around[-1] if around else None), around
    for inner in element.elements:
        yield from _walk(inner, (*around, element))


def _fits(steps: Sequence[re.Match[str]], path: Sequence[TemplateElement]) -> bool:
    """Whether the end of a path is what the steps name."""
    if len(steps) > len(path):
        return False
    return all(
        element.name == step[1] and all(_holds(element, *one) for one in _FILTER.findall(step[2]))
        for step, element in zip(steps, path[-len(steps) :], strict=True)
    )


def _holds(element: TemplateElement, attribute: str, name: str, text: str) -> bool:
    if attribute:
        return name in element.attributes and element.attributes[name].text == text
    return any(inner.name == name and _text_of(inner) == text for inner in element.elements)


def _text_of(element: TemplateElement) -> str:
    return "".join(part.text for part in element.content if isinstance(part, TemplateText)).strip()
