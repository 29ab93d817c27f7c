"""Meetings, room for tasks and a book that changed hands in the demo world; last, what is above the week is parked."""

import datetime as dt

from django.utils import timezone

from accounts.models import Account, Contact
from lifecycle.models import Meeting
from lifecycle.services.books import reassign
from lifecycle.services.ranking import rank_tasks
from team.models import Role, User

TITLES = (
    "Weekly check-in",
    "Quarterly review: proof and next goals",
    "Roll-out to the remaining sites",
    "Renewal: terms and timing",
    "Training for new planners",
)
# Clock times of a demo CSM's day, and minutes.
AGENDA = ((9, 0, 30), (10, 30, 60), (13, 0, 45), (15, 30, 30))
# Hours a week for tasks; a CSM's other hours belong to customers in person.
HOURS = (8, 10, 12, 14, 16)
NOTE = (
    "Their champion is friendly but decides nothing: go through the operations lead. "
    "They expect the import of last year's shifts before the next review."
)


def write_books(*, csm_id: int, today: dt.date) -> None:
    """Bulk inserts; a few queries for any number of accounts."""
    people = list(User.objects.filter(role=Role.CSM, is_active=True).order_by("email"))
    for number, person in enumerate(people):
        person.weekly_capacity_minutes = 60 * HOURS[number % len(HOURS)]
    User.objects.bulk_update(people, ["weekly_capacity_minutes"], batch_size=500)
    _write_meetings(csm_id, today)
    _hand_over([person for person in people if person.pk != csm_id])
    rank_tasks()


def _at(day: dt.date, hour: int, minute: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))


def _write_meetings(csm_id: int, today: dt.date) -> None:
    """A full day for the demo CSM, and meetings on the other days of this week and the next."""
    live = Account.objects.filter(csm=csm_id, status=Account.Status.CUSTOMER)
    accounts = list(live.order_by("-summary__arr", "pk")[:12])
    if not accounts:
        return
    monday = today - dt.timedelta(days=today.weekday())
    days = [today, *(day for n in range(12) if (day := monday + dt.timedelta(days=n)).weekday() < 5 and day != today)]
    meetings = []
    for place, day in enumerate(days):
        agenda = AGENDA if day == today else (AGENDA[place % 4], AGENDA[(place + 2) % 4])
        for slot, (hour, minute, minutes) in enumerate(agenda):
            account = accounts[(place * 2 + slot) % len(accounts)]
            start = _at(day, hour, minute)
            meetings.append(
                Meeting(
                    user_id=csm_id,
                    uid=f"demo-{day:%Y%m%d}-{slot}",
                    title=TITLES[(place + slot) % len(TITLES)],
                    starts_at=start,
                    ends_at=start + dt.timedelta(minutes=minutes),
                    account=account,
                )
            )
    meetings.append(
        Meeting(
            user_id=csm_id,
            uid=f"demo-{today:%Y%m%d}-team",
            title="Success team: stand-up",
            starts_at=_at(today, 8, 45),
            ends_at=_at(today, 9, 0),
        )
    )
    Meeting.objects.bulk_create(meetings, ignore_conflicts=True)
    _seat(csm_id, accounts)


def _seat(csm_id: int, accounts: list[Account]) -> None:
    """Two people of the account in each meeting."""
    people: dict[int, list[Contact]] = {}
    for contact in Contact.objects.reachable().filter(account__in=accounts).order_by("pk"):
        people.setdefault(contact.account_id, []).append(contact)
    rows = list(Meeting.objects.filter(user=csm_id, account__isnull=False, uid__startswith="demo-"))
    for row in rows:
        row.attendees = [contact.email for contact in people.get(row.account_id or 0, [])[:2]]
    Meeting.objects.bulk_update(rows, ["attendees"], batch_size=500)
    seats = Meeting.contacts.through
    seats.objects.bulk_create(
        [
            seats(meeting_id=row.pk, contact_id=contact.pk)
            for row in rows
            for contact in people.get(row.account_id or 0, [])[:2]
        ],
        ignore_conflicts=True,
    )


def _hand_over(people: list[User]) -> None:
    """A CSM gave three accounts to a colleague, with a note."""
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    if manager is None or len(people) < 2:
        return
    before, after = people[0], people[1]
    ids = (
        Account.objects.filter(csm=before, status=Account.Status.CUSTOMER).order_by("-pk").values_list("pk", flat=True)
    )
    if chosen := list(ids[:3]):
        reassign(actor=manager, assignments=dict.fromkeys(chosen, after.pk), note=NOTE)
