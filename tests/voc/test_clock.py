"""The clock of a decision: nights, weekends, days off, time zones, changes of the clock, and pauses."""

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from team.calendars import Calendar, OpeningHours
from voc.formulas.clock import LEVEL_HOURS, SHORTEST, Term, moved, new_term, reopened_term, resumed

UTC = dt.UTC
CASES = settings(deadline=None, max_examples=60)
NONE = dt.timedelta()
# Half-hour and three-quarter zones, both hemispheres, a change of half an hour, a day that was skipped, no change.
ZONES = (
    *("UTC", "Europe/Copenhagen", "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Asia/Shanghai"),
    *("Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "Pacific/Kiritimati", "America/Sao_Paulo"),
)


@st.composite
def clocks(draw: st.DrawFn) -> OpeningHours:
    """A department somewhere, with some days off of its own."""
    opens = draw(st.integers(0, 22 * 60))
    closes = draw(st.integers(opens + 30, 24 * 60 - 1))
    off = draw(st.frozensets(st.dates(dt.date(2025, 12, 20), dt.date(2027, 1, 10)), max_size=25))
    return OpeningHours(
        calendar=Calendar(country=draw(st.sampled_from(["US", "DK", "CN", "XX"])), own_days_off=off),
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        opens_at=dt.time(opens // 60, opens % 60),
        closes_at=dt.time(closes // 60, closes % 60),
    )


moments = st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2026, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 the zone is given
spans = st.timedeltas(dt.timedelta(seconds=1), dt.timedelta(hours=60))


@CASES
@given(clocks(), moments, spans)
def test_what_is_added_lies_between(hours: OpeningHours, start: dt.datetime, span: dt.timedelta) -> None:
    end = hours.add(start, span)
    assert end > start
    assert hours.between(start, end) == span


@CASES
@given(clocks(), moments, spans)
def test_the_time_between_leads_back_to_the_end(hours: OpeningHours, start: dt.datetime, span: dt.timedelta) -> None:
    end = hours.add(start, span)
    assert hours.add(start, hours.between(start, end)) == end


@CASES
@given(clocks(), moments, moments)
def test_no_moment_is_later_than_the_time_that_it_took(
    hours: OpeningHours, start: dt.datetime, end: dt.datetime
) -> None:
    span = hours.between(start, end)
    assume(span > NONE)
    assert hours.add(start, span) <= end
    assert hours.between(hours.add(start, span), end) == NONE


@CASES
@given(clocks(), moments, spans, spans)
def test_two_steps_are_one(hours: OpeningHours, start: dt.datetime, one: dt.timedelta, two: dt.timedelta) -> None:
    assert hours.add(hours.add(start, one), two) == hours.add(start, one + two)


@CASES
@given(clocks(), moments, spans)
def test_a_term_ends_while_somebody_works(hours: OpeningHours, start: dt.datetime, span: dt.timedelta) -> None:
    due = hours.add(start, span)
    opens, closes = hours.on(due.astimezone(hours.zone).date())
    assert hours.calendar.is_business_day(due.astimezone(hours.zone).date())
    assert opens < due <= closes


@CASES
@given(clocks(), moments, st.sampled_from(ZONES))
def test_the_zone_in_which_a_moment_is_written_changes_nothing(
    hours: OpeningHours, start: dt.datetime, zone: str
) -> None:
    elsewhere = start.astimezone(ZoneInfo(zone))
    assert hours.add(elsewhere, LEVEL_HOURS) == hours.add(start, LEVEL_HOURS)


@CASES
@given(clocks(), moments, spans)
def test_the_warning_comes_when_a_quarter_is_left(hours: OpeningHours, start: dt.datetime, span: dt.timedelta) -> None:
    term = new_term(hours, start, span)
    assert start < term.warn_at < term.due_at
    assert hours.between(term.warn_at, term.due_at) == span / 4


@CASES
@given(
    clocks(),
    moments,
    spans,
    st.lists(st.tuples(st.floats(0, 1), st.timedeltas(NONE, dt.timedelta(days=9))), max_size=4),
)
def test_the_work_before_the_deadline_is_the_same_however_often_the_customer_is_asked(
    hours: OpeningHours, start: dt.datetime, span: dt.timedelta, pauses: list[tuple[float, dt.timedelta]]
) -> None:
    """Each pause begins somewhere in the time that is left, and lasts nights, weekends and days off too."""
    term, runs_from, worked = new_term(hours, start, span), start, NONE
    for share, length in pauses:
        stood = runs_from + (term.due_at - runs_from) * share
        runs = stood + length
        worked += hours.between(runs_from, stood)
        term, runs_from = resumed(hours, term, stood=stood, runs=runs), runs
        assert term.warn_at <= term.due_at
    assert worked + hours.between(runs_from, term.due_at) == span


@CASES
@given(clocks(), moments, spans, spans)
def test_a_deadline_that_passed_before_the_pause_stays_where_it_was(
    hours: OpeningHours, start: dt.datetime, late: dt.timedelta, length: dt.timedelta
) -> None:
    due, stood = start, start + late
    assert moved(hours, due, stood=stood, runs=stood + length) == due


@CASES
@given(clocks(), moments, spans, moments, spans)
@example(
    OpeningHours(Calendar(country="US", own_days_off=frozenset()), ZoneInfo("UTC"), dt.time(9), dt.time(17)),
    dt.datetime(2026, 5, 29, 15, tzinfo=UTC),
    dt.timedelta(hours=4),
    dt.datetime(2026, 6, 3, 9, tzinfo=UTC),
    dt.timedelta(hours=1),
)
def test_a_reopened_decision_gets_what_was_left_and_never_a_fresh_term(
    hours: OpeningHours, start: dt.datetime, span: dt.timedelta, at: dt.datetime, took: dt.timedelta
) -> None:
    due, decided = hours.add(start, span), hours.add(start, took)
    term = reopened_term(hours, due_at=due, decided_at=decided, at=at)
    left = max(span - took, NONE)
    assert hours.between(at, term.due_at) == max(min(left, LEVEL_HOURS), SHORTEST)


def test_the_night_of_a_change_of_the_clock_has_its_true_length() -> None:
    hours = OpeningHours(
        Calendar(country="XX", own_days_off=frozenset()), ZoneInfo("Africa/Cairo"), dt.time(0), dt.time(8)
    )
    # Egypt: Friday, 24 April 2026, from 0:00 to 1:00, and Thursday's night of 29 October two times 23 to 24.
    opens, closes = hours.on(dt.date(2026, 4, 24))
    assert closes - opens == dt.timedelta(hours=7)
    assert new_term(hours, opens, dt.timedelta(hours=8)).due_at > closes


def test_a_pause_over_a_weekend_costs_the_department_nothing() -> None:
    hours = OpeningHours(
        Calendar(country="DK", own_days_off=frozenset()), ZoneInfo("Europe/Copenhagen"), dt.time(9), dt.time(17)
    )
    start = dt.datetime(
        2026, 3, 27, 14, tzinfo=UTC
    )  # Friday 15:00, two hours before closing; on Sunday the clock changes
    term = new_term(hours, start, dt.timedelta(hours=4))
    assert term == Term(dt.datetime(2026, 3, 30, 9, tzinfo=UTC), dt.datetime(2026, 3, 30, 8, tzinfo=UTC))
    stood, runs = start + dt.timedelta(hours=1), dt.datetime(2026, 3, 30, 9, tzinfo=UTC)
    assert resumed(hours, term, stood=stood, runs=runs).due_at == dt.datetime(2026, 3, 30, 12, tzinfo=UTC)
