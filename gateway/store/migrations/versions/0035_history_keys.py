"""What stood before has its key in front on SQLite, whose version 3.40 takes such a table for damaged otherwise."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Connection, text

revision = "0035"
down_revision = "0034"

_PAST = text(
    "SELECT name FROM sqlite_master"
    " WHERE type = 'table' AND name LIKE '%~_history' ESCAPE '~' AND sql LIKE '%WITHOUT ROWID%'"
)
_INDEXES = text("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :past AND sql IS NOT NULL")


def upgrade() -> None:
    """The schema one step on; every version that was kept stays."""
    db = op.get_bind()
    if db.dialect.name == "sqlite":
        for past in db.execute(_PAST).scalars().all():
            _put_key_in_front(db, past)


def _put_key_in_front(db: Connection, past: str) -> None:
    columns = db.exec_driver_sql(f'PRAGMA table_info("{past}")').all()
    key = sorted((each for each in columns if each.pk), key=lambda each: each.pk)
    indexes = db.execute(_INDEXES, {"past": past}).scalars().all()
    stated = [
        f'"{each.name}" {each.type}{" NOT NULL" if each.notnull else ""}'
        for each in [*key, *(each for each in columns if not each.pk)]
    ]
    key_names = ", ".join(f'"{each.name}"' for each in key)
    names = ", ".join(f'"{each.name}"' for each in columns)
    db.exec_driver_sql(f'ALTER TABLE "{past}" RENAME TO "{past}_0034"')
    db.exec_driver_sql(f'CREATE TABLE "{past}" ({", ".join(stated)}, PRIMARY KEY ({key_names})) WITHOUT ROWID')
    db.exec_driver_sql(f'INSERT INTO "{past}" ({names}) SELECT {names} FROM "{past}_0034"')  # noqa: S608 - our own names
    db.exec_driver_sql(f'DROP TABLE "{past}_0034"')
    for index in indexes:
        db.exec_driver_sql(index)
