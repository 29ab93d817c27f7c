"""By hand: somebody heard something and writes it down."""

import datetime as dt

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, Contact, Ticket, Touchpoint
from accounts.services.changes import mark_changed
from team.clock import now
from team.models import ActionLog, User
from team.services.undo import log_action
from voc.models import Feedback, FeedbackStep
from voc.services.feedback import take_feedback
from voc.services.inbox.handling import take_out


@transaction.atomic
def add_feedback(
    *,
    actor: User,
    text: str,
    source: str,
    account: Account | None = None,
    contact: Contact | None = None,
    author: str = "",
    url: str = "",
    score: int | None = None,
    received_at: dt.datetime | None = None,
    origin: Ticket | Touchpoint | None = None,
) -> tuple[Feedback, ActionLog]:
    """Write down what somebody said; the second value takes it back.

    `origin` is the ticket or touch whose words these are: idempotent, and the sweep does not take them again.
    """
    system, external_id = origin_key(origin)
    feedback = take_feedback(
        account=account,
        contact=contact,
        text=text,
        source=source,
        received_at=received_at or now(),
        score=score,
        author=author,
        url=url,
        source_system=system,
        external_id=external_id,
    )
    FeedbackStep.objects.create(feedback=feedback, kind=FeedbackStep.Kind.ADDED, actor=actor)
    action = log_action(
        actor=actor,
        verb=_("Wrote feedback down"),
        service="voc.undo_add_feedback",
        arguments={"feedback_id": feedback.pk},
        url=reverse("feedback_page", args=[feedback.pk]),
    )
    return feedback, action


def origin_key(origin: Ticket | Touchpoint | None) -> tuple[str, str | None]:
    """Under which system and id the words of a ticket or a touch are kept: one feedback for each."""
    if origin is None:
        return "manual", None
    return origin._meta.model_name or "", str(origin.pk)


@transaction.atomic
def undo_add_feedback(*, actor: User, feedback_id: int) -> bool:
    """As if it had never been written down; False when it is gone already."""
    feedback = Feedback.objects.editable_by(actor).filter(pk=feedback_id).first()
    if feedback is None:
        return False
    take_out(feedback=feedback, actor=actor)
    feedback.delete()
    if feedback.account_id is not None:
        mark_changed(account_ids=[feedback.account_id], reason="feedback")
    return True
