"""A price and how it came about, for people."""

from __future__ import annotations

from gateway.cli.output import emit_pairs, emit_table


def show_price(title: str, trace: dict[str, object]) -> None:
    """The price, its winner, each step, what the document adds, who lost and why, and the next tier."""
    emit_pairs(title, [(name, value) for name, value in trace.items() if not isinstance(value, (list, dict))])
    for name in ("winner", "floor", "next_tier"):
        part = trace.get(name)
        if isinstance(part, dict):
            emit_pairs(name.replace("_", " ").capitalize(), part.items())
    for name in ("steps", "statistical", "header", "lost"):
        entries = trace.get(name)
        if isinstance(entries, list) and entries:
            columns = list(entries[0])
            emit_table(name.capitalize(), columns, [[entry.get(column) for column in columns] for entry in entries])
