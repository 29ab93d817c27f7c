"""Said before or not: a person's word over the machine's."""

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from team.models import ActionLog, User
from team.services.undo import log_action
from voc.models import Feedback, FeedbackStep
from voc.services.inbox.handling import take_out
from voc.services.routing import Unroutable, repeat, route_feedback


@transaction.atomic
def mark_repeat(*, actor: User, feedback: Feedback, first: Feedback) -> ActionLog:
    """The piece says what `first` said: it leaves the inbox, and counts as a mention. Raises Unroutable.

    What repeated it repeats `first` from now on, and so does what it repeats when `first` is a repetition itself.
    """
    first = first.duplicate_of or first
    if first.pk == feedback.pk or feedback.account_id is None or first.account_id != feedback.account_id:
        raise Unroutable(_("Only feedback of one account can be the same."))
    was_distinct = feedback.is_distinct
    took = list(feedback.duplicates.values_list("pk", flat=True))
    take_out(feedback=feedback, actor=actor)
    Feedback.objects.filter(pk=feedback.pk).update(is_distinct=False)
    for one in [feedback, *Feedback.objects.filter(pk__in=took)]:
        repeat(feedback=one, first=first)
    FeedbackStep.objects.create(feedback=feedback, kind=FeedbackStep.Kind.DUPLICATE, actor=actor)
    return log_action(
        actor=actor,
        verb=_("Marked feedback as said before"),
        service="voc.undo_mark_repeat",
        arguments={"feedback_id": feedback.pk, "took": took, "was_distinct": was_distinct},
        url=reverse("feedback_page", args=[feedback.pk]),
    )


@transaction.atomic
def undo_mark_repeat(*, actor: User, feedback_id: int, took: list[int], was_distinct: bool) -> bool:
    """It stands for itself again, with what repeated it, and is routed anew."""
    feedback = Feedback.objects.editable_by(actor).filter(pk=feedback_id, duplicate_of__isnull=False).first()
    if feedback is None:
        return False
    _part(feedback=feedback, actor=actor, is_distinct=was_distinct)
    for one in Feedback.objects.filter(pk__in=took):
        take_out(feedback=one, actor=actor)
        repeat(feedback=one, first=feedback)
    return True


@transaction.atomic
def mark_distinct(*, actor: User, feedback: Feedback) -> ActionLog | None:
    """It repeats nothing, whatever the machine says: it goes its own way. None when it was no repetition."""
    first_id = feedback.duplicate_of_id
    if first_id is None:
        Feedback.objects.filter(pk=feedback.pk).update(is_distinct=True)
        return None
    _part(feedback=feedback, actor=actor, is_distinct=True)
    FeedbackStep.objects.create(feedback=feedback, kind=FeedbackStep.Kind.DISTINCT, actor=actor)
    return log_action(
        actor=actor,
        verb=_("Told two pieces of feedback apart"),
        service="voc.undo_mark_distinct",
        arguments={"feedback_id": feedback.pk, "first_id": first_id},
        url=reverse("feedback_page", args=[feedback.pk]),
    )


@transaction.atomic
def undo_mark_distinct(*, actor: User, feedback_id: int, first_id: int) -> bool:
    """It repeats the first again."""
    rows = Feedback.objects.editable_by(actor)
    feedback, first = rows.filter(pk=feedback_id).first(), rows.filter(pk=first_id).first()
    if feedback is None or first is None or feedback.duplicate_of_id is not None:
        return False
    take_out(feedback=feedback, actor=actor)
    Feedback.objects.filter(pk=feedback.pk).update(is_distinct=False)
    repeat(feedback=feedback, first=first)
    return True


def _part(*, feedback: Feedback, actor: User, is_distinct: bool) -> None:
    """Out of the first one's insight, and through the rules by itself."""
    take_out(feedback=feedback, actor=actor)
    Feedback.objects.filter(pk=feedback.pk).update(duplicate_of=None, is_distinct=True, is_handled=False)
    feedback.refresh_from_db()
    if feedback.understood_at is not None:
        route_feedback(feedback=feedback)
    Feedback.objects.filter(pk=feedback.pk).update(is_distinct=is_distinct)
