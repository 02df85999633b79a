"""What an import of prices would change, for people and as JSON lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.cli.output import emit_json, emit_table, say
from gateway.commerce.conditions import PERCENT

_COLUMNS = (
    "change", "list", "for", "of", "type", "before", "after", "account", "product", "quantity", "on", "net before",
    "net after",
)  # fmt: skip


def show_effects(rows: Sequence[dict[str, Any]], count: int, as_json: bool) -> None:
    """Each change with what one account pays before and after; says where not all are shown."""
    if as_json:
        for row in rows:
            emit_json(row)
        return
    if rows:
        emit_table("What would change", _COLUMNS, [_cells(row) for row in rows])
    if count > len(rows):
        say(f"{len(rows)} of {count} changed prices are shown; --show {count} shows all.")


def _cells(row: dict[str, Any]) -> list[object]:
    bought = f"{row['quantity']} {row['unit']}" if "quantity" in row else None
    return [
        row["change"], row["list"], row["subject"], row["object"], row["type"],
        *(_stated(row["type"], row[name]) for name in ("old", "new")),
        row.get("account"), row.get("product"), bought, row.get("on"),
        *(_net(row, name) for name in ("net_before", "net_after")),
    ]  # fmt: skip


def _net(row: dict[str, Any], name: str) -> str | None:
    if "account" not in row:
        return None
    return f"{row[name]} {row['net_currency']}" if row[name] is not None else "no price"


def _stated(kind: str, part: dict[str, str | None] | None) -> str:
    """A condition in one cell: amount, what it is for, from which quantity or value, and its days."""
    if part is None:
        return "-"
    is_percent = kind in PERCENT
    words = [part["amount"] or "", "%" if is_percent else part["currency"] or ""]
    if not is_percent and (part["unit"] or part["per"] != "1"):
        words.append(f"per {part['per']} {part['unit'] or ''}".rstrip())
    if part["min_quantity"] != "0":
        words.append(f"from {part['min_quantity']} {part['scale_unit'] or part['currency'] or ''}".rstrip())
    if part["valid_from"] or part["valid_to"]:
        words.append(f"{part['valid_from'] or ''}..{part['valid_to'] or ''}")
    return " ".join(word for word in words if word)
