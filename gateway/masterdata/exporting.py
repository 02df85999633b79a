"""Tables out of the store, as CSV or JSON lines that the import takes back unchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

from gateway.masterdata.columns import Factor
from gateway.masterdata.kind import Kind
from gateway.masterdata.kinds import kind_of
from gateway.masterdata.products import PRODUCTS
from gateway.model.price import PriceCondition
from gateway.model.product import Product
from gateway.model.quantity import plain
from gateway.model.value import Value
from gateway.store.engine import Store
from gateway.store.trade import every
from gateway.tabular.writer import write_csv, write_json_lines

Format: TypeAlias = Literal["csv", "json"]


def export_rows(store: Store, kind: str, form: Format = "csv") -> Iterator[str]:
    """Every row of a kind, by its key, a line each (a header before them in CSV); all of one state of the data.

    Raises UsageError for an unknown kind.
    """
    return _lines(store, kind_of(kind), form)


def _lines(store: Store, kind: Kind, form: Format) -> Iterator[str]:
    with store.read() as db:
        columns = stated_columns(kind)
        rows = (cells_of(value, columns) for value in every(db, kind.value))
        if form == "json":
            yield from write_json_lines(rows)
            return
        header = columns
        if kind is PRODUCTS:
            header = columns + sorted({name for product in every(db, Product) for name in _further(product)})
        yield from write_csv(header, rows)


def stated_columns(kind: Kind) -> list[str]:
    """The columns of a kind that are fields of its values: those that an export has."""
    return [name for name in kind.columns if hasattr(kind.value, name)]


def cells_of(value: Value, columns: Sequence[str]) -> dict[str, str]:
    """The cells of a value by column, as the import takes them; what is not stated is left out."""
    cells = {name: getattr(value, name) for name in columns}
    written = {name: _text(cell) for name, cell in cells.items() if cell is not None}
    if isinstance(value, Product):
        written |= _further(value)
    elif isinstance(value, PriceCondition) and value.ladder:
        written["amount"] = value.ladder
    return written


def as_exported(kind: Kind, cells: Mapping[str, str]) -> dict[str, str]:
    """The cells as an export writes the values they state; raises RefusedError for one that states none."""
    read = kind.read({name: cell for name, cell in cells.items() if cell})
    written = {name: cells[name] if isinstance(value, Factor) else _text(value) for name, value in read.items()}
    return {name: written.get(name, "") for name in cells}


def _further(product: Product) -> dict[str, str]:
    """The cells of a product whose columns are named by units, attributes and languages."""
    cells: dict[str, str] = {}
    for unit in product.units:
        is_base = unit.code == product.base_unit
        if not is_base:
            cells[f"unit:{unit.code}"] = str(unit.base_units)
        if unit.gtin:
            cells["gtin" if is_base else f"gtin:{unit.code}"] = unit.gtin
    cells |= {f"attr:{name}": text for name, text in product.attributes.items()}
    cells |= {f"name:{language}": text for language, text in product.names.items()}
    return cells | {f"description:{language}": text for language, text in product.descriptions.items()}


def _text(cell: object) -> str:
    if isinstance(cell, Decimal):
        return plain(cell)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return cell.isoformat() if isinstance(cell, date) else str(cell)
