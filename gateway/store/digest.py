"""What waits for a person, counted by partner: one look over the line, its outbox and its ledger."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, SQLColumnExpression, func, select

from gateway.store.acknowledgement_tables import AcknowledgementRow
from gateway.store.acknowledgements import is_overdue
from gateway.store.alarm_tables import AlarmRow
from gateway.store.alarms import Kind
from gateway.store.line_tables import MessageRow, OutboxRow
from gateway.store.records import OutputState, Record, State
from gateway.store.tables import table

_message, _outbox = table(MessageRow), table(OutboxRow)
_alarm, _owed = table(AlarmRow), table(AcknowledgementRow)


class Waiting(Record, frozen=True, kw_only=True):
    """So many of one kind: the first of them by id, and since when the oldest waits (UTC)."""

    what: str
    partner: str | None
    count: int
    oldest: str
    first: str


def _counted(
    kind: SQLColumnExpression[Any],
    partner: SQLColumnExpression[Any],
    since: SQLColumnExpression[Any],
    identity: SQLColumnExpression[Any],
) -> Select[Any]:
    columns = (kind, partner, func.count(), func.min(since), func.min(identity))
    return select(*columns).group_by(kind, partner).order_by(kind, partner)


# Built once: composing a statement costs more than SQLite takes to run it.
_LOOKS = {
    "message": _counted(_message.c.state, _message.c.partner, _message.c.received_at, _message.c.id).where(
        _message.c.state.in_((State.HELD, State.FAILED, State.DEAD))
    ),
    "output": _counted(_outbox.c.state, _outbox.c.partner, _outbox.c.created_at, _outbox.c.id).where(
        _outbox.c.state.in_((OutputState.FAILED, OutputState.DEAD, OutputState.UNKNOWN, OutputState.REFUSED))
    ),
    "overdue": _counted(_owed.c.side, _owed.c.partner, _owed.c.due_at, _owed.c.id).where(is_overdue),
}
# What is counted above has its alarms too.
_OTHERS = (
    Kind.AUDIT_BROKEN, Kind.CALENDAR_MISSING, Kind.LANE_PAUSED, Kind.PART_FAILING, Kind.PARTNER_SILENT,
    Kind.SCHEDULE_FAILED,
)  # fmt: skip
_ALARMS = (
    select(_alarm.c.kind, _alarm.c.raised_at, _alarm.c.subject)
    .where(_alarm.c.cleared_at.is_(None), _alarm.c.kind.in_(_OTHERS))
    .order_by(_alarm.c.kind, _alarm.c.subject)
)


def waiting(db: Connection) -> list[Waiting]:
    """Everything that waits for a person now; `what` is message.held, output.dead, overdue.owes, a kind of alarm ..."""
    found = [
        Waiting(what=f"{of}.{kind}", partner=partner, count=count, oldest=since, first=first)
        for of, look in _LOOKS.items()
        for kind, partner, count, since, first in db.execute(look)
    ]
    for kind, since, subject in db.execute(_ALARMS):
        found.append(Waiting(what=kind, partner=None, count=1, oldest=since, first=subject))
    return found
