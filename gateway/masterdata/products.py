"""Tables of products, of customers' part numbers and of stock."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from gateway.commerce.units import convert
from gateway.masterdata import columns as cell
from gateway.masterdata.columns import RefusedError
from gateway.masterdata.kind import Cells, Kind, check_validity, texts
from gateway.masterdata.known import Known, Names, unit_of
from gateway.masterdata.unit_chains import base_units_of
from gateway.model.product import PartNumber, Product, Stock, Unit

_MILLION = 10**6


def _product_names(rows: Sequence[Cells]) -> Names:
    gtins = frozenset(gtin for row in rows for _, gtin in _gtins(row))
    return Names(gtins=gtins, successors=texts(rows, "successor"))


def _gtins(cells: Cells) -> list[tuple[str, str]]:
    """The GTINs of a row with their columns."""
    return [(name, str(value)) for name, value in cells.items() if name == "gtin" or name.startswith("gtin:")]


def _product(cells: Cells, known: Known) -> Product:
    groups: dict[str, dict[str, object]] = {"name": {}, "description": {}, "attr": {}}
    for name, value in cells.items():
        beginning, _, rest = name.partition(":")
        if rest and beginning in groups:
            groups[beginning][rest] = value
    fields: Cells = {name: value for name, value in cells.items() if name != "gtin" and ":" not in name}
    fields |= {"names": groups["name"], "descriptions": groups["description"], "attributes": groups["attr"]}
    row = msgspec.convert(fields | {"units": _units(cells)}, Product)
    known.succeed(row.sku, row.successor, "successor")
    known.claim_gtins(row.sku, _gtins(cells))
    return row


def _units(cells: Cells) -> tuple[Unit, ...]:
    """The base unit, then the others by size and code: however columns are ordered, the article is the same."""
    base = str(cells["base_unit"])
    gtins = {base if name == "gtin" else name.removeprefix("gtin:"): gtin for name, gtin in _gtins(cells)}
    if len(set(gtins.values())) < len(_gtins(cells)):
        raise RefusedError("import.gtin.taken", "gtin", "one GTIN cannot name two units")
    stated = {_unit_named(name): value for name, value in cells.items() if isinstance(value, cell.Factor)}
    factors = base_units_of(base, stated)
    for code in gtins:
        if code not in factors:
            raise RefusedError("import.unit.unknown", f"gtin:{code}", f"the row has no column unit:{code} with a value")
    return tuple(
        Unit(code=code, numerator=each.numerator, denominator=each.denominator, gtin=gtins.get(code))
        for code, each in sorted(factors.items(), key=lambda each: (each[0] != base, each[1], each[0]))
    )


def _unit_named(column: str) -> str:
    """The unit that a column like `unit:BX` is about; raises RefusedError for one that is none."""
    try:
        return cell.unit(column.removeprefix("unit:"))
    except ValueError as error:
        raise RefusedError("import.value.invalid", column, str(error)) from error


def _part_number(cells: Cells, known: Known) -> PartNumber:
    row = msgspec.convert(cells, PartNumber)
    known.account(row.account, "account")
    product = known.product(row.product, "product")
    check_validity(cells)
    row = msgspec.structs.replace(row, unit=unit_of(product, row.unit, "unit") if row.unit else None)
    known.claim_number(row)
    return row


def _number_names(rows: Sequence[Cells]) -> Names:
    accounts, products = texts(rows, "account"), texts(rows, "product")
    return Names(accounts=accounts, products=products, part_numbers=texts(rows, "number"))


def _stock(cells: Cells, known: Known) -> Stock:
    unit = cells.pop("unit", None)
    row = msgspec.convert(cells, Stock)
    product = known.product(row.sku, "sku")
    if unit is None:
        return row
    quantity = convert(product, row.quantity, unit_of(product, str(unit), "unit"), product.base_unit)
    millionths = (quantity or 0) * _MILLION
    if millionths.denominator != 1:
        text = f"{row.quantity} {unit} is no exact number of {product.base_unit}"
        raise RefusedError("number.too-large", "quantity", text)
    return msgspec.structs.replace(row, quantity=Decimal(millionths.numerator).scaleb(-6))


PRODUCTS = Kind(
    "products",
    Product,
    {
        "sku": cell.name,
        "name": cell.text,
        "description": cell.prose,
        "base_unit": cell.unit,
        "status": cell.name,
        "manufacturer": cell.text,
        "manufacturer_part": cell.name,
        "unspsc": cell.name,
        "unspsc_version": cell.name,
        "eclass": cell.name,
        "eclass_version": cell.name,
        "tax_class": cell.name,
        "category": cell.path,
        "family": cell.name,
        "brand": cell.name,
        "price_group": cell.name,
        "keywords": cell.text,
        "min_quantity": cell.not_negative,
        "quantity_step": cell.positive,
        "lead_time_days": cell.count,
        "weight_kg": cell.not_negative,
        "successor": cell.name,
        "documents": cell.document_list,
        "gtin": cell.gtin,
    },
    names=_product_names,
    build=_product,
    patterns={
        "gtin:": cell.gtin,
        "unit:": cell.factor,
        "attr:": cell.prose,
        "name:": cell.text,
        "description:": cell.prose,
    },
)

PART_NUMBERS = Kind(
    "part-numbers",
    PartNumber,
    {
        "account": cell.name,
        "number": cell.name,
        "product": cell.name,
        "unit": cell.unit,
        "pack": cell.positive,
        "description": cell.prose,
        "valid_from": cell.day,
        "valid_to": cell.day,
    },
    names=_number_names,
    build=_part_number,
)

STOCK = Kind(
    "stock",
    Stock,
    {"sku": cell.name, "quantity": cell.number, "unit": cell.unit, "available_on": cell.day},
    names=lambda rows: Names(products=texts(rows, "sku")),
    build=_stock,
)
