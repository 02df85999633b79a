"""Silence: partners of whom nothing came by an agreement for longer than it says, and calendars that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gateway.pipeline.clocks import Clocks
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.alarms import Kind, Reason, clear_alarm, raise_alarm, standing_subjects
from gateway.store.heard import last_heard, watch_from


class _Found(NamedTuple):
    """What there is reason for alarm about, and which agreements are watched from now on."""

    reasons: dict[tuple[Kind, str], Reason]
    standing: frozenset[tuple[Kind, str]]
    unwatched: list[tuple[str, str]]


_KINDS = (Kind.PARTNER_SILENT, Kind.CALENDAR_MISSING)


def watch_silence(line: Line) -> int:
    """How many alarms of silent partners and missing calendars were raised or cleared."""
    with line.store.read() as db:
        found = _look(line, db)
    fresh = [reason for about, reason in found.reasons.items() if about not in found.standing]
    gone = [about for about in found.standing if about not in found.reasons]
    if fresh or gone or found.unwatched:
        with line.store.write() as db:
            for partner, agreement in found.unwatched:
                watch_from(db, partner, agreement, line.now())
            for reason in fresh:
                raise_alarm(db, reason, line.now())
            for kind, subject in gone:
                clear_alarm(db, kind, subject, line.now())
    return len(fresh) + len(gone)


def _look(line: Line, db: Connection) -> _Found:
    reasons = {(each.kind, each.subject): each for each in _missing_calendars(line, db)}
    unwatched = []
    heard = last_heard(db)
    clocks = Clocks(line, db)
    for partner in line.configuration.partners.values():
        for agreement in partner.agreements:
            if agreement.silent_after is None:
                continue
            document = str(agreement.document)
            last = heard.get((partner.name, document))
            if last is None:
                unwatched.append((partner.name, document))
            elif clocks.due(partner, agreement, agreement.silent_after, last) <= line.now():
                text = f"{partner.name} sent no {document} since {last[:16]} UTC"
                reason = Reason(Kind.PARTNER_SILENT, f"{partner.name}/{document}", text)
                reasons[reason.kind, reason.subject] = reason
    standing = {(kind, subject) for kind in _KINDS for subject in standing_subjects(db, kind)}
    return _Found(reasons, frozenset(standing), unwatched)


def _missing_calendars(line: Line, db: Connection) -> Iterator[Reason]:
    """Calendars that agreements name and nobody imported: their times count around the clock meanwhile."""
    clocks = Clocks(line, db)
    named = {
        agreement.calendar: f"{partner.name}: {agreement.document}"
        for partner in line.configuration.partners.values()
        for agreement in partner.agreements
        if agreement.calendar
    }
    for calendar, where in named.items():
        if clocks.calendar(calendar) is None:
            text = f"calendar {calendar} is not imported; the times of {where} count around the clock"
            yield Reason(Kind.CALENDAR_MISSING, calendar, text)
