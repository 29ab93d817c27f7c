"""Meetings as rows: written when they are new or differ, gone when the calendar has them no more."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Lower

from accounts.models import Account, Contact
from lifecycle.formulas.ics import IcsMeeting
from lifecycle.models import CalendarSource, Meeting
from lifecycle.services.calendars.matching import Matched, matches_of
from team.models import User

Key = tuple[str, str]
_TOLD = ("title", "location", "starts_at", "ends_at", "is_whole_day", "is_cancelled", "is_private", "attendees")
_WRITTEN = (*_TOLD, "sequence", "source", "account")
BATCH = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """Meetings that were written, and that went because the calendar has them no more."""

    written: int = 0
    gone: int = 0


@transaction.atomic
def store_meetings(
    *,
    user: User,
    found: Sequence[IcsMeeting],
    source: CalendarSource | None = None,
    window: tuple[dt.datetime, dt.datetime] | None = None,
) -> Stored:
    """Bring a person's meetings up to date; set-based, safe to repeat (one_meeting_per_uid).

    With a `source` its word is the last one, and within the `window` what it does not name is removed; what was logged
    stays. Without one (a file, a mail) nothing is removed, rows of subscribed calendars stay as they are, and an older
    `sequence` changes nothing. An account that a person chose stays as long as the attendees do.
    """
    named: dict[Key, IcsMeeting] = {}
    for one in found:
        key = (one.uid, one.recurrence_id)
        if key not in named or one.sequence >= named[key].sequence:
            named[key] = one
    rows = Meeting.objects.select_for_update().filter(user=user, uid__in={uid for uid, _id in named})
    there = {(row.uid, row.recurrence_id): row for row in rows.order_by("pk")}
    matched = matches_of(user=user, attendees={_join(key): one.attendees for key, one in named.items()})
    new: list[Meeting] = []
    changed: list[Meeting] = []
    touched: list[tuple[Meeting, Matched]] = []
    for key, one in named.items():
        row = there.get(key)
        if row is not None and source is None and (row.source_id is not None or row.sequence > one.sequence):
            continue
        fresh = row or Meeting(user=user, uid=one.uid, recurrence_id=one.recurrence_id)
        if _take_over(fresh, one, source, matched[_join(key)]):
            (changed if row is not None else new).append(fresh)
            touched.append((fresh, matched[_join(key)]))
    Meeting.objects.bulk_create(new, batch_size=BATCH)
    Meeting.objects.bulk_update(changed, fields=_WRITTEN, batch_size=BATCH)
    _seat(touched)
    gone = _remove_unnamed(source, named, window) if source is not None and window is not None else 0
    return Stored(len(new) + len(changed), gone)


def _join(key: Key) -> str:
    return "\n".join(key)


def _take_over(row: Meeting, told: IcsMeeting, source: CalendarSource | None, matched: Matched) -> bool:
    """Put what the calendar says into the row; whether anything differs."""
    keeps_account = row.account_id is not None and row.attendees == told.attendees
    values = {
        **{name: getattr(told, name) for name in _TOLD},
        "starts_at": dt.datetime.fromisoformat(told.starts_at),
        "ends_at": dt.datetime.fromisoformat(told.ends_at),
        "sequence": told.sequence,
        "source_id": source.pk if source else None,
        "account_id": row.account_id if keeps_account else matched.account_id,
    }
    differs = row.pk is None or any(getattr(row, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(row, name, value)
    return differs


def _seat(touched: Iterable[tuple[Meeting, Matched]]) -> None:
    """Put the invited contacts of the meeting's account at its table, and nobody else."""
    seats = Meeting.contacts.through
    wanted = {
        (row.pk, contact_id)
        for row, matched in touched
        if row.account_id == matched.account_id
        for contact_id in matched.contact_ids
    }
    rows = seats.objects.filter(meeting__in=[row.pk for row, _matched in touched])
    there = {
        (meeting_id, contact_id): pk for pk, meeting_id, contact_id in rows.values_list("pk", "meeting", "contact")
    }
    seats.objects.filter(pk__in=[pk for pair, pk in there.items() if pair not in wanted]).delete()
    seats.objects.bulk_create(
        [seats(meeting_id=meeting, contact_id=contact) for meeting, contact in sorted(wanted - set(there))],
        batch_size=BATCH,
        ignore_conflicts=True,
    )


def _remove_unnamed(
    source: CalendarSource, named: dict[Key, IcsMeeting], window: tuple[dt.datetime, dt.datetime]
) -> int:
    start, end = window
    rows = Meeting.objects.filter(source=source, ends_at__gte=start, starts_at__lt=end, logged_at__isnull=True)
    unnamed = [pk for pk, *key in rows.values_list("pk", "uid", "recurrence_id") if tuple(key) not in named]
    Meeting.objects.filter(pk__in=unnamed).delete()
    return len(unnamed)


@transaction.atomic
def link_meeting(*, meeting: Meeting, account: Account | None) -> bool:
    """Say by hand to which account a meeting belongs; False when that was so. Its invited contacts follow."""
    if meeting.account_id == (account.pk if account else None):
        return False
    meeting.account = account
    meeting.save(update_fields=["account"])
    by_mail = Contact.objects.active().annotate(mail=Lower("email")).filter(mail__in=meeting.attendees)
    people = by_mail.filter(account=account) if account else ()
    meeting.contacts.set(people)
    return True
