"""What was said before: the first piece that a new one repeats, and those that are only alike."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from team.models import User
from voc.formulas.duplicates import ALIKE_FROM, WITHIN_DAYS, fingerprint, is_telling, likeness
from voc.models import Feedback, Insight

LOOKED_AT = 200
SHOWN = 3


@dataclass(frozen=True)
class Alike:
    """A piece that says nearly the same. `share` in 0..1."""

    feedback: Feedback
    share: float

    @property
    def percent(self) -> int:
        return round(self.share * 100)


def find_first(feedback: Feedback) -> Feedback | None:
    """The earliest piece of the account with the same words in the 30 days before; one query.

    None for words that many use ("thanks, all good") unless one person wrote both, for what a person called distinct,
    and for a first whose insight is closed: to say it again then is news.
    """
    if feedback.account_id is None or feedback.is_distinct or not feedback.text:
        return None
    earlier = Q(received_at__lt=feedback.received_at) | Q(received_at=feedback.received_at, pk__lt=feedback.pk)
    rows = Feedback.objects.filter(
        earlier,
        account=feedback.account_id,
        fingerprint=feedback.fingerprint if feedback.fingerprint is not None else fingerprint(feedback.text),
        received_at__gte=feedback.received_at - dt.timedelta(days=WITHIN_DAYS),
        duplicate_of__isnull=True,
    ).exclude(insights__state__in=Insight.CLOSED)
    if not is_telling(feedback.text):
        if feedback.contact_id is None:
            return None
        rows = rows.filter(contact=feedback.contact_id)
    return rows.order_by("received_at", "pk").first()


def find_alike(feedback: Feedback, *, user: User) -> list[Alike]:
    """Pieces of the account within 30 days that say nearly the same, the most alike first; one query.

    Without those that are marked already, and none for a piece that a person called distinct.
    """
    if feedback.account_id is None or feedback.is_distinct or not is_telling(feedback.text):
        return []
    span = dt.timedelta(days=WITHIN_DAYS)
    rows = (
        Feedback.objects.visible_to(user)
        .filter(
            account=feedback.account_id,
            received_at__range=(feedback.received_at - span, feedback.received_at + span),
            duplicate_of__isnull=True,
            is_distinct=False,
        )
        .exclude(pk__in=[feedback.pk, feedback.duplicate_of_id or 0])
        .exclude(text="")
        .select_related("contact")
        .order_by("-received_at", "-pk")
    )
    found = [Alike(row, likeness(feedback.text, row.text)) for row in rows[:LOOKED_AT] if is_telling(row.text)]
    near = [one for one in found if one.share >= ALIKE_FROM]
    return sorted(near, key=lambda one: -one.share)[:SHOWN]
