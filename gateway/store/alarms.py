"""Alarms: raised once while their reason stands, cleared when it goes, told to each channel in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, literal, select, update

from gateway.store.alarm_tables import AlarmChannelRow, AlarmNoticeRow, AlarmRow
from gateway.store.identity import new_id
from gateway.store.records import Record
from gateway.store.tables import insert_new, table

_alarm = table(AlarmRow)
_notice = table(AlarmNoticeRow)
_channel = table(AlarmChannelRow)


class Kind(StrEnum):
    """What there is alarm about."""

    OVERDUE = "acknowledgement.overdue"
    REFUSED = "acknowledgement.refused"
    AUDIT_BROKEN = "audit.broken"
    CALENDAR_MISSING = "calendar.missing"
    LANE_PAUSED = "lane.paused"
    MESSAGE_DEAD = "message.dead"
    OUTPUT_DEAD = "output.dead"
    OUTPUT_UNKNOWN = "output.unknown"
    PART_FAILING = "part.failing"
    PARTNER_SILENT = "partner.silent"
    SCHEDULE_FAILED = "schedule.failed"
    TRANSMISSION_DEAD = "transmission.dead"


class Reason(NamedTuple):
    """Why somebody has to look: the kind, what it is about (an id or a name), and a sentence for a person."""

    kind: Kind
    subject: str
    text: str


class Alarm(Record, frozen=True, kw_only=True):
    """An alarm as it stands or stood; instants are UTC."""

    id: str
    kind: str
    subject: str
    text: str
    raised_at: str
    count: int
    cleared_at: str | None


class Notice(Record, frozen=True, kw_only=True):
    """That an alarm was raised or cleared (`what`)."""

    seq: int
    what: str
    at: str
    alarm: str
    kind: str
    subject: str
    text: str
    count: int


# Built once: composing a statement costs more than SQLite takes to run it.
_stands = _alarm.c.cleared_at.is_(None)
_about = (_alarm.c.kind == bindparam("of_kind")) & (_alarm.c.subject == bindparam("of_subject")) & _stands
_AGAIN = update(_alarm).where(_about).values(count=_alarm.c.count + 1, text=bindparam("words"))
_STANDING = select(_alarm).where(_about)
_STANDING_OF = select(_alarm.c.subject).where(_alarm.c.kind == bindparam("of_kind"), _stands)
_INSERT, _NOTE = insert(_alarm), insert(_notice)
_CLEAR = update(_alarm).where(_alarm.c.id == bindparam("identity")).values(cleared_at=bindparam("instant"))
_ALARM = select(_alarm).where(_alarm.c.id == bindparam("identity"))
_NOTICES = (
    select(_notice, *(_alarm.c[name] for name in ("kind", "subject", "text", "count")))
    .join(_alarm, _alarm.c.id == _notice.c.alarm)
    .where(_notice.c.seq > bindparam("after"))
    .order_by(_notice.c.seq)
    .limit(bindparam("most"))
)
_WAITING = select(func.count(), func.max(_notice.c.seq)).where(_notice.c.seq > bindparam("after"))
_TOLD = (
    select(_notice.c.alarm, _channel.c.name)
    .join(_channel, _channel.c.told_seq >= _notice.c.seq)
    .where(_notice.c.what == "raised")
    .order_by(_channel.c.name)
)


def raise_alarm(db: Connection, reason: Reason, at: str) -> bool:
    """Whether the alarm is news; where it stands already, it is counted."""
    about = {"of_kind": reason.kind, "of_subject": reason.subject}
    if db.execute(_AGAIN, {**about, "words": reason.text}).rowcount:
        return False
    add_alarms(db, [reason], at)
    return True


def add_alarms(db: Connection, reasons: Sequence[Reason], at: str) -> None:
    """Raise alarms that do not stand yet."""
    rows = [{"id": new_id(), **each._asdict(), "raised_at": at, "count": 1} for each in reasons]
    if rows:
        db.execute(_INSERT, rows)
        db.execute(_NOTE, [{"alarm": row["id"], "what": "raised", "at": at} for row in rows])


def clear_alarm(db: Connection, kind: Kind, subject: str, at: str) -> bool:
    """Whether the alarm stood; its reason is gone."""
    found = db.execute(_STANDING, {"of_kind": kind, "of_subject": subject}).mappings().one_or_none()
    if found is not None:
        clear_alarms(db, [str(found["id"])], at)
    return found is not None


def clear_alarms(db: Connection, identities: Collection[str], at: str) -> None:
    """The reasons of these alarms are gone."""
    if identities:
        db.execute(_CLEAR, [{"identity": each, "instant": at} for each in identities])
        db.execute(_NOTE, [{"alarm": each, "what": "cleared", "at": at} for each in identities])


def standing_subjects(db: Connection, kind: Kind) -> frozenset[str]:
    """What there is an alarm of this kind about."""
    return frozenset(db.execute(_STANDING_OF, {"of_kind": kind}).scalars())


def alarm(db: Connection, identity: str) -> Alarm | None:
    """The alarm of this id."""
    row = db.execute(_ALARM, {"identity": identity}).mappings().one_or_none()
    return Alarm(**row) if row else None


def list_alarms(db: Connection, standing: bool = False, limit: int | None = None) -> list[Alarm]:
    """Every alarm, or those that stand, oldest first."""
    query = select(_alarm).order_by(_alarm.c.raised_at, _alarm.c.id)
    if standing:
        query = query.where(_stands)
    if limit is not None:
        query = query.limit(limit)
    return [Alarm(**row) for row in db.execute(query).mappings()]


def told_of(db: Connection, alarms: Collection[str]) -> dict[str, list[str]]:
    """The channels that were told of each of these alarms."""
    found: dict[str, list[str]] = {}
    for row in db.execute(_TOLD.where(_notice.c.alarm.in_(alarms))):
        found.setdefault(row.alarm, []).append(row.name)
    return found


# Channels -------------------------------------------------------------------------------------------------------------


class Telling(NamedTuple):
    """What one channel has to tell: the first notices, how many there are in all, and who is at it."""

    notices: list[Notice]
    total: int
    last_seq: int
    token: str
    tries: int


_OPEN_CHANNEL = insert_new(_channel)
_BEGIN_AT = select(func.min(_notice.c.seq)).join(_alarm, _alarm.c.id == _notice.c.alarm).where(_stands)
_LAST = select(func.max(_notice.c.seq))
_CHANNEL = select(_channel).where(_channel.c.name == bindparam("of_name"))
_TAKE = (
    update(_channel)
    .where(_channel.c.name == bindparam("of_name"))
    .values(token=bindparam("with_token"), next_try=bindparam("until"), tries=_channel.c.tries + 1)
)
_DONE = (
    update(_channel)
    .where(_channel.c.token == bindparam("with_token"))
    .values(token=literal(None), next_try=bindparam("until"), tries=0, reason=None, told_seq=bindparam("told"))
)
_FAILED = (
    update(_channel)
    .where(_channel.c.token == bindparam("with_token"))
    .values(token=literal(None), next_try=bindparam("until"), reason=bindparam("why"))
)


def has_news(db: Connection, channel: str, now: str) -> bool:
    """Whether the channel has something to tell and may be tried."""
    row = db.execute(_CHANNEL, {"of_name": channel}).mappings().one_or_none()
    if row is None:
        return True
    last = db.execute(_LAST).scalar_one()
    return row["next_try"] <= now and last is not None and last > row["told_seq"]


def take_notices(db: Connection, channel: str, now: str, until: str, most: int) -> Telling | None:
    """What the channel has to tell, leased until an instant; None where there is nothing, or another one is at it.

    A new channel begins with the alarms that stand.
    """
    row = db.execute(_CHANNEL, {"of_name": channel}).mappings().one_or_none()
    if row is None:
        last, begin = db.execute(_LAST).scalar_one() or 0, db.execute(_BEGIN_AT).scalar_one()
        fresh = {"name": channel, "told_seq": last if begin is None else begin - 1, "tries": 0, "next_try": now}
        db.execute(_OPEN_CHANNEL[db.dialect.name], fresh)
        row = db.execute(_CHANNEL, {"of_name": channel}).mappings().one()
    total, last_seq = db.execute(_WAITING, {"after": row["told_seq"]}).one()
    if row["next_try"] > now or not total:
        return None
    token = new_id()
    db.execute(_TAKE, {"of_name": channel, "with_token": token, "until": until})
    rows = db.execute(_NOTICES, {"after": row["told_seq"], "most": most}).mappings()
    return Telling([Notice(**each) for each in rows], total, last_seq, token, row["tries"] + 1)


def note_told(db: Connection, token: str, seq: int, until: str) -> None:
    """The channel has told up to this notice, and rests until an instant; nothing where another one took over."""
    db.execute(_DONE, {"with_token": token, "told": seq, "until": until})


def note_untold(db: Connection, token: str, reason: str, until: str) -> None:
    """The channel could not tell, and is tried again at an instant."""
    db.execute(_FAILED, {"with_token": token, "why": reason[:500], "until": until})


def failing_channels(db: Connection) -> dict[str, str]:
    """The channels whose last try failed, and why."""
    query = select(_channel.c.name, _channel.c.reason).where(_channel.c.reason.is_not(None)).order_by(_channel.c.name)
    return {row.name: row.reason for row in db.execute(query)}
