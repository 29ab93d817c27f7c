"""What a confirmed answer sets going: made by a worker from what was stored, all of it or nothing."""

import json
import logging

from django.db import DatabaseError, connection, transaction

from accounts.models import Account
from accounts.services.changes import mark_changed
from accounts.services.facts import FactRow, push_facts
from accounts.services.summaries import set_summary
from lifecycle.services.triggers import TriggerRow, record_triggers
from team.clock import now
from voc.formulas.definitions import Definition
from voc.formulas.flow import path_of
from voc.formulas.nps import is_detractor
from voc.models import Feedback, Response, Survey
from voc.selectors.definitions import definition_of
from voc.services.feedback import take_feedback
from voc.services.play_steps import play_behind
from voc.services.responses.writing import stored_answers, words_of

logger = logging.getLogger(__name__)

_SNAPSHOT = """
    SELECT summary.stage, summary.health, summary.health_state, summary.arr, summary.renews_on, segment.name,
           (SELECT json_build_array(count(*), count(*) FILTER (WHERE priority IN ('p1', 'p2')))
              FROM accounts_ticket
             WHERE account_id = account.id AND closed_at IS NULL AND deleted_at IS NULL)::text,
           (SELECT json_object_agg(definition.name, fact.number ORDER BY definition.name)
              FROM accounts_fact fact JOIN accounts_factdefinition definition ON definition.id = fact.definition_id
             WHERE fact.account_id = account.id AND fact.is_current AND fact.number IS NOT NULL)::text
      FROM accounts_account account
      LEFT JOIN accounts_accountsummary summary ON summary.account_id = account.id
      LEFT JOIN accounts_segment segment ON segment.id = account.segment_id
     WHERE account.id = %s
"""


def follow_up_waiting(*, limit: int = 200) -> int:
    """Make of stored answers what follows from them, each in a transaction of its own; returns of how many.

    Of two workers each takes what the other has not. One answer that cannot be followed keeps no other waiting.
    """
    done = 0
    for pk in list(Response.objects.to_follow_up().order_by("pk").values_list("pk", flat=True)[:limit]):
        try:
            done += follow_up(response_id=pk)
        except DatabaseError:
            logger.exception("answer %s is not followed up", pk)
    return done


@transaction.atomic
def follow_up(*, response_id: int) -> bool:
    """Feedback, facts, mark and trigger of one answer; False when that is done, or being done, by another.

    Without an account there is feedback alone. All or nothing, and idempotent: feedback is one per response, the
    trigger one per response; an answer that changed brings the feedback and the facts up to date.
    """
    rows = Response.objects.to_follow_up().select_for_update(skip_locked=True, of=("self",))
    rows = rows.select_related("version__survey", "account__summary", "contact", "invitation").defer("snapshot")
    response = rows.filter(pk=response_id).first()
    if response is None:
        return False
    definition = definition_of(response.version)
    _write_feedback(response, definition)
    if response.account is not None:
        _tell_account(response, response.account)
    Response.objects.filter(pk=response.pk).update(is_followed_up=True)
    return True


def _write_feedback(response: Response, definition: Definition) -> None:
    answers = stored_answers(response)
    words, headline = words_of(path_of(definition, answers), answers), definition.headline
    if not words and not Feedback.objects.filter(response=response).exists():
        return
    at = response.submitted_at or now()
    feedback = take_feedback(
        account=response.account,
        contact=response.contact,
        text=words,
        source=Feedback.Source.SURVEY,
        received_at=at,
        score=response.score,
        scale=(headline.numbers[0], headline.numbers[-1]) if headline is not None else None,
        response=response,
        language=response.language,
    )
    if response.account_id is None:
        # SECURITY: an anonymous word keeps the hour alone.
        Feedback.objects.filter(pk=feedback.pk).update(created_at=at)


def _tell_account(response: Response, account: Account) -> None:
    survey, invitation = response.version.survey, response.invitation
    at = response.submitted_at or now()
    if survey.kind == Survey.Kind.NPS and response.score is not None:
        set_summary(account_ids_and_columns={account.pk: {"nps": response.score}})
        push_facts(owner="voc", rows=[FactRow(account.pk, "nps", response.score, at)])
    mark_changed(account_ids=[account.pk], reason="answer")
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


def take_snapshot(blank: Response, account: Account) -> None:
    """The account at this hour, frozen beside the answer: what it said against what it did; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_SNAPSHOT, [account.pk])
        stage, health, health_state, arr, renews_on, segment, tickets, facts = cursor.fetchone()
    open_tickets, urgent_tickets = json.loads(tickets)
    blank.snapshot = {
        "taken_at": now().isoformat(),
        "stage": stage or "",
        "health": None if health is None else float(health),
        "health_state": health_state or "unobserved",
        "arr": None if arr is None else str(arr),
        "renews_on": renews_on.isoformat() if renews_on else None,
        "open_tickets": open_tickets,
        "urgent_tickets": urgent_tickets,
        "facts": {name: float(number) for name, number in json.loads(facts or "{}").items()},
    }
    blank.stage, blank.segment = (stage or "")[:60], (segment or "")[:60]
