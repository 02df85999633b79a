"""Changes of trade data: idempotent upserts by natural key; each advances the data sequence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.account import Account, AccountParty
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import PartNumber, Product, Stock
from gateway.model.value import Value, to_json
from gateway.store.lookup import among
from gateway.store.tables import table
from gateway.store.trade import PRODUCTS, product_values, values
from gateway.store.trade_tables import (
    AccountGroupRow,
    AccountPartyRow,
    AccountRow,
    DataSequenceRow,
    PartNumberRow,
    PriceConditionRow,
    PriceListRow,
    ProductRow,
    ProductUnitRow,
    StockRow,
)

_product, _unit = table(ProductRow), table(ProductUnitRow)
_condition = table(PriceConditionRow)
_group = table(AccountGroupRow)
_sequence = table(DataSequenceRow)

TABLES: Mapping[type[Value], Table] = {
    Account: table(AccountRow),
    AccountParty: table(AccountPartyRow),
    PartNumber: table(PartNumberRow),
    PriceList: table(PriceListRow),
    PriceCondition: _condition,
    Product: _product,
    Stock: table(StockRow),
}

_GROUPS = select(_group.c.name).where(_group.c.kind == bindparam("kind"), among(_group.c.name, "names"))

V = TypeVar("V", bound=Value)


class Change(StrEnum):
    """What became of a value that was put."""

    INSERTED = "inserted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


def put(db: Connection, kind: type[V], wanted: Sequence[V]) -> list[Change]:
    """What became of each value, in order. Values of one key replace each other, the last one stays."""
    key = [column.name for column in TABLES[kind].primary_key]
    standing = {_key(value, key): value for value in _standing(db, kind, {getattr(value, key[0]) for value in wanted})}
    changes: list[Change] = []
    fresh: dict[tuple[object, ...], V] = {}
    for value in wanted:
        name = _key(value, key)
        before = standing.get(name)
        if before is None:
            changes.append(Change.INSERTED)
        else:
            changes.append(Change.UNCHANGED if before == value else Change.UPDATED)
        if before != value:
            standing[name] = fresh[name] = value
    if fresh:
        _write(db, kind, list(fresh.values()))
        advance(db)
    return changes


def add_groups(db: Connection, kind: str, names: Collection[str]) -> int:
    """How many of these segments or price groups were not known; now all are."""
    known = db.execute(_GROUPS, {"kind": kind, "names": names}).scalars()
    fresh = sorted(set(names) - set(known))
    if fresh:
        _upsert(db, _group, [{"kind": kind, "name": name} for name in fresh])
        advance(db)
    return len(fresh)


def delete_conditions(db: Connection, keys: Collection[str]) -> None:
    """Without the price conditions of these keys."""
    if keys:
        db.execute(delete(_condition).where(among(_condition.c.key, "keys")), {"keys": keys})
        advance(db)


def conditions_by_key(db: Connection, keys: Collection[str]) -> dict[str, PriceCondition]:
    """The price conditions of these keys."""
    return {each.key: each for each in _standing(db, PriceCondition, keys)}


def advance(db: Connection) -> None:
    """The data sequence one further: whoever computed with trade data sees that it changed."""
    insert = _dialect(db).insert(_sequence).values(id=1, value=1)
    db.execute(insert.on_conflict_do_update(index_elements=["id"], set_={"value": _sequence.c.value + 1}))


def _standing(db: Connection, kind: type[V], first_keys: Collection[str]) -> list[V]:
    if kind is Product:
        found = db.execute(PRODUCTS.where(among(_product.c.sku, "keys")), {"keys": first_keys})
        return list(product_values(found))  # type: ignore[arg-type]
    columns = TABLES[kind]
    (first, *_) = columns.primary_key
    return values(kind, db.execute(select(columns).where(among(first, "keys")), {"keys": first_keys}))


def _key(value: Value, names: list[str]) -> tuple[object, ...]:
    return tuple(getattr(value, name) for name in names)


def _write(db: Connection, kind: type[V], fresh: Sequence[V]) -> None:
    rows = [msgspec.structs.asdict(value) for value in fresh]
    if kind is not Product:
        _upsert(db, TABLES[kind], rows)
        return
    units = [
        {"sku": row["sku"], "position": position, **msgspec.structs.asdict(unit)}
        for row in rows
        for position, unit in enumerate(row.pop("units"))
    ]
    for row in rows:
        row |= {name: to_json(row[name]).decode() for name in ("names", "attributes")}
    _upsert(db, _product, rows)
    # All units go before any comes: a GTIN may move from one product to another.
    db.execute(delete(_unit).where(among(_unit.c.sku, "skus")), {"skus": [row["sku"] for row in rows]})
    _upsert(db, _unit, units)


def _upsert(db: Connection, target: Table, rows: list[dict[str, Any]]) -> None:
    insert = _dialect(db).insert(target)
    key = [column.name for column in target.primary_key]
    others = {column.name: insert.excluded[column.name] for column in target.columns if column.name not in key}
    if others:
        db.execute(insert.on_conflict_do_update(index_elements=key, set_=others), rows)
    else:
        db.execute(insert.on_conflict_do_nothing(), rows)


def _dialect(db: Connection) -> Any:
    return postgresql if db.dialect.name == "postgresql" else sqlite
