"""The number that every answer carries: of the last change of trade data, or of what orders have taken and bought.

What was answered at a number is answered again by what stood at it. An order has a number where answers may depend on
it. It changes no trade data, so that what was read of these holds on: their last change has a number of its own.
"""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

from sqlalchemy import Connection, Executable, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.sync_tables import DataChangeRow
from gateway.store.tables import table
from gateway.store.trade_tables import DataSequenceRow

_sequence = table(DataSequenceRow)
_change = table(DataChangeRow)

_NUMBERS = select(_sequence.c.value, _sequence.c.trade, _sequence.c.purchases)


class Numbers(NamedTuple):
    """The number of the last change of anything that answers depend on, and that of trade data; 0 before the first.

    `purchases`: prices may depend on what was bought.
    """

    last: int = 0
    trade: int = 0
    purchases: bool = False


def _next(dialect: ModuleType, *names: str) -> Executable:
    following = _sequence.c.value + 1
    upsert = dialect.insert(_sequence).on_conflict_do_update(
        index_elements=["id"], set_=dict.fromkeys(names, following)
    )
    statement: Executable = upsert.returning(_sequence.c.value)
    return statement


_DIALECTS = (("sqlite", sqlite), ("postgresql", postgresql))
# Built once: composing a statement costs more than SQLite takes to run it.
_OF_TRADE = {name: _next(dialect, "value", "trade") for name, dialect in _DIALECTS}
_OF_ORDERS = {name: _next(dialect, "value") for name, dialect in _DIALECTS}
_NOTE = {
    name: dialect.insert(_change).on_conflict_do_update(
        index_elements=["name"], set_={"seq": dialect.insert(_change).excluded.seq}
    )
    for name, dialect in _DIALECTS
}
_CHANGES = select(_change.c.name, _change.c.seq)
_COUNTING = update(_sequence).values(purchases=True)


def numbers(db: Connection) -> Numbers:
    """The numbers of the last changes."""
    row = db.execute(_NUMBERS).one_or_none()
    return Numbers(*row) if row else Numbers()


def change_of_trade(db: Connection) -> int:
    """The number of a change of trade data: whoever computed with them sees by it that something changed."""
    return int(db.execute(_OF_TRADE[db.dialect.name], {"id": 1, "value": 1, "trade": 1}).scalar_one())


def note_change(db: Connection, of: Table, number: int) -> None:
    """The last change of the table's rows has this number."""
    db.execute(_NOTE[db.dialect.name], {"name": of.name, "seq": number})


def changed_tables(db: Connection) -> dict[str, int]:
    """The number of the last change of each table of trade data, by the table's name; one never changed is left out."""
    return {row.name: row.seq for row in db.execute(_CHANGES)}


def change_by_order(db: Connection) -> int:
    """The number of a change of what orders have taken and bought."""
    return int(db.execute(_OF_ORDERS[db.dialect.name], {"id": 1, "value": 1}).scalar_one())


def count_purchases(db: Connection) -> None:
    """From the last change on prices may depend on what was bought."""
    db.execute(_COUNTING)
