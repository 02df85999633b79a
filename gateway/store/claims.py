"""Claims: keys that only one may hold, so that nothing has its effect twice."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.line_tables import ClaimRow
from gateway.store.tables import table

_claim = table(ClaimRow)


class Claim(NamedTuple):
    """A key and who holds it since when; kind is transport, envelope or business."""

    kind: str
    partner: str
    key: str
    holder: str
    digest: str
    at: str


def claim(db: Connection, wanted: Claim, free_before: str = "") -> Claim:
    """The claim that stands after asking: `wanted` itself where the key was free, else the first one's.

    A claim made before the instant `free_before` no longer holds: partners' counters wrap.
    """
    if free_before:
        db.execute(delete(_claim).where(*_named(wanted.kind, wanted.partner, wanted.key), _claim.c.at < free_before))
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    db.execute(dialect.insert(_claim).values(wanted._asdict()).on_conflict_do_nothing())
    standing = held(db, wanted.kind, wanted.partner, wanted.key)
    return standing or wanted


def held(db: Connection, kind: str, partner: str, key: str) -> Claim | None:
    """Who holds this key."""
    row = db.execute(select(_claim).where(*_named(kind, partner, key))).mappings().one_or_none()
    return Claim(**row) if row else None


def release(db: Connection, kind: str, partner: str, key: str) -> None:
    """Free a key: a refused or cancelled order may be sent again."""
    db.execute(delete(_claim).where(*_named(kind, partner, key)))


def _named(kind: str, partner: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return _claim.c.kind == kind, _claim.c.partner == partner, _claim.c.key == key
