"""Subscribed calendars are fetched again and again: guarded against inner addresses, in size and in time."""

import datetime as dt
import queue
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from requests_hardened.ip_filter import InvalidIPAddress

from lifecycle.formulas.ics import MOST_BYTES, UnreadableCalendar
from lifecycle.models import CalendarSource
from lifecycle.services.calendars.parsing import parse_calendar
from lifecycle.services.calendars.storing import Stored, store_meetings
from outbox.services.calls import open_session
from team.clock import now, today
from team.models import User

BACK = dt.timedelta(days=7)
AHEAD = dt.timedelta(days=60)
READ_EVERY = dt.timedelta(minutes=15)
READ_AFTER_ERROR = dt.timedelta(hours=1)
WHOLE_CALL_SECONDS = 30
MOST_HOPS = 3
NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered: `data` is None where nothing changed; `trouble` is for people."""

    data: bytes | None = None
    etag: str = ""
    trouble: str = ""


def window_around(moment: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Seven days back to sixty ahead, from midnight."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - BACK, day + AHEAD


def due_sources(*, limit: int = 200) -> list[int]:
    """Calendars whose time has come, the longest waiting first."""
    due = Q(next_read_at__isnull=True) | Q(next_read_at__lte=timezone.now())
    rows = CalendarSource.objects.filter(due, user__is_active=True).order_by("next_read_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def read_calendar(*, source_id: int) -> Stored | None:
    """Fetch a calendar and store its meetings; None when it was not due, unchanged, or could not be read.

    Claimed by moving `next_read_at`: of two workers one reads. What goes wrong stands on the settings page in words.
    """
    due = Q(next_read_at__isnull=True) | Q(next_read_at__lte=timezone.now())
    lease = timezone.now() + READ_EVERY
    if CalendarSource.objects.filter(due, pk=source_id, user__is_active=True).update(next_read_at=lease) != 1:
        return None
    source = CalendarSource.objects.select_related("user").get(pk=source_id)
    with translation.override(source.user.language):
        fetched = fetch(source.url, etag=_etag_of_day(source.etag))
        if fetched.trouble:
            _note(source, error=fetched.trouble)
            return None
        if fetched.data is None:
            _note(source)
            return None
        start, end = window_around(now())
        try:
            file = parse_calendar(
                fetched.data, start=start, end=end, zone=source.user.time_zone, reader=source.user.email
            )
        except UnreadableCalendar as error:
            _note(source, error=str(error))
            return None
    stored = store_meetings(user=source.user, found=file.meetings, source=source, window=(start, end))
    _note(source, etag=f"{today().isoformat()}|{fetched.etag}" if fetched.etag else "")
    return stored


def _etag_of_day(kept: str) -> str:
    """The ETag of today's reading. The window moves on, so a calendar is read whole once a day, changed or not."""
    day, _bar, etag = kept.partition("|")
    return etag if day == today().isoformat() else ""


def _note(source: CalendarSource, *, error: str = "", etag: str | None = None) -> None:
    moment = timezone.now()
    values: dict[str, Any] = {
        "error": error[:300],
        "next_read_at": moment + (READ_AFTER_ERROR if error else READ_EVERY),
    }
    if not error:
        values["read_at"] = moment
    if etag is not None:
        values["etag"] = etag[:200]
    CalendarSource.objects.filter(pk=source.pk).update(**values)


def fetch(url: str, *, etag: str = "") -> Fetched:
    """Ask an address for its calendar, in at most 30 s however slowly it drips."""
    answers: queue.Queue[Fetched] = queue.Queue()
    language = translation.get_language() or "en"

    def ask() -> None:
        with translation.override(language):
            answers.put(_ask(url, etag))

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answers.get(timeout=WHOLE_CALL_SECONDS)
    except queue.Empty:
        return Fetched(trouble=_("No answer within %(seconds)s seconds.") % {"seconds": WHOLE_CALL_SECONDS})


def _ask(url: str, etag: str) -> Fetched:
    """SECURITY: every hop of a redirect is checked like the first address; nothing of a refused answer is shown."""
    headers = {"Accept": "text/calendar, */*;q=0.1"} | ({"If-None-Match": etag} if etag else {})
    try:
        for _hop in range(MOST_HOPS + 1):
            if urlsplit(url).scheme not in {"http", "https"}:
                return Fetched(trouble=_("Only addresses with http and https are read."))
            with (
                open_session(url, private=settings.CALENDAR_PRIVATE_HOSTS) as session,
                session.get(url, headers=headers, stream=True) as answer,
            ):
                if answer.is_redirect or answer.is_permanent_redirect:
                    url = urljoin(url, answer.headers["Location"])
                    continue
                return _taken(answer)
    except (InvalidIPAddress, requests.exceptions.InvalidURL, UnicodeError):
        return Fetched(trouble=_("This address is not allowed: it does not lead to the public internet."))
    except (requests.RequestException, OSError, ValueError):
        return Fetched(trouble=_("The address could not be reached."))
    return Fetched(trouble=_("The address leads on and on."))


def _taken(answer: requests.Response) -> Fetched:
    if answer.status_code == NOT_MODIFIED:
        return Fetched()
    if answer.status_code != 200:
        return Fetched(trouble=_("The address answered with %(code)s.") % {"code": answer.status_code})
    end = time.monotonic() + WHOLE_CALL_SECONDS
    kept = bytearray()
    for piece in answer.iter_content(64 * 1024):
        kept += piece
        if len(kept) > MOST_BYTES or time.monotonic() > end:
            return Fetched(trouble=_("The calendar is too large to read."))
    return Fetched(bytes(kept), answer.headers.get("ETag", "")[:180])


def add_calendar(*, user: User, name: str, url: str) -> CalendarSource:
    """Subscribe to an address; the same one twice is once. It is read within a minute."""
    source, _is_new = CalendarSource.objects.get_or_create(user=user, url=url, defaults={"name": name.strip()[:60]})
    return source


def ask_again(*, source: CalendarSource) -> bool:
    """Read it at the next sweep, whole; False when that was so."""
    return (
        CalendarSource.objects.filter(pk=source.pk).exclude(next_read_at=None).update(next_read_at=None, etag="") == 1
    )
