"""Invitations that come by mail or as a file."""

import datetime as dt
from dataclasses import dataclass
from email.parser import BytesParser
from email.utils import getaddresses

from django.db import transaction
from django.utils.translation import gettext as _

from lifecycle.formulas.ics import IcsFile, UnreadableCalendar
from lifecycle.models import Meeting
from lifecycle.services.calendars.parsing import parse_calendar
from lifecycle.services.calendars.reading import BACK
from lifecycle.services.calendars.storing import store_meetings
from team.clock import now
from team.models import User

# A file is read once, so its series are opened for a year.
FILE_AHEAD = dt.timedelta(days=366)
_RECEIVERS = ("Delivered-To", "X-Original-To", "To", "Cc")
_METHODS = {"", "PUBLISH", "REQUEST", "CANCEL"}


@dataclass(frozen=True, slots=True)
class Received:
    """For how many people it was, and how many meetings were written or called off."""

    people: int = 0
    written: int = 0
    called_off: int = 0


def take_file(*, user: User, data: bytes) -> Received:
    """Take the meetings of a calendar file (.ics) for one person; safe to repeat.

    Raises:
        UnreadableCalendar: with words for people.
    """
    start = now() - BACK
    file = parse_calendar(data, start=start, end=start + FILE_AHEAD, zone=user.time_zone, reader=user.email)
    return _take(user, file)


def receive_invitation(*, data: bytes) -> Received:
    """Take an invitation (METHOD:REQUEST) or its cancellation out of a mail, for each of us whom it names.

    A bare calendar file counts too: then its attendees say for whom. Safe to repeat; an older sequence changes nothing.

    Raises:
        UnreadableCalendar: for what is no invitation, or names none of us.
    """
    people, people_by_file = 0, _files_of(data)
    if not people_by_file:
        raise UnreadableCalendar(_("The mail holds no invitation."))
    written = called_off = 0
    start = now() - BACK
    for content, named in people_by_file:
        mails = named | _attendees_of(content, start)
        for user in User.objects.active().filter(email__in=mails).order_by("pk"):
            people += 1
            file = parse_calendar(content, start=start, end=start + FILE_AHEAD, zone=user.time_zone, reader=user.email)
            taken = _take(user, file)
            written, called_off = written + taken.written, called_off + taken.called_off
    if not people:
        raise UnreadableCalendar(_("The invitation is for nobody who works here."))
    return Received(people, written, called_off)


def _files_of(data: bytes) -> list[tuple[bytes, set[str]]]:
    """The calendar files in a mail, each with the mail addresses that received it."""
    if data.lstrip()[:15].upper() == b"BEGIN:VCALENDAR":
        return [(data, set())]
    message = BytesParser().parsebytes(data)
    lines = [str(line) for name in _RECEIVERS for line in message.get_all(name, [])]
    named = {mail.lower() for _name, mail in getaddresses(lines)}
    contents: dict[bytes, None] = {}
    for part in message.walk():
        is_calendar = part.get_content_type() in {"text/calendar", "application/ics"}
        if is_calendar and isinstance(content := part.get_payload(decode=True), bytes):
            # The same invitation usually comes twice: as a part of the text and as a file.
            contents[content.replace(b"\r\n", b"\n").strip() + b"\n"] = None
    return [(content, named) for content in contents]


def _attendees_of(content: bytes, start: dt.datetime) -> set[str]:
    """Everybody whom a file invites."""
    return set(parse_calendar(content, start=start, end=start + FILE_AHEAD).people)


@transaction.atomic
def _take(user: User, file: IcsFile) -> Received:
    if file.method not in _METHODS:
        raise UnreadableCalendar(_("Answers and other calendar mails change nothing."))
    stored = store_meetings(user=user, found=file.meetings)
    called_off = sum(_call_off(user, uid, recurrence, sequence) for uid, recurrence, sequence in file.called_off)
    return Received(1, stored.written, called_off)


def _call_off(user: User, uid: str, recurrence_id: str, sequence: int) -> int:
    """Cancel a meeting, or one occurrence of a series. SECURITY: a mail can be forged, so it reaches only what came by
    mail or file; a subscribed calendar speaks for itself."""
    rows = Meeting.objects.filter(user=user, uid=uid, source__isnull=True, sequence__lte=sequence, is_cancelled=False)
    if recurrence_id:
        rows = rows.filter(recurrence_id=recurrence_id)
    return rows.update(is_cancelled=True, sequence=sequence)
