"""The store's schema: brought up to this program's version, and how far it is."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, inspect, text

from gateway.errors import PermanentError
from gateway.store.engine import Store

_SCRIPTS = Path(__file__).with_name("migrations")
_CURRENT = text("SELECT version_num FROM alembic_version")


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
    # Alembic takes 9 MB and a sixth of a second, which whoever finds every step taken would pay for nothing.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": db})
    # Alembic interpolates % in its options; a folder's name may hold one.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")


def status(store: Store) -> SchemaStatus:
    """How far the database is."""
    with store.read() as db:
        return _status(db)


def _status(db: Connection) -> SchemaStatus:
    current = db.execute(_CURRENT).scalar() if inspect(db).has_table("alembic_version") else None
    steps = _steps()
    if current is None:
        return SchemaStatus(None, steps)
    if current not in steps:
        return SchemaStatus(current, (), is_newer=True)
    return SchemaStatus(current, steps[steps.index(current) + 1 :])


@cache
def _steps() -> tuple[str, ...]:
    """Every step there is, the oldest first: the number that its file begins with is its revision."""
    return tuple(sorted(path.name.partition("_")[0] for path in _SCRIPTS.glob("versions/[0-9]*_*.py")))
