"""How a table is laid out when it is read: `[layout]` of a mapping that reads CSV or fixed widths.

[layout]
encoding  = "windows-1252"       # utf-8
delimiter = ";"                  # left out: , ; tab or |, by the header
decimal   = ","                  # the mark of numbers where a rule names none; a point
columns   = ["order", "sku"]     # where there is no header
[layout.columns]                 # where rows are of several types, which their first cell tells
H = ["type", "order"]
L = ["type", "sku", "quantity"]
[layout.fixed]                   # of fixed widths, in their order; by type as [layout.fixed.H]
order = 10
sku   = 18
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gateway.errors import Problem
from gateway.mapping.document import LAYOUT, EffectiveDocument
from gateway.mapping.layouts import are_widths, encoding_fault
from gateway.tabular.rows import RowLayout
from gateway.toml_source import TomlPath, TomlSource

_KEYS = ("encoding", "delimiter", "decimal", "columns", "fixed")


class Laid(NamedTuple):
    """The layout of a table, and the mark of its numbers."""

    layout: RowLayout
    decimal: str


def read_row_layout(document: EffectiveDocument, problems: list[Problem]) -> Laid:
    """The layout that a mapping and what it extends state, the innermost first; what is refused goes to `problems`."""
    stated: dict[str, tuple[object, TomlSource]] = {}
    for source in document.sources:
        table = source.data.get(LAYOUT, {})
        if not isinstance(table, dict):
            problems.append(source.problem((LAYOUT,), f"{LAYOUT} is a table", f"begin it with [{LAYOUT}]"))
            continue
        stated |= {key: (value, source) for key, value in table.items()}
    reader = _Reader(problems)
    for key, (_, source) in stated.items():
        if key not in _KEYS:
            reader.refuse(source, (LAYOUT, key), f"{key!r} is no key of [{LAYOUT}]", "use " + ", ".join(_KEYS))
    encoding = reader.text(stated, "encoding", "utf-8")
    if fault := encoding_fault(encoding):
        reader.refuse(stated["encoding"][1], (LAYOUT, "encoding"), *fault)
    delimiter, decimal = reader.text(stated, "delimiter", ""), reader.text(stated, "decimal", ".")
    if len(delimiter) > 1 or delimiter in ('"', "\r", "\n"):
        reader.refuse(stated["delimiter"][1], (LAYOUT, "delimiter"), "the delimiter is one character, no quote")
    if decimal not in (".", ","):
        reader.refuse(stated["decimal"][1], (LAYOUT, "decimal"), "the decimal mark is . or ,")
    widths = reader.widths(stated)
    columns = {kind: tuple(named) for kind, named in widths.items()} or reader.columns(stated)
    fixed = {kind: tuple(by_name.values()) for kind, by_name in widths.items()}
    return Laid(RowLayout(encoding, delimiter, columns, fixed), decimal)


class _Reader:
    """Reads the keys of the layout; what is wrong goes to the problems."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems

    def refuse(self, source: TomlSource, path: TomlPath, text: str, advice: str = "") -> None:
        """Notes a problem."""
        self._problems.append(source.problem(path, text, advice))

    def text(self, stated: Mapping[str, tuple[object, TomlSource]], key: str, default: str) -> str:
        """The text of a key."""
        if key not in stated:
            return default
        value, source = stated[key]
        if not isinstance(value, str) or not value:
            self.refuse(source, (LAYOUT, key), f"{key} is a text")
            return default
        return value

    def columns(self, stated: Mapping[str, tuple[object, TomlSource]]) -> dict[str, tuple[str, ...]]:
        """The names of the columns by record type; of one type without a name where there are none."""
        if "columns" not in stated:
            return {}
        value, source = stated["columns"]
        named = value if isinstance(value, dict) else {"": value}
        return {kind: self._names(source, kind, names) for kind, names in named.items()}

    def _names(self, source: TomlSource, kind: str, names: object) -> tuple[str, ...]:
        path = (LAYOUT, "columns", kind) if kind else (LAYOUT, "columns")
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
            self.refuse(source, path, "columns are a list of names", 'as in columns = ["order", "sku"]')
            return ()
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            self.refuse(source, path, f"the column {twice!r} is named twice")
        return tuple(names)

    def widths(self, stated: Mapping[str, tuple[object, TomlSource]]) -> dict[str, dict[str, int]]:
        """The widths of the columns by name, by record type."""
        if "fixed" not in stated:
            return {}
        value, source = stated["fixed"]
        table = value if isinstance(value, dict) else {}
        by_type = table if table and all(isinstance(inner, dict) for inner in table.values()) else {"": table}
        for kind, widths in by_type.items():
            if not widths or not are_widths(widths):
                self.refuse(
                    source, (LAYOUT, "fixed", *([kind] if kind else [])),
                    "a width is a whole number from 1 to 10000", "as in fixed = { order = 10, sku = 18 }",
                )  # fmt: skip
                return {}
        if len({next(iter(widths.values())) for widths in by_type.values()}) > 1:
            self.refuse(source, (LAYOUT, "fixed"), "the first column tells the type: it has one width in all of them")
        return by_type
