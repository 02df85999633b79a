"""Price conditions as small rows: whole sets are found by the numbers of their subjects and objects in one query."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import Connection, Result

from gateway.model.price import KEY_FIELDS, PriceCondition, natural_key
from gateway.model.quantity import shortest
from gateway.model.value import to_json
from gateway.store.condition_queries import (
    EVERY,
    FORMS,
    KEYED,
    NOW,
    OBJECTS,
    PLACED,
    SUBJECTS,
    THEN,
    ConditionRow,
    Place,
)
from gateway.store.types import unscale

FURTHER = ("floor", "call_off_max")
"""What few conditions state and each states differently."""
_OWN: dict[str, Any] = {
    "key": "", "subject": "", "object": "", "amount": Decimal(0), "min_quantity": Decimal(0), "valid_from": None,
    "valid_to": None, "contract_line": None, **dict.fromkeys(FURTHER),
}  # fmt: skip
_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(PriceCondition)}
_FURTHER = msgspec.json.Decoder(dict[str, Decimal])
_FORM = msgspec.json.Decoder(PriceCondition)


class Conditions:
    """Reads price conditions on one connection, as they are or as of a number of the data sequence."""

    def __init__(self, db: Connection, as_of: int | None = None) -> None:
        self._db = db
        self._as_of = as_of
        self._lookups = (NOW if as_of is None else THEN)[db.dialect.name]

    def of(self, subjects: Collection[str], objects: Collection[str], on: date | None = None) -> list[PriceCondition]:
        """Those of any of the subjects on any of the objects by their keys, valid on the day when one is given."""
        parameters: dict[str, object] = {"subjects": subjects, "objects": objects}
        if on is not None:
            parameters["day"] = on.toordinal()
        if self._as_of is not None:
            parameters["as_of"] = self._as_of
        found: list[PriceCondition] = []
        for lookup in self._lookups:
            query = lookup.found if on is None else lookup.valid
            found += map(condition, self._db.execute(query, parameters).all())
        found.sort(key=lambda each: each.key)
        return found

    def rows(self, subjects: Collection[str], objects: Collection[str], on: date) -> list[ConditionRow]:
        """The same as they lie in the store, unordered, valid on the day: for many at once."""
        parameters: dict[str, object] = {"subjects": subjects, "objects": objects, "day": on.toordinal()}
        if self._as_of is not None:
            parameters["as_of"] = self._as_of
        found: list[ConditionRow] = []
        for lookup in self._lookups:
            found += map(ConditionRow._make, self._db.execute(lookup.rows, parameters).all())
        return found

    def forms(self, numbers: Collection[int]) -> dict[int, str]:
        """What the forms of these numbers state, for `of_row`."""
        return {row.id: row.stated for row in self._db.execute(FORMS, {"numbers": numbers})}

    def by_key(self, keys: Collection[str]) -> dict[str, PriceCondition]:
        """Those of these keys."""
        places = self._places(keys)
        rows = list(self._db.execute(KEYED, {"keys": keys}))
        if places:
            rows += self._db.execute(PLACED, {"places": places})
        wanted = set(keys)
        return {each.key: each for each in map(condition, rows) if each.key in wanted}

    def subjects(self, names: Collection[str]) -> dict[str, int]:
        """The numbers of those of these subjects that any condition ever named."""
        return _by_name(self._db.execute(SUBJECTS, {"names": names}))

    def objects(self, names: Collection[str]) -> dict[str, int]:
        """The numbers of those of these objects that any condition ever named."""
        return _by_name(self._db.execute(OBJECTS, {"names": names}))

    def every(self) -> Iterator[PriceCondition]:
        """All, a few at a time, by subject and object."""
        return map(condition, self._db.execute(EVERY))

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
    shared, tail = _shared(stated, least, first, last)
    value = msgspec.structs.replace(
        shared, key=key or f"{subject}|{named}{tail}", subject=subject, object=named, amount=_number(amount),
        contract_line=line,
    )  # fmt: skip
    return msgspec.structs.replace(value, **_FURTHER.decode(further)) if further else value


def of_row(row: ConditionRow, stated: str) -> PriceCondition:
    """The condition that a row of `Conditions.rows` holds, whose form states so."""
    return condition(
        (row.subject, row.object, stated, row.amount_e6, row.min_quantity_e6, row.valid_from, row.valid_to,
         row.contract_line, row.key, row.further)
    )  # fmt: skip


@lru_cache(maxsize=16_384)
def _shared(stated: str, least: int, first: int | None, last: int | None) -> tuple[PriceCondition, str]:
    """A condition but for what is its own, and how a key made of its fields goes on behind subject and object."""
    form, quantity, begins, ends = _FORM.decode(stated), _number(least), _day(first), _day(last)
    shared = msgspec.structs.replace(form, min_quantity=quantity, valid_from=begins, valid_to=ends)
    return shared, natural_key(form, "", "", quantity, begins).removeprefix("|")


_number = lru_cache(maxsize=65_536)(unscale)


def _day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)
