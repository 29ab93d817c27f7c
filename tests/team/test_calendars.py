"""Business days and hours."""

import datetime as dt

import pytest
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from team.calendars import Calendar, add_business_days, is_business_day
from team.models import Department, Holiday, Install

UTC = dt.UTC
FRIDAY = dt.date(2026, 5, 29)
CALENDAR = Calendar(country="US", own_days_off=frozenset())


def department(**fields: object) -> Department:
    words = {"opens_at": dt.time(9), "closes_at": dt.time(17), "time_zone": "UTC"} | fields
    return Department(slug="product", name="Product", **words)


def test_weekends_are_no_business_days() -> None:
    assert CALENDAR.is_business_day(FRIDAY)
    assert not CALENDAR.is_business_day(FRIDAY + dt.timedelta(days=1))


def test_public_holidays_follow_the_country() -> None:
    independence_day_observed = dt.date(2026, 7, 3)
    assert not CALENDAR.is_business_day(independence_day_observed)
    assert Calendar(country="DK", own_days_off=frozenset()).is_business_day(independence_day_observed)


def test_an_unknown_country_has_weekends_only() -> None:
    assert Calendar(country="XX", own_days_off=frozenset()).is_business_day(dt.date(2026, 12, 25))


def test_own_days_off_count_too(db: None) -> None:
    Install.objects.create(pk=1, country="DK")
    Holiday.objects.create(day=FRIDAY, name="Summer party")
    assert not is_business_day(FRIDAY)
    assert add_business_days(day=FRIDAY, days=0) == dt.date(2026, 6, 1)


@pytest.mark.parametrize(
    ("days", "expected"), [(1, dt.date(2026, 6, 1)), (5, dt.date(2026, 6, 5)), (-1, dt.date(2026, 5, 28)), (0, FRIDAY)]
)
def test_business_days_are_counted_in_both_directions(days: int, expected: dt.date) -> None:
    assert CALENDAR.add_business_days(day=FRIDAY, days=days) == expected


def test_hours_run_only_while_the_department_is_open() -> None:
    start = dt.datetime(2026, 5, 29, 15, tzinfo=UTC)  # Friday, two hours before closing
    due = CALENDAR.add_business_hours(start=start, hours=3, department=department())
    assert due == dt.datetime(2026, 6, 1, 10, tzinfo=UTC)


def test_what_comes_in_at_night_starts_in_the_morning() -> None:
    start = dt.datetime(2026, 6, 2, 23, tzinfo=UTC)
    assert CALENDAR.add_business_hours(start=start, hours=1, department=department()) == dt.datetime(
        2026, 6, 3, 10, tzinfo=UTC
    )


def test_hours_are_those_of_the_departments_place() -> None:
    start = dt.datetime(2026, 6, 2, 0, tzinfo=UTC)
    tokyo = department(time_zone="Asia/Tokyo")
    assert CALENDAR.add_business_hours(start=start, hours=8, department=tokyo) == dt.datetime(2026, 6, 2, 8, tzinfo=UTC)


def test_the_day_of_the_clock_change_has_its_true_length() -> None:
    always = department(opens_at=dt.time(0), closes_at=dt.time(23, 59), time_zone="Europe/Copenhagen")
    monday_after = dt.datetime(2026, 3, 30, 0, tzinfo=UTC)
    # Midnight in Copenhagen is 22:00 UTC in summer: two hours of Monday are over at 00:00 UTC.
    due = Calendar(country="XX", own_days_off=frozenset()).add_business_hours(
        start=monday_after, hours=1, department=always
    )
    assert due == dt.datetime(2026, 3, 30, 1, tzinfo=UTC)


@given(minutes=st.integers(0, 60 * 24 * 700), hours=st.integers(1, 80))
def test_adding_and_measuring_agree(minutes: int, hours: int) -> None:
    start = dt.datetime(2025, 1, 1, tzinfo=UTC) + dt.timedelta(minutes=minutes)
    place = department(time_zone="Europe/Copenhagen")
    due = CALENDAR.add_business_hours(start=start, hours=hours, department=place)
    assert CALENDAR.business_hours_between(start=start, end=due, department=place) == pytest.approx(hours)


def test_a_department_that_never_opens_is_refused_by_the_database(db: None) -> None:
    with pytest.raises(IntegrityError, match="department_closes_after_it_opens"):
        department(opens_at=dt.time(17), closes_at=dt.time(9)).save()
