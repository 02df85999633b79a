"""The statements on price conditions, composed once: composing one costs more than the store takes to run it."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    column,
    literal_column,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from gateway.store.history import ENDED, UPDATED, history_of
from gateway.store.lookup import among
from gateway.store.price_tables import (
    PriceConditionRow,
    PriceFormRow,
    PriceObjectRow,
    PriceScopeRow,
    PriceSubjectRow,
)
from gateway.store.tables import table

CONDITION, FORM = table(PriceConditionRow), table(PriceFormRow)
SUBJECT, OBJECT, SCOPE = table(PriceSubjectRow), table(PriceObjectRow), table(PriceScopeRow)


class Place(NamedTuple):
    """Where a condition lies: the numbers of its subject and object, and the code of its key."""

    subject: int
    object: int
    code: int


class _Numbers(TypeDecorator[Collection[Place | int]]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Collection[Place | int] | None, dialect: Dialect) -> str:  # noqa: ARG002
        """One JSON text, however many there are."""
        return json.dumps(list(value or ()))


class _Each(FunctionElement[Any]):
    name = "each"
    inherit_cache = True


@compiles(_Each, "sqlite")
def _each_on_sqlite(element: _Each, compiler: SQLCompiler, **options: object) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_Each, "postgresql")
def _each_on_postgresql(element: _Each, compiler: SQLCompiler, **options: object) -> str:
    return f"jsonb_array_elements(CAST({compiler.process(element.clauses, **options)} AS JSONB))"


class ConditionRow(NamedTuple):
    """A condition as it lies in the store: what it shares with others by the number of its form, amounts in 10^-6."""

    object: str
    subject: str
    form: int
    min_quantity_e6: int
    valid_from: int | None
    valid_to: int | None
    contract_line: str | None
    further: str | None
    amount_e6: int
    key: str | None


class Lookup(NamedTuple):
    """What is asked of the conditions of subjects on objects: all, those valid on a day, and those as rows."""

    found: Select[*tuple[Any, ...]]
    valid: Select[*tuple[Any, ...]]
    rows: Select[*tuple[Any, ...]]


_OWN = ("amount_e6", "min_quantity_e6", "valid_from", "valid_to", "contract_line", "key", "further")


def _in_scopes(
    of: Table, where: Collection[ColumnElement[bool]], *, lateral: bool, as_rows: bool = False
) -> Select[Any]:
    """Those of the subjects on the objects. The pairs that the directory knows come first, then each is looked up."""
    who = (
        select(SUBJECT.c.id, SUBJECT.c.name, SCOPE.c.kind)
        .join(SCOPE, SCOPE.c.subject == SUBJECT.c.id)
        .where(among(SUBJECT.c.name, "subjects"))
        .cte("who")
        .prefix_with("MATERIALIZED")
    )
    pair = (
        select(who.c.id.label("subject"), who.c.name, OBJECT.c.id.label("object"), OBJECT.c.name.label("named"))
        .join(who, who.c.kind == OBJECT.c.kind)
        .where(among(OBJECT.c.name, "objects"))
        .cte("pair")
        .prefix_with("MATERIALIZED")
    )
    lies: ColumnElement[bool] = (of.c.subject == pair.c.subject) & (of.c.object == pair.c.object)
    row: Any = of
    if lateral:
        # PostgreSQL takes a text for a hundred, and rather reads the whole table than look up what it thinks are ten
        # thousand pairs. OFFSET keeps it from seeing through.
        columns = (of.c[name] for name in ("form", *_OWN))
        row = select(*columns).where(lies, *where).offset(literal_column("0")).lateral("row")
        lies, where = true(), ()
    if as_rows:
        stated = (pair.c.named, pair.c.name, *(row.c[name] for name in ConditionRow._fields[2:]))
        return select(*stated).join_from(pair, row, lies).where(*where)
    stated = (pair.c.name, pair.c.named, FORM.c.stated, *(row.c[name] for name in _OWN))
    return select(*stated).join_from(pair, row, lies).join(FORM, FORM.c.id == row.c.form).where(*where)


def _lookup(of: Table, *holding: ColumnElement[bool], lateral: bool) -> Lookup:
    day, first, last = bindparam("day", type_=Integer), of.c.valid_from, of.c.valid_to
    valid = (*holding, first.is_(None) | (first <= day), last.is_(None) | (last >= day))
    return Lookup(
        _in_scopes(of, holding, lateral=lateral),
        _in_scopes(of, valid, lateral=lateral),
        _in_scopes(of, valid, lateral=lateral, as_rows=True),
    )


def _then(lateral: bool) -> tuple[Lookup, ...]:
    gone = history_of(CONDITION)
    if gone is None:
        raise LookupError("price conditions keep a history")
    number = bindparam("as_of", type_=BigInteger)
    return (
        _lookup(CONDITION, CONDITION.c[UPDATED] <= number, lateral=lateral),
        _lookup(gone, gone.c[UPDATED] <= number, gone.c[ENDED] > number, lateral=lateral),
    )


_LATERAL = {"sqlite": False, "postgresql": True}
NOW = {name: (_lookup(CONDITION, lateral=lateral),) for name, lateral in _LATERAL.items()}
"""By dialect, on the conditions as they are."""
THEN = {name: _then(lateral) for name, lateral in _LATERAL.items()}
"""By dialect, on those as of the parameter `as_of`: those that still hold, and those that held once."""

_all = (
    select(SUBJECT.c.name, OBJECT.c.name, FORM.c.stated, *(CONDITION.c[name] for name in _OWN))
    .join_from(CONDITION, FORM, FORM.c.id == CONDITION.c.form)
    .join(SUBJECT, SUBJECT.c.id == CONDITION.c.subject)
    .join(OBJECT, OBJECT.c.id == CONDITION.c.object)
)
_place = _Each(bindparam("places", type_=_Numbers)).table_valued(column("value", Text))
_number_of = _Each(bindparam("numbers", type_=_Numbers)).table_valued(column("value", Text))

EVERY = _all.order_by(CONDITION.c.subject, CONDITION.c.object, CONDITION.c.code).execution_options(yield_per=1_000)
KEYED = _all.where(among(CONDITION.c.key, "keys"))
PLACED = _all.where(
    *(
        CONDITION.c[name] == cast(_place.c.value.op("->>")(literal_column(str(position))), BigInteger)
        for position, name in enumerate(Place._fields)
    ),
    CONDITION.c.key.is_(None),
)
FORMS = select(FORM.c.id, FORM.c.stated).where(FORM.c.id == cast(_number_of.c.value, Integer))
SUBJECTS = select(SUBJECT.c.name, SUBJECT.c.id).where(among(SUBJECT.c.name, "names"))
OBJECTS = select(OBJECT.c.name, OBJECT.c.id).where(among(OBJECT.c.name, "names"))
