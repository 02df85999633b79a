"""A store moved to another database: every row of every table, compared by count and digest before anything stays.

All of it is one transaction of the target: what is broken off leaves nothing, and is begun again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, MetaData, Row, Table, func, insert, inspect, select, text

from gateway.errors import PermanentError, UsageError
from gateway.store.audit import canonical
from gateway.store.engine import Store
from gateway.store.migrate import status, take_steps

_AT_ONCE = 1_000
_VERSION = "alembic_version"
_ENGINE = "procrastinate_"
"""How the tables begin that belong to the queue's engine on PostgreSQL: what wakes a worker, and nothing of ours."""

Rows = Iterable[Row[*tuple[Any, ...]]]
Tell = Callable[[int], None]


class Moved(NamedTuple):
    """A table as it arrived: how many rows, and SHA-256 over them in the order of their keys."""

    table: str
    rows: int
    digest: str


def count_rows(source: Store) -> dict[str, int]:
    """How many rows each table of the store has."""
    with source.read() as db:
        return {of.name: db.execute(select(func.count()).select_from(of)).scalar_one() for of in _tables(db)}


def refuse_filled(target: Store) -> None:
    """Nothing, where the target holds no row of a gateway; else raises UsageError."""
    with target.read() as db:
        for of in _tables(db):
            if db.execute(select(of).limit(1)).first() is not None:
                raise UsageError(f"{target.url} is not empty: {of.name} has rows. Name an empty database.")
    now = status(target)
    if now.is_newer:
        raise UsageError(f"{target.url} is of a newer gateway. Name an empty database.")


def move(source: Store, target: Store, tell: Tell) -> list[Moved]:
    """Every table as it arrived, in the order they were copied; nobody else writes to either store meanwhile.

    `tell` is told of rows, each once when it is copied and once when it is compared. Raises UsageError where the target
    is not empty, PermanentError, with nothing left in it, where a row arrived as another one.
    """
    refuse_filled(target)
    moved: list[Moved] = []
    with source.write() as out_of:
        _without_limits(out_of)

        def fill(into: Connection) -> None:
            _without_limits(into)
            moved.extend(_fill(out_of, into, tell))

        target.migrate(take_steps, fill)
    return moved


def _fill(out_of: Connection, into: Connection, tell: Tell) -> Iterator[Moved]:
    sources = {of.name: of for of in _tables(out_of)}
    for of in _tables(into):
        sent = _Digest(tell)
        with closing(_rows(out_of, sources[of.name])) as rows:
            _put(into, of, sent.over(rows))
        arrived = _Digest(tell)
        with closing(_rows(into, of)) as rows:
            for _ in arrived.over(rows):
                pass
        if sent.told() != arrived.told():
            raise PermanentError(
                f"Table {of.name} arrived as another one: {arrived.count} rows of {sent.count}. Nothing was changed."
            )
        _count_on(into, of)
        yield Moved(of.name, *arrived.told())


class _Digest:
    """SHA-256 over the rows that pass, and their number."""

    def __init__(self, tell: Tell) -> None:
        self.count = 0
        self._digest = hashlib.sha256()
        self._tell = tell

    def over(self, rows: Rows) -> Iterator[tuple[Any, ...]]:
        waiting = iter(rows)
        while some := list(islice(waiting, _AT_ONCE)):
            for row in some:
                self._digest.update(canonical(tuple(row)))
                self._digest.update(b"\n")
                yield tuple(row)
            self.count += len(some)
            self._tell(len(some))

    def told(self) -> tuple[int, str]:
        return self.count, self._digest.hexdigest()


def _tables(db: Connection) -> list[Table]:
    """The gateway's tables as they lie there, those that others refer to first; their values as they are stored."""
    there = MetaData()
    names = [name for name in inspect(db).get_table_names() if name != _VERSION and not name.startswith(_ENGINE)]
    there.reflect(db, only=names)
    return there.sorted_tables


def _rows(db: Connection, of: Table) -> Generator[Row[*tuple[Any, ...]], None, None]:
    query = select(*(of.c[name] for name in sorted(of.c.keys()))).order_by(*of.primary_key)
    with db.execute(query.execution_options(yield_per=_AT_ONCE)) as found:
        yield from found


def _put(into: Connection, of: Table, rows: Iterator[tuple[Any, ...]]) -> None:
    names = sorted(of.c.keys())
    driver: Any = into.connection.driver_connection
    if into.dialect.name == "postgresql":
        columns = ", ".join(f'"{name}"' for name in names)
        with driver.cursor() as cursor, cursor.copy(f'COPY "{of.name}" ({columns}) FROM STDIN') as copying:
            for row in rows:
                copying.write_row(row)
        return
    statement = insert(of)
    while some := [dict(zip(names, row, strict=True)) for row in islice(rows, _AT_ONCE)]:
        into.execute(statement, some)


def _count_on(db: Connection, of: Table) -> None:
    """The numbers the database gives to rows go on after those that are there."""
    if db.dialect.name != "postgresql":
        return  # SQLite goes on after the greatest by itself
    for column in of.primary_key:
        numbering = db.execute(_NUMBERING, {"of": f'"{of.name}"', "column": column.name}).scalar_one()
        if numbering is not None:
            last = db.execute(select(func.max(column))).scalar_one()
            db.execute(_GO_ON, {"numbering": numbering, "last": last or 1, "used": last is not None})


_NUMBERING = text("SELECT pg_get_serial_sequence(:of, :column)")
_GO_ON = text("SELECT setval(CAST(:numbering AS regclass), :last, :used)")


def _without_limits(db: Connection) -> None:
    """The transaction may take the time it needs, and rows may come before those they refer to."""
    if db.dialect.name == "postgresql":
        db.exec_driver_sql("SET LOCAL statement_timeout = 0")
        db.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
    else:
        db.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
