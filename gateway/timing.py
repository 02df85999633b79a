"""When something is due: every so often, at times of the day, or by a cron expression, in a time zone.

Slots are counted by APScheduler's triggers on a wall clock without a zone and put into the zone here: its own triggers
count Monday as day 0, and in the hour that comes twice they give the same instants again without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from gateway.fields import UnfitError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WIDEST_CHANGE = timedelta(hours=3)
"""More than any zone has moved its clocks by in a night."""
_LOOK_BACK = (timedelta(hours=1), timedelta(days=1), timedelta(days=31), timedelta(days=366))
_LOOK_AHEAD_SLOTS = 1_000
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_OF_WEEK = re.compile(r"(\*|[0-7a-z]+)(?:-([0-7a-z]+))?(?:/(\d+))?", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_CRON_FIELDS = 5


@dataclass(frozen=True)
class Every:
    """Due at every whole multiple of `period` since 1970 in UTC: the same instants on every node."""

    period: timedelta

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """The slots later than `after` and no later than `until`."""
        slot = _EPOCH + ((after - _EPOCH) // self.period + 1) * self.period
        while slot <= until:
            yield slot
            slot += self.period

    def last(self, after: datetime, until: datetime) -> datetime | None:
        """The last slot later than `after` and no later than `until`."""
        slot = _EPOCH + (until - _EPOCH) // self.period * self.period
        return slot if slot > after else None

    def next(self, after: datetime) -> datetime | None:
        """The first slot later than `after`."""
        return next(self.between(after, after + self.period))


@dataclass(frozen=True)
class Wall:
    """Due when the clock on the wall of `zone` shows what `trigger` names.

    What names its hours is due once a day also in the nights of the clock change: where the hour is left out, later by
    as much as the clocks move; where it comes twice, the first time. With `hourly` each hour that passes counts.
    """

    trigger: BaseTrigger
    zone: ZoneInfo
    hourly: bool = False

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """The slots later than `after` and no later than `until`, in order."""
        found: set[datetime] = set()
        for shown in self._shown(after):
            if _instant(shown, self.zone) > until + _WIDEST_CHANGE:
                break
            found.update(slot for slot in self._instants(shown) if after < slot <= until)
        yield from sorted(found)

    def last(self, after: datetime, until: datetime) -> datetime | None:
        """The last slot later than `after` and no later than `until`; of those of the last year."""
        for back in _LOOK_BACK:
            start = max(after, until - back)
            slots = list(self.between(start, until))
            if slots or start == after:
                return slots[-1] if slots else None
        return None

    def next(self, after: datetime) -> datetime | None:
        """The first slot later than `after`; None where the wall clock never shows it."""
        found: list[datetime] = []
        for count, shown in enumerate(self._shown(after)):
            if (found and _instant(shown, self.zone) > found[0] + _WIDEST_CHANGE) or count > _LOOK_AHEAD_SLOTS:
                break
            found += [slot for slot in self._instants(shown) if slot > after]
        return min(found, default=None)

    def _shown(self, after: datetime) -> Iterator[datetime]:
        """What the wall clock shows at the slots from shortly before an instant on, told as if it were UTC."""
        start = after.astimezone(self.zone).replace(tzinfo=UTC, fold=0) - _WIDEST_CHANGE
        shown = self.trigger.get_next_fire_time(None, start)
        while shown is not None:
            yield shown
            shown = self.trigger.get_next_fire_time(shown, shown + timedelta(microseconds=1))

    def _instants(self, shown: datetime) -> list[datetime]:
        first = _instant(shown, self.zone)
        if not self.hourly:
            return [first]
        again = _instant(shown.replace(fold=1), self.zone)
        is_left_out = first.astimezone(self.zone).replace(tzinfo=UTC, fold=0) != shown
        return [] if is_left_out else [first, again]


Timing = Every | Wall


def _instant(shown: datetime, zone: ZoneInfo) -> datetime:
    return shown.replace(tzinfo=zone).astimezone(UTC)


def every(period: timedelta) -> Every:
    """Due every so often; raises UnfitError for no time at all."""
    if period <= timedelta():
        raise UnfitError("it takes no time", 'write a time, as "15m"')
    return Every(period)


def at(times: tuple[str, ...], zone: ZoneInfo) -> Wall:
    """Due at these times of each day, written as 06:00; raises UnfitError."""
    triggers = []
    for text in times:
        found = _TIME.fullmatch(text)
        if found is None:
            raise UnfitError(f"{text!r} is no time of the day", 'write hours and minutes, as "06:00"')
        moment = time(int(found[1]), int(found[2]))
        triggers.append(CronTrigger(hour=moment.hour, minute=moment.minute, timezone=UTC))
    if not triggers:
        raise UnfitError("no time is named", 'write at least one, as ["06:00"]')
    return Wall(OrTrigger(triggers), zone)


def cron(expression: str, zone: ZoneInfo) -> Wall:
    """Due by minute, hour, day of month, month and day of week, Sunday being 0 or 7; raises UnfitError."""
    fields = expression.lower().split()
    if len(fields) != _CRON_FIELDS:
        raise UnfitError(f"{expression!r} has {len(fields)} fields", 'write five, as "0 6 * * 1-5"')
    minute, hour, day, month, weekday = fields
    if day != "*" and weekday != "*":
        text = "day of month and day of week are both named"
        raise UnfitError(text, "cron would run on either: write two schedules")
    try:
        trigger = CronTrigger(
            minute=minute, hour=hour, day=day, month=month, day_of_week=_days(weekday), second=0, timezone=UTC
        )
    except ValueError as reason:
        raise UnfitError(f"{expression!r}: {reason}", 'write five fields, as "0 6 * * 1-5"') from None
    return Wall(trigger, zone, hourly=hour.startswith("*"))


def _days(field: str) -> str:
    """A field of days as cron counts them, as names; raises ValueError."""
    if field == "*":
        return field
    chosen: set[str] = set()
    for part in field.split(","):
        found = _DAY_OF_WEEK.fullmatch(part)
        if found is None:
            raise ValueError(f"{part!r} is no day of the week")
        first, last, step = found.groups()
        start = 0 if first == "*" else _day(first)
        end = len(_DAYS) - 2 if first == "*" else _day(last) if last else start
        if end < start or (step and not int(step)):
            raise ValueError(f"{part!r} names no days")
        chosen.update(_DAYS[start : end + 1 : int(step or 1)])
    return ",".join(sorted(chosen))


def _day(name: str) -> int:
    if not name.isdecimal() and name not in _DAYS:
        raise ValueError(f"{name!r} is no day of the week")
    return int(name) if name.isdecimal() else _DAYS.index(name)
