"""Waiting for the customer: the clock of a decision stands still from the question to the answer."""

import datetime as dt
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, DateTimeField, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Least
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Contact, Touchpoint
from outbox.services import enqueue_mail
from team.calendars import Calendar
from team.clock import now
from team.models import User
from voc.formulas.clock import Term, moved, resumed
from voc.formulas.definitions import DJANGO_LANGUAGES, known_language
from voc.models import Feedback, Insight, InsightAlarm
from voc.selectors.telling import recipients_of
from voc.services.footers import write_footer, write_html
from voc.services.insights import NotAllowedNow, Overtaken, State, move
from voc.services.letters import note_letter
from voc.services.mails import vendor
from voc.services.routing import log_step

KIND = "question"
PRIORITY = 3
PAUSABLE = (State.NEW, State.TRIAGED, State.REOPENED, State.ACCEPTED)
AT_ONCE = 200


@transaction.atomic
def ask_customer(*, actor: User, insight: Insight, contact: Contact | None = None, text: str = "") -> Insight:
    """The customer was asked something: the clock stands still until they answer.

    With `contact` the question goes out as the actor's own mail, and their word ends the waiting; without, somebody
    asked them elsewhere, and any word of the account does. Raises NotAllowedNow, Overtaken.
    """
    if insight.state not in PAUSABLE:
        raise NotAllowedNow(_("No clock runs here any more."))
    if insight.waiting_since is not None:
        raise NotAllowedNow(_("It waits for the customer already."))
    text = text.strip()
    if contact is not None:
        if not text:
            raise NotAllowedNow(_("Write what you want to know."))
        if contact not in recipients_of(insight=insight, user=actor):
            raise NotAllowedNow(_("%(name)s cannot be written to.") % {"name": contact.name})
        _send_question(actor, contact, text)
    move(insight=insight, frm=PAUSABLE, to=insight.state, waiting_since=now(), waiting_for=contact)
    name = contact.name if contact is not None else insight.account.name
    words = _("Asked %(name)s: the clock stands still") % {"name": name}
    log_step(
        insight=insight,
        actor=actor,
        text=f"{words}. {text}" if text else words,
        contact_id=getattr(contact, "pk", None),
    )
    return insight


def _send_question(actor: User, contact: Contact, text: str) -> None:
    """A person's own mail, with the foot that every mail to a customer has; the timeline waits for the reply."""
    footer, headers, secrets = write_footer(contact)
    with override(DJANGO_LANGUAGES[known_language(contact.language)]):
        subject = _("A question about your feedback to %(company)s") % {"company": vendor()}
    message = enqueue_mail(
        kind=KIND,
        recipient=contact.email,
        subject=subject,
        body_text=f"{text}\n\n-- \n{footer}\n",
        body_html=write_html(contact, subject, text),
        subject_ref=f"contact:{contact.pk}",
        headers=headers,
        secrets=secrets,
        sender=formataddr((actor.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        reply_to=actor.email,
        is_automated=False,
        priority=PRIORITY,
        created_by=actor,
    )
    note_letter(message=message, contact=contact, subject=subject, text=text)


def resume_clock(*, actor: User | None, insight: Insight, at: dt.datetime | None = None, words: str = "") -> bool:
    """The customer answered (at `at`), or a person says that it goes on: the clock runs again. False when it ran.

    What was left when it stopped is left now: due_at, warn_at and the next level's hour move by the business time that
    was waited. Raises Overtaken.
    """
    if insight.waiting_since is None:
        return False
    stood, runs = insight.waiting_since, max(at or now(), insight.waiting_since)
    hours = Calendar.of_install().opening_hours(insight.department)
    fields: dict[str, Any] = {"waiting_since": None, "waiting_for": None}
    with transaction.atomic():
        # A question after the decision stops the clock of the promise alone.
        if insight.due_at is not None and (insight.decided_at is None or insight.decided_at >= stood):
            term = resumed(hours, Term(insight.due_at, insight.warn_at or insight.due_at), stood=stood, runs=runs)
            fields |= {"due_at": term.due_at, "warn_at": term.warn_at}
        move(insight=insight, frm=[insight.state], to=insight.state, **fields)
        for alarm in insight.alarms.filter(ended_at__isnull=True, next_at__isnull=False).select_for_update():
            assert alarm.next_at is not None
            next_at = moved(hours, alarm.next_at, stood=stood, runs=runs)
            InsightAlarm.objects.filter(pk=alarm.pk).update(next_at=next_at)
        log_step(insight=insight, actor=actor, text=words or _("The clock runs again"))
    return True


def resume_answered(*, limit: int = AT_ONCE) -> int:
    """Clocks that stand still although the customer has said something since. Returns how many run again.

    A piece of feedback, a mail that came in, a call or a meeting ends the waiting, at the moment it happened. Where one
    person was asked, it takes a word of theirs.
    """
    words = _("The customer answered: the clock runs again")
    return sum(_resume(insight, getattr(insight, "answered_at", None), words) for insight in answered(limit=limit))


def resume_decided(*, limit: int = AT_ONCE) -> int:
    """Whoever decides waits no longer: up to then the clock stood still. Returns how many waits ended."""
    waiting = Insight.objects.filter(waiting_since__isnull=False).select_related("department")
    is_over = Q(decided_at__gte=F("waiting_since")) | ~Q(state__in=PAUSABLE)
    words = _("Nobody waits for the customer any more")
    return sum(_resume(insight, insight.decided_at, words) for insight in waiting.filter(is_over)[:limit])


def _resume(insight: Insight, at: dt.datetime | None, words: str) -> bool:
    try:
        return resume_clock(actor=None, insight=insight, at=at, words=words)
    except Overtaken:
        return False


def answered(*, limit: int) -> QuerySet[Insight]:
    """Insights that wait for a customer who has answered, with `answered_at`."""
    said = Feedback.objects.filter(account=OuterRef("account"), received_at__gt=OuterRef("waiting_since"))
    touched = Touchpoint.objects.filter(
        account=OuterRef("account"),
        occurred_at__gt=OuterRef("waiting_since"),
        direction__in=[Touchpoint.Direction.IN, Touchpoint.Direction.TWO_WAY],
    )
    # Who was asked, or anybody where nobody was named.
    theirs = said.filter(contact=OuterRef("waiting_for"))
    with_them = touched.filter(contacts=OuterRef("waiting_for"))
    first = Case(
        When(waiting_for__isnull=True, then=_earliest(said, "received_at", touched)),
        default=_earliest(theirs, "received_at", with_them),
    )
    rows = Insight.objects.of_living_accounts().filter(waiting_since__isnull=False, state__in=PAUSABLE)
    rows = rows.annotate(answered_at=first).filter(answered_at__isnull=False)
    return rows.select_related("department").order_by("waiting_since")[:limit]


def _earliest(said: QuerySet[Feedback], field: str, touched: QuerySet[Touchpoint]) -> Least:
    """The first of both; Postgres leaves out what is not there."""
    by_words = Subquery(said.order_by(field).values(field)[:1], output_field=DateTimeField())
    by_touch = Subquery(touched.order_by("occurred_at").values("occurred_at")[:1], output_field=DateTimeField())
    return Least(by_words, by_touch)
