"""Published configurations: immutable, numbered versions of the workspace's files."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from gateway.store.line_tables import ConfigurationRow
from gateway.store.tables import table

_configuration = table(ConfigurationRow)


class Version(NamedTuple):
    """One published version, without its files."""

    number: int
    digest: str
    note: str
    published_at: str
    active: bool


def digest_of(files: Mapping[str, bytes]) -> str:
    """What tells one set of files from another: SHA-256 over names and contents in order of name."""
    return hashlib.sha256(_packed(files)).hexdigest()


def _packed(files: Mapping[str, bytes]) -> bytes:
    return msgspec.msgpack.encode(sorted(files.items()))


def publish(db: Connection, files: Mapping[str, bytes], note: str, at: str) -> Version:
    """The version these files are now, made active; the active one itself where nothing changed."""
    current, digest = active(db), digest_of(files)
    if current is not None and current.digest == digest:
        return current
    number = (db.execute(select(func.max(_configuration.c.number))).scalar_one() or 0) + 1
    version = Version(number, digest, note, at, active=True)
    db.execute(update(_configuration).values(active=False))
    db.execute(insert(_configuration), {**version._asdict(), "files": zlib.compress(_packed(files))})
    return version


def activate(db: Connection, number: int) -> bool:
    """Make a version of before the active one; False where there is no such version."""
    if db.execute(select(_configuration.c.number).where(_configuration.c.number == number)).one_or_none() is None:
        return False
    db.execute(update(_configuration).values(active=_configuration.c.number == number))
    return True


def active(db: Connection) -> Version | None:
    """The version in force."""
    return next((version for version in versions(db) if version.active), None)


def versions(db: Connection) -> list[Version]:
    """Every published version, oldest first."""
    columns = [_configuration.c[name] for name in Version._fields]
    return [Version(**row) for row in db.execute(select(*columns).order_by(_configuration.c.number)).mappings()]


def files_of(db: Connection, number: int) -> dict[str, bytes]:
    """The files of a version; {} where there is no such version."""
    query = select(_configuration.c.files).where(_configuration.c.number == number)
    packed = db.execute(query).scalar_one_or_none()
    return dict(msgspec.msgpack.decode(zlib.decompress(packed), type=list[tuple[str, bytes]])) if packed else {}
