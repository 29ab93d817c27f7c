"""One person's inbox, page by page."""

from dataclasses import dataclass

from django.utils import timezone

from team.models import Notice, User

PAGE = 50
SHELVES = ("waiting", "snoozed", "done")


@dataclass(frozen=True)
class InboxPage:
    notices: list[Notice]
    next_before: int | None  # id to continue below; None on the last page


def read_inbox(*, user: User, shelf: str, before: str = "") -> InboxPage:
    """Newest first; `shelf` is one of SHELVES, `before` the id that the last page ended with."""
    moment = timezone.now()
    own = Notice.objects.visible_to(user)
    lines = {"waiting": own.waiting(moment), "snoozed": own.snoozed(moment), "done": own.filter(read_at__isnull=False)}
    found = lines[shelf].order_by("-pk")
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE + 1])
    return InboxPage(notices=rows[:PAGE], next_before=rows[PAGE - 1].pk if len(rows) > PAGE else None)
