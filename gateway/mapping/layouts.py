"""How a table is laid out when it is written: `[layout]` of a mapping that makes CSV or fixed columns."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace

from gateway.errors import Problem
from gateway.mapping.document import LAYOUT
from gateway.toml_source import TomlSource

_ENDS = {"crlf": "\r\n", "lf": "\n"}
_WIDTHS = "fixed"


@dataclass(frozen=True, slots=True)
class Layout:
    """`fixed` are the widths of columns by name; `formulas` says that a text a spreadsheet would run is not marked."""

    delimiter: str = ","
    header: bool = True
    encoding: str = "utf-8"
    decimal: str = "."
    line_end: str = "crlf"
    formulas: bool = False
    fixed: Mapping[str, int] = field(default_factory=dict)

    @property
    def end(self) -> str:
        """What ends a line."""
        return _ENDS[self.line_end]


def read_layout(sources: Iterable[TomlSource], problems: list[Problem]) -> Layout:
    """The layout a mapping and what it extends state, base first; what is refused goes to `problems`."""
    layout = Layout()
    for source in sources:
        stated = source.data.get(LAYOUT, {})
        for key, value in stated.items() if isinstance(stated, dict) else ():
            fault = _fault(key, value)
            if fault:
                problems.append(source.problem((LAYOUT, key), *fault))
            elif key == _WIDTHS:
                layout = replace(layout, fixed={**layout.fixed, **value})
            else:
                layout = replace(layout, **{key: value})
    return layout


def encoding_fault(name: str) -> tuple[str, str] | None:
    """What is wrong with the name of an encoding, and what to do."""
    try:
        known = codecs.lookup(name)
    except (LookupError, ValueError):
        return f"there is no encoding {name!r}", "as in utf-8, iso-8859-1 or windows-1252"
    # rot13, base64 and the like are codecs too.
    return None if getattr(known, "_is_text_encoding", True) else (f"{name!r} is no encoding of texts", "use utf-8")


def are_widths(stated: Mapping[str, object]) -> bool:
    """Whether these are widths of columns by name."""
    return all(type(width) is int and 0 < width <= 10_000 for width in stated.values())


def _fault(key: str, value: object) -> tuple[str, str] | None:
    """What is wrong with a key of the layout, and what to do."""
    if key not in _KINDS:
        return f"{key!r} is no key of [{LAYOUT}]", "use " + ", ".join(_KINDS)
    if not isinstance(value, _KINDS[key]):
        return f"{key} is {_WORDS[_KINDS[key]]}", ""
    if key == "delimiter" and (len(str(value)) != 1 or str(value) in "\"'\r\n.-"):
        return "the delimiter is one character, no quote, point or hyphen", 'as in ",", ";" or "\\t"'
    if key == "decimal" and value not in (".", ","):
        return "the decimal mark is . or ,", ""
    if key == "line_end" and value not in _ENDS:
        return "a line ends with crlf or lf", ""
    if isinstance(value, dict) and not are_widths(value):
        return "a width is a whole number from 1 to 10000", "as in fixed = { number = 10 }"
    return encoding_fault(str(value)) if key == "encoding" else None


_KINDS: dict[str, type] = {each.name: type(getattr(Layout(), each.name)) for each in fields(Layout)}
_WORDS: dict[type, str] = {str: "a text", bool: "true or false", dict: "a table of widths"}
