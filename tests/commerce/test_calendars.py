"""Working days: holidays, closed days, the cut-off in its zone, and the nights in which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commerce.calendars import WorkingDays, add_working_days, counts_from, next_day, working_days
from gateway.commerce.term_values import cut_off, weekdays
from gateway.model.terms import DeliveryCalendar

BERLIN = ZoneInfo("Europe/Berlin")
NORTH = working_days(DeliveryCalendar(calendar="N", country="DE", region="HH", closed_on="2026-12-28/2026-12-31"))
BAVARIA = working_days(DeliveryCalendar(calendar="S", country="DE", region="BY"))


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(("day", "worked"), [
    ("2026-12-23", True), ("2026-12-25", False), ("2026-12-26", False), ("2026-12-28", False), ("2026-12-31", False),
    ("2027-01-01", False), ("2027-01-02", False), ("2027-01-04", True),
])  # fmt: skip
def test_weekends_holidays_and_closed_days_are_no_working_days(day: str, worked: bool) -> None:
    assert NORTH.includes(date.fromisoformat(day)) is worked


def test_holidays_are_those_of_the_region() -> None:
    epiphany = date(2027, 1, 6)
    assert (NORTH.includes(epiphany), BAVARIA.includes(epiphany)) == (True, False)


def test_a_calendar_without_country_has_no_holidays() -> None:
    assert working_days(DeliveryCalendar(calendar="X", weekdays="1-7")).includes(date(2026, 12, 25))


@pytest.mark.parametrize(("day", "on", "then"), [
    ("2026-12-23", "mon-sun", "2026-12-23"), ("2026-12-24", "mon-sun", "2026-12-24"),
    ("2026-12-25", "mon-sun", "2027-01-04"), ("2026-12-25", "tue thu", "2027-01-05"),
])  # fmt: skip
def test_the_next_day_is_a_working_day_on_which_is_delivered(day: str, on: str, then: str) -> None:
    assert next_day(NORTH, date.fromisoformat(day), weekdays(on)) == date.fromisoformat(then)


def test_there_is_no_next_day_where_none_is_ever_worked() -> None:
    assert next_day(NORTH, date(2026, 6, 1), weekdays("sun")) is None
    assert next_day(NORTH, date.max) in (None, date.max)


@pytest.mark.parametrize(("count", "then"), [
    (0, "2026-12-23"), (1, "2026-12-24"), (2, "2027-01-04"), (5, "2027-01-07")
])  # fmt: skip
def test_only_working_days_count(count: int, then: str) -> None:
    assert add_working_days(NORTH, date(2026, 12, 23), count) == date.fromisoformat(then)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(0, 60))
def test_so_many_working_days_lie_between(day: date, count: int) -> None:
    then = add_working_days(NORTH, day, count)
    between = sum(NORTH.includes(day + timedelta(step)) for step in range(1, (then - day).days + 1))
    assert between == count


def test_a_lead_time_past_the_end_of_time_ends_there() -> None:
    assert add_working_days(WorkingDays(), date(2026, 6, 1), 999_999_999) == date.max


@pytest.mark.parametrize(("now", "counts"), [
    ("2026-06-10T14:00", "2026-06-10"), ("2026-06-10T14:00:01", "2026-06-11"), ("2026-06-12T15:00", "2026-06-15"),
    ("2026-06-13T09:00", "2026-06-15"), ("2026-12-24T15:00", "2027-01-04"),
])  # fmt: skip
def test_an_order_after_the_cut_off_counts_from_the_next_working_day(now: str, counts: str) -> None:
    assert counts_from(NORTH, at(now), "Europe/Berlin", cut_off("14:00")) == date.fromisoformat(counts)


def test_the_cut_off_is_in_its_own_zone() -> None:
    noon = datetime(2026, 6, 10, 12, 30, tzinfo=UTC)
    assert counts_from(NORTH, noon, "UTC", cut_off("14:00 Europe/Berlin")) == date(2026, 6, 11)
    assert counts_from(NORTH, noon, "UTC", cut_off("14:00 Europe/London")) == date(2026, 6, 10)
    late = datetime(2026, 6, 10, 23, 30, tzinfo=UTC)
    assert counts_from(WorkingDays(), late, "Europe/Berlin") == date(2026, 6, 11)


def test_the_terms_cut_off_stands_before_the_calendars() -> None:
    early = NORTH._replace(cut_off=cut_off("08:00"))
    assert counts_from(early, at("2026-06-10T09:00"), "Europe/Berlin") == date(2026, 6, 11)
    assert counts_from(early, at("2026-06-10T09:00"), "Europe/Berlin", cut_off("10:00")) == date(2026, 6, 10)


@pytest.mark.parametrize(("instant", "counts"), [
    ("2026-03-29T01:30:00", 29), ("2026-03-29T01:30:01", 30),  # 02:30 is skipped: 03:30 summer time
    ("2026-10-25T00:30:00", 25), ("2026-10-25T01:30:00", 25), ("2026-10-25T01:30:01", 26),  # 02:30 comes twice
])  # fmt: skip
def test_in_the_night_of_the_clock_change_the_cut_off_is_the_later_of_both(instant: str, counts: int) -> None:
    now = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert counts_from(WorkingDays(), now, "UTC", cut_off("2:30 Europe/Berlin")).day == counts


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))  # noqa: DTZ001 made aware below
def test_an_order_never_counts_for_a_day_that_is_over(moment: datetime) -> None:
    now = moment.replace(tzinfo=UTC)
    counted = counts_from(NORTH, now, "Europe/Berlin", cut_off("14:00"))
    today = now.astimezone(BERLIN).date()
    assert counted >= today
    assert NORTH.includes(counted)
    assert (counted == today) == (NORTH.includes(today) and now.astimezone(BERLIN).time() <= time(14))
