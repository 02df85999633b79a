"""What outside systems hold of our rows, and the keys they have for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import Connection, bindparam, case, func, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.lookup import among
from gateway.store.sync_tables import ExternalKeyRow, SystemRow
from gateway.store.tables import table

_held = table(SystemRow)
_external = table(ExternalKeyRow)

_DIALECTS = (("sqlite", sqlite), ("postgresql", postgresql))
_HELD = select(_held.c.key, _held.c.cells).where(
    _held.c.system == bindparam("of"), _held.c.kind == bindparam("kind"), among(_held.c.key, "keys")
)
_LATEST = (
    select(_held.c.key, func.max(_held.c.at).label("at"))
    .where(_held.c.system != bindparam("besides"), _held.c.kind == bindparam("kind"), among(_held.c.key, "keys"))
    .group_by(_held.c.key)
)
_PUT = {
    name: (fresh := dialect.insert(_held)).on_conflict_do_update(
        index_elements=["system", "kind", "key"],
        set_={
            "cells": fresh.excluded.cells,
            "at": case((_held.c.at > fresh.excluded.at, _held.c.at), else_=fresh.excluded.at),
        },
    )
    for name, dialect in _DIALECTS
}
_KEYS = select(_external.c.external, _external.c.key).where(
    _external.c.system == bindparam("of"),
    _external.c.entity == bindparam("entity"),
    among(_external.c.external, "externals"),
)
_THEIRS = (
    select(_external.c.key, _external.c.external)
    .where(
        _external.c.system == bindparam("of"), _external.c.entity == bindparam("entity"), among(_external.c.key, "keys")
    )
    .order_by(_external.c.number, _external.c.external.desc())
)
_ALL = (
    select(_external.c.entity, _external.c.external, _external.c.key)
    .where(_external.c.system == bindparam("of"))
    .order_by(_external.c.entity, _external.c.external)
)
_of_key = _external.alias()
_NEXT = (
    select(func.coalesce(func.max(_of_key.c.number), 0) + 1)
    .where(
        _of_key.c.system == bindparam("of"),
        _of_key.c.entity == bindparam("about"),
        _of_key.c.key == bindparam("ours"),
    )
    .scalar_subquery()
)
_LEARN = {
    name: (fresh := dialect.insert(_external).values(number=_NEXT)).on_conflict_do_update(
        index_elements=["system", "entity", "external"],
        set_={"key": fresh.excluded.key, "number": fresh.excluded.number},
    )
    for name, dialect in _DIALECTS
}
_cells = msgspec.json.Decoder(dict[str, str])

Cells = Mapping[str, str]


def held_rows(db: Connection, system: str, kind: str, keys: Collection[str]) -> dict[str, dict[str, str]]:
    """The cells that the system is known to hold of these rows, by key; of others nothing is known."""
    found = db.execute(_HELD, {"of": system, "kind": kind, "keys": keys})
    return {row.key: _cells.decode(row.cells) for row in found}


def last_told(db: Connection, besides: str, kind: str, keys: Collection[str]) -> dict[str, str]:
    """When another system than this one last told of each of these rows; empty where none did."""
    return {row.key: row.at for row in db.execute(_LATEST, {"besides": besides, "kind": kind, "keys": keys})}


def hold_rows(db: Connection, system: str, kind: str, rows: Mapping[str, Cells], at: str) -> None:
    """The system holds these cells from now on, by key: it told them `at` that instant, or (empty) was sent them."""
    if rows:
        fixed = {"system": system, "kind": kind, "at": at}
        encoded = {key: msgspec.json.encode(dict(sorted(cells.items()))).decode() for key, cells in rows.items()}
        db.execute(_PUT[db.dialect.name], [{**fixed, "key": key, "cells": text} for key, text in encoded.items()])


def our_keys(db: Connection, system: str, entity: str, externals: Collection[str]) -> dict[str, str]:
    """Our keys of what the system has under these keys, as far as they are known."""
    found = db.execute(_KEYS, {"of": system, "entity": entity, "externals": externals})
    return {row.external: row.key for row in found}


def their_keys(db: Connection, system: str, entity: str, keys: Collection[str]) -> dict[str, str]:
    """The keys that the system has for these of ours, as far as they are known; of several the one told last."""
    found = db.execute(_THEIRS, {"of": system, "entity": entity, "keys": keys})
    return {row.key: row.external for row in found}


def learn_keys(db: Connection, system: str, entity: str, keys: Mapping[str, str]) -> None:
    """The system's keys (the names) are ours (the values) from now on."""
    if keys:
        fixed = {"system": system, "entity": entity, "of": system, "about": entity}
        rows = [{**fixed, "external": name, "key": key, "ours": key} for name, key in keys.items()]
        db.execute(_LEARN[db.dialect.name], rows)


def every_key(db: Connection, system: str) -> list[tuple[str, str, str]]:
    """Every key of the system's that is known: what it is about, the system's, ours."""
    return [(row.entity, row.external, row.key) for row in db.execute(_ALL, {"of": system})]
