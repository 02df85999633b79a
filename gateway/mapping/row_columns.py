"""The columns that a mapping of trade data reads, to be compared with those that its kind of import file has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gateway.errors import Problem
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.effective_text import Entry, entries
from gateway.mapping.grammar import Listing, Position, Rule, parse_rule
from gateway.mapping.template_values import FieldPath, field_path
from gateway.mapping.templates import Placeholder, parse_text
from gateway.model.trade_rows import TradeRows

_CONDITION = re.compile(r"\s*([^\s=!]+)")
_OURS = frozenset((*TradeRows.__struct_fields__, "text"))
"""What is no column: the fields of the rows as a whole, and the text at hand where a rule makes several."""


def unknown_columns(document: EffectiveDocument, knows: Callable[[str], bool]) -> Iterator[Problem]:
    """The columns that no row will ever fill, each where it is named; the mapping is one that compiles."""
    is_template = document.makes.partition(" ")[0] == "xml"
    for entry in entries(document):
        for path in _paths(entry, is_template):
            if path.removeprefix("/") not in _OURS and not knows(path):
                file, _, line = entry.origin.rpartition(":")
                fault = f"{document.reads} have no column {path!r}"
                yield Problem(file, int(line), 1, fault, "see the reference of import files")


def _paths(entry: Entry, is_template: bool) -> Iterator[str]:
    """The paths of the document a statement names."""
    name = entry.key.rpartition("/@")[2] if is_template else entry.key
    if name in ("when", "map:if"):
        found = _CONDITION.match(entry.text)
        yield from [found[1]] if found else []
    elif name in ("each", "map:each"):
        yield from _of_rule(entry.text) if "|" in entry.text else []
    elif is_template:
        for part in parse_text(entry.text):
            yield from _of_rule(part.rule) if isinstance(part, Placeholder) else []
    else:
        yield from _of_rule(entry.text)


def _of_rule(text: str) -> Iterator[str]:
    rule: Rule[FieldPath] = parse_rule(text, field_path, Position("", 1, 1))
    for source in rule.sources:
        for each in source.sources if isinstance(source, Listing) else (source,):
            if isinstance(each, FieldPath):
                yield each.path
