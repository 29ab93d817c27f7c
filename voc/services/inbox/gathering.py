"""Customers' words from tickets, call notes, mails and chats become feedback: one for each row, whoever wrote it.

A sweep, so that no ticket or touch waits for voice, and imports are found like anything else. A note of a call or a
meeting counts as a whole, unless lines in it begin with ">": then those alone are the customer's. Private notes and
automated mail never count.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Cast, Length
from django.utils import timezone

from accounts.models import Contact, Ticket, Touchpoint
from accounts.services.changes import mark_changed
from team.clock import now
from voc.formulas.customer_words import words_of
from voc.formulas.duplicates import fingerprint
from voc.models import Feedback, Gathering

# What was said longer ago is history: nobody answers for it any more.
YOUNG_DAYS = 90
# A slip is taken back within seconds; until then it is nobody's business.
RESTS_FOR = dt.timedelta(seconds=45)
# Rows of a long import become visible late: so long every row is looked at again.
LATE = dt.timedelta(hours=6)
AT_ONCE = 500
SHORTEST = 6

Kind = Touchpoint.Kind
Direction = Touchpoint.Direction
SOURCES = {
    Kind.CALL: Feedback.Source.CALL,
    Kind.MEETING: Feedback.Source.CALL,
    Kind.NOTE: Feedback.Source.CALL,
    Kind.MAIL: Feedback.Source.MAIL,
    Kind.CHAT: Feedback.Source.CHAT,
    Kind.COMMUNITY: Feedback.Source.COMMUNITY,
}


def fitting_tickets(since: dt.datetime) -> QuerySet[Any]:
    """Tickets with words."""
    return Ticket.objects.filter(opened_at__range=(since, now())).select_related("account__summary", "contact")


def fitting_touchpoints(since: dt.datetime) -> QuerySet[Any]:
    """Touches by people in which the customer speaks."""
    said = Q(kind__in=[Kind.CALL, Kind.MEETING, Kind.MAIL, Kind.CHAT, Kind.COMMUNITY]) & Q(
        direction__in=[Direction.IN, Direction.TWO_WAY]
    )
    marked = Q(kind=Kind.NOTE, body__regex=r"(^|\n)\s*>")
    rows = Touchpoint.objects.filter(said | marked, occurred_at__range=(since, now()))
    rows = rows.filter(is_automated=False, is_private=False)
    return rows.select_related("account__summary").prefetch_related("participants__contact")


def voice_of_ticket(ticket: Ticket) -> Feedback:
    """The ticket's description in the customer's words."""
    return _voice(ticket, words_of(ticket.body), ticket.opened_at, Feedback.Source.TICKET, ticket.contact)


def voice_of_touchpoint(touch: Touchpoint) -> Feedback:
    """What the customer said in the touch; by whom, where one person took part."""
    people = [seat.contact for seat in touch.participants.all()]
    words = words_of(touch.body, is_ours=touch.kind == Kind.NOTE)
    contact = people[0] if len(people) == 1 else None
    return _voice(touch, words, touch.occurred_at, SOURCES[Kind(touch.kind)], contact)


def _voice(
    row: Ticket | Touchpoint, words: str, at: dt.datetime, source: Feedback.Source, contact: Contact | None
) -> Feedback:
    summary = getattr(row.account, "summary", None)
    return Feedback(
        account_id=row.account_id,
        contact=contact,
        source=source,
        source_system=row._meta.model_name or "",
        external_id=str(row.pk),
        text=words,
        fingerprint=fingerprint(words),
        stage=summary.stage if summary else "",
        persona=contact.persona if contact else "",
        received_at=at,
    )


@dataclass(frozen=True)
class Table:
    """A table in which customers speak."""

    model: type[Ticket] | type[Touchpoint]
    fitting: Callable[[dt.datetime], QuerySet[Any]]
    voice: Callable[[Any], Feedback]

    @property
    def name(self) -> str:
        return self.model._meta.model_name or ""


TABLES = (
    Table(Ticket, fitting_tickets, voice_of_ticket),
    Table(Touchpoint, fitting_touchpoints, voice_of_touchpoint),
)


def gather_feedback(*, limit: int = 2000) -> int:
    """Take in what was said since the last sweep; returns how many pieces. Idempotent: relies on
    one_feedback_per_external_id."""
    return sum(_gather(table, limit) for table in TABLES)


def gather_from_now_on() -> None:
    """Leave what is there: only what comes from now on is taken in."""
    for table in TABLES:
        newest = table.model.everything.aggregate(newest=Max("pk"))["newest"] or 0
        Gathering.objects.update_or_create(source=table.name, defaults={"seen_id": newest})


def _gather(table: Table, limit: int) -> int:
    mark, _is_new = Gathering.objects.get_or_create(source=table.name)
    moment = timezone.now()
    known = Feedback.objects.filter(
        source_system=table.name, external_id=Cast(OuterRef("pk"), CharField(max_length=120))
    )
    rows = (
        table.fitting(now() - dt.timedelta(days=YOUNG_DAYS))
        .filter(account__deleted_at__isnull=True, created_at__lt=moment - RESTS_FOR)
        .alias(length=Length("body"))
        .filter(~Exists(known), length__gte=SHORTEST)
        .order_by("pk")
    )
    taken, at = 0, mark.seen_id
    while taken < limit:
        found = list(rows.filter(pk__gt=at)[:AT_ONCE])
        if not found:
            break
        taken += _take(table.voice(row) for row in found)
        at = found[-1].pk
    else:
        return taken
    behind = table.model.everything.filter(pk__gt=mark.seen_id, created_at__lt=moment - LATE)
    newest = behind.aggregate(newest=Max("pk"))["newest"]
    if newest:
        Gathering.objects.filter(source=table.name, seen_id__lt=newest).update(seen_id=newest)
    return taken


@transaction.atomic
def _take(voices: Iterable[Feedback]) -> int:
    """Write those that say something; the accounts are looked at again."""
    telling = [voice for voice in voices if voice.text]
    Feedback.objects.bulk_create(telling, ignore_conflicts=True)
    mark_changed(account_ids=[voice.account_id for voice in telling if voice.account_id], reason="feedback")
    return len(telling)
