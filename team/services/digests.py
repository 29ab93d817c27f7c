"""Notices by mail: at once, or gathered once a day, as each person chose."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import ngettext, override

from outbox.services import InvalidRecipient, enqueue_mail
from team.models import Notice, NoticeWay, User

MOST_LINES = 30
# What is older than that was seen in the product, or will be; a new choice brings no flood of old news.
OLDEST = dt.timedelta(days=7)
# Lines of one moment go in one mail, also for people who want to hear at once.
SETTLES = dt.timedelta(seconds=30)
PEOPLE_AT_ONCE = 100


def save_way(*, user: User, mail: str, daily_at: dt.time) -> NoticeWay:
    """How a person hears of notices by mail."""
    way, _is_new = NoticeWay.objects.update_or_create(user=user, defaults={"mail": mail, "daily_at": daily_at})
    return way


def way_of(user: User) -> NoticeWay:
    """What the person chose, or what holds for those who chose nothing."""
    return NoticeWay.objects.filter(user=user).first() or NoticeWay(user=user)


def send_digests(*, limit: int = PEOPLE_AT_ONCE) -> int:
    """One mail for each person of whom lines wait and whose moment has come. Returns how many mails were made.

    Safe beside others: whoever writes to a person holds the row of their choice, and the lines are marked in the same
    transaction; no line is in two mails.
    """
    moment = timezone.now()
    waiting = _unmailed(moment).filter(user=OuterRef("pk"))
    people = User.objects.active().filter(Exists(waiting)).exclude(notice_way__mail=NoticeWay.Mail.NONE)
    chosen = people.select_related("notice_way").order_by("pk")
    due = [person for person in chosen if is_due(_known_way(person), person, moment)]
    return sum(_send_to(person, moment) for person in due[:limit])


def is_due(way: NoticeWay, person: User, moment: dt.datetime) -> bool:
    """Whether a mail may go to them now: at any time, or once a day after their hour, by their own clock."""
    if way.mail == NoticeWay.Mail.AT_ONCE:
        return True
    here = moment.astimezone(ZoneInfo(person.time_zone))
    is_new_day = way.gathered_on is None or way.gathered_on < here.date()
    return way.mail == NoticeWay.Mail.DAILY and is_new_day and here.time() >= way.daily_at


def _known_way(person: User) -> NoticeWay:
    return person.notice_way if hasattr(person, "notice_way") else NoticeWay(user=person)


def _unmailed(moment: dt.datetime) -> QuerySet[Notice]:
    is_awake = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=moment)
    rows = Notice.objects.filter(is_awake, read_at__isnull=True, mailed_at__isnull=True)
    return rows.filter(created_at__gte=moment - OLDEST, created_at__lte=moment - SETTLES)


@transaction.atomic
def _send_to(person: User, moment: dt.datetime) -> bool:
    NoticeWay.objects.get_or_create(user=person)
    way = NoticeWay.objects.select_for_update(skip_locked=True, no_key=True).filter(user=person).first()
    if way is None or not is_due(way, person, moment):
        return False
    lines = list(_unmailed(moment).filter(user=person).order_by("-pk"))
    if not lines:
        return False
    Notice.objects.filter(pk__in=[line.pk for line in lines]).update(mailed_at=moment)
    if way.mail == NoticeWay.Mail.DAILY:
        NoticeWay.objects.filter(pk=way.pk).update(gathered_on=moment.astimezone(ZoneInfo(person.time_zone)).date())
    with override(person.language):
        subject, body = write_digest(person, lines)
    try:
        enqueue_mail(
            kind="notices",
            recipient=person.email,
            subject=subject,
            body_text=body,
            dedupe_key=f"notices:{person.pk}:{lines[0].pk}",
            subject_ref=f"user:{person.pk}",
            expires_at=moment + dt.timedelta(days=1),
            priority=6,
        )
    except InvalidRecipient:
        return False
    return True


def write_digest(person: User, lines: Sequence[Notice]) -> tuple[str, str]:
    """Subject and words, the newest line first; one line alone is the subject itself."""
    number = len(lines)
    subject = lines[0].text
    if number > 1:
        subject = ngettext("%(number)d notice waits for you", "%(number)d notices wait for you", number)
        subject %= {"number": number}
    context = {
        "person": person,
        "lines": [(line, f"{settings.BASE_URL}{line.url}" if line.url else "") for line in lines[:MOST_LINES]],
        "more": max(0, number - MOST_LINES),
        "base_url": settings.BASE_URL,
    }
    return subject, render_to_string("team/mail/notices.txt", context)
