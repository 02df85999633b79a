"""The store's schema: brought up to this program's version, and how far it is."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from gateway.errors import PermanentError
from gateway.store.engine import Store

_SCRIPTS = Path(__file__).with_name("migrations")


class SchemaStatus(NamedTuple):
    """The step the database stands at (None: it is empty), and the steps still to go, in order."""

    current: str | None
    pending: tuple[str, ...]
    is_newer: bool = False

    @property
    def is_current(self) -> bool:
        """Whether this program can work with the database."""
        return not self.pending and not self.is_newer


def upgrade(store: Store) -> SchemaStatus:
    """The status after every pending step was taken, all in one transaction; nothing happens where none is pending.

    Raises PermanentError when a newer program has changed the database.
    """
    before = status(store)
    if before.is_newer:
        raise PermanentError(f"The database is at step {before.current} of a newer gateway. Install that version.")
    if before.is_current:
        return before
    store.migrate(take_steps)
    return status(store)


def take_steps(db: Connection) -> None:
    """Every pending step is taken, in the transaction of the connection."""
    command.upgrade(_config(db), "head")


def status(store: Store) -> SchemaStatus:
    """How far the database is."""
    with store.read() as db:
        return _status(db)


def _config(db: Connection | None = None) -> Config:
    config = Config(attributes={"connection": db})
    # Alembic interpolates % in its options; a folder's name may hold one.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _status(db: Connection) -> SchemaStatus:
    current = MigrationContext.configure(db).get_current_revision()
    newest_first = _steps()
    if current is None:
        return SchemaStatus(None, tuple(reversed(newest_first)))
    if current not in newest_first:
        return SchemaStatus(current, (), is_newer=True)
    return SchemaStatus(current, tuple(reversed(newest_first[: newest_first.index(current)])))


@cache
def _steps() -> tuple[str, ...]:
    """Every step there is, the newest first."""
    steps = ScriptDirectory.from_config(_config()).walk_revisions("base", "heads")
    return tuple(step.revision for step in steps)
