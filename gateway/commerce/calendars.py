"""Working days: which day is one, which comes next, and on which day an order counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.commerce.public_holidays import public_holidays
from gateway.commerce.term_values import CutOff, closed_days, cut_off, weekdays
from gateway.model.terms import DeliveryCalendar

_EVERY_DAY = frozenset(range(7))
_ONE = timedelta(days=1)


class WorkingDays(NamedTuple):
    """The days on which is worked: weekdays (Monday = 0) that are neither closed nor holidays; without any, every day.

    `cut_off` is the time until which an order counts as of its day.
    """

    weekdays: frozenset[int] = _EVERY_DAY
    closed: frozenset[date] = frozenset()
    country: str | None = None
    region: str | None = None
    cut_off: CutOff | None = None

    def includes(self, day: date) -> bool:
        """Whether the day is one of them."""
        if day.weekday() not in self.weekdays or day in self.closed:
            return False
        return self.country is None or day not in public_holidays(self.country, self.region, day.year)


_EVERY_ONE = WorkingDays()


def working_days(calendar: DeliveryCalendar) -> WorkingDays:
    """The working days that a calendar states; raises ValueError for one that the import would refuse."""
    return WorkingDays(
        weekdays(calendar.weekdays),
        closed_days(calendar.closed_on) if calendar.closed_on else frozenset(),
        calendar.country,
        calendar.region,
        cut_off(calendar.cut_off) if calendar.cut_off else None,
    )


def next_day(days: WorkingDays, day: date, on: frozenset[int] = _EVERY_DAY) -> date | None:
    """The first working day from this one on that is one of these weekdays; None where there never is one."""
    if not days.weekdays & on:
        return None
    while not (day.weekday() in on and days.includes(day)):
        if day == date.max:
            return None
        day += _ONE
    return day


def add_working_days(days: WorkingDays, day: date, count: int) -> date:
    """The working day so many after this one; with 0 the day itself. Past the end of time it is the last day."""
    if days == _EVERY_ONE:
        return day + timedelta(days=min(count, (date.max - day).days))
    while count and day < date.max:
        day += _ONE
        count -= days.includes(day)
    return day


def counts_from(days: WorkingDays, now: datetime, zone: str, until: CutOff | None = None) -> date:
    """The day of which an order counts that is there at this instant, in the account's zone.

    That is today, where it is a working day and the cut-off is not over: `until`, else the calendar's. Otherwise it is
    the next working day.
    """
    limit = until or days.cut_off
    today = now.astimezone(ZoneInfo(limit.zone if limit and limit.zone else zone)).date()
    if limit and now > _instant(today, limit, zone):
        today += _ONE
    return next_day(days, today) or today


def _instant(day: date, limit: CutOff, zone: str) -> datetime:
    """When the time comes on the day: where clocks go back the second time, where they skip it as late as it can be."""
    local = datetime.combine(day, limit.at, ZoneInfo(limit.zone or zone))
    return max(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
