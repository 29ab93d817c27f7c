"""Calendar files (RFC 5545) in plain words: meetings within a window, recurrences opened, zones real.

Run as `python -m lifecycle.formulas.ics` it reads a file from standard input and writes JSON: a hostile calendar can
ask for years of work in one line, so services read it in a child process with an end (services.calendars.parsing).
"""

import datetime as dt
import hashlib
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import recurring_ical_events
from icalendar import Calendar

MOST_BYTES = 4 * 1024 * 1024
MOST_LINES = 150_000
MOST_MEETINGS = 5_000
MOST_ATTENDEES = 200
MEMORY_BYTES = 1024 * 1024 * 1024
LONGEST_MEETING = dt.timedelta(days=60)
# Nobody meets every hour; a rule like that is a mistake or an attack.
_RULES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
# What icalendar and its readers raise over values that make no sense.
_BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, NotImplementedError)


class UnreadableCalendar(ValueError):
    """The file is no calendar, or a larger one than we read; the message is for people."""


@dataclass(frozen=True, slots=True)
class IcsMeeting:
    """One occurrence. Times are aware ISO texts in UTC; `recurrence_id` is "" unless it belongs to a series."""

    uid: str
    recurrence_id: str
    sequence: int
    title: str
    location: str
    starts_at: str
    ends_at: str
    is_whole_day: bool
    is_cancelled: bool
    is_private: bool
    attendees: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class IcsFile:
    """What a file says. `called_off`: (uid, recurrence id or "" for all of it, sequence) of METHOD:CANCEL; `skipped`:
    entries that make no sense or repeat more often than daily; `people`: everybody whom the file names."""

    method: str = ""
    meetings: list[IcsMeeting] = field(default_factory=list)
    called_off: list[tuple[str, str, int]] = field(default_factory=list)
    skipped: int = 0
    people: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Window:
    start: dt.datetime
    end: dt.datetime
    reader: str

    def holds(self, meeting: IcsMeeting) -> bool:
        starts_at, ends_at = (dt.datetime.fromisoformat(text) for text in (meeting.starts_at, meeting.ends_at))
        return ends_at >= self.start and starts_at < self.end


def read_ics(data: bytes, *, start: dt.datetime, end: dt.datetime, zone: str = "UTC", reader: str = "") -> IcsFile:
    """The meetings of a file that touch the window. `zone` holds where the file names none; what `reader` (a mail
    address) has declined is left out.

    Raises:
        UnreadableCalendar: for what is no calendar, too long, or full of too many meetings.
    """
    if len(data) > MOST_BYTES or data.count(b"\n") > MOST_LINES:
        raise UnreadableCalendar("too large")
    try:
        calendars = Calendar.from_ical(data, multiple=True)
    except _BROKEN as error:
        raise UnreadableCalendar("not a calendar") from error
    window = _Window(start, end, reader.lower())
    method = ""
    meetings: list[IcsMeeting] = []
    called_off: list[tuple[str, str, int]] = []
    skipped = 0
    people: dict[str, None] = {}
    for calendar in calendars:
        method = method or _words(calendar.get("METHOD"), 20).upper()
        local = _zone_of(calendar, zone)
        for series in _series_of(calendar):
            try:
                people |= dict.fromkeys(mail for event in series for mail in _attendees(event))
                if method == "CANCEL":
                    called_off += [_identity(event, local) for event in series]
                else:
                    meetings += _meetings_of(series, window, local)
            except _BROKEN:
                skipped += 1
            if len(meetings) > MOST_MEETINGS:
                raise UnreadableCalendar("too many meetings")
    if not calendars:
        raise UnreadableCalendar("not a calendar")
    return IcsFile(method, meetings, called_off, skipped, list(people)[:MOST_MEETINGS])


def _zone_of(calendar: Any, zone: str) -> ZoneInfo:
    """Where times without a zone are: as the file says, else as the person's profile does."""
    for name in (_words(calendar.get("X-WR-TIMEZONE"), 80), zone):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def _series_of(calendar: Any) -> Iterator[list[Any]]:
    """The entries that share a UID: a meeting, or a series with its exceptions."""
    by_uid: dict[str, list[Any]] = {}
    for event in calendar.walk("VEVENT"):
        by_uid.setdefault(_uid(event), []).append(event)
    yield from by_uid.values()


def _meetings_of(series: list[Any], window: _Window, local: ZoneInfo) -> list[IcsMeeting]:
    is_series = any(name in event for event in series for name in ("RRULE", "RDATE", "RECURRENCE-ID"))
    for event in series:
        _check_rules(event.get("RRULE"))
    alone = Calendar()
    for event in series:
        alone.add_component(event)
    # A day more at both ends: times without a zone are compared before they get theirs.
    around = (window.start - dt.timedelta(days=1), window.end + dt.timedelta(days=1))
    found = []
    for event in recurring_ical_events.of(alone, skip_bad_series=True).between(*around):
        meeting = _meeting(event, local, is_series=is_series)
        if window.holds(meeting) and not _has_declined(event, window.reader):
            found.append(meeting)
        if len(found) > MOST_MEETINGS:
            raise UnreadableCalendar("too many meetings")
    return found


def _check_rules(rules: Any) -> None:
    for rule in rules if isinstance(rules, list) else [rules] if rules is not None else []:
        named = [str(one).upper() for one in rule.get("FREQ", [])]
        if not named or not set(named) <= _RULES:
            raise ValueError("repeats more often than daily")


def _meeting(event: Any, local: ZoneInfo, *, is_series: bool) -> IcsMeeting:
    begins, ends = event["DTSTART"].dt, event["DTEND"].dt
    starts_at, ends_at = _moment(begins, local), _moment(ends, local)
    if not dt.timedelta(0) <= ends_at - starts_at <= LONGEST_MEETING:
        raise ValueError("ends before it starts, or lasts for ever")
    uid, recurrence_id, sequence = _identity(event, local)
    return IcsMeeting(
        uid=uid,
        recurrence_id=recurrence_id if is_series else "",
        sequence=sequence,
        title=_words(event.get("SUMMARY"), 300),
        location=_words(event.get("LOCATION"), 300),
        starts_at=starts_at.isoformat(),
        ends_at=ends_at.isoformat(),
        is_whole_day=not isinstance(begins, dt.datetime),
        is_cancelled=_words(event.get("STATUS"), 20).upper() == "CANCELLED",
        is_private=_words(event.get("CLASS"), 20).upper() in {"PRIVATE", "CONFIDENTIAL"},
        attendees=_attendees(event),
    )


def _identity(event: Any, local: ZoneInfo) -> tuple[str, str, int]:
    """(uid, recurrence id, sequence); the recurrence id is the day or the moment in UTC that the rule had meant."""
    told = event.get("RECURRENCE-ID")
    recurrence = ""
    if told is not None:
        meant = told.dt
        recurrence = _moment(meant, local).isoformat() if isinstance(meant, dt.datetime) else meant.isoformat()
    sequence = event.get("SEQUENCE", 0)
    return _uid(event), recurrence[:40], min(max(int(sequence), 0), 2**31 - 1)


def _uid(event: Any) -> str:
    uid = str(event.get("UID", ""))
    if not uid or len(uid) > 300 or "\x00" in uid:
        return f"sha256:{hashlib.sha256(uid.encode() or event.to_ical()).hexdigest()}"
    return uid


def _moment(value: dt.date | dt.datetime, local: ZoneInfo) -> dt.datetime:
    """A day begins at midnight in the local zone; a time without a zone is local."""
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time.min)
    if value.tzinfo is None:
        value = value.replace(tzinfo=local)
    return value.astimezone(dt.UTC)


def _people(event: Any) -> Iterator[Any]:
    for name in ("ATTENDEE", "ORGANIZER"):
        told = event.get(name)
        if told is not None:
            yield from told if isinstance(told, list) else [told]


def _address(person: Any) -> str:
    return str(person).strip().lower().removeprefix("mailto:").strip()


def _attendees(event: Any) -> list[str]:
    """Mail addresses of everybody named, the organiser too, in lower case, each once."""
    found: Iterable[str] = (_address(person) for person in _people(event))
    mails = dict.fromkeys(mail for mail in found if 3 <= len(mail) <= 254 and "@" in mail and mail.isprintable())
    return list(mails)[:MOST_ATTENDEES]


def _has_declined(event: Any, reader: str) -> bool:
    if not reader:
        return False
    mine = (person for person in _people(event) if _address(person) == reader)
    return any(str(person.params.get("PARTSTAT", "")).upper() == "DECLINED" for person in mine)


def _words(value: Any, most: int) -> str:
    """One line without control characters; a list of values is its first."""
    if isinstance(value, list):
        value = value[0] if value else None
    text = "" if value is None else str(value)
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:most]


def main() -> int:
    """Read standard input, with the window and the seconds of processor time as arguments (start, end, zone, reader,
    seconds); exit 1 says why on the first line.

    SECURITY: the limits are the kernel's, so that no file keeps a processor or the memory, whatever a library does.
    """
    start, end, zone, reader, seconds = sys.argv[1:6]
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    moments = {"start": dt.datetime.fromisoformat(start), "end": dt.datetime.fromisoformat(end)}
    try:
        found = read_ics(sys.stdin.buffer.read(MOST_BYTES + 1), zone=zone, reader=reader, **moments)
    except (UnreadableCalendar, RecursionError, MemoryError) as error:
        sys.stdout.write(str(error) or "too large")
        return 1
    json.dump(asdict(found), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
