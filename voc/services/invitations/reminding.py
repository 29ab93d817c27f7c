"""Reminders: to whoever said nothing, in their working hours, as mail of the contact budget."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from accounts.models import Contact, ContactSend
from accounts.services.budget import Verdict
from outbox.services import InvalidRecipient
from team.clock import now
from voc.models import Invitation
from voc.selectors.audiences import judge_people
from voc.selectors.causes import undone_causes
from voc.selectors.zones import Whereabouts
from voc.services.invitations.asking import fresh_contacts
from voc.services.invitations.writing import write_mail

CLAIM, BATCH = 100, 25


def send_reminders(*, limit: int = 200) -> int:
    """Remind those who are due; returns how many were dealt with. Safe to repeat and to run many times at once.

    Nobody is reminded who answered, even in part; whether a mail was opened decides nothing. Whoever the budget holds
    back is reminded later, while the link lives.
    """
    done = 0
    while done < limit:
        dealt = _remind_batch(min(BATCH, limit - done))
        if not dealt:
            break
        done += dealt
    return done


@transaction.atomic
def _remind_batch(size: int) -> int:
    at = now()
    due = Invitation.objects.remindable(at).select_for_update(skip_locked=True, of=("self",))
    rows = due.select_related("version__survey", "sent_by").order_by("remind_at", "pk")[:CLAIM]
    batch: dict[int, Invitation] = {}
    for invitation in rows:
        batch.setdefault(invitation.account_id, invitation)
        if len(batch) == size:
            break
    if batch:
        _remind(list(batch.values()), at)
    return len(batch)


def _remind(invitations: Sequence[Invitation], at: dt.datetime) -> None:
    people = fresh_contacts(invitations)
    where = Whereabouts.of_install()
    gone = undone_causes(one.source_ref for one in invitations if one.source_ref)
    for invitation in invitations:
        contact = people[invitation.contact_id]
        moment = where.next_moment_for(contact, at)
        if invitation.source_ref in gone:
            invitation.remind_at = None
        elif moment > at:
            invitation.remind_at = moment
        else:
            _remind_one(invitation, contact, at)
        invitation.save(update_fields=["remind_at", "reminders_sent", "nonce", "digest"])


def _remind_one(invitation: Invitation, contact: Contact, at: dt.datetime) -> None:
    kind = ContactSend.Kind.REMINDER
    verdict = judge_people([contact], invitation.version.survey, kind=kind, at=at)[contact.pk]
    if not verdict.is_free:
        invitation.remind_at = _later(verdict, invitation)
        return
    try:
        with transaction.atomic():
            write_mail(
                actor=invitation.sent_by, invitation=invitation, contact=contact, budget_kind=kind, is_reminder=True
            )
    except InvalidRecipient:
        invitation.remind_at = None
        return
    survey = invitation.version.survey
    invitation.reminders_sent += 1
    has_more = invitation.reminders_sent < survey.reminders
    invitation.remind_at = at + dt.timedelta(days=survey.remind_after_days) if has_more else None


def _later(verdict: Verdict, invitation: Invitation) -> dt.datetime | None:
    """When the budget is free again, if the link still works then."""
    if verdict.next_free_on is None:
        return None
    moment = dt.datetime.combine(verdict.next_free_on, dt.time(), tzinfo=timezone.get_default_timezone())
    return moment if moment < invitation.expires_at else None
