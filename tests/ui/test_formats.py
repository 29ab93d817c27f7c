"""Numbers, money and days as people read them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ui import formats
from ui.dates import UnreadableDay, add_months, parse_day

SATURDAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2026-11-21"),
        ("Tomorrow", "2026-11-22"),
        ("fri", "2026-11-27"),
        ("saturday", "2026-11-28"),
        ("+2w", "2026-12-05"),
        ("in 3 weeks", "2026-12-12"),
        ("-10d", "2026-11-11"),
        ("1y", "2027-11-21"),
        ("+3m", "2027-02-21"),
        ("end of q", "2026-12-31"),
        ("eom", "2026-11-30"),
        ("next month", "2026-12-01"),
        ("next week", "2026-11-23"),
        ("23 dec", "2026-12-23"),
        ("Dec 23, 2027", "2027-12-23"),
        ("1 mar", "2027-03-01"),
        ("1 oct", "2026-10-01"),
        ("2026-12-23", "2026-12-23"),
        ("12月3日", "2026-12-03"),
    ],
)
def test_days_are_read_as_people_type_them(text: str, day: str) -> None:
    assert parse_day(text, SATURDAY).isoformat() == day


@pytest.mark.parametrize("text", ["", "soon", "3/4/2026", "31 feb", "2026-02-30", "+9999y", "0000-01-01", "feb"])
def test_what_is_no_day_is_refused_with_a_cure(text: str) -> None:
    with pytest.raises(UnreadableDay) as refused:
        parse_day(text, SATURDAY)
    assert str(refused.value)


def test_danish_days_are_read() -> None:
    with translation.override("da"):
        assert parse_day("fredag", SATURDAY).isoformat() == "2026-11-27"
        assert parse_day("23. december", SATURDAY).isoformat() == "2026-12-23"


@given(st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1)), st.integers(-600, 600))
def test_months_there_and_back_stay_in_the_month(day: dt.date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day <= day.day


@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)), st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)))
def test_iso_days_are_read_back(day: dt.date, today: dt.date) -> None:
    assert parse_day(day.isoformat(), today) == day


@pytest.mark.parametrize(
    ("value", "text"),
    [(1200, "$1,200"), (Decimal("1200.50"), "$1,200.50"), (-3, "−$3"), (None, "–"), (0, "$0")],
)
def test_money_in_full(value: Decimal | None, text: str) -> None:
    assert formats.money(value, "USD") == text


def test_compact_money_signs_and_shares() -> None:
    assert formats.compact_money(1_240_000, "USD") == "$1.2M"
    assert formats.compact_money(802_000, "EUR") == "€802K"
    assert formats.compact_money(Decimal("376.48"), "USD") == "$376"
    assert formats.signed(-7) == "−7"
    assert formats.signed(3) == "+3"
    assert formats.signed(0.2) == "±0"
    assert formats.percent(0.923, 1) == "92.3\u202f%"
    with translation.override("da"):
        assert formats.money(1200, "DKK") == "1.200\xa0kr."


def test_times_are_told_relatively() -> None:
    now = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    assert formats.relative_time(now - dt.timedelta(hours=3), now=now) == "3h ago"
    assert formats.relative_time(now, now=now) == "now"
    assert formats.relative_day(SATURDAY + dt.timedelta(days=12), today=SATURDAY) == "in 12 d"
    assert formats.relative_day(SATURDAY - dt.timedelta(days=1), today=SATURDAY) == "yesterday"


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana Ruiz", "AR"), ("陈美", "陈"), ("", "?"), ("bo", "B"), ("J-P Sartre", "JS")]
)
def test_initials(name: str, letters: str) -> None:
    assert formats.initials(name) == letters
