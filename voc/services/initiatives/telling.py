"""Telling those who asked: drafts are edited, left out, sent one by one or all together by a worker."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Account
from outbox.models import Message
from outbox.services import InvalidRecipient, enqueue_mail
from team.clock import now
from team.models import User
from voc.formulas.definitions import DJANGO_LANGUAGES, known_language
from voc.models import Initiative, InitiativeInsight, InitiativeTelling, Insight
from voc.services.footers import write_footer, write_html
from voc.services.initiatives.settling import act, why_not
from voc.services.initiatives.writing import require_editor
from voc.services.insights import NotAllowedNow, Overtaken
from voc.services.letters import note_letter
from voc.services.loop import KIND, PRIORITY, TELLABLE, tell_customer
from voc.services.mails import vendor

Telling = InitiativeTelling.State
LONGEST = 5_000
OPEN = (Telling.DRAFT, Telling.QUEUED)


def tellings_for(user: User, initiative: Initiative) -> QuerySet[InitiativeTelling]:
    """Those that the user may review. SECURITY: people of accounts that the user sees."""
    if not Initiative.objects.editable_by(user).filter(pk=initiative.pk).exists():
        return InitiativeTelling.objects.none()
    seen = Account.objects.visible_to(user)
    return initiative.tellings.filter(contact__account__in=seen, contact__deleted_at__isnull=True)


@transaction.atomic
def edit_telling(*, actor: User, telling: InitiativeTelling, text: str) -> bool:
    """Other words for one person. False when it is no draft any more. Raises NotAllowedNow without words."""
    require_editor(actor, telling.initiative)
    if not text.strip():
        raise NotAllowedNow(_("Write what you want to say."))
    rows = InitiativeTelling.objects.filter(pk=telling.pk, state=Telling.DRAFT)
    return rows.update(text=text.strip()[:LONGEST]) == 1


@transaction.atomic
def leave_out(*, actor: User, telling: InitiativeTelling, reason: str) -> bool:
    """This person is not told, and why. False when it was sent meanwhile. Raises NotAllowedNow without a reason."""
    require_editor(actor, telling.initiative)
    if not reason.strip():
        raise NotAllowedNow(_("Say why."))
    rows = InitiativeTelling.objects.filter(pk=telling.pk, state=Telling.DRAFT)
    return rows.update(state=Telling.LEFT_OUT, reason=reason.strip()[:200]) == 1


@transaction.atomic
def take_in(*, actor: User, telling: InitiativeTelling) -> bool:
    """Back to the drafts. False when it was not left out. Raises NotAllowedNow for somebody who cannot be told."""
    require_editor(actor, telling.initiative)
    reason = why_not(telling.contact, telling.insight)
    if reason:
        raise NotAllowedNow(reason)
    rows = InitiativeTelling.objects.filter(pk=telling.pk, state=Telling.LEFT_OUT)
    return rows.update(state=Telling.DRAFT, reason="") == 1


@transaction.atomic
def send_telling(*, actor: User, telling: InitiativeTelling) -> bool:
    """Tell one person, once: mail, insight, timeline and the row change together. False when it was sent or left out.

    With an insight the mail asks whether this solved it. Who cannot be told by now is left out with the reason. Raises
    Overtaken when somebody changes the insight at the same moment.
    """
    require_editor(actor, telling.initiative)
    rows = InitiativeTelling.objects.select_for_update(of=("self",)).select_related(
        "initiative__owner", "initiative__department", "contact__account"
    )
    held = rows.filter(pk=telling.pk, state__in=OPEN).first()
    if held is None or held.initiative.state != Initiative.State.SHIPPED:
        return False
    insight = _insight_of(held)
    reason = why_not(held.contact, insight)
    if reason or held.contact.deleted_at is not None:
        return _give_up(held, reason or _("Was deleted"))
    try:
        with transaction.atomic():
            if insight is None:
                _send_plainly(actor, held)
            else:
                if _is_unsettled(held):
                    act(insight, held.initiative)
                if insight.state not in TELLABLE:
                    return _give_up(held, _("Its insight is open again, or closed"))
                told = tell_customer(actor=actor, insight=insight, contact=held.contact, text=held.text)
                held.verification = told
    except InvalidRecipient:
        return _give_up(held, _("The mail address cannot receive mail"))
    except NotAllowedNow as refusal:
        return _give_up(held, str(refusal))
    held.state, held.sent_by, held.sent_at = Telling.SENT, actor, now()
    held.save(update_fields=["state", "sent_by", "sent_at", "verification"])
    return True


@transaction.atomic
def queue_tellings(*, actor: User, initiative: Initiative, expected: int) -> int:
    """Have a worker send all drafts that the actor sees; returns how many. `expected` is the number that was typed.

    Raises NotAllowedNow when it is another number by now. A second call finds nothing to send.
    """
    require_editor(actor, initiative)
    held = Initiative.objects.select_for_update().get(pk=initiative.pk)
    if held.state != Initiative.State.SHIPPED:
        raise NotAllowedNow(_("It has not shipped."))
    drafts = tellings_for(actor, held).filter(state=Telling.DRAFT)
    ids = list(drafts.values_list("pk", flat=True))
    if len(ids) != expected:
        raise NotAllowedNow(_("By now it is %(count)d people; type the new number.") % {"count": len(ids)})
    rows = InitiativeTelling.objects.filter(pk__in=ids, state=Telling.DRAFT)
    return rows.update(state=Telling.QUEUED, sent_by=actor)


def send_queued(*, limit: int = 50) -> int:
    """Send what people have queued, each in a transaction of its own; returns how many were looked at. Safe to repeat
    and to run beside itself: a row is held while it is sent."""
    rows = InitiativeTelling.objects.filter(state=Telling.QUEUED).select_related("initiative", "sent_by").order_by("pk")
    found = list(rows[:limit])
    for telling in found:
        _send_queued(telling)
    return len(found)


def _send_queued(telling: InitiativeTelling) -> None:
    actor = telling.sent_by
    may = actor is not None and actor.is_active and Initiative.objects.editable_by(actor)
    if actor is None or not may or not may.filter(pk=telling.initiative_id).exists():
        # Who wanted it may not any more: somebody else decides.
        back_to_draft([telling.pk])
        return
    try:
        send_telling(actor=actor, telling=telling)
    except Overtaken:
        # The next round finds the insight as it is then.
        return


def back_to_draft(ids: Collection[int]) -> int:
    """What waits to be sent is a draft again."""
    rows = InitiativeTelling.objects.filter(pk__in=ids, state=Telling.QUEUED)
    return rows.update(state=Telling.DRAFT, sent_by=None)


def _insight_of(telling: InitiativeTelling) -> Insight | None:
    """What they said, or what it was merged into; locked."""
    if telling.insight_id is None:
        return None
    going = Insight.objects.filter(pk=telling.insight_id).values_list("merged_into_id", flat=True).first()
    rows = Insight.objects.select_for_update(of=("self",)).select_related("account", "department", "theme")
    return rows.get(pk=going or telling.insight_id)


def _is_unsettled(telling: InitiativeTelling) -> bool:
    """The insight does not know yet that it shipped. One that does and is open again was not solved: it stays so."""
    asks = InitiativeInsight.objects.filter(initiative=telling.initiative_id, insight=telling.insight_id)
    return asks.filter(settled_at=None).exists()


def _give_up(telling: InitiativeTelling, reason: str) -> bool:
    telling.state, telling.reason = Telling.LEFT_OUT, reason[:200]
    telling.save(update_fields=["state", "reason"])
    return False


def _send_plainly(actor: User, telling: InitiativeTelling) -> Message:
    """Mail to somebody who asked without an insight: there is nothing to close, so nothing to confirm."""
    contact = telling.contact
    footer, headers, secrets = write_footer(contact)
    with override(DJANGO_LANGUAGES[known_language(contact.language)]):
        subject = _("What became of your feedback to %(company)s") % {"company": vendor()}
    message = enqueue_mail(
        kind=KIND,
        recipient=contact.email,
        subject=subject,
        body_text=f"{telling.text}\n\n-- \n{footer}\n",
        body_html=write_html(contact, subject, telling.text),
        subject_ref=f"contact:{contact.pk}",
        dedupe_key=f"telling:{telling.pk}",
        headers=headers,
        secrets=secrets,
        reply_to=actor.email,
        is_automated=False,
        priority=PRIORITY,
        created_by=actor,
    )
    note_letter(message=message, contact=contact, subject=subject, text=telling.text)
    return message
