"""Deadlines: when a time that was agreed is over, counted in the hours of the working days or around the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.commerce.calendars import WorkingDays

_ONE, _NOTHING = timedelta(days=1), timedelta()
_NEVER = datetime.max.replace(tzinfo=UTC)
_MOST_DAYS = 4_000
"""So many days without enough hours of work, and there is no deadline: the calendar is closed for good."""


def deadline(start: datetime, within: timedelta, days: WorkingDays | None = None, zone: str = "UTC") -> datetime:
    """The instant, UTC, at which so much time is over: around the clock, or in the hours of these days alone.

    A working day has all its hours, from midnight to midnight in the zone: 23 or 25 where the clocks change. Where the
    time is never over it is the end of time.
    """
    start = start.astimezone(UTC)
    if days is None:
        return start + within if within < _NEVER - start else _NEVER
    there = ZoneInfo(zone)
    day = start.astimezone(there).date()
    for _ in range(_MOST_DAYS):
        begins, ends = max(start, _midnight(day, there)), _midnight(day + _ONE, there)
        if days.includes(day):
            if begins + within <= ends:
                return begins + within
            within -= max(ends - begins, _NOTHING)
        day += _ONE
    return _NEVER


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """When the day begins there: the first of two midnights, or the instant at which a skipped one would be."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
