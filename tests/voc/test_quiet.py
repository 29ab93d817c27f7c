"""Quiet hours: nobody is woken up, whatever their zone, their clock changes and their holidays."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.formulas.quiet import STANDARD, QuietRules, hours_of, is_allowed, next_allowed, week_edges
from voc.selectors.zones import Whereabouts, main_zones, weekend_of

ZONES = (
    *("Europe/Copenhagen", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Asia/Kathmandu"),
    *("Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca", "Asia/Tehran", "Pacific/Chatham", "UTC"),
)
# Hypothesis wants its bounds without a zone, and adds it.
FIRST, LAST = dt.datetime(2019, 1, 1), dt.datetime(2031, 1, 1)  # noqa: DTZ001
MOMENTS = st.datetimes(min_value=FIRST, max_value=LAST, timezones=st.just(dt.UTC))
RULES = st.builds(
    QuietRules,
    opens=st.times().map(lambda one: one.replace(microsecond=0)),
    closes=st.times().map(lambda one: one.replace(microsecond=0)),
    spares_edges=st.booleans(),
    weekend=st.frozensets(st.integers(0, 6), max_size=3),
)
DAYS_OFF = st.frozensets(st.dates(dt.date(2019, 1, 1), dt.date(2031, 2, 1)), max_size=20)


def never(day: dt.date) -> bool:
    return False


@settings(max_examples=200, deadline=None)
@given(moment=MOMENTS, zone=st.sampled_from(ZONES), days_off=DAYS_OFF)
def test_mail_arrives_in_working_hours_of_the_recipient(
    moment: dt.datetime, zone: str, days_off: frozenset[dt.date]
) -> None:
    found = next_allowed(moment, ZoneInfo(zone), days_off.__contains__)
    local = found.astimezone(ZoneInfo(zone))
    assert found >= moment
    assert local.weekday() < 5 and local.date() not in days_off
    assert dt.time(8) <= local.time() < dt.time(18)
    assert not (local.weekday() == 0 and local.time() < dt.time(12))
    assert not (local.weekday() == 4 and local.time() >= dt.time(12))


@settings(max_examples=150, deadline=None)
@given(moment=MOMENTS, zone=st.sampled_from(ZONES), rules=RULES, days_off=DAYS_OFF)
def test_no_open_moment_is_passed_over(
    moment: dt.datetime, zone: str, rules: QuietRules, days_off: frozenset[dt.date]
) -> None:
    off = days_off.__contains__
    found = next_allowed(moment, ZoneInfo(zone), off, rules)
    day = moment.astimezone(ZoneInfo(zone)).date()
    spans = [hours_of(day + dt.timedelta(days=ahead), ZoneInfo(zone), off, rules) for ahead in range(-1, 40)]
    open_later = [max(start, moment) for start, end in filter(None, spans) if end > moment]
    if open_later:
        assert found == min(open_later)
    assert next_allowed(found, ZoneInfo(zone), off, rules) == found


def test_a_day_on_which_the_clock_changes_keeps_its_hours() -> None:
    # 29 March 2026, 1:00 UTC: Copenhagen's clock jumps; the Tuesday after is two hours ahead of UTC.
    zone = ZoneInfo("Europe/Copenhagen")
    before = next_allowed(dt.datetime(2026, 3, 24, 20, tzinfo=dt.UTC), zone, never)
    after = next_allowed(dt.datetime(2026, 3, 31, 20, tzinfo=dt.UTC), zone, never)
    assert (before.hour, after.hour) == (7, 6)


def test_rules_that_never_open_hold_nothing_for_ever() -> None:
    moment = dt.datetime(2026, 9, 16, 11, tzinfo=dt.UTC)
    assert next_allowed(moment, ZoneInfo("UTC"), lambda _day: True) == moment
    assert is_allowed(moment, ZoneInfo("UTC"), never)


@pytest.mark.parametrize(
    ("weekend", "edges"), [({5, 6}, (0, 4)), ({4, 5}, (6, 3)), (set(), (None, None)), ({6}, (0, 5))]
)
def test_a_week_has_edges_where_its_weekend_is(weekend: set[int], edges: tuple[int | None, int | None]) -> None:
    assert week_edges(frozenset(weekend)) == edges


def test_everybody_has_a_clock() -> None:
    where = Whereabouts(country="DK", time_zone="Europe/Copenhagen")
    assert where.zone_of(time_zone="Asia/Tokyo", country="US").key == "Asia/Tokyo"
    assert where.zone_of(time_zone="", country="us").key == "America/New_York"
    assert where.zone_of(time_zone="Nowhere/Town", country="").key == "Europe/Copenhagen"
    assert where.zone_of(time_zone="../etc/passwd", country="XX").key == "Europe/Copenhagen"
    assert main_zones()["AU"] == "Australia/Sydney"
    assert (weekend_of("IL"), weekend_of("XX")) == (frozenset({4, 5}), STANDARD.weekend)


def test_holidays_are_those_of_the_recipients_country() -> None:
    where = Whereabouts(country="US", time_zone="UTC")
    thanksgiving = dt.datetime(2026, 11, 26, 15, tzinfo=dt.UTC)
    danish = where.next_moment(thanksgiving, time_zone="", country="DK")
    american = where.next_moment(thanksgiving, time_zone="America/New_York", country="US")
    assert danish == thanksgiving
    assert american.date() > thanksgiving.date()
