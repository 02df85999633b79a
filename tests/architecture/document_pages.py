"""The fields of the canonical documents on their page, made of the model: run as a module it writes them anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path

import msgspec

from gateway.mapping.document_fields import Named, fields_of, find_field
from gateway.mapping.sources import SENT
from gateway.mapping.targets import DOCUMENTS
from gateway.model.trade_rows import TradeRows

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "documents.md"
_MARK = "<!-- The rest of this page is written by `python -m tests.architecture.document_pages`. -->\n"
_WORDS = {str: "text", bool: "true or false", int: "whole number", Decimal: "number", date: "date",
          datetime: "date and time", Named: "texts by their names"}  # fmt: skip


def fields() -> str:
    """The part of the page that lists every document and every part of one, in Markdown."""
    made = {name: each for name, each in {**DOCUMENTS, **SENT}.items() if each is not TradeRows}
    parts: dict[type[msgspec.Struct], str] = {}
    sections = []
    for name, document in made.items():
        which = [
            "Made of what comes in" if name in DOCUMENTS else "",
            "read where something is sent" if name in SENT else "",
        ]
        use = ", and ".join(filter(None, which)).capitalize()
        sections.append(f"## {name}\n\n{use}. {_told(document)}\n\n{_table(document)}")
        for part in _parts(document):
            parts.setdefault(part, _table(part))
    inner = [f"## {part.__name__}\n\n{_told(part)}\n\n{table}" for part, table in sorted(parts.items(), key=_name)]
    return "\n\n".join([*sections, *inner]) + "\n"


def told() -> str:
    """What the page has of it."""
    return PAGE.read_text("utf-8").partition(_MARK)[2].lstrip("\n")


def _name(part: tuple[type[msgspec.Struct], str]) -> str:
    return part[0].__name__


def _told(owner: type[msgspec.Struct]) -> str:
    """What the type says of itself, on one line."""
    return re.sub(r"\s+", " ", owner.__doc__ or "").strip()


def _table(owner: type[msgspec.Struct]) -> str:
    lines = ["| field | what it is | |", "|---|---|---|"]
    for name, field in fields_of(owner).items():
        lines.append(
            f"| `{name}` | {_kind(owner, name)} | {'required' if field.required else ''} |".replace("|  |", "| |")
        )
    return "\n".join(lines)


def _kind(owner: type[msgspec.Struct], name: str) -> str:
    found = find_field((owner,), name)
    assert found is not None
    if found.type is Named or not issubclass(found.type, msgspec.Struct):
        is_enum = issubclass(found.type, Enum)
        word = f"one of {', '.join(each.value for each in found.type)}" if is_enum else _WORDS[found.type]
        return f"list: {word}" if found.many and found.type is not Named else word
    link = f"[{found.type.__name__}](#{found.type.__name__.lower()})"
    return f"list of {link}" if found.many else link


def _parts(owner: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """The types of parts, and of their parts."""
    for name in fields_of(owner):
        found = find_field((owner,), name)
        if found is not None and found.type is not Named and issubclass(found.type, msgspec.Struct):
            yield found.type
            yield from _parts(found.type)


def main() -> None:
    """Write the part anew."""
    head = PAGE.read_text("utf-8").partition(_MARK)[0]
    PAGE.write_text(f"{head}{_MARK}\n{fields()}", "utf-8")


if __name__ == "__main__":
    main()
