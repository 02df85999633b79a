"""The ledger of answers: what is owed and expected, written with its reason and ended by what settles it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, insert, literal, or_, select, update

from gateway.store.acknowledgement_tables import AcknowledgementRow
from gateway.store.line_tables import MessageRow, OutboxRow
from gateway.store.lookup import among
from gateway.store.records import Record
from gateway.store.tables import table

_row = table(AcknowledgementRow)
_message = table(MessageRow)
_outbox = table(OutboxRow)


class Side(StrEnum):
    """Who waits: the partner for what we owe, or we for what we expect."""

    OWES = "owes"
    EXPECTS = "expects"


class Standing(StrEnum):
    """What became of it: open and overdue still stand."""

    OPEN = "open"
    OVERDUE = "overdue"
    SETTLED = "settled"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Acknowledgement(Record, frozen=True, kw_only=True):
    """An answer owed or expected; instants are UTC. `late` says that it was overdue when it ended, or is now."""

    id: str
    side: str
    partner: str
    type: str
    test: bool = False
    agreement: str
    subject: str
    output: str | None = None
    reference: str | None = None
    since: str
    due_at: str
    check_at: str | None = None
    state: str = Standing.OPEN
    late: bool = False
    resent: int = 0
    ended_at: str | None = None
    ended_by: str | None = None


class AcknowledgementQuery(NamedTuple):
    """What `acknowledgements list` filters by; None means any. `overdue` leaves all others out."""

    overdue: bool = False
    partner: str | None = None
    limit: int | None = None


class Ending(NamedTuple):
    """How a row ends: its state, when, and what ended it, in words."""

    state: Standing
    at: str
    by: str


# Built once: composing a statement costs more than SQLite takes to run it.
_stands = _row.c.state.in_((Standing.OPEN, Standing.OVERDUE))
_owed, _expected = _row.c.side == Side.OWES, _row.c.side == Side.EXPECTS
_ended = {
    "state": bindparam("to_state"),
    "ended_at": bindparam("to_at"),
    "ended_by": bindparam("to_by"),
    "check_at": None,
    "late": or_(_row.c.late, _row.c.due_at < bindparam("to_at")),
}
_INSERT = insert(_row)
_AT_ONCE = 1_000
_ROW = select(_row).where(_row.c.id == bindparam("identity"))
_OF = select(_row).where(among(_row.c.subject, "subjects") | among(_row.c.output, "outputs")).order_by(_row.c.id)
# Written out, not bound: only so the index of what is overdue is found.
is_overdue = _row.c.state == literal(Standing.OVERDUE.value, literal_execute=True)
_DUE = select(_row).where(_row.c.check_at <= bindparam("now")).order_by(_row.c.check_at).limit(bindparam("most"))
_ANSWERED = update(_row).where(
    _owed,
    _stands,
    _row.c.type == bindparam("of_type"),
    or_(
        _row.c.subject == bindparam("of_message"),
        _row.c.subject.in_(select(_message.c.id).where(_message.c.order_id == bindparam("of_order"))),
    ),
).values(output=bindparam("answer"))  # fmt: skip
_END_ANSWERED = update(_row).where(_row.c.output == bindparam("answer"), _owed, _stands).values(_ended)
_END_OWED = update(_row).where(_row.c.subject == bindparam("of"), _owed, _stands).values(_ended)
_END_EXPECTED = update(_row).where(among(_row.c.subject, "of"), _expected, _stands).values(_ended)
_END_EXPECTED_TYPE = _END_EXPECTED.where(_row.c.type == bindparam("of_type"))
_END = update(_row).where(_row.c.id == bindparam("identity"), _stands).values(_ended)
_waits_for = (_row.c.subject == _outbox.c.archive) & _expected & _stands
_AWAITED = select(_outbox.c.state, _row.c.type).outerjoin(_row, _waits_for).where(_outbox.c.id == bindparam("identity"))
_WAIT = (
    update(_row)
    .where(_row.c.subject == bindparam("of"), _expected, _stands, _row.c.type == bindparam("of_type"))
    .values(due_at=bindparam("until"), check_at=bindparam("until"))
)
_LOOKED = (
    update(_row)
    .where(_row.c.id == bindparam("identity"))
    .values(state=Standing.OVERDUE, late=True, check_at=None, resent=bindparam("times"))
)


def add_acknowledgements(db: Connection, rows: Iterable[Acknowledgement]) -> None:
    """Write down what is owed or expected from now on, many at a time."""
    left = iter(rows)
    while batch := [msgspec.structs.asdict(row) for row in islice(left, _AT_ONCE)]:
        db.execute(_INSERT, batch)


def name_answer(db: Connection, type_: str, message: str, order_id: str | None, output: str) -> None:
    """The output is the answer owed for a message, and for every other about the same order: it settles them."""
    named = {"of_type": type_, "of_message": message, "of_order": order_id or "", "answer": output}
    db.execute(_ANSWERED, named)


def settle_owed(db: Connection, output: str, at: str) -> int:
    """How many answers were owed that this output gave, now that it left."""
    ending = Ending(Standing.SETTLED, at, f"output {output}")
    return db.execute(_END_ANSWERED, {"answer": output, **_parameters(ending)}).rowcount


def cancel_owed(db: Connection, subject: str, at: str, why: str) -> None:
    """No answer is due any more for what we took."""
    db.execute(_END_OWED, {"of": subject, **_parameters(Ending(Standing.CANCELLED, at, why))})


def end_expected(db: Connection, documents: Collection[str], ending: Ending, type_: str | None = None) -> int:
    """How many answers to these archived documents are no longer waited for: those of one type, or all."""
    named = {"of": documents, **_parameters(ending)}
    if type_ is None:
        return db.execute(_END_EXPECTED, named).rowcount
    return db.execute(_END_EXPECTED_TYPE, {**named, "of_type": type_}).rowcount


def end(db: Connection, identity: str, ending: Ending) -> bool:
    """Whether it stood until now and is ended."""
    return db.execute(_END, {"identity": identity, **_parameters(ending)}).rowcount == 1


def _parameters(ending: Ending) -> dict[str, str]:
    return {"to_state": ending.state, "to_at": ending.at, "to_by": ending.by}


def awaited(db: Connection, output: str) -> tuple[str, frozenset[str]]:
    """The output's state, and the types of answers that are waited for to its document, as sent before."""
    rows = db.execute(_AWAITED, {"identity": output}).all()
    return rows[0].state if rows else "", frozenset(row.type for row in rows if row.type)


def wait_anew(db: Connection, document: str, type_: str, until: str) -> None:
    """The document was sent again: the time for its answer begins anew."""
    db.execute(_WAIT, {"of": document, "of_type": type_, "until": until})


def mark_overdue(db: Connection, identity: str, resent: int) -> None:
    """It is overdue, and its document was sent again so often; looked at again only when that has left."""
    db.execute(_LOOKED, {"identity": identity, "times": resent})


def acknowledgement(db: Connection, identity: str) -> Acknowledgement | None:
    """The row of this id."""
    row = db.execute(_ROW, {"identity": identity}).mappings().one_or_none()
    return Acknowledgement(**row) if row else None


def due_acknowledgements(db: Connection, now: str, most: int) -> list[Acknowledgement]:
    """What has to be looked at by now, what is due longest first."""
    return [Acknowledgement(**row) for row in db.execute(_DUE, {"now": now, "most": most}).mappings()]


def acknowledgements_of(
    db: Connection, subjects: Collection[str], outputs: Collection[str] = ()
) -> list[Acknowledgement]:
    """What is or was owed or expected for these interchanges, messages and documents, or answered by these outputs."""
    rows = db.execute(_OF, {"subjects": subjects, "outputs": outputs}).mappings()
    return [Acknowledgement(**row) for row in rows]


def list_acknowledgements(db: Connection, query: AcknowledgementQuery) -> list[Acknowledgement]:
    """Every matching row, what is due first at the top."""
    statement = select(_row).order_by(_row.c.due_at, _row.c.id)
    if query.overdue:
        statement = statement.where(is_overdue)
    if query.partner is not None:
        statement = statement.where(_row.c.partner == query.partner)
    if query.limit is not None:
        statement = statement.limit(query.limit)
    return [Acknowledgement(**row) for row in db.execute(statement).mappings()]
