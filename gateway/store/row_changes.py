"""What has changed in trade data since a number of the data sequence: rows as they stand, and rows that are gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Select, Table, and_, bindparam, exists, select

from gateway.model.price import PriceCondition
from gateway.model.product import Product
from gateway.model.value import Value
from gateway.store.condition_queries import CONDITION, FORM, OBJECT, SUBJECT
from gateway.store.conditions import condition
from gateway.store.history import ENDED, UPDATED, history_of, stated
from gateway.store.trade import TABLES, Trade

_AT_ONCE = 1_000
_AS_STATED = ("amount_e6", "min_quantity_e6", "valid_from", "valid_to", "contract_line", "key", "further")

V = TypeVar("V", bound=Value)


class RowChange(NamedTuple):
    """A row of trade data and the number of the change that made it so, or that took it away."""

    seq: int
    value: Value
    is_gone: bool = False


def table_of(kind: type[Value]) -> Table:
    """The table whose rows are the values of this kind."""
    return CONDITION if kind is PriceCondition else TABLES[kind]


def changed_since(db: Connection, kind: type[Value], after: int) -> Iterator[RowChange]:
    """The rows that were made what they are after this number, by the number of their change, a few at a time.

    With -1 every row there is.
    """
    if kind is Product:
        yield from _changed_products(db, after)
        return
    of = table_of(kind)
    query = _conditions_in(of, UPDATED) if kind is PriceCondition else select(*stated(of), of.c[UPDATED])
    query = query.where(of.c[UPDATED] > bindparam("after")).order_by(of.c[UPDATED], *of.primary_key)
    yield from _read(db, kind, query, after, is_gone=False)


def gone_since(db: Connection, kind: type[Value], after: int) -> Iterator[RowChange]:
    """The rows that were taken away after this number and are not there again, as they were last, in that order."""
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
    query = query.where(and_(gone.c[ENDED] > bindparam("after"), ~stands, ~again)).order_by(
        gone.c[ENDED], *(gone.c[name] for name in key)
    )
    yield from _read(db, kind, query, after, is_gone=True)


def _conditions_in(of: Table, number: str) -> Select[Any]:
    """The conditions of a table as `condition` reads them, with the number of their change."""
    return (
        select(SUBJECT.c.name, OBJECT.c.name, FORM.c.stated, *(of.c[name] for name in _AS_STATED), of.c[number])
        .join_from(of, FORM, FORM.c.id == of.c.form)
        .join(SUBJECT, SUBJECT.c.id == of.c.subject)
        .join(OBJECT, OBJECT.c.id == of.c.object)
    )


def _read(db: Connection, kind: type[Value], query: Select[Any], after: int, *, is_gone: bool) -> Iterator[RowChange]:
    names: Sequence[str] = [column.name for column in stated(table_of(kind))]
    with db.execute(query.execution_options(yield_per=_AT_ONCE), {"after": after}) as rows:
        for *cells, seq in rows:
            value = condition(cells) if kind is PriceCondition else kind(**dict(zip(names, cells, strict=True)))
            yield RowChange(seq, value, is_gone)


def _changed_products(db: Connection, after: int) -> Iterator[RowChange]:
    """A product's units are written with it, and lie in a table of their own."""
    of = TABLES[Product]
    query = select(of.c.sku, of.c[UPDATED]).where(of.c[UPDATED] > bindparam("after"))
    ordered = query.order_by(of.c[UPDATED], of.c.sku).execution_options(yield_per=_AT_ONCE)
    trade = Trade(db)
    with db.execute(ordered, {"after": after}) as rows:
        found = iter(rows)
        while chunk := list(islice(found, _AT_ONCE)):
            products = trade.products_by_sku([row.sku for row in chunk])
            for row in chunk:
                yield RowChange(getattr(row, UPDATED), products[row.sku])
