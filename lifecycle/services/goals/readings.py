"""What a goal stands at: values by hand with their evidence, or fed by a fact."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.services.versions import require_editor
from lifecycle.models import Goal, GoalReading
from lifecycle.services.goals.facts import push_plan_facts
from team.clock import now
from team.models import ActionLog, User
from team.services.undo import log_action

# Open goals whose fact says something else than the goal: the value becomes a reading, and the goal's own.
_FEED = """
    WITH fed AS (
        SELECT goal.id, round(fact.number, 2) AS value, fact.observed_at, definition.label
          FROM lifecycle_goal goal
          JOIN accounts_fact fact
            ON fact.account_id = goal.account_id AND fact.definition_id = goal.fact_id AND fact.is_current
          JOIN accounts_factdefinition definition ON definition.id = goal.fact_id
         WHERE goal.state = 'open' AND goal.deleted_at IS NULL AND goal.fact_id IS NOT NULL
           AND (%(everyone)s OR goal.id = ANY(%(ids)s))
           AND fact.number IS NOT NULL AND abs(fact.number) < 999999999999
           AND (goal.current, goal.current_at) IS DISTINCT FROM (round(fact.number, 2), fact.observed_at)),
    noted AS (
        INSERT INTO lifecycle_goalreading (goal_id, value, observed_at, evidence)
        SELECT id, value, observed_at, label FROM fed
            ON CONFLICT (goal_id, observed_at) DO UPDATE SET value = EXCLUDED.value, evidence = EXCLUDED.evidence)
    UPDATE lifecycle_goal goal SET current = fed.value, current_at = fed.observed_at FROM fed WHERE goal.id = fed.id
 RETURNING goal.account_id
"""


def feed_goals(*, goal_ids: Collection[int] | None = None) -> set[int]:
    """Push the current values of facts into the open goals that they feed; returns the accounts that changed.

    One statement for all goals; idempotent (`one_reading_per_goal_and_time`). Facts keep their history, goals too.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FEED, {"everyone": goal_ids is None, "ids": list(goal_ids or ())})
        return {row[0] for row in cursor.fetchall()}


def refresh_current(*, goal_ids: Collection[int]) -> None:
    """What goals stand at follows their newest reading; fed ones ask their fact."""
    newest = GoalReading.objects.filter(goal=OuterRef("pk")).order_by("-observed_at", "-pk")
    Goal.everything.filter(pk__in=goal_ids).update(
        current=Subquery(newest.values("value")[:1]), current_at=Subquery(newest.values("observed_at")[:1])
    )
    feed_goals(goal_ids=goal_ids)


@transaction.atomic
def record_reading(
    *, actor: User, goal: Goal, value: Decimal, evidence: str, observed_at: dt.datetime | None = None
) -> ActionLog | None:
    """Note what a goal stands at, with what shows it; None when the same stands there for that moment.

    Raises:
        ValidationError: without evidence, for a moment to come, for a closed goal or one that a fact feeds.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, goal.account_id)
    moment, evidence = observed_at or now(), evidence.strip()[:300]
    if not evidence:
        raise ValidationError({"evidence": _("Say what shows it.")})
    if moment > now():
        raise ValidationError({"on": _("That day is still to come.")})
    kept = Goal.objects.select_for_update(of=("self",)).select_related("fact").get(pk=goal.pk)
    if kept.fact is not None:
        raise ValidationError(
            _("“%(fact)s” feeds this goal; its values come by themselves.") % {"fact": kept.fact.label}
        )
    if kept.state != Goal.State.OPEN:
        raise ValidationError(_("The goal is closed."))
    values = {"value": value, "evidence": evidence, "recorded_by": actor}
    before = GoalReading.objects.filter(goal=kept, observed_at=moment).values("value", "evidence").first()
    if before and (before["value"], before["evidence"]) == (value, evidence):
        return None
    reading, _is_new = GoalReading.objects.update_or_create(goal=kept, observed_at=moment, defaults=values)
    refresh_current(goal_ids=[kept.pk])
    push_plan_facts(account_ids=[kept.account_id])
    goal.refresh_from_db()
    return log_action(
        actor=actor,
        verb=_("Noted where “%(title)s” stands") % {"title": kept.title},
        service="lifecycle.undo_record_reading",
        arguments={"reading_id": reading.pk},
        url=reverse("account_plan", args=[kept.account_id]),
    )


@transaction.atomic
def undo_record_reading(*, actor: User, reading_id: int) -> bool:
    """Take a value back; the goal stands at the one before. False when it is gone or not the actor's to change."""
    mine = GoalReading.objects.filter(goal__in=Goal.objects.editable_by(actor), recorded_by__isnull=False)
    reading = mine.filter(pk=reading_id).select_related("goal").first()
    if reading is None:
        return False
    reading.delete()
    refresh_current(goal_ids=[reading.goal_id])
    push_plan_facts(account_ids=[reading.goal.account_id])
    return True
