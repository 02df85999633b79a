"""When a partner was last heard of, by agreement; kept for those only whose silence is an alarm."""

from __future__ import annotations

from collections.abc import Collection
from types import ModuleType

from sqlalchemy import Connection, Executable, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.acknowledgement_tables import HeardRow
from gateway.store.tables import insert_new, table

_heard = table(HeardRow)


def _statement(dialect: ModuleType) -> Executable:
    fresh = dialect.insert(_heard)
    statement: Executable = fresh.on_conflict_do_update(
        index_elements=[_heard.c.partner, _heard.c.agreement], set_={"at": fresh.excluded.at}
    )
    return statement


# Built once: composing a statement costs more than SQLite takes to run it.
_HEARD = {"sqlite": _statement(sqlite), "postgresql": _statement(postgresql)}
_FIRST = insert_new(_heard)
_ALL = select(_heard)


def note_heard(db: Connection, partner: str, agreements: Collection[str], at: str) -> None:
    """The partner was heard of by these agreements."""
    if agreements:
        rows = [{"partner": partner, "agreement": each, "at": at} for each in sorted(agreements)]
        db.execute(_HEARD[db.dialect.name], rows)


def watch_from(db: Connection, partner: str, agreement: str, at: str) -> None:
    """Silence counts from now on where the partner was never heard of by this agreement."""
    db.execute(_FIRST[db.dialect.name], {"partner": partner, "agreement": agreement, "at": at})


def last_heard(db: Connection) -> dict[tuple[str, str], str]:
    """When each partner was last heard of by each agreement that was ever watched."""
    return {(row.partner, row.agreement): row.at for row in db.execute(_ALL)}
