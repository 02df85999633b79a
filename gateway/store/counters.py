"""Gap-free counters: the number is taken in the transaction that uses it, and given back if that fails."""

from __future__ import annotations

from types import ModuleType

from sqlalchemy import Connection, Executable
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.line_tables import CounterRow
from gateway.store.tables import table

_counter = table(CounterRow)


def _statement(dialect: ModuleType) -> Executable:
    upsert = dialect.insert(_counter).on_conflict_do_update(
        index_elements=[_counter.c.kind, _counter.c.partner, _counter.c.test],
        set_={"value": _counter.c.value + 1},
    )
    statement: Executable = upsert.returning(_counter.c.value)
    return statement


# Built once: composing a statement costs more than SQLite takes to run it.
_NEXT = {"sqlite": _statement(sqlite), "postgresql": _statement(postgresql)}


def next_number(db: Connection, kind: str, partner: str, test: bool) -> int:
    """The counter's next number, from 1; its row stays locked until the transaction ends."""
    first = {"kind": kind, "partner": partner, "test": test, "value": 1}
    return int(db.execute(_NEXT[db.dialect.name], first).scalar_one())
