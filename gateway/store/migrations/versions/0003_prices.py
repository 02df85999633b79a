"""Price conditions as they are found and kept: names and what conditions have in common stand once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import blake2b
from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
    text,
)

revision = "0003"
down_revision = "0002"

_ROWS = 1_000
_MILLION = 10**6
_NAMED = text("key IS NOT NULL")
_TEXTS = ("key", "list", "subject", "object", "type", "currency", "unit", "scale_unit", "contract", "contract_line")
# The order in which a form states its fields, with the values it leaves out.
_FORM = (
    ("currency", None), ("per", _MILLION), ("unit", None), ("scale_unit", None), ("contract", None), ("step", None),
    ("base", "running"), ("stop", False),
)  # fmt: skip


def upgrade() -> None:
    """The schema one step on."""
    op.drop_index("price_condition_by_scope", "price_condition")
    op.rename_table("price_condition", "price_condition_before")
    _names()
    _conditions()
    _move(op.get_bind())
    op.drop_table("price_condition_before")


def _names() -> None:
    op.create_table(
        "price_subject",
        Column("id", Integer, nullable=False),
        Column("name", String, nullable=False),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("name"),
    )
    op.create_table(
        "price_object",
        Column("id", Integer, nullable=False),
        Column("kind", String, nullable=False),
        Column("name", String, nullable=False),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("name"),
    )
    op.create_table(
        "price_scope",
        Column("subject", Integer, nullable=False),
        Column("kind", String, nullable=False),
        PrimaryKeyConstraint("subject", "kind"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "price_form",
        Column("id", Integer, nullable=False),
        Column("list", String, nullable=False),
        Column("stated", Text, nullable=False),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("stated"),
        ForeignKeyConstraint(["list"], ["price_list.list"]),
    )
    op.create_index("ix_price_form_list", "price_form", ["list"])


def _conditions() -> None:
    op.create_table(
        "price_condition",
        *(Column(name, Integer, nullable=False) for name in ("subject", "object")),
        Column("code", BigInteger, nullable=False),
        Column("form", Integer, nullable=False),
        *(Column(name, BigInteger, nullable=False) for name in ("amount_e6", "min_quantity_e6")),
        *(Column(name, Integer) for name in ("valid_from", "valid_to")),
        *(Column(name, String) for name in ("contract_line", "key")),
        Column("further", Text),
        # Named for itself: the table it takes the place of still has its own key of the usual name.
        PrimaryKeyConstraint("subject", "object", "code", name="price_condition_place"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "price_condition_by_key", "price_condition", ["key"], unique=True, sqlite_where=_NAMED, postgresql_where=_NAMED
    )


def _move(db: Connection) -> None:
    """The conditions there are, into the new tables."""
    tables = MetaData()
    before = Table(
        "price_condition_before", tables,
        *(Column(name, String) for name in (*_TEXTS, "base")),
        *(Column(name, BigInteger) for name in ("amount", "per", "min_quantity", "step", "stop")),
        *(Column(name, Date) for name in ("valid_from", "valid_to")),
    )  # fmt: skip
    shared = ("price_subject", "price_object", "price_scope", "price_form", "price_condition")
    subject, named, scope, form, condition = (Table(name, tables, autoload_with=db) for name in shared)
    numbers: dict[str, dict[Any, int]] = {"subject": {}, "object": {}, "form": {}}
    scopes: set[tuple[int, str]] = set()
    for rows in _pages(db, before):
        db.execute(insert(condition), [_row(row, numbers, scopes) for row in rows])
    _write(db, subject, [{"id": number, "name": name} for name, number in numbers["subject"].items()])
    kinds = [{"id": number, "name": name, "kind": _kind(name)} for name, number in numbers["object"].items()]
    _write(db, named, kinds)
    _write(db, scope, [{"subject": number, "kind": kind} for number, kind in sorted(scopes)])
    _write(db, form, [{"id": number, "list": of, "stated": text} for (of, text), number in numbers["form"].items()])


def _write(db: Connection, into: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.execute(insert(into), rows)


def _pages(db: Connection, before: Table) -> Iterator[list[Mapping[str, Any]]]:
    last = ""
    while True:
        query = select(before).where(before.c.key > last).order_by(before.c.key).limit(_ROWS)
        rows: list[Mapping[str, Any]] = [dict(row) for row in db.execute(query).mappings()]
        if not rows:
            return
        yield rows
        last = rows[-1]["key"]


def _row(
    row: Mapping[str, Any], numbers: Mapping[str, dict[Any, int]], scopes: set[tuple[int, str]]
) -> dict[str, object]:
    subject, named, form = (
        known.setdefault(name, len(known) + 1)
        for known, name in (
            (numbers["subject"], row["subject"]),
            (numbers["object"], row["object"]),
            (numbers["form"], (row["list"], _form(row))),
        )
    )
    scopes.add((subject, _kind(row["object"])))
    natural = _natural(row)
    return {
        "subject": subject,
        "object": named,
        "code": int.from_bytes(blake2b(row["key"].encode(), digest_size=8).digest(), "big") >> 1,
        "form": form,
        "amount_e6": row["amount"],
        "min_quantity_e6": row["min_quantity"],
        "valid_from": _day(row["valid_from"]),
        "valid_to": _day(row["valid_to"]),
        "contract_line": row["contract_line"],
        "key": None if row["key"] == natural and natural.count("|") == 7 else row["key"],
    }


def _form(row: Mapping[str, Any]) -> str:
    """What the row states that is not its own, as the JSON of a condition."""
    own = {"key": "", "list": row["list"], "subject": "", "object": "", "type": row["type"], "amount": "0"}
    stated = {name: row[name] for name, default in _FORM if row[name] != default}
    if "per" in stated:
        stated["per"] = _plain(stated["per"])
    if "stop" in stated:
        stated["stop"] = bool(stated["stop"])
    return json.dumps(own | stated, ensure_ascii=False, separators=(",", ":"))


def _natural(row: Mapping[str, Any]) -> str:
    """The key the row has where nobody gave it one."""
    stated = [row[name] or "" for name in ("subject", "object", "type", "currency", "unit")]
    return "|".join([*stated, _plain(row["min_quantity"]), row["list"], str(row["valid_from"] or "")])


def _plain(millionths: int) -> str:
    whole, rest = divmod(millionths, _MILLION)
    return f"{whole}.{rest:06}".rstrip("0") if rest else str(whole)


def _day(day: date | None) -> int | None:
    return day.toordinal() if day else None


def _kind(named: str) -> str:
    return named.partition(":")[0]
