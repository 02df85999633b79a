"""Stock that a system counts in a unit of its own, counted in the base unit of the article: so it stands here."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.issues import Issue
from gateway.masterdata.columns import RefusedError
from gateway.masterdata.exporting import cells_of, stated_columns
from gateway.masterdata.kind import Kind, demand
from gateway.masterdata.known import Known
from gateway.masterdata.products import STOCK
from gateway.store import Connection
from gateway.store.trade_changes import TradeChanges
from gateway.sync.merging import refusal
from gateway.tabular.reader import TableRow

_UNIT = "unit"


def in_base_units(db: Connection, kind: Kind, rows: Sequence[TableRow]) -> tuple[list[TableRow], list[Issue]]:
    """The rows, those of stock without a unit, and the refusals of those whose quantity is none of their article."""
    if kind is not STOCK or not any(_UNIT in row.cells for row in rows):
        return list(rows), []
    known = Known(TradeChanges(db), kind.names([dict(row.cells) for row in rows]), {})
    measured, refused = list[TableRow](), list[Issue]()
    for row in rows:
        try:
            measured.append(TableRow(row.line, _measured(row.cells, known)) if _UNIT in row.cells else row)
        except RefusedError as reason:
            refused.append(refusal(row.line, reason.column, reason.code, str(reason)))
    return measured, refused


def _measured(cells: dict[str, str], known: Known) -> dict[str, str]:
    if not cells[_UNIT]:
        return {name: cell for name, cell in cells.items() if name != _UNIT}
    read = STOCK.read({name: cell for name, cell in cells.items() if cell})
    demand(read, STOCK.required())
    return cells_of(STOCK.build(read, known), stated_columns(STOCK))
