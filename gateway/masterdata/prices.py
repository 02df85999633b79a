"""Tables of price lists and of price conditions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from gateway.commerce.conditions import PERCENT
from gateway.masterdata import columns as cell
from gateway.masterdata.kind import Cells, Kind, check_validity, demand
from gateway.masterdata.known import Known, Names, accounts_named, unit_of
from gateway.masterdata.price_rules import TYPES, amount, check_price
from gateway.model.price import KEY_FIELDS, PriceCondition, PriceList
from gateway.model.quantity import plain

DEFAULT_LIST = "default"
_REQUIRED = ("subject", "object", "type")
_COUNTED_IN_UNITS = ("qty", "group_qty")


def _price_names(rows: Sequence[Cells]) -> Names:
    objects = {str(row.get("object")).partition(":") for row in rows}
    return Names(
        accounts=accounts_named(rows, "subject"),
        products=frozenset(ref for kind, _, ref in objects if kind == "product"),
    )


def price_key(cells: Cells, known: Known) -> str:
    """The key of a row: its own, else that of its subject, object and what tells its neighbours apart.

    Fills the defaults of the row on the way. Raises RefusedError.
    """
    if "key" in cells and "subject" not in cells:
        return str(cells["key"])
    demand(cells, _REQUIRED)
    _check_scopes(cells, known)
    cells.setdefault("list", DEFAULT_LIST)
    cells.setdefault("min_quantity", Decimal(0))
    if "unit" in cells and cells.get("scale_basis", "qty") in _COUNTED_IN_UNITS:
        cells.setdefault("scale_unit", cells["unit"])
    return str(cells.setdefault("key", "|".join(_text(cells.get(name)) for name in KEY_FIELDS)))


def _check_scopes(cells: Cells, known: Known) -> None:
    known.subject(str(cells["subject"]), "subject")
    kind, _, ref = str(cells["object"]).partition(":")
    if kind == "product":
        product = known.product(ref, "object")
        cells.setdefault("unit", product.base_unit)
        counted = cells.get("scale_basis", "qty") in _COUNTED_IN_UNITS
        for column in ("unit", "scale_unit") if counted else ("unit",):
            if column in cells:
                cells[column] = unit_of(product, str(cells[column]), column)


def _text(value: object) -> str:
    if value is None:
        return ""
    return plain(value) if isinstance(value, Decimal) else str(value)


def _price(cells: Cells, known: Known) -> PriceCondition:
    demand(cells, (*_REQUIRED, "amount", *(("currency",) if cells.get("type") not in PERCENT else ())))
    stated = frozenset(cells)
    price_key(cells, known)
    check_validity(cells)
    check_price(cells, stated)
    return msgspec.convert({name: value for name, value in cells.items() if name in _FIELDS}, PriceCondition)


def _price_list(cells: Cells, known: Known) -> PriceList:  # noqa: ARG001 a list names nothing else in the store
    check_validity(cells)
    return msgspec.convert(cells, PriceList)


PRICE_LISTS = Kind(
    "price-lists",
    PriceList,
    {
        "list": cell.name,
        "kind": cell.choice("list", "contract", "campaign", "erp_net", "quote"),
        "currency": cell.currency,
        "tax": cell.choice("net", "gross"),
        "priority": cell.integer,
        "exclusive": cell.flag,
        "contract": cell.name,
        "valid_from": cell.day,
        "valid_to": cell.day,
        "status": cell.choice("active", "inactive"),
    },
    names=lambda _: Names(),
    build=_price_list,
)

_FIELDS = frozenset(PriceCondition.__struct_fields__)

PRICES = Kind(
    "prices",
    PriceCondition,
    {
        "key": cell.name,
        "action": cell.choice("upsert", "end", "delete"),
        "list": cell.name,
        "subject": cell.scope("account", "segment", "buying-group", "price-group", "channel"),
        "object": cell.scope("product", "family", "category", "price-group", "brand", "class", "configuration"),
        "type": cell.choice(*TYPES),
        "amount": amount,
        "currency": cell.currency,
        "per": cell.positive,
        "unit": cell.unit,
        "min_quantity": cell.not_negative,
        "scale_unit": cell.unit,
        "scale_basis": cell.choice("qty", "value", "weight", "volume", "group_qty"),
        "scale_mode": cell.choice("level", "graduated", "exact"),
        "scale_group": cell.name,
        "scale_period": cell.choice("year", "12m", "validity"),
        "valid_from": cell.day,
        "valid_to": cell.day,
        "contract": cell.name,
        "contract_line": cell.name,
        "step": cell.integer,
        "base": cell.choice("gross", "running", "list"),
        "exclusion_group": cell.name,
        "exclusion_mode": cell.choice("first", "best", "worst", "sum"),
        "stack": cell.flag,
        "stop": cell.flag,
        "floor": cell.not_negative,
        "call_off_max": cell.positive,
        "statistical": cell.flag,
    },
    names=_price_names,
    build=_price,
    defaulted=frozenset({"key", "list"}),
)
