"""What a confirmed answer sets going, in the same transaction."""

from django.db.models import Count, Q

from accounts.models import Account, Ticket
from accounts.services.changes import mark_changed
from accounts.services.facts import FactRow, push_facts
from accounts.services.summaries import set_summary
from lifecycle.services.triggers import TriggerRow, record_triggers
from team.clock import now
from voc.formulas.definitions import Question
from voc.formulas.nps import is_detractor
from voc.models import Feedback, Invitation, Response, Survey
from voc.services.feedback import take_feedback
from voc.services.play_steps import play_behind


def follow_up(
    *,
    response: Response,
    survey: Survey,
    words: str,
    invitation: Invitation | None,
    is_first: bool = True,
    headline: Question | None = None,
) -> int | None:
    """Feedback, facts, mark and trigger of an answer. Without an account there is feedback alone.

    Returns the id of the feedback that a worker should read. Safe to run again when the answer changes: feedback is one
    per response, the trigger one per response.
    """
    at = response.submitted_at or now()
    account = response.account
    feedback_id = None
    if words or (not is_first and Feedback.objects.filter(response=response).exists()):
        feedback = take_feedback(
            account=account,
            contact=response.contact,
            text=words,
            source=Feedback.Source.SURVEY,
            received_at=at,
            score=response.score,
            scale=(headline.numbers[0], headline.numbers[-1]) if headline is not None else None,
            response=response,
            language=response.language,
        )
        feedback_id = feedback.pk if feedback.understood_at is None else None
        if account is None:
            # SECURITY: an anonymous word keeps the hour alone.
            Feedback.objects.filter(pk=feedback.pk).update(created_at=at)
    if account is None:
        return feedback_id
    if survey.kind == Survey.Kind.NPS and response.score is not None:
        set_summary(account_ids_and_columns={account.pk: {"nps": response.score}})
        push_facts(owner="voc", rows=[FactRow(account.pk, "nps", response.score, at)])
    mark_changed(account_ids=[account.pk], reason="answer")
    if not is_first:
        return feedback_id
    cause = play_behind(invitation) if invitation is not None else None
    payload = {
        "survey": survey.pk,
        "kind": survey.kind,
        "score": response.score,
        "is_detractor": survey.kind == Survey.Kind.NPS and is_detractor(response.score),
        "contact": response.contact_id,
    }
    key, cause_id = f"response:{response.pk}", cause.pk if cause is not None else None
    record_triggers(rows=[TriggerRow(account.pk, "answer", key, at, payload=payload, cause_id=cause_id)])
    return feedback_id


def snapshot_of(account: Account) -> dict[str, object]:
    """The account at this hour, frozen beside the answer: what it said against what it did."""
    summary = getattr(account, "summary", None)
    tickets = Ticket.objects.filter(account=account, closed_at__isnull=True).aggregate(
        open=Count("pk"), urgent=Count("pk", filter=Q(priority__in=["p1", "p2"]))
    )
    facts = account.facts.current().filter(number__isnull=False).order_by("definition__name")
    return {
        "taken_at": now().isoformat(),
        "stage": getattr(summary, "stage", ""),
        "health": None if summary is None or summary.health is None else float(summary.health),
        "health_state": getattr(summary, "health_state", "unobserved"),
        "arr": None if summary is None else str(summary.arr),
        "renews_on": summary.renews_on.isoformat() if summary is not None and summary.renews_on else None,
        "open_tickets": tickets["open"],
        "urgent_tickets": tickets["urgent"],
        "facts": {name: float(number or 0) for name, number in facts.values_list("definition__name", "number")},
    }
