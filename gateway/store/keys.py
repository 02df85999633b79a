"""The keys of the HTTP interface: their digest, their scope, and whether they still open anything."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select, update

from gateway.store.key_tables import KeyRow
from gateway.store.records import Record
from gateway.store.tables import insert_new, table

_key = table(KeyRow)

# Built once: composing a statement costs more than SQLite takes to run it.
_OF_ID = select(_key).where(_key.c.id == bindparam("identity"))
_ALL = select(_key).order_by(_key.c.created_at, _key.c.id)
_ADD = insert_new(_key)
_REVOKE = (
    update(_key)
    .where(_key.c.name == bindparam("named"), _key.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("instant"))
)


class StoredKey(Record, frozen=True, kw_only=True):
    """A key as it is kept: `id` is its public part, `digest` the SHA-256 of the whole; instants are UTC."""

    id: str
    name: str
    digest: str
    scope: str
    created_at: str
    revoked_at: str | None = None


def add_key(db: Connection, key: StoredKey) -> bool:
    """Keep a new key; False where one of its name is in force."""
    columns = {name: getattr(key, name) for name in key.__struct_fields__}
    return db.execute(_ADD[db.dialect.name], columns).rowcount > 0


def key_of(db: Connection, identity: str) -> StoredKey | None:
    """The key of this public part, whether or not it is in force."""
    row = db.execute(_OF_ID, {"identity": identity}).mappings().one_or_none()
    return StoredKey(**row) if row else None


def keys(db: Connection) -> list[StoredKey]:
    """Every key there ever was, oldest first."""
    return [StoredKey(**row) for row in db.execute(_ALL).mappings()]


def revoke_key(db: Connection, name: str, at: str) -> bool:
    """The key in force of this name opens nothing any more; False where there is none."""
    return db.execute(_REVOKE, {"named": name, "instant": at}).rowcount > 0
