"""Tables as SQLAlchemy Core sees them: the line reads and writes with statements on these, never through objects."""

from __future__ import annotations

from sqlalchemy import Table
from sqlmodel import SQLModel


def table(model: type[SQLModel]) -> Table:
    """The Core table of a SQLModel class."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
