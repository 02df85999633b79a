"""Tables as SQLAlchemy Core sees them: the line reads and writes with statements on these, never through objects."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel


def table(model: type[SQLModel]) -> Table:
    """The Core table of a SQLModel class."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def insert_new(into: Table) -> Mapping[str, Executable]:
    """By the store's dialect, the statement that inserts a row where its key is free; its rowcount says whether."""
    return {
        # Unless asked for, drivers do not all keep the count of inserted rows.
        name: dialect.insert(into).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
        for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
    }
