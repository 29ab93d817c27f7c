"""Asking people: who is asked, who is not and why, and what became of the mail."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Contact, ContactSend, Touchpoint
from accounts.services.budget import REASONS, check_contacts, record_send, release_send
from accounts.services.touchpoints import log_touchpoint
from outbox.models import Message, State
from outbox.services import InvalidRecipient, cancel_message, enqueue_mail
from team.clock import now
from team.models import User
from voc.formulas.questions import known_language
from voc.formulas.tokens import digest_of, new_token
from voc.models import Invitation, Survey, SurveyVersion
from voc.services.mails import write_invitation

KIND = "survey"
PRIORITY = 6
NEVER_LEFT = {State.SUPPRESSED, State.EXPIRED, State.CANCELLED, State.FAILED}


@dataclass
class InviteResult:
    """What became of one send: invitations that are on their way, people who were not asked, those asked before."""

    invited: list[Invitation] = field(default_factory=list)
    suppressed: list[Invitation] = field(default_factory=list)
    already: int = 0

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why people were not asked, most frequent first."""
        return Counter(invitation.reason for invitation in self.suppressed).most_common()


class NothingToSend(ValueError):
    """The survey has no published version, or is closed."""


def current_version(survey: Survey) -> SurveyVersion:
    """The version that a new invitation leads to. Raises NothingToSend."""
    version = survey.versions.order_by("-number").first()
    if version is None or not survey.is_active:
        raise NothingToSend(_("This survey is not open."))
    return version


def invite_contacts(*, actor: User | None, survey: Survey, contacts: Iterable[Contact], occasion: str) -> InviteResult:
    """Invite people to a survey, each in an own transaction: invitation, touchpoint, budget and mail, or nothing.

    Whoever may not be asked gets a suppressed invitation with the rule and the next free date. Idempotent per occasion
    (one_invitation_per_person_and_occasion): who was asked is not asked again, who was suppressed is judged anew.
    The caller has checked that the actor may write to these people. Raises NothingToSend.
    """
    version = current_version(survey)
    result = InviteResult()
    for contact in contacts:
        invite_one(actor=actor, version=version, contact=contact, occasion=occasion[:80], result=result)
    return result


@transaction.atomic
def plan_invitations(*, actor: User, survey: Survey, contacts: Sequence[Contact], occasion: str) -> int:
    """Note many people to be asked: the sweep asks them one by one (`send_planned`). Returns how many are noted.

    Idempotent per occasion (one_invitation_per_person_and_occasion): who was asked stays as is, who was suppressed is judged
    anew. The caller has checked that the actor may write to these people. Raises NothingToSend.
    """
    version, occasion = current_version(survey), occasion[:80]
    waits = {"state": Invitation.State.QUEUED, "message_ref": "", "reason": "", "sent_by": actor}
    mine = Invitation.objects.filter(version=version, occasion=occasion, contact__in=contacts)
    mine.filter(state=Invitation.State.SUPPRESSED).update(**waits)
    known = set(mine.values_list("contact_id", flat=True))
    rows = [
        Invitation(
            version=version,
            contact=contact,
            account_id=contact.account_id,
            occasion=occasion,
            # Nobody knows this token: the mail brings its own.
            digest=digest_of(new_token()),
            expires_at=now() + dt.timedelta(days=survey.valid_days),
            **waits,
        )
        for contact in contacts
        if contact.pk not in known
    ]
    Invitation.objects.bulk_create(rows, ignore_conflicts=True)
    return mine.planned().count()


def send_planned(*, limit: int = 200) -> int:
    """Ask those who were noted, each in an own transaction; returns how many were looked at.

    Safe to repeat and to run several times at once: a person is locked, and asked once per occasion. Whoever waits for a
    survey that was closed meanwhile is not asked.
    """
    planned = Invitation.objects.planned().order_by("pk")
    closed = planned.filter(version__survey__is_active=False)
    Invitation.objects.filter(pk__in=closed.values("pk")).update(
        state=Invitation.State.SUPPRESSED, reason=_("This survey is not open.")
    )
    waiting = list(planned.select_related("version__survey", "contact", "sent_by")[:limit])
    result = InviteResult()
    for one in waiting:
        invite_one(actor=one.sent_by, version=one.version, contact=one.contact, occasion=one.occasion, result=result)
    return len(waiting)


@transaction.atomic
def invite_one(
    *, actor: User | None, version: SurveyVersion, contact: Contact, occasion: str, result: InviteResult
) -> None:
    """One person. Locks the contact first, so that two senders at once see each other's mails in the budget."""
    contact = Contact.everything.select_for_update(of=("self",)).select_related("account").get(pk=contact.pk)
    before = Invitation.objects.filter(version=version, contact=contact, occasion=occasion).first()
    if before is not None and before.state != Invitation.State.SUPPRESSED and not before.is_planned:
        result.already += 1
        return
    token = new_token()
    verdict = check_contacts(contacts=[contact], kind=ContactSend.Kind.SURVEY, at=now())[contact.pk]
    reason = str(REASONS.get(verdict.reason, verdict.reason))
    invitation = before or Invitation(version=version, contact=contact, occasion=occasion)
    invitation.account = contact.account
    invitation.language = known_language(contact.language)
    invitation.sent_by = actor
    invitation.digest = digest_of(token)
    invitation.expires_at = now() + dt.timedelta(days=version.survey.valid_days)
    invitation.state = Invitation.State.SUPPRESSED if reason else Invitation.State.QUEUED
    invitation.reason = reason[:200]
    invitation.next_free_on = verdict.next_free_on
    invitation.save()
    if not reason:
        try:
            with transaction.atomic():
                send_invitation(actor=actor, invitation=invitation, contact=contact, token=token)
        except InvalidRecipient:
            reason = invitation.reason = _("The mail address cannot receive mail")
            invitation.state = Invitation.State.SUPPRESSED
            invitation.save(update_fields=["reason", "state"])
    (result.suppressed if reason else result.invited).append(invitation)


def send_invitation(*, actor: User | None, invitation: Invitation, contact: Contact, token: str) -> Message:
    """The mail, its place in the budget and its line on the timeline. It expires unsent with the link."""
    letter = write_invitation(version=invitation.version, contact=contact, token=token, language=invitation.language)
    message = enqueue_mail(
        kind=KIND,
        recipient=contact.email,
        subject=letter.subject,
        body_text=letter.text,
        body_html=letter.html,
        dedupe_key=f"invitation:{invitation.digest}",
        subject_ref=f"contact:{contact.pk}",
        headers=letter.headers,
        secrets=letter.secrets,
        priority=PRIORITY,
        expires_at=timezone.now() + dt.timedelta(days=min(7, invitation.version.survey.valid_days)),
        created_by=actor,
    )
    invitation.message_ref = message.ref
    invitation.save(update_fields=["message_ref"])
    record_send(contact=contact, kind=ContactSend.Kind.SURVEY, message_ref=message.ref, at=now())
    log_touchpoint(
        actor=actor,
        account=contact.account,
        kind=Touchpoint.Kind.MAIL,
        direction=Touchpoint.Direction.OUT,
        subject=letter.subject,
        body=_("Asked to answer “%(survey)s”.") % {"survey": invitation.version.survey.name},
        contacts=[contact],
        is_automated=True,
        source="outbox",
        external_id=message.ref,
        message_ref=message.ref,
    )
    return message


@transaction.atomic
def take_over_outcome(message: Message) -> None:
    """Listener of the outbox: the invitation learns what became of its mail. Idempotent; an answer is never undone."""
    invitations = Invitation.objects.filter(message_ref=message.ref)
    waiting = invitations.filter(state__in=[Invitation.State.QUEUED, Invitation.State.SENT])
    if message.state in {State.SENT, State.KEPT, State.UNKNOWN}:
        for invitation in invitations.filter(state=Invitation.State.SUPPRESSED).select_related("contact"):
            # A person had it sent once more: the link in it works, and it counts in the budget again.
            Invitation.objects.filter(pk=invitation.pk).update(state=Invitation.State.SENT, reason="")
            at = message.sent_at or now()
            record_send(contact=invitation.contact, kind=ContactSend.Kind.SURVEY, message_ref=message.ref, at=at)
        waiting.update(state=Invitation.State.SENT)
    elif message.state in NEVER_LEFT:
        waiting.update(state=Invitation.State.SUPPRESSED, reason=message.reason[:200] or message.get_state_display())
        release_send(message_ref=message.ref)


def expire_invitations() -> int:
    """Close links whose time is over; returns how many. Idempotent."""
    open_states = [Invitation.State.QUEUED, Invitation.State.SENT]
    return Invitation.objects.filter(state__in=open_states, expires_at__lte=now()).update(
        state=Invitation.State.EXPIRED
    )


@transaction.atomic
def recall_invitations(*, contact: Contact, reason: str) -> int:
    """Take back the surveys that still wait to go to a person; their open links die. Returns how many."""
    found = Invitation.objects.filter(contact=contact, state__in=[Invitation.State.QUEUED, Invitation.State.SENT])
    for message in Message.objects.filter(subject_ref=f"contact:{contact.pk}", state=State.QUEUED, kind=KIND):
        cancel_message(message=message, reason=reason)
    return found.update(state=Invitation.State.DECLINED, reason=reason[:200])
