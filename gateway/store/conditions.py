"""Price conditions as small rows: whole sets are found by the numbers of their subjects and objects in one query."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Connection,
    Dialect,
    Integer,
    Result,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    column,
    literal_column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from gateway.model.price import KEY_FIELDS, PriceCondition, natural_key
from gateway.model.quantity import shortest
from gateway.model.value import to_json
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
from gateway.store.types import unscale

CONDITION, FORM = table(PriceConditionRow), table(PriceFormRow)
SUBJECT, OBJECT, SCOPE = table(PriceSubjectRow), table(PriceObjectRow), table(PriceScopeRow)

FURTHER = ("floor", "call_off_max")
"""What few conditions state and each states differently."""
_OWN: dict[str, Any] = {
    "key": "", "subject": "", "object": "", "amount": Decimal(0), "min_quantity": Decimal(0), "valid_from": None,
    "valid_to": None, "contract_line": None, **dict.fromkeys(FURTHER),
}  # fmt: skip
_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(PriceCondition)}
_FURTHER = msgspec.json.Decoder(dict[str, Decimal])
_FORM = msgspec.json.Decoder(PriceCondition)


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


def _columns(of: Table) -> tuple[Any, ...]:
    own = ("amount_e6", "min_quantity_e6", "valid_from", "valid_to", "contract_line", "key", "further")
    return (SUBJECT.c.name, OBJECT.c.name, FORM.c.stated, *(of.c[name] for name in own))


def _all(of: Table) -> Select[*tuple[Any, ...]]:
    return (
        select(*_columns(of))
        .join_from(of, FORM, FORM.c.id == of.c.form)
        .join(SUBJECT, SUBJECT.c.id == of.c.subject)
        .join(OBJECT, OBJECT.c.id == of.c.object)
    )


def _in_scopes(of: Table, *, as_rows: bool = False) -> Select[*tuple[Any, ...]]:
    """Those of the subjects on the objects. The pairs that the directory knows come first, then each is looked up."""
    who = (
        select(SUBJECT.c.id, SUBJECT.c.name, SCOPE.c.kind)
        .join(SCOPE, SCOPE.c.subject == SUBJECT.c.id)
        .where(among(SUBJECT.c.name, "subjects"))
        .cte("who")
        .prefix_with("MATERIALIZED")
    )
    pair = (
        select(who.c.id.label("subject"), who.c.name, OBJECT.c.id.label("object"), OBJECT.c.name.label("on"))
        .join(who, who.c.kind == OBJECT.c.kind)
        .where(among(OBJECT.c.name, "objects"))
        .cte("pair")
        .prefix_with("MATERIALIZED")
    )
    lies = (of.c.subject == pair.c.subject) & (of.c.object == pair.c.object)
    if as_rows:
        return select(pair.c.on, pair.c.name, *(of.c[name] for name in ConditionRow._fields[2:])).join_from(
            pair, of, lies
        )
    columns = (pair.c.name, pair.c.on, *_columns(of)[2:])
    return select(*columns).join_from(pair, of, lies).join(FORM, FORM.c.id == of.c.form)


def _on_their_days(query: Select[*tuple[Any, ...]], of: Table) -> Select[*tuple[Any, ...]]:
    day, first, last = bindparam("day", type_=Integer), of.c.valid_from, of.c.valid_to
    return query.where(first.is_(None) | (first <= day), last.is_(None) | (last >= day))


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


class _Statements(NamedTuple):
    """What is asked of the conditions that hold, or of those that held once."""

    found: Select[*tuple[Any, ...]]
    valid: Select[*tuple[Any, ...]]
    rows: Select[*tuple[Any, ...]]


def _statements(of: Table, *holding: Any) -> _Statements:
    found = _in_scopes(of).where(*holding)
    rows = _in_scopes(of, as_rows=True).where(*holding)
    return _Statements(found, _on_their_days(found, of), _on_their_days(rows, of))


def _held() -> tuple[_Statements, ...]:
    gone = history_of(CONDITION)
    if gone is None:
        raise LookupError("price conditions keep a history")
    number = bindparam("as_of", type_=BigInteger)
    return (
        _statements(CONDITION, CONDITION.c[UPDATED] <= number),
        _statements(gone, gone.c[UPDATED] <= number, gone.c[ENDED] > number),
    )


# Built once: composing a statement costs more than the store takes to run it.
_NOW = (_statements(CONDITION),)
_THEN = _held()
_EVERY = _all(CONDITION).order_by(CONDITION.c.subject, CONDITION.c.object, CONDITION.c.code)
_KEYED = _all(CONDITION).where(among(CONDITION.c.key, "keys"))
_place = _Each(bindparam("places", type_=_Numbers)).table_valued(column("value", Text))
_PLACED = _all(CONDITION).where(
    *(
        CONDITION.c[name] == cast(_place.c.value.op("->>")(literal_column(str(position))), BigInteger)
        for position, name in enumerate(Place._fields)
    ),
    CONDITION.c.key.is_(None),
)
_number_of = _Each(bindparam("numbers", type_=_Numbers)).table_valued(column("value", Text))
_FORMS = select(FORM.c.id, FORM.c.stated).where(FORM.c.id == cast(_number_of.c.value, Integer))
_SUBJECTS = select(SUBJECT.c.name, SUBJECT.c.id).where(among(SUBJECT.c.name, "names"))
_OBJECTS = select(OBJECT.c.name, OBJECT.c.id).where(among(OBJECT.c.name, "names"))


class Conditions:
    """Reads price conditions on one connection, as they are or as of a number of the data sequence."""

    def __init__(self, db: Connection, as_of: int | None = None) -> None:
        self._db = db
        self._as_of = as_of

    def of(self, subjects: Collection[str], objects: Collection[str], on: date | None = None) -> list[PriceCondition]:
        """Those of any of the subjects on any of the objects by their keys, valid on the day when one is given."""
        parameters: dict[str, object] = {"subjects": subjects, "objects": objects}
        if on is not None:
            parameters["day"] = on.toordinal()
        if self._as_of is not None:
            parameters["as_of"] = self._as_of
        found: list[PriceCondition] = []
        for statement in _NOW if self._as_of is None else _THEN:
            query = statement.found if on is None else statement.valid
            found += map(condition, self._db.execute(query, parameters).all())
        found.sort(key=lambda each: each.key)
        return found

    def rows(self, subjects: Collection[str], objects: Collection[str], on: date) -> list[ConditionRow]:
        """The same as they lie in the store, unordered, valid on the day: for many at once."""
        parameters: dict[str, object] = {"subjects": subjects, "objects": objects, "day": on.toordinal()}
        if self._as_of is not None:
            parameters["as_of"] = self._as_of
        found: list[ConditionRow] = []
        for statement in _NOW if self._as_of is None else _THEN:
            found += map(ConditionRow._make, self._db.execute(statement.rows, parameters).all())
        return found

    def forms(self, numbers: Collection[int]) -> dict[int, str]:
        """What the forms of these numbers state, for `of_row`."""
        return {row.id: row.stated for row in self._db.execute(_FORMS, {"numbers": numbers})}

    def by_key(self, keys: Collection[str]) -> dict[str, PriceCondition]:
        """Those of these keys."""
        places = self._places(keys)
        rows = list(self._db.execute(_KEYED, {"keys": keys}))
        if places:
            rows += self._db.execute(_PLACED, {"places": places})
        wanted = set(keys)
        return {each.key: each for each in map(condition, rows) if each.key in wanted}

    def subjects(self, names: Collection[str]) -> dict[str, int]:
        """The numbers of those of these subjects that any condition ever named."""
        return _by_name(self._db.execute(_SUBJECTS, {"names": names}))

    def objects(self, names: Collection[str]) -> dict[str, int]:
        """The numbers of those of these objects that any condition ever named."""
        return _by_name(self._db.execute(_OBJECTS, {"names": names}))

    def every(self) -> Iterator[PriceCondition]:
        """All, a few at a time, by subject and object."""
        return map(condition, self._db.execute(_EVERY.execution_options(yield_per=1_000)))

    def _places(self, keys: Collection[str]) -> list[Place]:
        """Where conditions lie that may have one of the keys without storing it: the key names subject and object."""
        stated = [(*parts, key) for key in keys if (parts := scopes_in(key))]
        if not stated:
            return []
        subjects = self.subjects({subject for subject, _, _ in stated})
        objects = self.objects({named for _, named, _ in stated})
        return [
            Place(subjects[subject], objects[named], code_of(key))
            for subject, named, key in stated
            if subject in subjects and named in objects
        ]


def _by_name(rows: Result[*tuple[Any, ...]]) -> dict[str, int]:
    return {row.name: row.id for row in rows}


def scopes_in(key: str) -> tuple[str, str] | None:
    """The subject and object that a key made of a condition's fields begins with; None for any other key."""
    parts = key.split("|")
    return (parts[0], parts[1]) if len(parts) == len(KEY_FIELDS) else None


def code_of(key: str) -> int:
    """What tells a key from others of the same subject and object: 63 bits, not negative."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") >> 1


def form_of(value: PriceCondition) -> str:
    """What the condition states that many others state alike, as JSON: one text for whatever is equal."""
    shared = msgspec.structs.asdict(msgspec.structs.replace(value, **_OWN))
    # Told by its equality, since Decimals are equal that are written in several ways.
    stated = {name: _written(field) for name, field in shared.items() if field != _DEFAULTS[name]}
    return to_json(stated).decode()


def _written(field: object) -> object:
    return shortest(field) if isinstance(field, Decimal) else field


def further_of(value: PriceCondition) -> str | None:
    """What the condition states that few do, as JSON; None where that is nothing."""
    if all(getattr(value, name) is None for name in FURTHER):
        return None
    return to_json({name: getattr(value, name) for name in FURTHER if getattr(value, name) is not None}).decode()


def condition(row: Sequence[Any]) -> PriceCondition:
    """The condition that a row of the statements here holds."""
    subject, named, stated, amount, least, first, last, line, key, further = row
    form, quantity, begins = _form(stated), _number(least), _day(first)
    value = msgspec.structs.replace(
        form, key=key or natural_key(form, subject, named, quantity, begins), subject=subject, object=named,
        amount=_number(amount), min_quantity=quantity, valid_from=begins, valid_to=_day(last), contract_line=line,
    )  # fmt: skip
    return msgspec.structs.replace(value, **_FURTHER.decode(further)) if further else value


def of_row(row: ConditionRow, stated: str) -> PriceCondition:
    """The condition that a row of `Conditions.rows` holds, whose form states so."""
    return condition(
        (row.subject, row.object, stated, row.amount_e6, row.min_quantity_e6, row.valid_from, row.valid_to,
         row.contract_line, row.key, row.further)
    )  # fmt: skip


@lru_cache(maxsize=16_384)
def _form(stated: str) -> PriceCondition:
    return _FORM.decode(stated)


_number = lru_cache(maxsize=65_536)(unscale)


@lru_cache(maxsize=16_384)
def _day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)
