"""What stood before: every version of a row of trade data, with the data sequence numbers between which it held.

A table that keeps history has a column `updated_seq` (the change that made the row as it is) and a second table beside
it, `NAME_history`, with the versions that no longer hold: from `updated_seq` on, before `ended_seq`. An insert writes
nothing there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    FromClause,
    Index,
    Insert,
    Result,
    Select,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    insert,
    select,
    union_all,
)
from sqlalchemy.sql.visitors import ExternallyTraversible, replacement_traverse
from sqlmodel import SQLModel

from gateway.store.tables import table

UPDATED, ENDED = "updated_seq", "ended_seq"

S = TypeVar("S", bound=Select[Any])


def keep_history(*models: type[SQLModel]) -> None:
    """The tables keep their history from now on; said once for each, where they are declared."""
    for of in map(table, models):
        of.append_column(Column(UPDATED, BigInteger, nullable=False, server_default="0"))
        copies = [Column(each.name, each.type, primary_key=each.primary_key, nullable=each.nullable) for each in of.c]
        name = f"{of.name}_history"
        # SQLite 3.40 finds NULL where there is none in a table without row ids whose key is not in front.
        copies.append(Column(ENDED, BigInteger, primary_key=True))
        copies.sort(key=lambda each: not each.primary_key)
        past = Table(name, of.metadata, *copies, sqlite_with_rowid=False)
        for found_by in _found_by(of):
            Index(f"{name}_by_{'_'.join(found_by)}", *(past.c[each] for each in found_by))


def find_by_change(*models: type[SQLModel]) -> None:
    """What changed or ended is found by its number; for tables that keep a history and take long to be read whole."""
    for of in map(table, models):
        past = of.metadata.tables[f"{of.name}_history"]
        Index(f"{of.name}_by_{UPDATED}", of.c[UPDATED])
        Index(f"{past.name}_by_{ENDED}", past.c[ENDED])


def _found_by(of: Table) -> list[list[str]]:
    """The columns by which many rows are found, or one beside its key."""
    found_by = [index.columns for index in of.indexes if not index.unique]
    found_by += [each.columns for each in of.constraints if isinstance(each, UniqueConstraint)]
    return [[column.name for column in columns] for columns in found_by]


def history_of(of: Table) -> Table | None:
    """Where the versions of the table's rows lie that no longer hold; None where none are kept."""
    return of.metadata.tables.get(f"{of.name}_history")


def stated(of: Table) -> list[Column[Any]]:
    """The columns that say something about trade: all but the number of the change a row came with."""
    return [column for column in of.columns if column.name != UPDATED]


class _Past:
    """Runs statements on the trade data as it was at a number."""

    def __init__(self, db: Connection, number: int) -> None:
        self._db = db
        self._number = {"as_of": number}

    def execute(self, statement: Select[Any], parameters: Mapping[str, object] | None = None) -> Result[Any]:
        """What the statement would have found then."""
        return self._db.execute(_as_it_was(statement), {**(parameters or {}), **self._number})


def past(db: Connection, number: int) -> Connection:
    """The connection for readers of trade data, which find it as it was when the data sequence was at the number.

    It only executes SELECT statements, as every reader does.
    """
    return cast("Connection", _Past(db, number))


@lru_cache(maxsize=512)
def _as_it_was(statement: Select[Any]) -> Select[Any]:
    """The statement reading, instead of each table that keeps history, its rows as of the parameter `as_of`."""
    sources: dict[Table, FromClause] = {}

    def replaced(element: ExternallyTraversible, **_: object) -> ExternallyTraversible | None:
        of = element.table if isinstance(element, Column) else element
        if not isinstance(of, Table) or history_of(of) is None:
            return None
        source = sources.setdefault(of, _rows_then(of))
        return source.c[element.name] if isinstance(element, Column) else source

    return cast("Select[Any]", replacement_traverse(statement, {}, replaced))


def _rows_then(of: Table) -> FromClause:
    gone, number = of.metadata.tables[f"{of.name}_history"], bindparam("as_of", type_=BigInteger)
    standing = select(*stated(of)).where(of.c[UPDATED] <= number)
    held = select(*(gone.c[each.name] for each in stated(of))).where(gone.c[UPDATED] <= number, gone.c[ENDED] > number)
    return union_all(standing, held).subquery(f"{of.name}_then")


def end_versions(db: Connection, of: Table, rows: Sequence[Mapping[str, object]], number: int) -> None:
    """The rows of these primary keys as they stand are history from the change of this number on."""
    statement = _ending(of)
    if rows and statement is not None:
        names = [column.name for column in of.primary_key]
        db.execute(statement, [{"number": number, **{f"the_{name}": row[name] for name in names}} for row in rows])


@lru_cache
def _ending(of: Table) -> Insert | None:
    gone = history_of(of)
    if gone is None:
        return None
    named = and_(*(column == bindparam(f"the_{column.name}", type_=column.type) for column in of.primary_key))
    standing = select(*of.columns, bindparam("number", type_=BigInteger)).where(named)
    return insert(gone).from_select([*(column.name for column in of.columns), ENDED], standing)
