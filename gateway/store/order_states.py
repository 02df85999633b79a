"""How far orders and their lines got: written by reports, beside what was ordered and confirmed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.line_tables import MessageRow, OrderRow
from gateway.store.lookup import among
from gateway.store.order_state_tables import OrderLineStateRow
from gateway.store.tables import table

_line, _order, _message = table(OrderLineStateRow), table(OrderRow), table(MessageRow)

# Built once: composing a statement costs more than SQLite takes to run it.
_OF = select(_line).where(_line.c.order_id == bindparam("identity")).order_by(_line.c.position)
_PUT = {
    name: (fresh := dialect.insert(_line)).on_conflict_do_update(
        index_elements=["order_id", "position"],
        set_={column: fresh.excluded[column] for column in ("state", "shipped", "invoiced", "on", "changed_at")},
    )
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
_STATE = (
    update(_order)
    .where(_order.c.id == bindparam("identity"))
    .values(state=bindparam("to_state"), changed_at=bindparam("at"))
)
_BY_OUR_NUMBER = select(_order.c.id).where(_order.c.our_number == bindparam("our_number"))
_WAITING = (
    select(_message)
    .where(among(_message.c.waits_for, "keys"), _message.c.state == "held", _message.c.channel.is_not(None))
    .order_by(_message.c.id)
)


class LineState(NamedTuple):
    """How far one line got; `on` is the day it last did, quantities are in its confirmed unit."""

    order_id: str
    position: int
    state: str
    shipped: Decimal = Decimal(0)
    invoiced: Decimal = Decimal(0)
    on: str | None = None
    changed_at: str = ""


class Parked(NamedTuple):
    """A message held until the order it is about is known, and where it came in."""

    id: str
    connection: str | None
    partner: str | None


def line_states(db: Connection, order_id: str) -> dict[int, LineState]:
    """What was reported of the order's lines, by position."""
    rows = db.execute(_OF, {"identity": order_id}).mappings()
    return {row["position"]: LineState(**row) for row in rows}


def put_line_states(db: Connection, states: Sequence[LineState]) -> None:
    """Write how far these lines got."""
    if states:
        db.execute(_PUT[db.dialect.name], [each._asdict() for each in states])


def put_order_state(db: Connection, order_id: str, state: str, at: str) -> None:
    """Write how far the order got."""
    db.execute(_STATE, {"identity": order_id, "to_state": state, "at": at})


def order_of_our_number(db: Connection, our_number: str) -> str | None:
    """The id of the order that we call so."""
    return db.execute(_BY_OUR_NUMBER, {"our_number": our_number}).scalars().first()


def parked_reports(db: Connection, keys: Collection[str]) -> list[Parked]:
    """The messages of channels that are held until an order of one of these keys is known, the oldest first."""
    rows = db.execute(_WAITING, {"keys": keys}).mappings()
    return [Parked(row["id"], row["connection"], row["partner"]) for row in rows]
