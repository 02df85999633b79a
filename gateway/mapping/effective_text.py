"""A mapping with all it extends, rule by rule, each with the file and line it comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gateway.errors import Problem
from gateway.mapping import inbound_tables, template_tables
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.grammar import StatedText
from gateway.mapping.inbound_tables import IGNORE, InboundTable
from gateway.mapping.rule_tables import RuleTable, merge_rules
from gateway.mapping.template_tables import TemplateTable
from gateway.mapping.xml_templates import TABLE, merged_template
from gateway.model.trade_rows import ROW_KINDS
from gateway.xml.template import TemplateElement

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
        return list(_written(document, problems))
    merged = inbound_tables.merge(document, problems)
    root = "" if document.makes in ROW_KINDS else document.makes
    ignored = [Entry(IGNORE, key, stated.text, str(stated.key)) for key, stated in merged.ignored.items()]
    return [*_rules(root, merged.root), *ignored]


def effective_lines(document: EffectiveDocument) -> Iterator[str]:
    """The document as one mapping file, each statement with its origin as a comment."""
    yield f"mapping = {_text(document.id)}"
    yield f"reads   = {_text(document.reads)}"
    yield f"makes   = {_text(document.makes)}"
    for part in reversed(document.chain[:-1]):
        yield f"# extends {part.id}"
    yield from _headers(document)
    found = entries(document)
    for table in dict.fromkeys(entry.table for entry in found):
        yield ""
        yield f"[{table}]"
        yield from _table([entry for entry in found if entry.table == table])


def _headers(document: EffectiveDocument) -> Iterator[str]:
    """What the file says of how a message is cut out of a file and laid out in it, each with its origin."""
    for key in ("root", "split"):
        stated = inbound_tables.stated_header(document, key, []) if document.is_inbound else None
        if stated is not None:
            yield _with_origin(f"{key:<7} = {_text(stated.text)}", str(stated.key))
    for name in ("namespaces", "layout"):
        stated_by = {
            key: (value, source) for source in document.sources for key, value in _items(source.data.get(name))
        }
        if stated_by:
            yield ""
            yield f"[{name}]"
        for key, (value, source) in stated_by.items():
            origin = f"{source.file}:{source.position((name, key))[0]}"
            yield _with_origin(f"{_key(key)} = {_value(value)}", origin)


def _items(table: object) -> Iterable[tuple[str, object]]:
    return table.items() if isinstance(table, dict) else ()


def _value(value: object) -> str:
    """The value as TOML writes it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


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
        yield from _rules(f"{name}.{inner}".removeprefix("."), below)


def _templates(name: str, table: TemplateTable) -> Iterator[Entry]:
    for key, stated in (("each", table.each), ("when", table.when)):
        if stated is not None:
            yield Entry(name, key, stated.text, str(stated.at))
    for placed in table.segments:
        yield Entry(name, "", placed.text, str(placed.at))
    for inner, below in table.tables.items():
        yield from _templates(f"{name}.{inner}", below)


def _written(document: EffectiveDocument, problems: list[Problem]) -> Iterator[Entry]:
    """The statements of a mapping that writes, by the syntax it makes."""
    syntax = document.makes.partition(" ")[0]
    if syntax in ("xml", "cxml"):
        yield from _elements(merged_template(document.chain, problems).root, "")
    elif syntax == "edifact":
        for name, table in template_tables.merge(document.sources, problems).items():
            yield from _templates(name, table)
    else:
        root = merge_rules(document.sources, None, problems)
        for name, member in root.members.items():
            if isinstance(member, RuleTable):
                yield from _rule_table(name, member)


def _rule_table(name: str, table: RuleTable) -> Iterator[Entry]:
    for key, stated in (("each", table.each), ("when", table.when), *table.members.items()):
        if isinstance(stated, StatedText):
            yield Entry(name, key, stated.text, str(stated.at))
    for key, member in table.members.items():
        if isinstance(member, RuleTable):
            yield from _rule_table(f"{name}.{key}", member)


def _elements(element: TemplateElement, around: str) -> Iterator[Entry]:
    """What is put into each element of a template: its attributes and texts, by the path of elements to it."""
    path = f"{around}/{element.name}" if around else element.name
    for name, stated in element.attributes.items():
        yield Entry(TABLE, f"{path}/@{name}", stated.text, f"{stated.file}:{stated.line}")
    for part in element.content:
        if isinstance(part, TemplateElement):
            yield from _elements(part, path)
        elif part.text.strip():
            yield Entry(TABLE, path, part.text.strip(), f"{part.file}:{part.line}")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    """The text as TOML writes it; JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False)
