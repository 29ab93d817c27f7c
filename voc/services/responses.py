"""Answers: taken in one transaction with everything that follows from them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Q

from accounts.models import Account, Ticket
from accounts.services.changes import mark_changed
from accounts.services.facts import FactRow, push_facts
from accounts.services.summaries import set_summary
from lifecycle.services.triggers import record_trigger
from team.clock import now
from voc.formulas.humans import state_for
from voc.formulas.nps import is_detractor
from voc.formulas.questions import headline_of
from voc.models import Answer, Feedback, Invitation, Response, Survey
from voc.services.feedback import take_feedback
from voc.services.play_steps import play_behind

EDITABLE_FOR = dt.timedelta(hours=24)
Answers = Mapping[str, Decimal | str]


@dataclass(frozen=True)
class Taken:
    """What became of one submit. `outcome`: stored, same (nothing new), closed (too late to change), gone (link is
    over)."""

    outcome: str
    response: Response | None = None


def is_over(invitation: Invitation) -> bool:
    """The link leads nowhere any more: expired, recalled or declined, and never answered."""
    if invitation.state == Invitation.State.ANSWERED:
        return False
    open_states = {Invitation.State.QUEUED, Invitation.State.SENT}
    return invitation.state not in open_states or invitation.expires_at <= now()


@transaction.atomic
def take_answers(*, invitation: Invitation, answers: Answers, doubts: list[str], language: str) -> Taken:
    """Store what somebody answered to one invitation: response, answers, snapshot, feedback, facts, trigger, mark.

    All or nothing. The invitation is locked, so of many submits at once one makes the response and the others find it
    (a OneToOne holds that too). Editable for 24 hours; a doubtful answer never replaces a confirmed one.
    """
    invitation = (
        Invitation.objects.select_for_update(of=("self",)).select_related("version__survey", "account", "contact")
    ).get(pk=invitation.pk)
    response = Response.objects.filter(invitation=invitation).first()
    if response is None and is_over(invitation):
        return Taken("gone")
    headline = headline_of(invitation.version.definition)["id"]
    score = answers.get(headline)
    state = Response.State.PARTIAL if score is None and not doubts else Response.State(state_for(doubts))
    if response is not None and response.state == Response.State.CONFIRMED:
        if state != Response.State.CONFIRMED or stored_answers(response) == dict(answers):
            return Taken("same", response)
        if response.submitted_at is not None and now() - response.submitted_at > EDITABLE_FOR:
            return Taken("closed", response)
    if response is None:
        response = Response(invitation=invitation, version=invitation.version, snapshot=snapshot_of(invitation.account))
        response.account, response.contact = invitation.account, invitation.contact
        response.stage = str(response.snapshot.get("stage", ""))
        response.persona = invitation.contact.persona
    response.state = state
    response.doubts = doubts
    response.score = int(score) if isinstance(score, Decimal) else None
    response.language = language
    if response.submitted_at is None and state != Response.State.PARTIAL:
        response.submitted_at = now()
    response.save()
    write_answers(response, answers)
    if state == Response.State.CONFIRMED:
        follow_up(invitation=invitation, response=response, answers=answers)
    return Taken("stored", response)


def stored_answers(response: Response) -> dict[str, Decimal | str]:
    """The answers of a response, as they come from a form."""
    return {
        answer.question_id: answer.text if answer.number is None else answer.number for answer in response.answers.all()
    }


def write_answers(response: Response, answers: Answers) -> None:
    """Make the response's answers those given."""
    response.answers.exclude(question_id__in=answers).delete()
    for question_id, value in answers.items():
        values = {"number": value, "text": ""} if isinstance(value, Decimal) else {"number": None, "text": value}
        Answer.objects.update_or_create(response=response, question_id=question_id, defaults=values)


def follow_up(*, invitation: Invitation, response: Response, answers: Answers) -> None:
    """What a confirmed answer sets going, in the same transaction."""
    Invitation.objects.filter(pk=invitation.pk).update(state=Invitation.State.ANSWERED)
    account = invitation.account
    words = "\n\n".join(value for value in answers.values() if isinstance(value, str))
    if words:
        take_feedback(
            account=account,
            contact=invitation.contact,
            text=words,
            source=Feedback.Source.SURVEY,
            received_at=response.submitted_at or now(),
            score=response.score,
            response=response,
            language=response.language,
        )
    if invitation.version.survey.kind == Survey.Kind.NPS and response.score is not None:
        set_summary(account_ids_and_columns={account.pk: {"nps": response.score}})
        push_facts(owner="voc", rows=[FactRow(account.pk, "nps", response.score, response.submitted_at or now())])
    mark_changed(account_ids=[account.pk], reason="answer")
    record_trigger(
        account=account,
        kind="answer",
        key=f"response:{response.pk}",
        payload={
            "survey": invitation.version.survey_id,
            "kind": invitation.version.survey.kind,
            "score": response.score,
            "is_detractor": is_detractor(response.score),
            "contact": invitation.contact_id,
        },
        happened_at=response.submitted_at,
        cause=play_behind(invitation),
    )


def snapshot_of(account: Account) -> dict[str, object]:
    """The account at this hour, frozen beside the answer: what it said against what it did."""
    summary = getattr(account, "summary", None)
    tickets = Ticket.objects.filter(account=account, closed_at__isnull=True).aggregate(
        open=Count("pk"), urgent=Count("pk", filter=Q(priority__in=["p1", "p2"]))
    )
    facts = account.facts.current().select_related("definition").order_by("definition__name")
    return {
        "taken_at": now().isoformat(),
        "stage": getattr(summary, "stage", ""),
        "health": None if summary is None or summary.health is None else float(summary.health),
        "health_state": getattr(summary, "health_state", "unobserved"),
        "arr": None if summary is None else str(summary.arr),
        "renews_on": summary.renews_on.isoformat() if summary is not None and summary.renews_on else None,
        "open_tickets": tickets["open"],
        "urgent_tickets": tickets["urgent"],
        "facts": {fact.definition.name: float(fact.number) for fact in facts if fact.number is not None},
    }
