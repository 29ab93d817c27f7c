"""The mail of one invitation: into the outbox, the contact budget and the timeline, in the caller's transaction."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Contact, Touchpoint
from accounts.services.budget import record_send
from accounts.services.touchpoints import log_touchpoint
from outbox.models import Message
from outbox.services import enqueue_mail
from team.clock import now
from team.models import User
from voc.models import Invitation
from voc.services.invitations.links import link_token
from voc.services.links import mail_link
from voc.services.mails import write_invitation

KIND = "survey"
REMINDER_KIND = "reminder"
PRIORITY = 6
REMINDER_PRIORITY = 7
# A mail that could not leave for so long is not wanted any more.
WANTED_FOR = dt.timedelta(days=7)


def mail_key(invitation: Invitation) -> str:
    """One mail per link, so that the outbox writes it once."""
    return f"invitation:{invitation.digest}"


def write_mail(
    *, actor: User | None, invitation: Invitation, contact: Contact, budget_kind: str, is_reminder: bool = False
) -> Message:
    """Put the invitation's mail (or its next reminder) into the outbox, the ledger and the timeline.

    The contact is locked by the caller and has its account loaded. The mail expires unsent with the link, and after a
    week at most. Raises InvalidRecipient.
    """
    survey = invitation.version.survey
    token = mail_link(survey).key if survey.is_anonymous else link_token(invitation)
    letter = write_invitation(
        version=invitation.version,
        contact=contact,
        token=token,
        language=invitation.language,
        is_reminder=is_reminder,
    )
    number = invitation.reminders_sent + 1
    message = enqueue_mail(
        kind=REMINDER_KIND if is_reminder else KIND,
        recipient=contact.email,
        subject=letter.subject,
        body_text=letter.text,
        body_html=letter.html,
        dedupe_key=f"reminder:{invitation.pk}:{number}" if is_reminder else mail_key(invitation),
        subject_ref=f"contact:{contact.pk}",
        headers=letter.headers,
        secrets=letter.secrets,
        sender=letter.sender,
        reply_to=letter.reply_to,
        priority=REMINDER_PRIORITY if is_reminder else PRIORITY,
        expires_at=timezone.now() + min(WANTED_FOR, dt.timedelta(days=survey.valid_days)),
        created_by=actor,
    )
    record_send(
        contact=contact,
        kind=budget_kind,
        message_ref=message.ref,
        at=now(),
        is_for_renewal=survey.is_about_renewal,
    )
    words = _("Reminded to answer “%(survey)s”.") if is_reminder else _("Asked to answer “%(survey)s”.")
    log_touchpoint(
        actor=actor,
        account=contact.account,
        kind=Touchpoint.Kind.MAIL,
        direction=Touchpoint.Direction.OUT,
        subject=letter.subject,
        body=words % {"survey": survey.name},
        contacts=[contact],
        is_automated=True,
        source="outbox",
        external_id=message.ref,
        message_ref=message.ref,
    )
    return message
