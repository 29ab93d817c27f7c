"""Meetings of a day, and what a person's feed shows."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from accounts.models import Account, Touchpoint
from lifecycle.formulas.feed_links import nonce_of
from lifecycle.models import CalendarFeed, Meeting, Renewal, Task
from team.clock import now, today
from team.models import Role, User

FEED_TASKS = 500
FEED_RENEWALS = 500
FEED_TOUCHES = 500
FEED_BACK = dt.timedelta(days=90)
FEED_AHEAD = dt.timedelta(days=180)
CALLS = (Touchpoint.Kind.MEETING, Touchpoint.Kind.CALL)


def meetings_on(user: User, day: dt.date) -> QuerySet[Meeting]:
    """Meetings of a day of the user (and of colleagues whom the user deputises) that take place, by time; account and
    its summary come along."""
    start = timezone.make_aware(dt.datetime.combine(day, dt.time.min))
    rows = Meeting.objects.filter(user__in=user.book_owner_ids(), is_cancelled=False)
    # SECURITY: a deputy takes over work, not what a colleague marked as private.
    rows = rows.exclude(is_private=True, user__in=[pk for pk in user.book_owner_ids() if pk != user.pk])
    on_day = rows.filter(starts_at__lt=start + dt.timedelta(days=1), ends_at__gt=start)
    return on_day.select_related("account__summary").order_by("starts_at", "pk")


def feed_of(token: str) -> CalendarFeed | None:
    """The feed behind an address; None for one that is unknown, revoked, or of somebody who has left."""
    nonce = nonce_of(token)
    if nonce is None:
        return None
    return CalendarFeed.objects.select_related("user").filter(nonce=nonce, user__is_active=True).first()


def write_feed(user: User) -> bytes:
    """Open tasks with a day, renewals of the book, meetings and calls that were logged; four queries. No amounts: a
    calendar is shown on walls and kept by others."""
    calendar = Calendar()
    calendar.add("prodid", "-//Perennial//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Perennial: %(name)s") % {"name": user.name})
    stamp = timezone.now()
    for event in (*_tasks(user), *_renewals(user), *_touches(user)):
        event.add("dtstamp", stamp)
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _event(kind: str, pk: int, title: str, path: str, **values: Any) -> Event:
    event = Event()
    event.add("uid", f"{kind}-{pk}@perennial")
    event.add("summary", title)
    event.add("url", f"{settings.BASE_URL}{path}")
    for name, value in values.items():
        event.add(name, value)
    return event


def _whole_day(day: dt.date) -> dict[str, Any]:
    return {"dtstart": day, "dtend": day + dt.timedelta(days=1), "transp": "TRANSPARENT"}


def _tasks(user: User) -> list[Event]:
    rows = Task.objects.filter(owner=user).at_hand().filter(due_on__isnull=False).select_related("account")
    events = []
    for task in rows.order_by("due_on", "pk")[:FEED_TASKS]:
        title = f"{task.title} · {task.account.name}" if task.account else task.title
        # What is late stands on today: in the past nobody would see it.
        day = max(task.due_on or today(), today())
        path = reverse("account_plan", args=[task.account_id]) if task.account_id else reverse("tasks")
        events.append(_event("task", task.pk, title, path, description=task.why, **_whole_day(day)))
    return events


def _renewals(user: User) -> list[Event]:
    if user.role == Role.MEMBER:
        return []
    book = Account.objects.filter(csm=user)
    rows = Renewal.objects.open().filter(account__in=book, due_on__range=(today() - FEED_BACK, today() + FEED_AHEAD))
    return [
        _event(
            "renewal",
            row.pk,
            _("Renewal: %(account)s") % {"account": row.account.name},
            reverse("renewal", args=[row.pk]),
            **_whole_day(row.due_on),
        )
        for row in rows.select_related("account").order_by("due_on", "pk")[:FEED_RENEWALS]
    ]


def _touches(user: User) -> list[Event]:
    moment = now()
    rows = Touchpoint.objects.visible_to(user).by_people().filter(logged_by=user, kind__in=CALLS)
    rows = rows.filter(occurred_at__range=(moment - FEED_BACK, moment)).select_related("account")
    return [
        _event(
            "touch",
            row.pk,
            f"{row.account.name}: {row.subject or row.get_kind_display()}",
            reverse("touchpoint", args=[row.pk]),
            dtstart=row.occurred_at.astimezone(dt.UTC),
            dtend=(row.occurred_at + dt.timedelta(minutes=row.minutes or 30)).astimezone(dt.UTC),
        )
        for row in rows.order_by("-occurred_at", "-pk")[:FEED_TOUCHES]
    ]
