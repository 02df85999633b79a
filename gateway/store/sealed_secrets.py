"""Secrets as they are kept: sealed, by name, with the id of the key that opens them."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from sqlalchemy import Connection, Executable, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.records import Record
from gateway.store.secret_tables import SecretRow
from gateway.store.tables import table

_secret = table(SecretRow)


def _put(dialect: ModuleType) -> Executable:
    added = dialect.insert(_secret)
    statement: Executable = added.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "key_id": added.excluded.key_id, "sealed": added.excluded.sealed, "version": _secret.c.version + 1,
            "set_at": added.excluded.set_at,
        },
    )  # fmt: skip
    return statement


_PUT = {"sqlite": _put(sqlite), "postgresql": _put(postgresql)}
_ALL = select(_secret).order_by(_secret.c.name)
_ONE = select(_secret).where(_secret.c.name == bindparam("named"))
_DROP = delete(_secret).where(_secret.c.name == bindparam("named"))
_NAMES = select(_secret.c.name)
_REVISION = select(
    func.count(), func.coalesce(func.sum(_secret.c.version), 0), func.coalesce(func.max(_secret.c.set_at), "")
)
_SEAL_ANEW = (
    update(_secret)
    .where(_secret.c.name == bindparam("named"))
    .values(key_id=bindparam("key"), sealed=bindparam("content"))
)


class SealedSecret(Record, frozen=True, kw_only=True):
    """One secret, sealed; `set_at` is UTC."""

    name: str
    key_id: str
    sealed: bytes
    version: int
    set_at: str


def put_secret(db: Connection, secret: SealedSecret) -> None:
    """From now on this is the secret of its name; its version is one more than before."""
    db.execute(_PUT[db.dialect.name], {name: getattr(secret, name) for name in secret.__struct_fields__})


def secret_of(db: Connection, name: str) -> SealedSecret | None:
    """The secret of a name; None where there is none."""
    row = db.execute(_ONE, {"named": name}).mappings().one_or_none()
    return SealedSecret(**row) if row else None


def drop_secret(db: Connection, name: str) -> None:
    """There is no secret of this name any more."""
    db.execute(_DROP, {"named": name})


def all_secrets(db: Connection) -> list[SealedSecret]:
    """Every secret, in the order of their names."""
    return [SealedSecret(**row) for row in db.execute(_ALL).mappings()]


def secret_names(db: Connection) -> frozenset[str]:
    """The names of the secrets there are."""
    return frozenset(db.execute(_NAMES).scalars())


def secret_revision(db: Connection) -> tuple[int, int, str]:
    """What is another whenever a secret was set or removed; sealing them anew changes nothing."""
    count, versions, newest = db.execute(_REVISION).one()
    return int(count), int(versions), str(newest)


def seal_anew(db: Connection, secrets: Sequence[SealedSecret]) -> None:
    """Each is kept as it is sealed now; its version stays."""
    for secret in secrets:
        db.execute(_SEAL_ANEW, {"named": secret.name, "key": secret.key_id, "content": secret.sealed})
