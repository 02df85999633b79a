"""XML written by a template: elements with their attributes and texts, filled, repeated or left out."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from gateway.mapping.repeats import Repeat
from gateway.mapping.template_values import Fill, JoinedFill, Rendering
from gateway.mapping.text_mapping import Chunks

Values: TypeAlias = "list[str | list[str]]"


class AttributeMaker(NamedTuple):
    """An attribute: its name with what stands before its value, and a text or the index of what fills it."""

    begin: str
    value: str | int


class ElementMaker(NamedTuple):
    """An element. `fills` are the values of its own attributes and texts, which `content` names by their index.

    Where it has values, of its own or further in, and all are empty, it is left out; so it is where that of a gate is.
    The text of one that `spreads` is a list: the element is written for each part.
    """

    repeat: Repeat
    start: str
    attributes: tuple[AttributeMaker, ...]
    content: tuple[str | int | ElementMaker, ...]
    end: str
    fills: tuple[Fill | JoinedFill, ...]
    gates: tuple[int, ...]
    required: tuple[int, ...]
    spreads: int | None
    has_values: bool

    def put(self, rendering: Rendering, chunks: Chunks) -> bool:
        """Adds the element; whether a value of the document is in it."""
        written = False
        for _ in self.repeat.places(rendering):
            written = self._put_here(rendering, chunks) or written
        return written

    def _put_here(self, rendering: Rendering, chunks: Chunks) -> bool:
        values: Values = [fill.text(rendering) for fill in self.fills]
        for index in self.gates:
            if not values[index]:
                return False
        for index in self.required:
            if not values[index]:
                self.fills[index].report_missing(rendering)
        if self.spreads is None:
            return self._put_once(values, rendering, chunks)
        written = False
        for part in values[self.spreads]:
            values[self.spreads] = part
            written = self._put_once(values, rendering, chunks) or written
        return written

    def _put_once(self, values: Values, rendering: Rendering, chunks: Chunks) -> bool:
        begin = len(chunks)
        chunks.append(self.start)
        for name, value in self.attributes:
            text = value if isinstance(value, str) else values[value]
            if text or isinstance(value, str):
                chunks.append(f'{name}{text}"')
        close = len(chunks)
        chunks.append(">")
        is_filled = any(values)
        for part in self.content:
            if isinstance(part, ElementMaker):
                is_filled = part.put(rendering, chunks) or is_filled
            else:
                text = part if isinstance(part, str) else values[part]
                if text:
                    chunks.append(str(text))
        if self.has_values and not is_filled:
            del chunks[begin:]
            return False
        if len(chunks) == close + 1:
            chunks[close] = "/>"
        else:
            chunks.append(self.end)
        return is_filled


class XmlWriter(NamedTuple):
    """A whole document: its declaration and its root, which is always written."""

    declaration: str
    root: ElementMaker

    def put(self, rendering: Rendering, chunks: Chunks) -> None:
        """Adds the document."""
        chunks.append(self.declaration)
        self.root.put(rendering, chunks)
        chunks.append("\n")
