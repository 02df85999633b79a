"""Gap-free counters: the number is taken in the transaction that uses it, and given back if that fails."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.line_tables import CounterRow
from gateway.store.tables import table

_counter = table(CounterRow)


def next_number(db: Connection, kind: str, partner: str, test: bool) -> int:
    """The counter's next number, from 1; its row stays locked until the transaction ends."""
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(_counter)
        .values(kind=kind, partner=partner, test=test, value=1)
        .on_conflict_do_update(
            index_elements=[_counter.c.kind, _counter.c.partner, _counter.c.test],
            set_={"value": _counter.c.value + 1},
        )
        .returning(_counter.c.value)
    )
    return int(db.execute(statement).scalar_one())
