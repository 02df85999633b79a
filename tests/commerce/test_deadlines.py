"""Deadlines: a time agreed is over when its hours of work are, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.commerce.calendars import WorkingDays
from gateway.commerce.deadlines import deadline

MON_FRI = WorkingDays(frozenset(range(5)))
BERLIN = "Europe/Berlin"
HOUR = timedelta(hours=1)
FRIDAY_EVENING = datetime(2026, 6, 12, 20, tzinfo=UTC)  # 22:00 in Berlin


def test_without_a_calendar_it_counts_around_the_clock() -> None:
    assert deadline(FRIDAY_EVENING, 4 * HOUR) == datetime(2026, 6, 13, 0, tzinfo=UTC)


def test_what_is_left_on_friday_goes_on_with_monday_in_the_zone() -> None:
    assert deadline(FRIDAY_EVENING, 4 * HOUR, MON_FRI, BERLIN) == datetime(2026, 6, 15, 0, tzinfo=UTC)


def test_what_ends_with_the_day_is_due_at_its_end() -> None:
    assert deadline(FRIDAY_EVENING, 2 * HOUR, MON_FRI, BERLIN) == datetime(2026, 6, 12, 22, tzinfo=UTC)


def test_what_comes_on_a_closed_day_begins_with_the_next_open_one() -> None:
    closed = MON_FRI._replace(closed=frozenset({date(2026, 6, 15)}))
    saturday = datetime(2026, 6, 13, 9, tzinfo=UTC)
    assert deadline(saturday, HOUR, closed, BERLIN) == datetime(2026, 6, 15, 23, tzinfo=UTC)


def test_a_holiday_of_the_region_does_not_count() -> None:
    bavaria = MON_FRI._replace(country="DE", region="BY")
    eve = datetime(2026, 1, 5, 22, tzinfo=UTC)  # 6 January is Epiphany in Bavaria, not in Hamburg
    assert deadline(eve, 2 * HOUR, bavaria, BERLIN) == datetime(2026, 1, 7, 0, tzinfo=UTC)
    assert deadline(eve, 2 * HOUR, bavaria._replace(region="HH"), BERLIN) == datetime(2026, 1, 6, 0, tzinfo=UTC)


def test_the_day_of_the_clock_change_has_23_hours_in_spring_and_25_in_autumn() -> None:
    every_day = WorkingDays()
    spring, autumn = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight there
    only_sunday = WorkingDays(frozenset({6}))
    assert deadline(spring, 23 * HOUR, only_sunday, BERLIN) == spring + 23 * HOUR
    assert deadline(spring, 24 * HOUR, only_sunday, BERLIN) == datetime(2026, 4, 4, 23, tzinfo=UTC)
    assert deadline(autumn, 25 * HOUR, only_sunday, BERLIN) == autumn + 25 * HOUR
    assert deadline(autumn, 48 * HOUR, every_day, BERLIN) == autumn + 48 * HOUR


def test_where_midnight_itself_is_skipped_the_day_begins_an_hour_later() -> None:
    saturday_in_beirut = datetime(2026, 3, 28, 20, tzinfo=UTC)  # clocks go from 24:00 to 1:00
    days = WorkingDays(frozenset({6}))
    assert deadline(saturday_in_beirut, HOUR, days, "Asia/Beirut") == datetime(2026, 3, 28, 23, tzinfo=UTC)


def test_a_calendar_that_never_opens_and_a_time_beyond_all_times_have_no_end() -> None:
    never = datetime.max.replace(tzinfo=UTC)
    assert deadline(FRIDAY_EVENING, HOUR, WorkingDays(frozenset())) == never
    assert deadline(FRIDAY_EVENING, timedelta(days=999_999_999)) == never
    assert deadline(FRIDAY_EVENING, timedelta(days=999_999), MON_FRI) == never


instants = st.integers(1_577_836_800, 2_051_222_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
times = st.timedeltas(timedelta(), timedelta(days=9))
weeks = st.sets(st.integers(0, 6), min_size=1).map(lambda found: WorkingDays(frozenset(found)))
zones = st.sampled_from([BERLIN, "UTC", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "Australia/Lord_Howe"])


@given(instants, times, zones)
def test_where_every_day_is_open_the_calendar_changes_nothing(at: datetime, within: timedelta, zone: str) -> None:
    assert deadline(at, within, WorkingDays(), zone) == deadline(at, within)


@given(instants, times, st.timedeltas(timedelta(microseconds=1), timedelta(days=9)), weeks, zones)
def test_what_is_cut_in_two_is_over_at_the_same_instant(
    at: datetime, first: timedelta, rest: timedelta, days: WorkingDays, zone: str
) -> None:
    assert deadline(deadline(at, first, days, zone), rest, days, zone) == deadline(at, first + rest, days, zone)


@given(instants, times, weeks, zones)
def test_it_is_never_sooner_than_around_the_clock(
    at: datetime, within: timedelta, days: WorkingDays, zone: str
) -> None:
    assert deadline(at, within, days, zone) >= at + within
