"""Fiscal periods: their days, names and addresses."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.formulas.periods import MONTH, QUARTER, YEAR, parse_period, period_of, run_up


@pytest.mark.parametrize(
    ("slug", "starts_in", "first", "last", "name"),
    [
        ("2026", 1, dt.date(2026, 1, 1), dt.date(2026, 12, 31), "2026"),
        ("2026", 4, dt.date(2025, 4, 1), dt.date(2026, 3, 31), "FY 2026"),
        ("2026-q1", 1, dt.date(2026, 1, 1), dt.date(2026, 3, 31), "Q1 2026"),
        ("2026-q1", 4, dt.date(2025, 4, 1), dt.date(2025, 6, 30), "Q1 FY26"),
        ("2026-q4", 10, dt.date(2026, 7, 1), dt.date(2026, 9, 30), "Q4 FY26"),
        ("2026-m02", 7, dt.date(2026, 2, 1), dt.date(2026, 2, 28), "2026-02"),
    ],
)
def test_a_period_knows_its_days(slug: str, starts_in: int, first: dt.date, last: dt.date, name: str) -> None:
    period = parse_period(slug, starts_in)
    assert period is not None
    assert (period.starts_on, period.ends_on, period.name, period.slug) == (first, last, name, slug)


@pytest.mark.parametrize("slug", ["", "26", "2026-q5", "2026-q0", "2026-m13", "2026-w1", "9999", "2026-q1x"])
def test_what_is_no_period_is_refused(slug: str) -> None:
    assert parse_period(slug) is None


@given(
    day=st.dates(dt.date(1950, 1, 1), dt.date(2150, 1, 1)),
    kind=st.sampled_from([YEAR, QUARTER, MONTH]),
    starts_in=st.integers(1, 12),
)
def test_every_day_lies_in_its_period_and_the_address_leads_back(day: dt.date, kind: str, starts_in: int) -> None:
    period = period_of(day, kind, starts_in)
    assert period.starts_on <= day <= period.ends_on
    assert period.kind == kind
    assert parse_period(period.slug, starts_in) == period
    assert period.shifted(1).starts_on == period.ends_on + dt.timedelta(days=1)
    assert list(run_up(period, 3)) == [period.shifted(-2), period.shifted(-1), period]
    if kind != MONTH:
        assert (period.starts_on.month - starts_in) % period.months == 0
