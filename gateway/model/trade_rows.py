"""Rows of trade data that came as a message: stock, prices, products and the like, in the form of the import files."""

from __future__ import annotations

from gateway.model.value import Value


class Row(Value, kw_only=True, gc=False):
    """One row: its number in the document from 1, the line it begins on (0: not known), and its cells by import column.

    Cells are texts as an import file has them: decimals with a point, ISO dates; empty ones are left out.
    """

    position: int
    line: int = 0
    cells: dict[str, str]


class TradeRows(Value, kw_only=True):
    """Rows of one import kind (`stock`, `part-numbers`), in the order of the document."""

    kind: str
    rows: tuple[Row, ...] = ()


IMPORT_KINDS = (
    "accounts", "parties", "segments", "contacts", "service-levels", "service-contacts", "products", "part-numbers",
    "relations", "assortments", "tailoring", "price-lists", "prices", "stock", "calendars", "terms", "tax-rates",
)  # fmt: skip
"""The kinds of rows of trade data that go in and out."""
STATED_KINDS = (*IMPORT_KINDS, "metrics")
"""The kinds of rows that say what is so: told again, they change nothing. Metrics of accounts only come in."""
ROW_KINDS = (*STATED_KINDS, "usage")
"""The kinds that a mapping can make rows of: what accounts did in a channel comes in too, and goes nowhere."""
