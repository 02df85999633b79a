"""Templates of XML read into elements as they are written, prefixes and all, each with its place.

No entity is defined and no DTD is taken: a template is a file of ours, and stays one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

_BEGIN, _END = "<fragment>", "</fragment>"


class TemplateError(ValueError):
    """The template cannot be read; `line` and `column` count from 1."""

    def __init__(self, text: str, line: int, column: int) -> None:
        super().__init__(text)
        self.line = line
        self.column = column


class TemplateText(NamedTuple):
    """A text between tags or of an attribute, references resolved, and the file and place where it begins."""

    text: str
    file: str
    line: int
    column: int


@dataclass(slots=True)
class TemplateElement:
    """An element: its name as written, its attributes by name, its texts and elements in order."""

    name: str
    file: str
    line: int
    column: int
    attributes: dict[str, TemplateText] = field(default_factory=dict)
    content: list[TemplateElement | TemplateText] = field(default_factory=list)

    @property
    def elements(self) -> Iterator[TemplateElement]:
        """The elements directly inside it."""
        return (part for part in self.content if isinstance(part, TemplateElement))


class Template(NamedTuple):
    """A template: its root, and the encoding it declares."""

    root: TemplateElement
    encoding: str


def read_template(content: bytes, file: str) -> Template:
    """The template a file holds. Raises TemplateError."""
    reader = _Reader(content, file)
    root = reader.read()
    return Template(root, reader.encoding)


def read_fragment(text: str, file: str, line: int, column: int) -> list[TemplateElement]:
    """The elements a text holds, one or several side by side; it begins at that place. Raises TemplateError."""
    content = f"{_BEGIN}{text}{_END}".encode()
    root = _Reader(content, file, line, column - len(_BEGIN)).read()
    for part in root.content:
        if isinstance(part, TemplateText) and part.text.strip():
            raise TemplateError("an element belongs here, not a text", part.line, part.column)
    return list(root.elements)


class _Reader:
    """Reads one template, which begins at `line` and `column`."""

    def __init__(self, content: bytes, file: str, line: int = 1, column: int = 1) -> None:
        self._content = content
        self._file = file
        self._begin = (line, column)
        self.encoding = "UTF-8"
        self._open: list[TemplateElement] = []
        self._root: TemplateElement | None = None
        self._parser = expat.ParserCreate()
        self._parser.ordered_attributes = True
        self._parser.XmlDeclHandler = self._declared
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.ProcessingInstructionHandler = self._instruction
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def read(self) -> TemplateElement:
        try:
            self._parser.Parse(self._content, True)
        except expat.ExpatError as error:
            text = expat.ErrorString(error.code)
            raise TemplateError(f"this is no XML: {text}", *self._moved(error.lineno, error.offset + 1)) from None
        except (LookupError, ValueError) as error:
            if isinstance(error, TemplateError):
                raise
            raise self._fault(f"this is no XML: {error}") from None
        if self._root is None:
            raise self._fault("this is no XML: it has no element")
        return self._root

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = encoding or self.encoding

    def _doctype(self, *_: object) -> None:
        raise self._fault("a template has no DOCTYPE")

    def _instruction(self, target: str, _data: str) -> None:
        raise self._fault(f"a template has no instruction {target}")

    def _start(self, name: str, attributes: list[str]) -> None:
        element = TemplateElement(name, self._file, *self._place())
        for key, text in zip(attributes[::2], attributes[1::2], strict=True):
            element.attributes[key] = TemplateText(text, self._file, *self._place_of(key))
        if self._open:
            self._open[-1].content.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        content = self._open[-1].content
        last = content[-1] if content else None
        if isinstance(last, TemplateText):
            content[-1] = last._replace(text=last.text + text)
        else:
            content.append(TemplateText(text, self._file, *self._place()))

    def _place(self) -> tuple[int, int]:
        return self._moved(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1)

    def _place_of(self, attribute: str) -> tuple[int, int]:
        """Where the value of an attribute of the present tag begins."""
        named = re.compile(rb"\s" + re.escape(attribute.encode(self.encoding, "replace")) + rb"\s*=\s*[\"']")
        found = named.search(self._content, max(self._parser.CurrentByteIndex, 0))
        if found is None:
            return self._place()
        before = self._content[: found.end()]
        line_begin = before.rfind(b"\n") + 1
        column = len(before[line_begin:].decode(self.encoding, "replace")) + 1
        return self._moved(before.count(b"\n") + 1, column)

    def _moved(self, line: int, column: int) -> tuple[int, int]:
        """A place of the content as one of the file."""
        first_line, first_column = self._begin
        return line + first_line - 1, column + first_column - 1 if line == 1 else column

    def _fault(self, text: str) -> TemplateError:
        return TemplateError(text, *self._place())
