"""Schedules: which command of the gateway runs when."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from gateway import timing
from gateway.fields import Field, FieldType, Place, Reader, UnfitError, Values
from gateway.timing import Timing

SCHEDULABLE = (
    "acknowledgements", "alarms", "audit", "check", "db", "digest", "doctor", "export", "import", "ingest", "lane",
    "messages", "orders", "outbox", "price", "publish", "quote", "retention", "segment", "sync",
)  # fmt: skip
"""The commands that end by themselves and ask nothing."""
_WHEN = ("cron", "every", "at")
FIELDS = (
    Field(name="run", required=True, help="The command, as on the command line: import stock /data/stock.csv."),
    Field(name="cron", help="When, as five cron fields: minute, hour, day, month, day of week (Sunday is 0 or 7)."),
    Field(name="every", type=FieldType.DURATION, help="When, as the time between two runs."),
    Field(name="at", type=FieldType.TEXTS, help='When, as times of each day: ["06:00", "18:30"].'),
    Field(name="zone", default="UTC", help="The time zone of cron and at, as Europe/Berlin."),
    Field(name="jitter", type=FieldType.DURATION, help="How much later a run may begin."),
    Field(
        name="late", default="once", choices=("once", "skip"),
        help="What becomes of a run whose time passed while nothing was served: it is made up for once, or left out.",
    ),
    Field(name="timeout", type=FieldType.DURATION, default=timedelta(hours=1), help="How long a run may take."),
    Field(name="active", type=FieldType.FLAG, default=True, help="Whether it runs by itself; by hand it always can."),
)  # fmt: skip


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """One schedule: `words` are the command's, `when` tells its timing as it was written."""

    name: str
    words: tuple[str, ...]
    when: str
    timing: Timing
    zone: str
    jitter: timedelta
    late: str
    timeout: timedelta
    active: bool
    place: Place


def schedule_of(reader: Reader, name: str, data: Mapping[str, object]) -> Schedule | None:
    """The schedule a file states; None with a problem where it cannot run."""
    values = reader.read(data, FIELDS)
    words, due = _words(reader, values), _timing(reader, values)
    if values.duration("timeout") <= timedelta():
        reader.problems.append(values.place("timeout").problem("timeout is no time", 'write a time, as "1h"'))
    if words is None or due is None:
        return None
    stated = next(each for each in _WHEN if values.has(each))
    written = data[stated]
    return Schedule(
        name=name, words=words, when=f"{stated} {', '.join(written) if isinstance(written, list) else written}",
        timing=due, zone=values.text("zone"), jitter=values.duration("jitter"), late=values.text("late"),
        timeout=values.duration("timeout"), active=values.flag("active"), place=values.place("run"),
    )  # fmt: skip


def _words(reader: Reader, values: Values) -> tuple[str, ...] | None:
    """The words of the command, `gateway` before them left out."""
    if not values.has("run"):
        return None
    place = values.place("run")
    try:
        words = shlex.split(values.text("run"))
    except ValueError as reason:
        reader.problems.append(place.problem(f"run: {reason}", "close the quotes"))
        return None
    if words[:1] == ["gateway"]:
        del words[0]
    if not words or words[0] not in SCHEDULABLE:
        text = f"{words[0] if words else 'nothing'!r} cannot be scheduled"
        reader.problems.append(place.problem(text, f"one of {', '.join(SCHEDULABLE)}"))
        return None
    return tuple(words)


def _timing(reader: Reader, values: Values) -> Timing | None:
    stated = [name for name in _WHEN if values.has(name)]
    if len(stated) != 1:
        text = "a schedule says when by cron, every or at, one of them"
        reader.problems.append(values.place(stated[1] if stated else "").problem(text, 'as cron = "0 6 * * 1-5"'))
        return None
    try:
        zone = ZoneInfo(values.text("zone"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        text = f"there is no time zone {values.text('zone')}"
        reader.problems.append(values.place("zone").problem(text, 'write it as "Europe/Berlin"'))
        return None
    try:
        return _timing_of(stated[0], values, zone)
    except UnfitError as unfit:
        reader.problems.append(values.place(stated[0]).problem(f"{stated[0]}: {unfit}", unfit.advice))
        return None


def _timing_of(stated: str, values: Values, zone: ZoneInfo) -> Timing:
    if stated == "every":
        return timing.every(values.duration("every"))
    if stated == "at":
        return timing.at(values.texts("at"), zone)
    return timing.cron(values.text("cron"), zone)
