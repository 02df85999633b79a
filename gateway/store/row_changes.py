"""What changed in trade data since a number of the data sequence: rows that stand or are gone, versions that ended."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Select, Table, and_, bindparam, exists, select, tuple_

from gateway.model.price import PriceCondition
from gateway.model.product import Product
from gateway.model.value import Value
from gateway.store.condition_queries import CONDITION, FORM, OBJECT, SUBJECT
from gateway.store.conditions import condition
from gateway.store.history import ENDED, UPDATED, history_of, stated
from gateway.store.lookup import among
from gateway.store.trade import TABLES, Trade, values
from gateway.store.types import OpenStart

_AT_ONCE = 1_000
_AS_STATED = ("amount_e6", "min_quantity_e6", "valid_from", "valid_to", "contract_line", "key", "further")

V = TypeVar("V", bound=Value)


class RowChange(NamedTuple):
    """A row of trade data, by its primary key, and the number of the change that made it so, or that took it away."""

    seq: int
    value: Value
    is_gone: bool
    key: tuple[object, ...]


class Place(NamedTuple):
    """Behind this row within its change: rows that are there come before those that are gone, both by primary key."""

    seq: int
    is_gone: bool
    key: tuple[object, ...]


def table_of(kind: type[Value]) -> Table:
    """The table whose rows are the values of this kind."""
    return CONDITION if kind is PriceCondition else TABLES[kind]


def place_of(kind: type[Value], text: str) -> Place:
    """The place that a text of `text_of` states."""
    seq, is_gone, *parts = msgspec.json.decode(text)
    columns = table_of(kind).primary_key
    days = [isinstance(column.type, OpenStart) for column in columns]
    key = [date.fromisoformat(part) if is_day and part else part for part, is_day in zip(parts, days, strict=True)]
    return Place(seq, is_gone, tuple(key))


def text_of(place: Place) -> str:
    """The place as a text."""
    return msgspec.json.encode([place.seq, place.is_gone, *place.key]).decode()


def changed_since(db: Connection, kind: type[Value], after: int, place: Place | None = None) -> Iterator[RowChange]:
    """The rows that were made what they are after this number, by the number of their change, a few at a time.

    With -1 every row there is; with a place those behind it.
    """
    if kind is Product:
        yield from _changed_products(db, after, place)
        return
    of = table_of(kind)
    query = _conditions_in(of, UPDATED) if kind is PriceCondition else select(*stated(of), of.c[UPDATED])
    query = query.add_columns(*of.primary_key).where(_behind(of.c[UPDATED], list(of.primary_key), place))
    query = query.order_by(of.c[UPDATED], *of.primary_key)
    yield from _read(db, kind, query, _named(after, place), is_gone=False)


def gone_since(db: Connection, kind: type[Value], after: int, place: Place | None = None) -> Iterator[RowChange]:
    """The rows that were taken away after this number and are not there again, as they were last, in that order.

    With a place those behind it.
    """
    of = table_of(kind)
    gone = history_of(of)
    if gone is None:
        raise LookupError(f"{of.name} keeps a history")
    key = [column.name for column in of.primary_key]
    later = gone.alias("later")
    stands = exists().where(*(of.c[name] == gone.c[name] for name in key))
    again = exists().where(*(later.c[name] == gone.c[name] for name in key), later.c[ENDED] > gone.c[ENDED])
    columns = [gone.c[column.name] for column in stated(of)]
    query = _conditions_in(gone, ENDED) if kind is PriceCondition else select(*columns, gone.c[ENDED])
    keys = [gone.c[name] for name in key]
    query = query.add_columns(*keys).where(and_(_behind(gone.c[ENDED], keys, place), ~stands, ~again))
    yield from _read(db, kind, query.order_by(gone.c[ENDED], *keys), _named(after, place), is_gone=True)


def ended_since(db: Connection, kind: type[V], after: int, first_keys: Collection[str]) -> Iterator[V]:
    """The versions, under these keys or keys that begin with one of them, that ended after the number; never prices."""
    of = TABLES[kind]
    gone = history_of(of)
    if gone is None:
        return
    (first, *_) = of.primary_key
    columns = [gone.c[column.name] for column in stated(of)]
    query = select(*columns).where(among(gone.c[first.name], "keys"), gone.c[ENDED] > bindparam("after"))
    named = {"keys": first_keys, "after": after}
    if kind is not Product:
        yield from values(kind, db.execute(query, named))
        return
    ends = query.with_only_columns(gone.c.sku, gone.c[ENDED]).order_by(gone.c[ENDED])
    for number, rows in groupby(db.execute(ends, named).all(), key=attrgetter(ENDED)):
        yield from Trade(db, number - 1).products_by_sku([row.sku for row in rows]).values()  # type: ignore[misc]


def _behind(number: Column[Any], keys: Sequence[Column[Any]], place: Place | None) -> ColumnElement[bool]:
    """Whether a row comes after a number, or behind a place; `number` is that of its change, or of its end."""
    is_past = number.name == ENDED
    if place is None or (place.is_gone and not is_past):
        return number > bindparam("after")
    if is_past and not place.is_gone:
        return number >= bindparam("after")
    stated_key = [bindparam(f"behind_{at}", type_=key.type) for at, key in enumerate(keys)]
    return tuple_(number, *keys) > tuple_(bindparam("after"), *stated_key)


def _named(after: int, place: Place | None) -> dict[str, object]:
    """The values of the statement: with a place its number is the one to begin with."""
    if place is None:
        return {"after": after}
    return {"after": place.seq, **{f"behind_{at}": part for at, part in enumerate(place.key)}}


def _conditions_in(of: Table, number: str) -> Select[Any]:
    """The conditions of a table as `condition` reads them, with the number of their change."""
    return (
        select(SUBJECT.c.name, OBJECT.c.name, FORM.c.stated, *(of.c[name] for name in _AS_STATED), of.c[number])
        .join_from(of, FORM, FORM.c.id == of.c.form)
        .join(SUBJECT, SUBJECT.c.id == of.c.subject)
        .join(OBJECT, OBJECT.c.id == of.c.object)
    )


def _read(
    db: Connection, kind: type[Value], query: Select[Any], given: dict[str, object], *, is_gone: bool
) -> Iterator[RowChange]:
    """The changes that a query tells: what a row states, its number, and its primary key."""
    of = table_of(kind)
    names: Sequence[str] = [column.name for column in stated(of)]
    width = len(of.primary_key)
    with db.execute(query.execution_options(yield_per=_AT_ONCE), given) as rows:
        for row in rows:
            cells, seq, key = row[: -width - 1], row[-width - 1], row[-width:]
            value = condition(cells) if kind is PriceCondition else kind(**dict(zip(names, cells, strict=True)))
            yield RowChange(seq, value, is_gone, tuple(key))


def _changed_products(db: Connection, after: int, place: Place | None) -> Iterator[RowChange]:
    """A product's units are written with it, and lie in a table of their own."""
    of = TABLES[Product]
    query = select(of.c.sku, of.c[UPDATED]).where(_behind(of.c[UPDATED], [of.c.sku], place))
    ordered = query.order_by(of.c[UPDATED], of.c.sku).execution_options(yield_per=_AT_ONCE)
    trade = Trade(db)
    with db.execute(ordered, _named(after, place)) as rows:
        found = iter(rows)
        while chunk := list(islice(found, _AT_ONCE)):
            products = trade.products_by_sku([row.sku for row in chunk])
            for row in chunk:
                yield RowChange(getattr(row, UPDATED), products[row.sku], is_gone=False, key=(row.sku,))
