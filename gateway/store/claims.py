"""Claims: keys that only one may hold, so that nothing has its effect twice."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select

from gateway.store.line_tables import ClaimRow
from gateway.store.tables import insert_new, table

_claim = table(ClaimRow)

_named = [_claim.c[name] == bindparam(f"of_{name}") for name in ("kind", "partner", "key")]
# Built once: composing a statement costs more than SQLite takes to run it.
_HELD = select(_claim).where(*_named)
_OF_KIND = select(_claim.c.key).where(*_named[:2])
_RELEASE = delete(_claim).where(*_named)
_CLAIM = insert_new(_claim)


class ClaimKind(StrEnum):
    """What has its effect once: something a poller took, a request, an interchange, or what a document says."""

    ARRIVAL = "arrival"
    TRANSPORT = "transport"
    ENVELOPE = "envelope"
    BUSINESS = "business"


class Claim(NamedTuple):
    """A key and who holds it since when."""

    kind: ClaimKind
    partner: str
    key: str
    holder: str
    digest: str
    at: str


def claim(db: Connection, wanted: Claim, free_before: str = "") -> Claim:
    """The claim that stands after asking: `wanted` itself where the key was free, else the first one's.

    A claim made before the instant `free_before` no longer holds: partners' counters wrap.
    """
    if db.execute(_CLAIM[db.dialect.name], wanted._asdict()).rowcount:
        return wanted
    standing = held(db, wanted.kind, wanted.partner, wanted.key)
    if standing is None or standing.at >= free_before:
        return standing or wanted
    release(db, wanted.kind, wanted.partner, wanted.key)
    return claim(db, wanted)


def held(db: Connection, kind: ClaimKind, partner: str, key: str) -> Claim | None:
    """Who holds this key."""
    row = db.execute(_HELD, _key(kind, partner, key)).mappings().one_or_none()
    return Claim(**{**row, "kind": kind}) if row else None


def keys_held(db: Connection, kind: ClaimKind, partner: str) -> set[str]:
    """The keys of a kind that somebody holds."""
    return set(db.execute(_OF_KIND, {"of_kind": kind, "of_partner": partner}).scalars())


def release(db: Connection, kind: ClaimKind, partner: str, key: str) -> None:
    """Free a key: a refused or cancelled order may be sent again."""
    release_all(db, kind, partner, [key])


def release_all(db: Connection, kind: ClaimKind, partner: str, keys: Iterable[str]) -> None:
    """Free these keys."""
    named = [_key(kind, partner, key) for key in keys]
    if named:
        db.execute(_RELEASE, named)


def _key(kind: ClaimKind, partner: str, key: str) -> dict[str, str]:
    return {"of_kind": kind, "of_partner": partner, "of_key": key}
