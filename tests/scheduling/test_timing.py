"""When something is due, in the nights of the clock change too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import timing
from gateway.fields import UnfitError
from gateway.timing import Timing

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
TIMINGS = st.one_of(
    st.integers(1, 100_000).map(lambda seconds: timing.every(timedelta(seconds=seconds))),
    st.builds(
        lambda hour, minute, zone: timing.at((f"{hour:02}:{minute:02}",), ZoneInfo(zone)),
        st.integers(0, 23), st.integers(0, 59), ZONES,
    ),
    st.builds(
        lambda text, zone: timing.cron(text, ZoneInfo(zone)),
        st.sampled_from(["*/15 * * * *", "0 */2 * * *", "30 2 * * *", "0 6 * * 1-5", "5,35 1-3 * * *", "0 0 1 * *"]),
        ZONES,
    ),
)  # fmt: skip
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def shown(due: Timing, *local: int, count: int) -> list[str]:
    """The next slots after a local time in Berlin, as UTC."""
    after, slots = datetime(*local, tzinfo=BERLIN).astimezone(UTC), []
    for _ in range(count):
        found = due.next(after)
        assert found is not None
        after = found
        slots.append(found.strftime("%d %H:%M"))
    return slots


def test_a_daily_time_is_due_once_in_the_night_an_hour_is_left_out() -> None:
    daily = timing.cron("30 2 * * *", BERLIN)
    assert shown(daily, 2026, 3, 28, 0, 0, count=3) == ["28 01:30", "29 01:30", "30 00:30"]


def test_a_daily_time_is_due_once_in_the_night_an_hour_comes_twice() -> None:
    assert shown(timing.at(("02:30",), BERLIN), 2026, 10, 24, 0, 0, count=3) == ["24 00:30", "25 00:30", "26 01:30"]


def test_what_is_due_each_half_hour_is_due_in_both_hours_that_look_alike() -> None:
    half = timing.cron("*/30 * * * *", BERLIN)
    assert shown(half, 2026, 10, 25, 1, 45, count=5) == ["25 00:00", "25 00:30", "25 01:00", "25 01:30", "25 02:00"]


def test_what_is_due_each_half_hour_is_not_doubled_by_the_hour_left_out() -> None:
    half = timing.cron("*/30 * * * *", BERLIN)
    assert shown(half, 2026, 3, 29, 1, 15, count=3) == ["29 00:30", "29 01:00", "29 01:30"]


def test_days_of_the_week_are_counted_as_cron_counts_them() -> None:
    sundays = [timing.cron(f"0 6 * * {day}", BERLIN) for day in ("0", "7", "sun")]
    assert {tuple(shown(each, 2026, 11, 25, 0, 0, count=2)) for each in sundays} == {("29 05:00", "06 05:00")}
    weekdays = timing.cron("0 6 * * 1-5", BERLIN)
    assert shown(weekdays, 2026, 11, 27, 0, 0, count=2) == ["27 05:00", "30 05:00"]


def test_several_times_a_day_come_in_their_order() -> None:
    assert shown(timing.at(("18:30", "06:00"), BERLIN), 2026, 11, 25, 0, 0, count=3) == [
        "25 05:00",
        "25 17:30",
        "26 05:00",
    ]


def test_a_day_that_never_comes_is_never_due() -> None:
    assert timing.cron("0 6 30 2 *", BERLIN).next(datetime(2026, 1, 1, tzinfo=UTC)) is None


@given(TIMINGS, INSTANTS, st.timedeltas(timedelta(), timedelta(days=3)))
def test_the_last_slot_is_the_last_of_those_between_and_the_next_one_the_first(
    due: Timing, after: datetime, time: timedelta
) -> None:
    until = after + time
    slots = list(due.between(after, until)) if time < timedelta(hours=6) else None
    last, following = due.last(after, until), due.next(after)
    assert following is not None
    assert (last is not None) == (following <= until)
    if slots is not None:
        assert slots == sorted(set(slots))
        assert all(after < slot <= until for slot in slots)
        assert last == (slots[-1] if slots else None)
        assert not slots or following == slots[0]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("0 6 * *", "has 4 fields"),
        ("0 25 * * *", "25"),
        ("0 6 1 * 1", "both named"),
        ("0 6 * * 9", "no day of the week"),
        ("0 6 * * 5-2", "names no days"),
        ("*/0 * * * *", "Increment"),
        ("0 6 * * someday", "no day of the week"),
    ],
)
def test_what_is_no_cron_expression_is_said(expression: str, said: str) -> None:
    with pytest.raises(UnfitError, match=said):
        timing.cron(expression, BERLIN)


@pytest.mark.parametrize("text", ["6:00", "24:00", "06:60", "six", ""])
def test_what_is_no_time_of_the_day_is_said(text: str) -> None:
    with pytest.raises(UnfitError, match="no time of the day"):
        timing.at((text,), BERLIN)


def test_no_time_at_all_is_no_period() -> None:
    with pytest.raises(UnfitError, match="no time"):
        timing.every(timedelta())
