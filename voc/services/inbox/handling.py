"""Looked at, sent to a department, given to an account: each with its way back."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account, AccountGrant, Contact
from accounts.services.changes import mark_changed
from team.models import ActionLog, Department, Notice, User
from team.services.undo import CannotUndo, log_action
from voc.models import Feedback, FeedbackStep, Insight, InsightFeedback, Theme
from voc.selectors.inbox import forget_counts
from voc.services.feedback import handle_many
from voc.services.insights import UNDECIDED
from voc.services.routing import Unroutable, count_open, log_step, place, route_feedback

Kind = FeedbackStep.Kind


@transaction.atomic
def handle_feedback(*, actor: User, feedback_ids: Sequence[int], is_handled: bool = True) -> ActionLog | None:
    """Looked at, nothing to do (or back to do); one way back for all. None when nothing changed."""
    changed = handle_many(feedback_ids=feedback_ids, is_handled=is_handled, actor=actor)
    if not changed:
        return None
    if is_handled:
        words = ngettext("Looked at %(count)s piece", "Looked at %(count)s pieces", len(changed))
    else:
        words = ngettext("Put %(count)s piece back to do", "Put %(count)s pieces back to do", len(changed))
    return log_action(
        actor=actor,
        verb=words % {"count": len(changed)},
        service="voc.undo_handle",
        arguments={"feedback_ids": changed, "is_handled": is_handled},
        url=reverse("feedback"),
    )


@transaction.atomic
def undo_handle(*, actor: User, feedback_ids: Sequence[int], is_handled: bool) -> int:
    """The way back; returns how many went."""
    forget_counts(actor)
    mine = list(Feedback.objects.editable_by(actor).filter(pk__in=feedback_ids).values_list("pk", flat=True))
    return len(handle_many(feedback_ids=mine, is_handled=not is_handled, actor=actor))


@transaction.atomic
def send_to_department(
    *, actor: User, feedback: Sequence[Feedback], department: Department, theme: Theme | None
) -> ActionLog:
    """Put pieces into a department's queue by hand; what is in a queue stays there.

    Raises Unroutable when none of them can go: without an account there is nobody to answer for.
    """
    sent = []
    for one in feedback:
        if one.account_id is None or one.quoted_in.exists():
            continue
        place(feedback=one, department=department, theme=theme, actor=actor)
        FeedbackStep.objects.create(feedback=one, kind=Kind.ROUTED, text=department.name[:160], actor=actor)
        sent.append(one.pk)
    if not sent:
        raise Unroutable(_("What belongs to no account, or is in a queue already, cannot be sent."))
    words = ngettext("Sent to %(department)s", "Sent %(count)s pieces to %(department)s", len(sent))
    return log_action(
        actor=actor,
        verb=words % {"count": len(sent), "department": department.name},
        service="voc.undo_send_to_department",
        arguments={"feedback_ids": sent},
        url=reverse("feedback"),
    )


@transaction.atomic
def undo_send_to_department(*, actor: User, feedback_ids: Sequence[int]) -> int:
    """Out of the queue again, back to do; returns how many."""
    forget_counts(actor)
    rows = Feedback.objects.editable_by(actor).filter(pk__in=feedback_ids, quoted_in__isnull=False)
    return sum(take_out(feedback=one, actor=actor) for one in rows)


@transaction.atomic
def take_out(*, feedback: Feedback, actor: User | None) -> bool:
    """Take a piece and what repeats it out of its insight; an insight that holds nothing else and on which nobody
    decided goes, too. True when it was in one."""
    link = InsightFeedback.objects.filter(feedback=feedback).first()
    if link is None:
        return False
    insight = Insight.objects.select_for_update(of=("self",)).get(pk=link.insight_id)
    ids = [feedback.pk, *feedback.duplicates.filter(quoted_in__insight=insight).values_list("pk", flat=True)]
    InsightFeedback.objects.filter(feedback__in=ids).delete()
    Feedback.objects.filter(pk__in=ids).update(is_handled=False, handled_by=None, handled_at=None)
    FeedbackStep.objects.create(feedback=feedback, kind=Kind.TAKEN_BACK, text=insight.title[:160], actor=actor)
    left = insight.quotes.count()
    if left or insight.state not in UNDECIDED or insight.merged.exists():
        Insight.objects.filter(pk=insight.pk).update(mentions=max(left, 1), version=F("version") + 1)
        log_step(insight=insight, actor=actor, text=_("Feedback was taken out"))
    else:
        AccountGrant.objects.filter(source_ref=f"insight:{insight.pk}").delete()
        Notice.objects.filter(kind="insight", url=reverse("insight", args=[insight.pk])).delete()
        insight.delete()
    count_open(account_id=insight.account_id)
    return True


@transaction.atomic
def give_account(*, actor: User, feedback: Feedback, account: Account, contact: Contact | None = None) -> ActionLog:
    """Say whose words these are, where nobody knew; then it is routed like any other. Raises Unroutable once known."""
    claimed = Feedback.objects.filter(pk=feedback.pk, account__isnull=True).update(
        account=account,
        contact=contact,
        stage=getattr(getattr(account, "summary", None), "stage", ""),
        persona=contact.persona if contact else "",
    )
    if claimed != 1:
        raise Unroutable(_("It belongs to an account already."))
    feedback.refresh_from_db()
    FeedbackStep.objects.create(feedback=feedback, kind=Kind.ACCOUNT, text=account.name[:160], actor=actor)
    mark_changed(account_ids=[account.pk], reason="feedback")
    if feedback.understood_at is not None and not feedback.is_handled:
        route_feedback(feedback=feedback)
    return log_action(
        actor=actor,
        verb=_("Gave feedback to %(account)s") % {"account": account.name},
        service="voc.undo_give_account",
        arguments={"feedback_id": feedback.pk},
        url=reverse("feedback_page", args=[feedback.pk]),
    )


@transaction.atomic
def undo_give_account(*, actor: User, feedback_id: int) -> bool:
    """Nobody's again. Raises CannotUndo when others repeat it meanwhile."""
    feedback = Feedback.objects.editable_by(actor).filter(pk=feedback_id, account__isnull=False).first()
    if feedback is None:
        return False
    if feedback.duplicates.exists():
        raise CannotUndo(_("The same was said again meanwhile."))
    account_id = feedback.account_id
    take_out(feedback=feedback, actor=actor)
    Feedback.objects.filter(pk=feedback.pk).update(
        account=None, contact=None, stage="", persona="", duplicate_of=None, is_handled=False
    )
    mark_changed(account_ids=[account_id] if account_id else [], reason="feedback")
    return True
