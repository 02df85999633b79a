"""A mapping as a page for people: which field comes from where, in Markdown, for a partner's guide."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.mapping.document import EffectiveDocument
from gateway.mapping.effective_text import entries
from gateway.mapping.inbound_tables import IGNORE

_PLACES = ("at", "each", "when")


def mapping_page(document: EffectiveDocument) -> Iterator[str]:
    """The lines of the page: a table for each table of the mapping, and what is ignored with its reason."""
    yield f"# {document.id}"
    yield ""
    yield f"Reads `{document.reads}`, makes `{document.makes}`."
    found = entries(document)
    for table in dict.fromkeys(entry.table for entry in found if entry.table != IGNORE):
        own = [entry for entry in found if entry.table == table]
        yield from ("", f"## {table}", "")
        for entry in own:
            if entry.key in _PLACES:
                yield f"- {entry.key}: {_code(entry.text)}"
        rules = [entry for entry in own if entry.key not in _PLACES]
        if rules and len(rules) < len(own):
            yield ""
        if rules:
            yield from ("| field | from |", "|---|---|")
        yield from (f"| {_code(entry.key) if entry.key else ''} | {_code(entry.text)} |" for entry in rules)
    ignored = [entry for entry in found if entry.table == IGNORE]
    if ignored:
        yield from ("", "## Not read", "", "| what | why |", "|---|---|")
    yield from (f"| {_code(entry.key)} | {_cell(entry.text)} |" for entry in ignored)


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
