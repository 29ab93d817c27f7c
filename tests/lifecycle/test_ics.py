"""Calendar files: zones and daylight saving, series and their exceptions, and files that mean harm."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.formulas.ics import MOST_BYTES, IcsFile, UnreadableCalendar, read_ics
from lifecycle.services.calendars.parsing import parse_calendar
from tests.lifecycle.makers_calendars import COPENHAGEN, ics

START = dt.datetime(2026, 10, 12, tzinfo=dt.UTC)
END = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
WEEKLY = """UID:weekly
SUMMARY:Weekly
SEQUENCE:2
DTSTART;TZID=Copenhagen of ours:20261012T090000
DTEND;TZID=Copenhagen of ours:20261012T100000
RRULE:FREQ=WEEKLY"""


def read(data: bytes, **more: str) -> IcsFile:
    return read_ics(data, start=START, end=END, **more)


def starts(file: IcsFile) -> list[str]:
    return sorted(one.starts_at[:16] for one in file.meetings)


def test_a_weekly_meeting_stays_at_nine_through_the_end_of_daylight_saving() -> None:
    found = starts(read(ics(WEEKLY, head=COPENHAGEN)))
    assert found[:4] == ["2026-10-12T07:00", "2026-10-19T07:00", "2026-10-26T08:00", "2026-11-02T08:00"]


@pytest.mark.parametrize("zone", ["Europe/Copenhagen", "Romance Standard Time"])
def test_zones_by_their_name_of_the_database_and_of_windows(zone: str) -> None:
    text = f"UID:z\nDTSTART;TZID={zone}:20261102T090000\nDTEND;TZID={zone}:20261102T100000"
    assert starts(read(ics(text))) == ["2026-11-02T08:00"]


def test_times_without_a_zone_are_the_readers_or_the_calendars() -> None:
    text = "UID:f\nDTSTART:20261102T090000\nDURATION:PT30M"
    assert starts(read(ics(text), zone="America/New_York")) == ["2026-11-02T14:00"]
    assert starts(read(ics(text, head="X-WR-TIMEZONE:Asia/Tokyo"), zone="America/New_York")) == ["2026-11-02T00:00"]
    assert starts(read(ics(text), zone="Nowhere/Land")) == ["2026-11-02T09:00"]


def test_a_moved_occurrence_keeps_its_place_in_the_series() -> None:
    moved = """UID:weekly
SUMMARY:Weekly, moved
RECURRENCE-ID;TZID=Copenhagen of ours:20261102T090000
DTSTART;TZID=Copenhagen of ours:20261103T110000
DTEND;TZID=Copenhagen of ours:20261103T120000"""
    file = read(ics(WEEKLY, moved, head=COPENHAGEN))
    by_id = {one.recurrence_id: one for one in file.meetings}
    one = by_id["2026-11-02T08:00:00+00:00"]
    assert (one.starts_at, one.title) == ("2026-11-03T10:00:00+00:00", "Weekly, moved")
    assert "2026-11-02T08:00" not in starts(file)
    assert len(file.meetings) == 6


def test_days_that_are_taken_out_do_not_happen_and_cancelled_ones_say_so() -> None:
    without = WEEKLY + "\nEXDATE;TZID=Copenhagen of ours:20261019T090000"
    off = """UID:weekly
STATUS:CANCELLED
RECURRENCE-ID;TZID=Copenhagen of ours:20261102T090000
DTSTART;TZID=Copenhagen of ours:20261102T090000
DTEND;TZID=Copenhagen of ours:20261102T100000"""
    file = read(ics(without, off, head=COPENHAGEN))
    assert "2026-10-19T07:00" not in starts(file)
    assert [one.starts_at[:10] for one in file.meetings if one.is_cancelled] == ["2026-11-02"]


def test_a_single_meeting_has_no_place_in_a_series_so_moving_it_keeps_its_row() -> None:
    (one,) = read(ics("UID:s\nDTSTART:20261102T090000Z\nDTEND:20261102T100000Z")).meetings
    assert one.recurrence_id == ""


def test_whole_days_private_ones_attendees_and_what_i_declined() -> None:
    text = """UID:d
DTSTART;VALUE=DATE:20261102
CLASS:PRIVATE
SUMMARY:Kick\x07off
ORGANIZER:mailto:Ana@Customer.example
ATTENDEE;CN=Bo;PARTSTAT=ACCEPTED:MAILTO:bo@customer.example
ATTENDEE;PARTSTAT=DECLINED:mailto:me@vendor.example"""
    (one,) = read(ics(text)).meetings
    assert one.is_whole_day and one.is_private
    assert one.title == "Kick off"
    assert one.attendees == ["bo@customer.example", "me@vendor.example", "ana@customer.example"]
    assert read(ics(text), reader="Me@Vendor.example").meetings == []


def test_a_cancellation_names_what_is_called_off() -> None:
    file = read(ics("UID:weekly\nSEQUENCE:3\nDTSTART:20261102T090000Z\nATTENDEE:mailto:a@b.example", method="CANCEL"))
    assert (file.method, file.called_off, file.meetings) == ("CANCEL", [("weekly", "", 3)], [])
    assert file.people == ["a@b.example"]


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=1", "FREQ=HOURLY", "FREQ=NEVER", "BYDAY=MO"])
def test_rules_that_make_no_sense_are_left_out_and_the_rest_is_read(rule: str) -> None:
    bad = f"UID:bad\nDTSTART:20261102T090000Z\nDTEND:20261102T100000Z\nRRULE:{rule}"
    good = "UID:good\nDTSTART:20261103T090000Z\nDTEND:20261103T100000Z"
    file = read(ics(bad, good))
    assert "good" in {one.uid for one in file.meetings}
    assert len(file.meetings) <= 2


@pytest.mark.parametrize(
    "text",
    [
        "UID:a\nDTSTART:20261102T090000Z\nDTEND:20261101T090000Z",
        "UID:a\nDTSTART:99991231T235959Z\nDTEND:99991231T235959Z",
        "UID:a\nDTSTART:zzz",
        "UID:a",
        "UID:a\nDTSTART:20261001T090000Z\nDTEND:20271102T090000Z",
        "UID:a\nDTSTART:20261102T090000Z\nRECURRENCE-ID:never",
    ],
)
def test_entries_that_make_no_sense_hurt_nobody(text: str) -> None:
    good = "UID:good\nDTSTART:20261103T090000Z\nDTEND:20261103T100000Z"
    assert "good" in {one.uid for one in read(ics(text, good)).meetings}


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", b"x" * (MOST_BYTES + 1)]
)
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableCalendar):
        read(data)


def test_long_ids_and_texts_fit() -> None:
    (one,) = read(ics(f"UID:{'u' * 5000}\nSUMMARY:{'s' * 5000}\nDTSTART:20261102T090000Z")).meetings
    assert len(one.uid) <= 300 and len(one.title) == 300


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 400))
def test_broken_bytes_end_in_meetings_or_in_words(noise: bytes, place: int) -> None:
    data = ics(WEEKLY, head=COPENHAGEN)
    try:
        found = read(data[:place] + noise + data[place:])
    except UnreadableCalendar:
        return
    assert all(one.title == one.title.strip() and len(one.uid) <= 300 for one in found.meetings)


# What follows asks the child process: its limits hold where a library would go on for years.

ENDLESS = "UID:e\nDTSTART:20200101T090000Z\nDTEND:20200101T100000Z\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
SECONDS_IN_ZONE = COPENHAGEN.replace("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "FREQ=SECONDLY")


@pytest.mark.slow
@pytest.mark.parametrize(
    "data",
    [
        ics(*[ENDLESS.replace("UID:e", f"UID:e{number}") for number in range(30)]),
        ics(WEEKLY, head=SECONDS_IN_ZONE),
        b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 70_000 + b"END:X\n" * 70_000 + b"END:VCALENDAR\n",
    ],
    ids=["never matches", "seconds in a zone", "nested"],
)  # fmt: skip
def test_a_hostile_calendar_ends_in_words_within_its_limits(data: bytes) -> None:
    try:
        found = parse_calendar(data, start=START, end=END, cpu_seconds=1)
    except UnreadableCalendar as error:
        assert "calendar" in str(error)
    else:
        assert len(found.meetings) < 100


def test_the_child_reads_what_the_function_reads() -> None:
    data = ics(WEEKLY, head=COPENHAGEN)
    assert parse_calendar(data, start=START, end=END, zone="Europe/Copenhagen") == read(data, zone="Europe/Copenhagen")
