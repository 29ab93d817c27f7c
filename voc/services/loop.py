"""Closing the loop: telling the customer, and hearing whether it was solved."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.models import Contact, ContactSend
from accounts.services.budget import check_contact, reason_words
from accounts.services.changes import mark_changed
from lifecycle.services.triggers import record_trigger
from outbox.services import InvalidRecipient, enqueue_mail
from team.calendars import Calendar
from team.clock import now
from team.models import User
from team.services.notices import notify
from voc.formulas.answers import plain_text
from voc.formulas.clock import reopened_term
from voc.formulas.definitions import DJANGO_LANGUAGES, known_language
from voc.formulas.masking import mask_personal
from voc.formulas.tokens import digest_of, new_token
from voc.models import Insight, Verification
from voc.selectors.telling import LINK_DAYS, recipients_of
from voc.services.deadlines import raise_level
from voc.services.insights import NotAllowedNow, State, move
from voc.services.letters import note_letter
from voc.services.mails import vendor, write_reply
from voc.services.routing import count_open, log_step

KIND = "reply"
PRIORITY = 3
# The same words to the same person within a day are a second press.
REPEATS = dt.timedelta(days=1)
TELLABLE = (State.ACCEPTED, State.ACTED_ON, State.DECLINED, State.TOLD)
Verdict = Verification.Verdict


class Sender(models.TextChoices):
    """In whose name a customer is told."""

    ME = "me", gettext_lazy("Me")
    CSM = "csm", gettext_lazy("The account's CSM")
    DEPARTMENT = "department", gettext_lazy("The department")


@dataclass(frozen=True)
class Voice:
    """Who signs, what stands as the sender, and where an answer goes."""

    signature: str
    name: str
    reply_to: str


def voice_of(*, sender: str, insight: Insight, contact: Contact, actor: User, company: str = "") -> Voice:
    """The CSM answers for their own account, the actor for the department; without a CSM the actor writes."""
    csm = contact.account.csm
    if sender == Sender.DEPARTMENT:
        company = company or vendor()
        return Voice(f"{insight.department.name}, {company}", f"{insight.department.name} · {company}", actor.email)
    if sender == Sender.CSM and csm is not None and csm.is_active:
        return Voice(csm.name, csm.name, csm.email)
    return Voice(actor.name, actor.name, actor.email)


def draft_reply(*, insight: Insight, contact: Contact, actor: User, sender: str = Sender.ME, company: str = "") -> str:
    """A first wording in the customer's language, from what was decided and done; a person edits and sends it. With
    `company` (the vendor's name) no query."""
    with override(DJANGO_LANGUAGES[known_language(contact.language)]):
        parts = [
            _("Dear %(name)s,") % {"name": contact.name},
            _("Thank you for telling us. This is what became of it."),
        ]
        if insight.state == State.DECLINED:
            parts.append(
                _("We decided not to do it, and we owe you the reason: %(reason)s") % {"reason": insight.decline_reason}
            )
        elif insight.action:
            parts.append(_("What we did: %(action)s") % {"action": insight.action})
        elif insight.promised_on:
            words = {"promise": insight.promise, "day": date_format(insight.promised_on, "DATE_FORMAT")}
            parts.append(_("What we promise: %(promise)s. You will have it by %(day)s.") % words)
        parts.append(_("If this does not solve it, say so with one tap below: it comes straight back to us."))
        voice = voice_of(sender=sender, insight=insight, contact=contact, actor=actor, company=company)
        parts.append(voice.signature)
    return "\n\n".join(parts)


@transaction.atomic
def tell_customer(
    *, actor: User, insight: Insight, contact: Contact, text: str, sender: str = Sender.ME
) -> Verification:
    """Send the reply with the question whether it solved it; insight, mail and timeline change together.

    Raises NotAllowedNow for an insight without a decision, an empty text, a contact who did not say it or cannot be
    written to, and for the same words once more (a second press); Overtaken.
    """
    # Held, so that of two presses at once the second one sees the first.
    Insight.objects.select_for_update().filter(pk=insight.pk).first()
    text = text.strip()
    if insight.state not in TELLABLE:
        raise NotAllowedNow(_("Decide first, then tell the customer."))
    if not text:
        raise NotAllowedNow(_("Write what you want to say."))
    if contact not in recipients_of(insight=insight, user=actor):
        raise NotAllowedNow(_("%(name)s cannot be written to.") % {"name": contact.name})
    if insight.verifications.filter(contact=contact, reply=text, created_at__gte=timezone.now() - REPEATS).exists():
        raise NotAllowedNow(_("%(name)s was told exactly this already.") % {"name": contact.name})
    verdict = check_contact(contact=contact, kind=ContactSend.Kind.PERSONAL, at=now())
    if not verdict.is_free:
        raise NotAllowedNow(f"{contact.name}: {reason_words(verdict.reason)}")
    verification = _write(actor, insight, contact, text, sender)
    if insight.state != State.DECLINED:
        move(insight=insight, frm=TELLABLE, to=State.TOLD, told_at=now())
    log_step(insight=insight, actor=actor, text=_("Told %(name)s") % {"name": contact.name})
    return verification


def _write(actor: User, insight: Insight, contact: Contact, text: str, sender: str) -> Verification:
    """Mail, ledger of the contact budget and touchpoint of one reply."""
    token, language = new_token(), known_language(contact.language)
    voice = voice_of(sender=sender, insight=insight, contact=contact, actor=actor)
    quote = insight.quotes.filter(feedback__contact=contact).order_by("-pk").values_list("feedback__text", flat=True)
    letter = write_reply(contact=contact, text=text, quote=quote.first() or "", token=token, language=language)
    verification = Verification(
        insight=insight,
        contact=contact,
        digest=digest_of(token),
        reply=text,
        language=language,
        expires_at=now() + dt.timedelta(days=LINK_DAYS),
    )
    message = enqueue_mail(
        kind=KIND,
        recipient=contact.email,
        subject=letter.subject,
        body_text=letter.text,
        body_html=letter.html,
        subject_ref=f"contact:{contact.pk}",
        dedupe_key=f"verification:{verification.digest}",
        headers=letter.headers,
        secrets=letter.secrets,
        sender=formataddr((voice.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        reply_to=voice.reply_to,
        is_automated=False,
        priority=PRIORITY,
        created_by=actor,
    )
    verification.message_ref = message.ref
    verification.save()
    note_letter(message=message, contact=contact, subject=letter.subject, text=text)
    return verification


@dataclass(frozen=True)
class Told:
    """How many were told at once, and why others were not: [(name, reason)]."""

    sent: int
    refused: tuple[tuple[str, str], ...]


@transaction.atomic
def tell_customers(*, actor: User, insight: Insight, texts: Mapping[int, str], sender: str) -> Told:
    """Send each of the drafts (by contact id) to its contact. Whoever cannot be told is named, the others are told.

    Raises NotAllowedNow when nobody could be told; Overtaken.
    """
    people = {contact.pk: contact for contact in recipients_of(insight=insight, user=actor)}
    sent, refused = 0, []
    for contact_id, text in texts.items():
        contact = people.get(contact_id)
        if contact is None:
            continue
        try:
            tell_customer(actor=actor, insight=insight, contact=contact, text=text, sender=sender)
        except (NotAllowedNow, InvalidRecipient) as error:
            refused.append((contact.name, str(error)))
        else:
            sent += 1
    if not sent:
        raise NotAllowedNow(" ".join(reason for _name, reason in refused) or _("There is nobody to tell."))
    return Told(sent, tuple(refused))


@transaction.atomic
def take_verdict(*, verification: Verification, verdict: str, comment: str = "") -> bool:
    """The customer's word on a reply, once: yes closes the loop, partly and no bring it back a level higher.

    False when it was said before, or the link is over. Compare-and-set on the empty verdict.
    """
    verdict = Verdict(verdict)
    comment = plain_text(comment)[:2000]
    mine = Verification.objects.filter(pk=verification.pk, verdict="", expires_at__gt=now())
    if mine.update(verdict=verdict, comment=comment, answered_at=now()) != 1:
        return False
    insight = (
        Insight.objects.select_for_update(of=("self",)).select_related("department").get(pk=verification.insight_id)
    )
    words = _("The customer says: %(verdict)s") % {"verdict": verdict.label}
    if verdict == Verdict.YES:
        if insight.state == State.TOLD:
            move(insight=insight, frm=[State.TOLD], to=State.VERIFIED, verified_at=now())
            record_trigger(
                account=insight.account,
                kind="insight_verified",
                key=f"verification:{verification.pk}",
                payload={
                    "insight": insight.pk,
                    "department": insight.department.slug,
                    "theme": insight.theme.slug if insight.theme else "",
                },
            )
    elif insight.state in {State.TOLD, State.DECLINED, State.VERIFIED} and not has_open_twin(insight):
        reopen(insight)
        reason = _("Not solved") if verdict == Verdict.NO else _("Only partly solved")
        raise_level(insight=insight, reason=reason)
    # SECURITY: departments read the log; the words themselves stand in the verification.
    text = f"{words} {mask_personal(comment)}".strip()
    log_step(insight=insight, actor=None, contact_id=verification.contact_id, text=text)
    tell_owner(insight, words)
    count_open(account_id=insight.account_id)
    mark_changed(account_ids=[insight.account_id], reason="verdict")
    record_trigger(
        account=insight.account,
        kind="verdict",
        key=f"verification:{verification.pk}",
        payload={"insight": insight.pk, "verdict": str(verdict)},
    )
    return True


def reopen(insight: Insight) -> None:
    """Back to where somebody has to decide: the clock runs on with what was left of it, there is no fresh term."""
    fields: dict[str, Any] = {"decided_at": None, "verified_at": None, "snoozed_until": None}
    hours = Calendar.of_install().opening_hours(insight.department)
    term = reopened_term(hours, due_at=insight.due_at, decided_at=insight.decided_at or now(), at=now())
    fields |= {"due_at": term.due_at, "warn_at": term.warn_at, "waiting_since": None, "waiting_for": None}
    move(insight=insight, frm=[insight.state], to=State.REOPENED, **fields)


def has_open_twin(insight: Insight) -> bool:
    """Another insight on the same theme is open: this one stays closed, the log says what the customer thinks."""
    twins = Insight.objects.open().filter(
        account=insight.account_id, theme=insight.theme_id, department=insight.department_id, theme__isnull=False
    )
    return insight.state in Insight.CLOSED and twins.exclude(pk=insight.pk).exists()


def tell_owner(insight: Insight, words: str) -> None:
    """Owner and CSM hear the verdict."""
    for person in {insight.owner, insight.account.csm} - {None}:
        notify(
            user=person,  # type: ignore[arg-type]
            kind="insight",
            text=f"{words}: {insight.title}",
            url=reverse("insight", args=[insight.pk]),
            dedupe_key=f"insight:{insight.pk}:verdict:{insight.version}",
        )
