"""Which agreed prices end between two days: counted by subject, list and day, in one pass over the conditions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Date, Integer, Select, bindparam, func, or_, select

from gateway.store.condition_queries import CONDITION, FORM, OBJECT, SUBJECT
from gateway.store.lookup import among
from gateway.store.tables import table
from gateway.store.trade_tables import PriceListRow
from gateway.store.types import unscale

_list = table(PriceListRow)
_AGREED = ("contract", "quote", "campaign")

_day, _last_day = bindparam("day", type_=Date), bindparam("last_day", type_=Date)
_ordinal, _last_ordinal = bindparam("ordinal", type_=Integer), bindparam("last_ordinal", type_=Integer)
_agreed = (
    _list.c.kind.in_(_AGREED),
    _list.c.status == "active",
    or_(_list.c.valid_to.is_(None), _list.c.valid_to >= _day),
)
_ending_forms = (
    select(FORM.c.id).join(_list, _list.c.list == FORM.c.list).where(*_agreed, _list.c.valid_to <= _last_day)
)


def _endings(*narrowed: Any) -> Select[Any]:
    """Counts by subject, form and own last day. Nothing is kept of a row but its count: there may be millions."""
    ends = CONDITION.c.valid_to
    counted = (
        select(
            CONDITION.c.subject,
            CONDITION.c.form,
            ends,
            func.count().label("conditions"),
            func.min(CONDITION.c.object).label("example"),
            func.min(CONDITION.c.min_quantity_e6).label("least"),
        )
        .where(
            *narrowed,
            or_(
                CONDITION.c.form.in_(_ending_forms) & or_(ends.is_(None), ends >= _ordinal),
                ends.between(_ordinal, _last_ordinal),
            ),
        )
        .group_by(CONDITION.c.subject, CONDITION.c.form, ends)
        .subquery()
    )
    return (
        select(
            SUBJECT.c.name, _list, counted.c.valid_to.label("own"), counted.c.conditions, OBJECT.c.name.label("object"),
            counted.c.least,
        )
        .join_from(counted, FORM, FORM.c.id == counted.c.form)
        .join(_list, _list.c.list == FORM.c.list)
        .join(SUBJECT, SUBJECT.c.id == counted.c.subject)
        .join(OBJECT, OBJECT.c.id == counted.c.example)
        .where(*_agreed)
        .order_by(SUBJECT.c.name, _list.c.list)
        .execution_options(yield_per=1_000)
    )  # fmt: skip


_EVERYBODY = _endings()
_OF_SUBJECTS = _endings(CONDITION.c.subject.in_(select(SUBJECT.c.id).where(among(SUBJECT.c.name, "subjects"))))


class Ending(NamedTuple):
    """So many conditions of a list for a subject have this as their last day.

    `example` is what one of them prices, `least` the quantity from which the first of them holds.
    """

    last: date
    subject: str
    list: str
    kind: str
    contract: str | None
    conditions: int
    example: str
    least: Decimal


def price_endings(db: Connection, first: date, last: date, subjects: Collection[str] | None = None) -> Iterator[Ending]:
    """What is agreed by contract, quote or campaign and ends from the first to the last day, by subject and list.

    Only for some subjects, where they are named.
    """
    named: dict[str, object] = {
        "day": first, "last_day": last, "ordinal": first.toordinal(), "last_ordinal": last.toordinal(),
    }  # fmt: skip
    query = _EVERYBODY if subjects is None else _OF_SUBJECTS
    if subjects is not None:
        named["subjects"] = subjects
    with db.execute(query, named) as rows:
        for (subject, name), group in groupby(rows, key=lambda row: (row.name, row.list)):
            found: dict[date, Ending] = {}
            for row in group:
                each = _ending(subject, name, row)
                found[each.last] = _together(found[each.last], each) if each.last in found else each
            yield from (found[day] for day in sorted(found) if day <= last)


def _ending(subject: str, name: str, row: Any) -> Ending:
    """A row, whose last day is its own or the list's, whichever comes first."""
    own = date.fromordinal(row.own) if row.own is not None else date.max
    return Ending(
        min(own, row.valid_to or date.max), subject, name, row.kind, row.contract, row.conditions, row.object,
        unscale(row.least),
    )  # fmt: skip


def _together(one: Ending, other: Ending) -> Ending:
    nearer = min(one, other, key=lambda each: (each.least, each.example))
    return nearer._replace(conditions=one.conditions + other.conditions)
