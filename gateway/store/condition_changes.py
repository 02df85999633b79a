"""Changes of price conditions: rows, the names and forms they share, and what stood before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, select

from gateway.model.price import PriceCondition, natural_key
from gateway.store.condition_queries import CONDITION, FORM, OBJECT, SCOPE, SUBJECT, Place
from gateway.store.conditions import FURTHER, Conditions, code_of, form_of, further_of, scopes_in
from gateway.store.history import UPDATED, end_versions
from gateway.store.lookup import among
from gateway.store.types import scale

_ROWS_OWN = {"key", "subject", "object", "amount", "min_quantity", "valid_from", "valid_to", "contract_line", *FURTHER}
_shared = attrgetter(*(name for name in PriceCondition.__struct_fields__ if name not in _ROWS_OWN))
_FORMS = select(FORM.c.stated, FORM.c.id).where(among(FORM.c.stated, "names"))
_LAST = {of: select(func.max(of.c.id)) for of in (SUBJECT, OBJECT, FORM)}
_AT = delete(CONDITION).where(*(CONDITION.c[name] == bindparam(f"the_{name}") for name in Place._fields))


class ConditionChanges:
    """Writes price conditions on one connection that nobody else writes beside; `insert` is that of its dialect."""

    def __init__(self, db: Connection, insert: Any) -> None:
        self._db = db
        self._reader = Conditions(db)
        self._subjects: dict[str, int] = {}
        self._objects: dict[str, int] = {}
        self._forms: dict[tuple[object, ...], int] = {}
        self._scopes: set[tuple[int, str]] = set()
        self._new = {of: insert(of).on_conflict_do_nothing() for of in (SUBJECT, OBJECT, FORM, SCOPE)}
        row = insert(CONDITION)
        others = {each.name: row.excluded[each.name] for each in CONDITION.columns if each.name not in Place._fields}
        upsert = row.on_conflict_do_update(index_elements=list(Place._fields), set_=others).compile(dialect=db.dialect)
        # The driver takes the rows as they are: what SQLAlchemy does to each costs more than writing it.
        self._upsert, self._order = str(upsert), upsert.positiontup

    def write(self, fresh: Sequence[PriceCondition], replaced: Collection[PriceCondition], number: int) -> None:
        """The conditions are in the store from the change of this number on, in place of those of the same keys."""
        self._number_names(fresh)
        self._number_forms(fresh)
        rows = [self._row(value, number) for value in fresh]
        stood = {each.key: each for each in replaced}
        self._gone([(old, self._place(value)) for value in fresh if (old := stood.get(value.key))], number)
        self._db.exec_driver_sql(self._upsert, rows if self._order is None else [self._ordered(row) for row in rows])

    def delete(self, standing: Collection[PriceCondition], number: int) -> None:
        """Without these conditions, which are history from the change of this number on."""
        self._number_names(standing)
        self._gone([(value, None) for value in standing], number)

    def _row(self, value: PriceCondition, number: int) -> dict[str, object]:
        first, last = value.valid_from, value.valid_to
        return {
            "subject": self._subjects[value.subject],
            "object": self._objects[value.object],
            "code": code_of(value.key),
            "form": self._forms[_shared(value)],
            "amount_e6": scale(value.amount),
            "min_quantity_e6": scale(value.min_quantity),
            "valid_from": first.toordinal() if first else None,
            "valid_to": last.toordinal() if last else None,
            "contract_line": value.contract_line,
            "key": None if _is_natural(value) else value.key,
            "further": further_of(value),
            UPDATED: number,
        }

    def _ordered(self, row: dict[str, object]) -> tuple[object, ...]:
        return tuple(row[name] for name in self._order or ())

    def _place(self, value: PriceCondition) -> Place:
        return Place(self._subjects[value.subject], self._objects[value.object], code_of(value.key))

    def _gone(self, replaced: Sequence[tuple[PriceCondition, Place | None]], number: int) -> None:
        """What stands is history, and where it is not overwritten in its place it goes."""
        if not replaced:
            return
        self._number_names([old for old, _ in replaced])
        places = [(self._place(old), new) for old, new in replaced]
        end_versions(self._db, CONDITION, [old._asdict() for old, _ in places], number)
        moved = [{f"the_{name}": part for name, part in old._asdict().items()} for old, new in places if old != new]
        if moved:
            self._db.execute(_AT, moved)

    def _number_names(self, conditions: Collection[PriceCondition]) -> None:
        subjects = {each.subject for each in conditions} - self._subjects.keys()
        self._subjects |= self._reader.subjects(subjects) if subjects else {}
        self._subjects |= self._add(SUBJECT, [{"name": name} for name in sorted(subjects - self._subjects.keys())])
        objects = {each.object for each in conditions} - self._objects.keys()
        self._objects |= self._reader.objects(objects) if objects else {}
        fresh = sorted(objects - self._objects.keys())
        self._objects |= self._add(OBJECT, [{"name": name, "kind": _kind(name)} for name in fresh])
        scopes = {(self._subjects[each.subject], _kind(each.object)) for each in conditions} - self._scopes
        if scopes:
            self._db.execute(self._new[SCOPE], [{"subject": each, "kind": kind} for each, kind in sorted(scopes)])
            self._scopes |= scopes

    def _number_forms(self, fresh: Sequence[PriceCondition]) -> None:
        unknown = {shared: each for each in fresh if (shared := _shared(each)) not in self._forms}
        if not unknown:
            return
        texts = {form_of(each): (shared, each.list) for shared, each in unknown.items()}
        numbers = {row.stated: row.id for row in self._db.execute(_FORMS, {"names": texts.keys()})}
        rows = [{"stated": stated, "list": texts[stated][1]} for stated in sorted(texts.keys() - numbers.keys())]
        numbers |= self._add(FORM, rows, named="stated")
        self._forms |= {shared: numbers[form_of(each)] for shared, each in unknown.items()}

    def _add(self, of: Table, rows: Sequence[dict[str, Any]], named: str = "name") -> dict[str, int]:
        """The numbers of these new rows, by name: those that come after the last one given."""
        if not rows:
            return {}
        last = self._db.execute(_LAST[of]).scalar() or 0
        numbered = [{"id": number, **row} for number, row in enumerate(rows, last + 1)]
        self._db.execute(self._new[of], numbered)
        return {row[named]: row["id"] for row in numbered}


def _kind(named: str) -> str:
    return named.partition(":")[0]


def _is_natural(value: PriceCondition) -> bool:
    """Whether the key can be told from the fields alone, and found by what it begins with."""
    key = natural_key(value, value.subject, value.object, value.min_quantity, value.valid_from)
    return key == value.key and scopes_in(key) == (value.subject, value.object)
