"""Keys of rows: by which a row is known again, and those that an outside system has for the things of ours it names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import msgspec

from gateway.issues import Issue
from gateway.masterdata.exporting import as_exported
from gateway.masterdata.kind import Kind, demand
from gateway.masterdata.prices import PRICES
from gateway.model.trade_rows import Row
from gateway.model.value import Value
from gateway.store import Connection
from gateway.store.system_rows import learn_keys, our_keys, their_keys
from gateway.store.trade_changes import key_fields
from gateway.tabular.reader import TableRow

EXTERNAL = "external"
ACCOUNTS, PRODUCTS = "accounts", "products"
"""What rows name by keys that outside systems have of their own; orders have some too."""
_SPECIAL = re.compile(r"[|\\]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_FIRST = re.compile(r"(?:[^|\\]|\\.)*", re.DOTALL)
_ENTITIES = {
    "account": ACCOUNTS, "parent": ACCOUNTS, "sku": PRODUCTS, "product": PRODUCTS, "related": PRODUCTS,
    "successor": PRODUCTS,
}  # fmt: skip


def is_keyed_by_columns(kind: Kind) -> bool:
    """Whether a row tells by its cells alone which row of ours it is about, so that it may state some columns only."""
    return kind is not PRICES and set(key_fields(kind.value)) <= kind.columns.keys()


def key_text(parts: Sequence[object]) -> str:
    """The key of a row on one line: several parts have | between them, and \\ before a | or \\ of its own."""
    texts = ["" if part is None else str(part) for part in parts]
    return texts[0] if len(texts) == 1 else "|".join(_SPECIAL.sub(r"\\\g<0>", text) for text in texts)


def first_part(key: str) -> str:
    """The first of the several parts of a key."""
    found = _FIRST.match(key)
    return _ESCAPED.sub(r"\1", found[0]) if found else key


def key_of_value(value: Value) -> str:
    """The key of a row as it stands here."""
    return key_text([getattr(value, name) for name in key_fields(type(value))])


def key_of_cells(kind: Kind, cells: Mapping[str, str]) -> str:
    """The key of a row that states its key columns; raises RefusedError where one is left out, or states no value."""
    defaults = _defaults(kind.value)
    stated = as_exported(kind, {name: cells[name] for name in defaults if cells.get(name)})
    demand({**stated}, [name for name in kind.required() if name in defaults])
    return key_text([stated.get(name) or default for name, default in defaults.items()])


@cache
def _defaults(value: type[Value]) -> Mapping[str, object]:
    """What the columns of a row's key are where they are not stated, in the order of the key."""
    fields = {field.name: field for field in msgspec.structs.fields(value)}
    return {name: _default(fields[name]) for name in key_fields(value)}


def _default(field: msgspec.structs.FieldInfo) -> object:
    return None if field.default is msgspec.NODEFAULT else field.default


class Named(NamedTuple):
    """Rows whose things are named by our keys, the refusals of others, and what was learnt of the system's keys."""

    rows: list[TableRow]
    refused: list[Issue]
    learnt: dict[int, tuple[str, str, str]]


class SystemKeys:
    """The keys that a system has for accounts and products of ours: `external`, or `external:COLUMN`, in its rows."""

    def __init__(self, db: Connection, system: str) -> None:
        self._db = db
        self._system = system

    def name(self, kind: Kind, rows: Sequence[Row]) -> Named:
        """The rows with our keys in the place of the system's.

        A row that states both teaches which is which, once it is taken.
        """
        known = self._known(kind, rows)
        named, refused, learnt = list[TableRow](), list[Issue](), dict[int, tuple[str, str, str]]()
        for row in rows:
            cells = dict(row.cells)
            fault = None
            for column in [name for name in row.cells if name.partition(":")[0] == EXTERNAL]:
                target = _target(kind, column)
                entity, external = _ENTITIES.get(target, ""), cells.pop(column)
                if not external:
                    continue
                if cells.get(target):
                    learnt[row.position] = (entity, external, cells[target])
                elif external in known.get(entity, {}):
                    cells[target] = known[entity][external]
                else:
                    fault = fault or unknown_key(row, column, target)
            if fault:
                refused.append(fault)
            else:
                named.append(TableRow(row.position, cells))
        return Named(named, refused, learnt)

    def learn(self, learnt: Sequence[tuple[str, str, str]]) -> None:
        """The system's keys, each with what it is about and ours, as they were told."""
        for entity in sorted({entity for entity, _, _ in learnt}):
            keys = dict[str, str]()
            for external, ours in [(external, ours) for about, external, ours in learnt if about == entity]:
                keys.pop(external, None)  # one that is told again is the newest
                keys[external] = ours
            learn_keys(self._db, self._system, entity, keys)

    def told(self, kind: Kind, rows: Sequence[dict[str, str]]) -> None:
        """The rows get the system's own key of what they are about, where it is known, in their column `external`."""
        column = key_fields(kind.value)[0]
        entity = _ENTITIES.get(column)
        if entity is None:
            return
        theirs = their_keys(self._db, self._system, entity, {row[column] for row in rows if column in row})
        for row in rows:
            if row.get(column) in theirs:
                row[EXTERNAL] = theirs[row[column]]

    def _known(self, kind: Kind, rows: Sequence[Row]) -> dict[str, dict[str, str]]:
        wanted: dict[str, set[str]] = {}
        for row in rows:
            for column, cell in row.cells.items():
                if column.partition(":")[0] == EXTERNAL and not row.cells.get(_target(kind, column)):
                    wanted.setdefault(_ENTITIES.get(_target(kind, column), ""), set()).add(cell)
        return {entity: our_keys(self._db, self._system, entity, keys) for entity, keys in wanted.items()}


def _target(kind: Kind, column: str) -> str:
    """The column that a column of system keys stands for."""
    return column.partition(":")[2] or key_fields(kind.value)[0]


def unknown_key(row: Row, column: str, target: str) -> Issue:
    """The issue of a row whose key of the system is known for nothing of ours; `target` is the column for ours."""
    text = f"row {row.position}: {column} {row.cells[column][:80]!r} is no key we know; state {target} with it once"
    return Issue(code="sync.key.unknown", text=text, line=row.position, path=column)
