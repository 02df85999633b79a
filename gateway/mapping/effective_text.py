"""A mapping with all it extends, rule by rule, each with the file and line it comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from gateway.errors import Problem
from gateway.mapping import inbound_tables, template_tables
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.inbound_tables import IGNORE, InboundTable
from gateway.mapping.template_tables import TemplateTable

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ORIGIN_COLUMN = 84


class Entry(NamedTuple):
    """One statement of the effective document; `key` is empty for a segment template."""

    table: str
    key: str
    text: str
    origin: str


def entries(document: EffectiveDocument) -> list[Entry]:
    """Every rule, template and reason of the document, in its order."""
    problems: list[Problem] = []  # what cannot be read is told by whoever compiles the document
    if not document.is_inbound:
        tables = template_tables.merge(document.sources, problems)
        return [entry for name, table in tables.items() for entry in _templates(name, table)]
    merged = inbound_tables.merge(document, problems)
    ignored = [Entry(IGNORE, key, stated.text, str(stated.key)) for key, stated in merged.ignored.items()]
    return [*_rules(document.makes, merged.root), *ignored]


def effective_lines(document: EffectiveDocument) -> Iterator[str]:
    """The document as one mapping file, each statement with its origin as a comment."""
    yield f"mapping = {_text(document.id)}"
    yield f"reads   = {_text(document.reads)}"
    yield f"makes   = {_text(document.makes)}"
    for part in reversed(document.chain[:-1]):
        yield f"# extends {part.id}"
    found = entries(document)
    for table in dict.fromkeys(entry.table for entry in found):
        yield ""
        yield f"[{table}]"
        yield from _table([entry for entry in found if entry.table == table])


def _table(found: list[Entry]) -> Iterator[str]:
    width = max((len(_key(entry.key)) for entry in found if entry.key), default=0)
    for entry in found:
        if entry.key:
            yield _with_origin(f"{_key(entry.key):<{width}} = {_text(entry.text)}", entry.origin)
    templates = [entry for entry in found if not entry.key]
    if templates:
        yield "segments = ["
        for entry in templates:
            yield _with_origin(f"  {_text(entry.text)},", entry.origin)
        yield "]"


def _with_origin(line: str, origin: str) -> str:
    return f"{line:<{_ORIGIN_COLUMN}}  # {origin}"


def _rules(name: str, table: InboundTable) -> Iterator[Entry]:
    places = (("at", table.place), ("each", table.each), ("when", table.when))
    for key, stated in (*places, *table.rules.items()):
        if stated is not None:
            yield Entry(name, key, stated.text, str(stated.key))
    for inner, below in table.tables.items():
        yield from _rules(f"{name}.{inner}", below)


def _templates(name: str, table: TemplateTable) -> Iterator[Entry]:
    for key, stated in (("each", table.each), ("when", table.when)):
        if stated is not None:
            yield Entry(name, key, stated.text, str(stated.at))
    for placed in table.segments:
        yield Entry(name, "", placed.text, str(placed.at))
    for inner, below in table.tables.items():
        yield from _templates(f"{name}.{inner}", below)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    """The text as TOML writes it; JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False)
