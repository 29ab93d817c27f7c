"""Asking people whose invitations are locked: each is judged at this moment, and mailed or put aside."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Contact
from accounts.selectors.budget.locks import hold_ledgers
from accounts.services.budget import Verdict, reason_words
from outbox.models import Message
from outbox.services import InvalidRecipient
from team.clock import now
from voc.formulas.definitions import known_language
from voc.models import Invitation
from voc.selectors.audiences import judge_people, mail_kind
from voc.selectors.causes import undone_causes
from voc.selectors.zones import Whereabouts
from voc.services.invitations.links import renew_link
from voc.services.invitations.writing import mail_key, write_mail

State = Invitation.State
CLOSED = "closed"


def fresh_contacts(invitations: Sequence[Invitation]) -> dict[int, Contact]:
    """The people as they are now, deleted ones too, with the ledgers of their accounts held until the commit."""
    hold_ledgers({one.account_id for one in invitations})
    ids = {one.contact_id for one in invitations}
    return Contact.everything.select_related("account").in_bulk(ids)


def ask_people(invitations: Sequence[Invitation], *, at: dt.datetime | None = None, is_quiet: bool = True) -> None:
    """Mail each of these invitations, or write down why not; one per account and call, and all locked by the caller.

    With `is_quiet` whoever sleeps or has a day off is moved on to their next free hour. Each mail stands in a
    savepoint: an address that cannot receive anything costs nobody else theirs.
    """
    at = at or now()
    people = fresh_contacts(invitations)
    verdicts = _verdicts(invitations, people, at)
    gone = undone_causes(one.source_ref for one in invitations if one.source_ref)
    _leave_old_mails(invitations)
    where = Whereabouts.of_install() if is_quiet else None
    for invitation in invitations:
        contact = people[invitation.contact_id]
        survey = invitation.version.survey
        if invitation.source_ref in gone:
            take_back(invitation, _("What it was about was taken back."))
        elif not survey.is_active or survey.deleted_at:
            put_aside(invitation, Verdict(CLOSED), _("This survey is not open."))
        elif where and (moment := where.next_moment_for(contact, at)) > at:
            invitation.send_after = moment
            invitation.save(update_fields=["send_after"])
        elif not (verdict := verdicts[invitation.pk]).is_free:
            put_aside(invitation, verdict)
        else:
            _ask(invitation, contact, at)


def _leave_old_mails(invitations: Sequence[Invitation]) -> None:
    """Who is asked once more, after a mail that never left, gets a link and so a mail of their own."""
    keys = {mail_key(one): one for one in invitations}
    for key in Message.objects.filter(dedupe_key__in=list(keys)).values_list("dedupe_key", flat=True):
        renew_link(keys[str(key)])


def _verdicts(invitations: Sequence[Invitation], people: dict[int, Contact], at: dt.datetime) -> dict[int, Verdict]:
    """{invitation id: verdict}; one round of queries per survey."""
    by_survey = defaultdict(list)
    for invitation in invitations:
        by_survey[invitation.version.survey_id].append(invitation)
    found: dict[int, Verdict] = {}
    for group in by_survey.values():
        judged = judge_people([people[one.contact_id] for one in group], group[0].version.survey, at=at)
        found |= {one.pk: judged[one.contact_id] for one in group}
    return found


def _ask(invitation: Invitation, contact: Contact, at: dt.datetime) -> None:
    survey = invitation.version.survey
    invitation.account = contact.account
    invitation.language = known_language(contact.language)
    invitation.expires_at = at + dt.timedelta(days=survey.valid_days)
    invitation.state, invitation.reason, invitation.rule, invitation.next_free_on = State.QUEUED, "", "", None
    try:
        with transaction.atomic():
            message = write_mail(
                actor=invitation.sent_by, invitation=invitation, contact=contact, budget_kind=mail_kind(survey)
            )
    except InvalidRecipient:
        put_aside(invitation, Verdict("bad_address"))
        return
    invitation.message_ref = message.ref
    invitation.save()


def put_aside(invitation: Invitation, verdict: Verdict, words: str = "") -> None:
    """Not asked: the rule, the reason and the next free day stay on the invitation."""
    invitation.state = State.SUPPRESSED
    invitation.rule = verdict.reason
    invitation.reason = (words or reason_words(verdict.reason))[:200]
    invitation.next_free_on = verdict.next_free_on
    invitation.save(update_fields=["state", "rule", "reason", "next_free_on"])


def take_back(invitation: Invitation, words: str) -> None:
    """Recalled before anything was sent."""
    invitation.state = State.RECALLED
    invitation.reason = words[:200]
    invitation.save(update_fields=["state", "reason"])
