"""Call-offs: what orders have taken of prices whose quantity is limited."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from gateway.store.call_off_tables import CallOffRow
from gateway.store.lookup import among
from gateway.store.tables import table

_call_off = table(CallOffRow)

_TAKEN = (
    select(_call_off.c.condition, func.sum(_call_off.c.quantity))
    .where(among(_call_off.c.condition, "conditions"), _call_off.c.order_id != bindparam("but"))
    .group_by(_call_off.c.condition)
)
_RELEASE = delete(_call_off).where(_call_off.c.order_id == bindparam("of_order"))
_BOOK = insert(_call_off)


class CallOff(NamedTuple):
    """What a line takes of a price condition, in the condition's unit."""

    position: int
    condition: str
    quantity: Decimal


def called_off(db: Connection, conditions: Collection[str], but: str = "") -> dict[str, Decimal]:
    """What all orders but one have taken of these conditions, by key; one of which nothing was taken is not there."""
    if not conditions:
        return {}
    return {key: Decimal(taken) for key, taken in db.execute(_TAKEN, {"conditions": conditions, "but": but})}


def book_call_offs(db: Connection, order_id: str, taken: Sequence[CallOff]) -> None:
    """The order takes this, and nothing of what it took before."""
    db.execute(_RELEASE, {"of_order": order_id})
    if taken:
        db.execute(_BOOK, [{"order_id": order_id, **each._asdict()} for each in taken])
