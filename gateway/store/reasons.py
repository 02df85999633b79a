"""Reasons for alarm that lie in the store itself: they stand as long as a row says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, exists, select

from gateway.store.acknowledgement_tables import AcknowledgementRow
from gateway.store.acknowledgements import is_overdue
from gateway.store.alarm_tables import AlarmRow
from gateway.store.alarms import Kind
from gateway.store.line_tables import LaneRow, MessageRow, OutboxRow
from gateway.store.records import OutputState, State
from gateway.store.tables import table

_alarm = table(AlarmRow)
_message, _outbox, _lane = table(MessageRow), table(OutboxRow), table(LaneRow)
_owed = table(AcknowledgementRow)

_AT_ONCE = 1_000
_OUTPUT = (_outbox.c.id.label("subject"), *(_outbox.c[name] for name in ("type", "reference", "connection")))
_MESSAGE = (_message.c[name] for name in ("partner", "type", "reference", "file"))
_OVERDUE = (_owed.c[name] for name in ("side", "partner", "type", "reference", "due_at"))
_dead = _message.c.state == State.DEAD

# Each names its subject first. A file that could not be decoded is a dead message without a type.
_STANDING: Mapping[Kind, Select[Any]] = {
    Kind.OVERDUE: select(_owed.c.id.label("subject"), *_OVERDUE).where(is_overdue),
    Kind.MESSAGE_DEAD: select(_message.c.id.label("subject"), *_MESSAGE).where(_dead, _message.c.type.is_not(None)),
    Kind.TRANSMISSION_DEAD: select(_message.c.transmission.label("subject"), _message.c.file, _message.c.connection)
    .where(_dead, _message.c.type.is_(None))
    .distinct(),
    Kind.OUTPUT_DEAD: select(*_OUTPUT).where(_outbox.c.state == OutputState.DEAD),
    Kind.OUTPUT_UNKNOWN: select(*_OUTPUT).where(_outbox.c.state == OutputState.UNKNOWN),
    Kind.LANE_PAUSED: select(_lane.c.name.label("subject")).where(_lane.c.state == "paused"),
}


class Changes(NamedTuple):
    """What is a reason since the last look, by subject with what is known of it, and the alarms without one by now."""

    fresh: dict[str, dict[str, object]]
    gone: list[str]


WATCHED = tuple(_STANDING)
"""The kinds whose alarms end by themselves when what they are about is put right."""


def _fresh(kind: Kind) -> Select[Any]:
    found = _STANDING[kind].subquery()
    told = exists().where(_alarm.c.kind == kind, _alarm.c.subject == found.c.subject, _alarm.c.cleared_at.is_(None))
    return select(found).where(~told).order_by(found.c.subject).limit(_AT_ONCE)


def _gone(kind: Kind) -> Select[Any]:
    still = select(_STANDING[kind].subquery().c.subject)
    return select(_alarm.c.id).where(
        _alarm.c.kind == kind, _alarm.c.cleared_at.is_(None), _alarm.c.subject.not_in(still)
    )


# Built once: composing a statement costs more than SQLite takes to run it.
_LOOKS = {kind: (_fresh(kind), _gone(kind)) for kind in WATCHED}


def changes(db: Connection, kind: Kind) -> Changes:
    """What came and went of this kind; of a flood the first thousand, the next look finds more."""
    fresh, gone = _LOOKS[kind]
    found = {str(row["subject"]): dict(row) for row in db.execute(fresh).mappings()}
    return Changes(found, [str(identity) for identity in db.execute(gone).scalars()])
