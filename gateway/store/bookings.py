"""Bookings: what each order takes of limited prices, and what was bought with it, as they stand and as they stood."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Table, bindparam, delete, func, insert, select, type_coerce

from gateway.model.purchases import Looked
from gateway.store.bought_tables import BoughtRow
from gateway.store.call_off_tables import CallOffRow
from gateway.store.data_sequence import change_by_order, numbers
from gateway.store.history import UPDATED, end_versions, stated
from gateway.store.lookup import among
from gateway.store.tables import table

_call_off, _bought = table(CallOffRow), table(BoughtRow)

_TAKEN = (
    select(_call_off.c.condition, func.sum(_call_off.c.quantity))
    .where(among(_call_off.c.condition, "conditions"), _call_off.c.order_id != bindparam("but"))
    .group_by(_call_off.c.condition)
)
_MILLION = 1_000_000
_millionths = type_coerce(_bought.c.quantity, BigInteger)
# Units and millionths are summed apart: a sum of scaled quantities may not fit an integer of 64 bits.
_BOUGHT = (
    select(
        _bought.c.product, _bought.c.unit, func.sum(_millionths // _MILLION), func.sum(_millionths % _MILLION)
    )
    .where(
        among(_bought.c.account, "accounts"),
        _bought.c.ordered_on >= bindparam("first"),
        _bought.c.ordered_on <= bindparam("last"),
        _bought.c.order_id != bindparam("but"),
    )
    .group_by(_bought.c.product, _bought.c.unit)
)  # fmt: skip
_BOUGHT_OF = _BOUGHT.where(among(_bought.c.product, "products"))
# Composed once: composing a statement costs more than SQLite takes to run it.
_STANDING = {of: select(*stated(of)).where(of.c.order_id == bindparam("of_order")) for of in (_call_off, _bought)}
_RELEASE = {of: delete(of).where(of.c.order_id == bindparam("of_order")) for of in (_call_off, _bought)}
_BOOK = {of: insert(of) for of in (_call_off, _bought)}


class CallOff(NamedTuple):
    """What a line takes of a price condition, in the condition's unit."""

    position: int
    condition: str
    quantity: Decimal


class Purchase(NamedTuple):
    """What an account bought of an article, in its base unit, with an order of the day (ISO 8601)."""

    account: str
    product: str
    ordered_on: str
    unit: str
    quantity: Decimal


def called_off(db: Connection, conditions: Collection[str], but: str = "") -> dict[str, Decimal]:
    """What all orders but one have taken of these conditions, by key; one of which nothing was taken is not there."""
    if not conditions:
        return {}
    return {key: Decimal(taken) for key, taken in db.execute(_TAKEN, {"conditions": conditions, "but": but})}


def bought(db: Connection, looked: Looked, but: str = "") -> dict[tuple[str, str], Decimal]:
    """How much was bought with all orders but one, by article and unit."""
    first, last = looked.first.isoformat(), looked.last.isoformat()
    named: dict[str, object] = {"accounts": looked.accounts, "first": first, "last": last, "but": but}
    query = _BOUGHT
    if looked.products is not None:
        query, named = _BOUGHT_OF, named | {"products": looked.products}
    return {
        (product, unit): Decimal(int(units)) + Decimal(int(rest)).scaleb(-6)
        for product, unit, units, rest in db.execute(query, named)
    }


def book(
    db: Connection, order_id: str, taken: Sequence[CallOff], purchases: Sequence[Purchase], *, is_new: bool
) -> None:
    """The order takes and buys this, and nothing of what it took and bought before; a new one has none of that.

    Where that is another, and answers may depend on it, it has a number in the data sequence.
    """
    wanted: dict[Table, Sequence[CallOff] | Sequence[Purchase]] = {_call_off: taken, _bought: purchases}
    changed: dict[Table, list[dict[str, Any]]] = {}
    standing: dict[Table, list[dict[str, Any]]] = {}
    for of, rows in wanted.items():
        columns = [{"order_id": order_id, **each._asdict()} for each in rows]
        standing[of] = [] if is_new else _standing(db, of, order_id)
        if _told(columns) != _told(standing[of]):
            changed[of] = columns
    if not changed:
        return
    now = numbers(db)
    matters = _call_off in changed or now.purchases
    number = change_by_order(db) if matters else now.last
    for of, columns in changed.items():
        if matters:
            end_versions(db, of, standing[of], number)
        if standing[of]:
            db.execute(_RELEASE[of], {"of_order": order_id})
        if columns:
            db.execute(_BOOK[of], [{**each, UPDATED: number} for each in columns])


def _standing(db: Connection, of: Table, order_id: str) -> list[dict[str, Any]]:
    return [dict(row) for row in db.execute(_STANDING[of], {"of_order": order_id}).mappings()]


def _told(rows: Sequence[dict[str, Any]]) -> set[tuple[tuple[str, Any], ...]]:
    return {tuple(sorted(row.items())) for row in rows}
