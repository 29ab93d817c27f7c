"""Closing the loop: telling the customer, and hearing whether it was solved."""

import datetime as dt

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Contact, ContactSend, Touchpoint
from accounts.services.budget import record_send
from accounts.services.changes import mark_changed
from accounts.services.touchpoints import log_touchpoint
from lifecycle.services.triggers import record_trigger
from outbox.services import enqueue_mail
from team.clock import now
from team.models import User
from team.services.notices import notify
from voc.formulas.answers import plain_text
from voc.formulas.definitions import DJANGO_LANGUAGES, known_language
from voc.formulas.tokens import digest_of, new_token
from voc.models import Insight, Verification
from voc.selectors.queue import of_insight_or_visible
from voc.services.deadlines import raise_level
from voc.services.insights import NotAllowedNow, State, move
from voc.services.mails import write_reply
from voc.services.routing import count_open, log_step

KIND = "reply"
PRIORITY = 3
LINK_DAYS = 30
TELLABLE = (State.ACCEPTED, State.ACTED_ON, State.DECLINED, State.TOLD)
Verdict = Verification.Verdict


def recipients_of(*, insight: Insight, user: User) -> list[Contact]:
    """Who said it and can be written to, those with the newest words first; of accounts that were merged into it only
    those that the user sees."""
    found = (
        Contact.objects.reachable()
        .filter(of_insight_or_visible(insight, user), feedback__quoted_in__insight=insight)
        .order_by("-feedback__received_at", "-feedback__pk")
    )
    return list(dict.fromkeys(found))


def draft_reply(*, insight: Insight, contact: Contact, actor: User) -> str:
    """A first wording in the customer's language, from what was decided and done; a person edits and sends it."""
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
            words = {"promise": insight.promise, "day": insight.promised_on.isoformat()}
            parts.append(_("What we promise: %(promise)s. You will have it by %(day)s.") % words)
        parts += [_("If this does not solve it, say so with one tap below: it comes straight back to us."), actor.name]
    return "\n\n".join(parts)


@transaction.atomic
def tell_customer(*, actor: User, insight: Insight, contact: Contact, text: str) -> Verification:
    """Send the reply with the question whether it solved it; insight, mail and timeline change together.

    Raises NotAllowedNow for an insight without a decision, an empty text, or a contact who did not say it; Overtaken.
    """
    if insight.state not in TELLABLE:
        raise NotAllowedNow(_("Decide first, then tell the customer."))
    if not text.strip():
        raise NotAllowedNow(_("Write what you want to say."))
    if contact not in recipients_of(insight=insight, user=actor):
        raise NotAllowedNow(_("%(name)s cannot be written to.") % {"name": contact.name})
    token, language = new_token(), known_language(contact.language)
    quote = insight.quotes.filter(feedback__contact=contact).order_by("-pk").values_list("feedback__text", flat=True)
    letter = write_reply(contact=contact, text=text.strip(), quote=quote.first() or "", token=token, language=language)
    verification = Verification(
        insight=insight,
        contact=contact,
        digest=digest_of(token),
        reply=text.strip(),
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
        reply_to=actor.email,
        is_automated=False,
        priority=PRIORITY,
        created_by=actor,
    )
    verification.message_ref = message.ref
    verification.save()
    record_send(contact=contact, kind=ContactSend.Kind.PERSONAL, message_ref=message.ref, at=now())
    log_touchpoint(
        actor=None,
        account=contact.account,
        kind=Touchpoint.Kind.MAIL,
        direction=Touchpoint.Direction.OUT,
        subject=letter.subject,
        body=text.strip(),
        contacts=[contact],
        source="outbox",
        external_id=message.ref,
        message_ref=message.ref,
    )
    if insight.state != State.DECLINED:
        move(insight=insight, frm=TELLABLE, to=State.TOLD, told_at=now())
    log_step(insight=insight, actor=actor, text=_("Told %(name)s") % {"name": contact.name})
    return verification


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
        move(insight=insight, frm=[insight.state], to=State.REOPENED, decided_at=None, verified_at=None)
        raise_level(insight=insight, reason=_("Not solved"))
    log_step(insight=insight, actor=None, contact_id=verification.contact_id, text=f"{words} {comment}".strip())
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
