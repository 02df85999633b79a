"""Changes of trade data: idempotent upserts by natural key; each advances the data sequence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Select, Table, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.account import Account
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product
from gateway.model.segment import Segment
from gateway.model.value import Value, to_json
from gateway.store.catalogue import Catalogue
from gateway.store.condition_changes import ConditionChanges
from gateway.store.condition_queries import CONDITION
from gateway.store.data_sequence import change_of_trade, count_purchases, note_change
from gateway.store.history import UPDATED, end_versions, stated
from gateway.store.lookup import among
from gateway.store.segment_due import mark_all_due, mark_due
from gateway.store.tables import table
from gateway.store.terms import TradeTerms
from gateway.store.trade import PRODUCT_TEXTS, TABLES, Trade, values
from gateway.store.trade_tables import (
    AccountGroupRow,
    ProductRow,
    ProductUnitRow,
)

_product, _unit = table(ProductRow), table(ProductUnitRow)
_group = table(AccountGroupRow)

_GROUPS = select(_group.c.name).where(_group.c.kind == bindparam("kind"), among(_group.c.name, "names"))

V = TypeVar("V", bound=Value)


class Change(StrEnum):
    """What became of a value that was put."""

    INSERTED = "inserted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class TradeChanges:
    """Changes trade data on one writing connection; `trade` reads what it wrote. What stood before becomes history."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self.trade = Trade(db)
        self.catalogue = Catalogue(db)
        self.terms = TradeTerms(db)
        dialect: Any = postgresql if db.dialect.name == "postgresql" else sqlite
        self._insert = dialect.insert
        self._conditions = ConditionChanges(db, self._insert)

    def put(self, kind: type[V], wanted: Sequence[V]) -> list[Change]:
        """What became of each value, in order. Values of one key replace each other, the last one stays."""
        if not wanted:
            return []
        key = key_fields(kind)
        stood = {_key(value, key): value for value in self.standing(kind, {getattr(each, key[0]) for each in wanted})}
        standing = dict(stood)
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
            replaced = {name: stood[name] for name in fresh if name in stood}
            self._write(kind, list(fresh.values()), replaced)
            self._follow(fresh.values())
        return changes

    def delete(self, kind: type[V], gone: Sequence[V]) -> list[bool]:
        """Whether each value was there, in order, by its key alone; it is not any more."""
        if not gone:
            return []
        columns = list(TABLES[kind].primary_key)
        key = [column.name for column in columns]
        there = {_key(value, key) for value in self.standing(kind, {getattr(value, key[0]) for value in gone})}
        found = dict.fromkeys(name for value in gone if (name := _key(value, key)) in there)
        if found:
            query = delete(TABLES[kind]).where(*(column == bindparam(f"key_{column.name}") for column in columns))
            rows = [dict(zip(key, each, strict=True)) for each in found]
            end_versions(self._db, TABLES[kind], rows, self._advance(TABLES[kind]))
            self._db.execute(query, [{f"key_{name}": part for name, part in row.items()} for row in rows])
        return [_is_first(found, _key(value, key)) for value in gone]

    def add_groups(self, kind: str, names: Collection[str]) -> int:
        """How many of these segments or price groups were not known; now all are."""
        if not names:
            return 0
        fresh = sorted(set(names) - set(self._db.execute(_GROUPS, {"kind": kind, "names": names}).scalars()))
        if fresh:
            self._upsert(_group, [{"kind": kind, "name": name} for name in fresh], self._advance(_group))
        return len(fresh)

    def add_lists(self, names: Collection[str]) -> int:
        """How many of these price lists were not known; now all are, with the defaults of a list."""
        if not names:
            return 0
        fresh = sorted(set(names) - self.trade.lists(names).keys())
        self.put(PriceList, [PriceList(list=name) for name in fresh])
        return len(fresh)

    def conditions_by_key(self, keys: Collection[str]) -> dict[str, PriceCondition]:
        """The price conditions of these keys."""
        return self.trade.conditions_by_key(keys)

    def delete_conditions(self, keys: Collection[str]) -> None:
        """Without the price conditions of these keys."""
        if keys:
            self._conditions.delete(self.trade.conditions_by_key(keys).values(), self._advance(CONDITION))

    def discard(self) -> None:
        """Nothing of what was changed on this connection stays; nothing more can be done on it."""
        self._db.rollback()

    def _advance(self, of: Table) -> int:
        number = change_of_trade(self._db)
        note_change(self._db, of, number)
        return number

    def _follow(self, written: Collection[Value]) -> None:
        """Whose segments depend on what was written are due; a segment can be named from now on."""
        mark_due(self._db, [value.account for value in written if isinstance(value, Account)])
        segments = [value.segment for value in written if isinstance(value, Segment)]
        if segments:
            self.add_groups("segment", segments)
            mark_all_due(self._db)

    def standing(self, kind: type[V], first_keys: Collection[str]) -> list[V]:
        """What stands of this kind under these keys, or under keys that begin with one of them."""
        if kind is PriceCondition:
            return list(self.trade.conditions_by_key(first_keys).values())  # type: ignore[arg-type]
        if kind is Product:
            return list(self.trade.products_by_sku(first_keys).values())  # type: ignore[arg-type]
        return _under(self._db, kind, first_keys)

    def _write(self, kind: type[V], fresh: Sequence[V], replaced: Mapping[tuple[object, ...], V]) -> None:
        number = self._advance(CONDITION if kind is PriceCondition else TABLES[kind])
        if kind is PriceCondition:
            if any(value.scale_period is not None for value in fresh):  # type: ignore[attr-defined]
                count_purchases(self._db)
            self._conditions.write(fresh, replaced.values(), number)  # type: ignore[arg-type]
            return
        rows = [msgspec.structs.asdict(value) for value in fresh]
        end_versions(self._db, TABLES[kind], [msgspec.structs.asdict(value) for value in replaced.values()], number)
        if kind is not Product:
            self._upsert(TABLES[kind], rows, number)
            return
        units = [
            {"sku": row["sku"], "position": position, **msgspec.structs.asdict(unit)}
            for row in rows
            for position, unit in enumerate(row.pop("units"))
        ]
        for row in rows:
            row |= {name: to_json(row[name]).decode() for name in PRODUCT_TEXTS}
        self._upsert(_product, rows, number)
        self._replace_units(units, replaced.values(), number)  # type: ignore[arg-type]

    def _replace_units(self, units: list[dict[str, Any]], products: Collection[Product], number: int) -> None:
        """The units of these products go before any comes: a GTIN may move from one product to another."""
        old = [{"sku": product.sku, "code": unit.code} for product in products for unit in product.units]
        end_versions(self._db, _unit, old, number)
        self._db.execute(delete(_unit).where(among(_unit.c.sku, "skus")), {"skus": [each.sku for each in products]})
        self._upsert(_unit, units, number)

    def _upsert(self, target: Table, rows: list[dict[str, Any]], number: int) -> None:
        if UPDATED in target.columns:
            rows = [{**row, UPDATED: number} for row in rows]
        key = [column.name for column in target.primary_key]
        insert = self._insert(target)
        others = {column.name: insert.excluded[column.name] for column in target.columns if column.name not in key}
        if others:
            self._db.execute(insert.on_conflict_do_update(index_elements=key, set_=others), rows)
        else:
            self._db.execute(insert.on_conflict_do_nothing(), rows)


def _under(db: Connection, kind: type[V], first_keys: Collection[str]) -> list[V]:
    return values(kind, db.execute(_beginning_with(kind), {"keys": first_keys}))


@cache
def _beginning_with(kind: type[Value]) -> Select[Any]:
    (first, *_) = TABLES[kind].primary_key
    return select(*stated(TABLES[kind])).where(among(first, "keys"))


def _is_first(found: dict[tuple[object, ...], None], name: tuple[object, ...]) -> bool:
    """Whether the name is among those found, and asked for the first time."""
    if name not in found:
        return False
    del found[name]
    return True


def key_fields(kind: type[Value]) -> list[str]:
    """The fields by which a value of this kind is known again."""
    return ["key"] if kind is PriceCondition else [column.name for column in TABLES[kind].primary_key]


def _key(value: Value, names: list[str]) -> tuple[object, ...]:
    return tuple(getattr(value, name) for name in names)
