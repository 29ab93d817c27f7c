"""Lines in a person's inbox."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from team.models import Notice, User

LONGEST_TEXT = 300


def notify(*, user: User, kind: str, text: str, url: str = "", dedupe_key: str | None = None) -> bool:
    """Put a line into the person's inbox; True when it is new.

    With a `dedupe_key` a repeat changes nothing (constraint `one_notice_per_reason`), not even after it was read.
    `url` is a path of ours; it opens when the line is clicked.
    """
    line = {"kind": kind, "text": _shorten(text), "url": url}
    if dedupe_key is None:
        Notice.objects.create(user=user, **line)
        return True
    return Notice.objects.get_or_create(user=user, dedupe_key=dedupe_key, defaults=line)[1]


@dataclass(frozen=True)
class Line:
    """One line for one person; see `notify`."""

    user: User
    kind: str
    text: str
    url: str
    dedupe_key: str


def notify_all(lines: Iterable[Line]) -> None:
    """Many lines at once, each as `notify` with a key would write it. One query."""
    rows = [
        Notice(user=line.user, kind=line.kind, text=_shorten(line.text), url=line.url, dedupe_key=line.dedupe_key[:120])
        for line in lines
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def read_notice(*, notice: Notice) -> bool:
    """Mark as read; True the first time."""
    return Notice.objects.filter(pk=notice.pk, read_at__isnull=True).update(read_at=timezone.now()) == 1


def unread_notice(*, notice: Notice) -> bool:
    """Put a read line back among the unread ones (the way back of `read_notice`)."""
    return Notice.objects.filter(pk=notice.pk, read_at__isnull=False).update(read_at=None, snoozed_until=None) == 1


def read_all_notices(*, user: User) -> int:
    """Mark everything in the inbox as read; returns how many were unread. Snoozed lines stay for later."""
    moment = timezone.now()
    return Notice.objects.filter(user=user).waiting(moment).update(read_at=moment)


def snooze_notice(*, notice: Notice, until: dt.datetime) -> bool:
    """Hide an unread line until a moment; False when it was read already."""
    return Notice.objects.filter(pk=notice.pk, read_at__isnull=True).update(snoozed_until=until) == 1


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
