"""What time does to visits: they stall, they end with a lost customer, and new customers begin."""

import datetime as dt
from typing import Any

from django.db import connection, transaction
from django.db.models import DateField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import Account, ChurnEvent, Subscription
from accounts.services.changes import mark_changed
from accounts.services.facts import FactRow, push_facts
from lifecycle.models import Stage, StageVisit, Trigger
from lifecycle.selectors.journeys import journeys_by_rule, pick_journey
from lifecycle.services.stages.advancing import advance_by_rules
from lifecycle.services.stages.bulk import BATCH, Move, claim_accounts, move_visits
from lifecycle.services.stages.telling import (
    OWNER,
    Passage,
    declare_journey_facts,
    first_stage,
    record_passages,
    tell_stage,
)
from team.clock import now, today

# Customers who signed longer ago than this are not put at the beginning of a journey by themselves.
FRESH_DAYS = 60

# Which open visits of living customers are over their target and were not seen to be yet?
_LATE = """
    SELECT visit.account_id
      FROM lifecycle_stagevisit visit
      JOIN lifecycle_stage stage ON stage.id = visit.stage_id
      JOIN accounts_account account ON account.id = visit.account_id
     WHERE visit.left_at IS NULL AND visit.product_id IS NULL AND visit.stalled_at IS NULL
       AND account.deleted_at IS NULL AND account.status IN ('customer', 'trial')
       AND (visit.entered_at AT TIME ZONE %(zone)s)::date + stage.target_days < %(today)s
     LIMIT %(limit)s
"""
_STALL = """
    UPDATE lifecycle_stagevisit visit SET stalled_at = %(now)s
      FROM lifecycle_stage stage
     WHERE stage.id = visit.stage_id AND visit.account_id = ANY(%(accounts)s)
       AND visit.left_at IS NULL AND visit.product_id IS NULL AND visit.stalled_at IS NULL
       AND (visit.entered_at AT TIME ZONE %(zone)s)::date + stage.target_days < %(today)s
 RETURNING visit.id, visit.account_id, stage.kind, stage.target_days,
           %(today)s - (visit.entered_at AT TIME ZONE %(zone)s)::date
"""
# Whose target was raised since, so that they are in time again?
_IN_TIME = """
    SELECT visit.account_id
      FROM lifecycle_stagevisit visit
      JOIN lifecycle_stage stage ON stage.id = visit.stage_id
     WHERE visit.left_at IS NULL AND visit.product_id IS NULL AND visit.stalled_at IS NOT NULL
       AND (visit.entered_at AT TIME ZONE %(zone)s)::date + stage.target_days >= %(today)s
     LIMIT %(limit)s
"""


def sweep_stages() -> dict[str, int]:
    """Begin, advance, stall and end visits; each part is safe to repeat and to run beside itself."""
    declare_journey_facts()
    return {
        "lost": close_lost(),
        "started": start_journeys(),
        "advanced": advance_by_rules(),
        "stalled": mark_stalled(),
    }


def _moment() -> dict[str, Any]:
    return {"now": now(), "today": today(), "zone": timezone.get_current_timezone_name(), "limit": BATCH}


def mark_stalled() -> int:
    """Mark visits that are over their target, once each, with the trigger stage_stalled; returns how many.

    A raised target takes the mark back; the trigger is not repeated (`one_trigger_per_event`).
    """
    _unmark()
    marked = 0
    while (found := _stall_batch()) == BATCH:
        marked += found
    return marked + found


@transaction.atomic
def _stall_batch() -> int:
    moment = _moment()
    with connection.cursor() as cursor:
        cursor.execute(_LATE, moment)
        claimed = claim_accounts([row[0] for row in cursor.fetchall()])
        if not claimed:
            return 0
        cursor.execute(_STALL, {**moment, "accounts": claimed})
        rows = cursor.fetchall()
    at = now()
    Trigger.objects.bulk_create(
        [
            Trigger(
                account_id=account,
                kind="stage_stalled",
                key=f"visit:{visit}",
                payload={"stage": kind, "days": days, "target": target},
                happened_at=at,
            )
            for visit, account, kind, target, days in rows
        ],
        batch_size=1000,
        ignore_conflicts=True,
    )
    push_facts(owner=OWNER, rows=[FactRow(row[1], "journey_late", True, at) for row in rows])
    mark_changed(account_ids=[row[1] for row in rows], reason="stage")
    return len(rows)


@transaction.atomic
def _unmark() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_IN_TIME, _moment())
        claimed = claim_accounts([row[0] for row in cursor.fetchall()])
    if claimed:
        StageVisit.objects.open().whole().filter(account__in=claimed).update(stalled_at=None)
        push_facts(owner=OWNER, rows=[FactRow(pk, "journey_late", False, now()) for pk in claimed])


def _lost_visits() -> QuerySet[StageVisit]:
    """Open visits of accounts that are said to have left, or whose contracts have all ended."""
    contracts = Subscription.objects.filter(account=OuterRef("account"), is_trial=False)
    running = Q(ends_on=None, status=Subscription.Status.ACTIVE) | Q(ends_on__gte=today())
    left = Q(account__status=Account.Status.CHURNED) | (
        Q(account__status=Account.Status.CUSTOMER) & Exists(contracts) & ~Exists(contracts.filter(running))
    )
    return StageVisit.objects.open().filter(left, account__deleted_at=None)


def close_lost() -> int:
    """End the visits of customers who left, on the day that they did; returns how many."""
    ended = 0
    while (found := _close_batch()) == BATCH:
        ended += found
    return ended + found


@transaction.atomic
def _close_batch() -> int:
    of_lost = _lost_visits()
    claimed = claim_accounts(list(of_lost.values_list("account_id", flat=True)[:BATCH]))
    if not claimed:
        return 0
    contracts = Subscription.objects.filter(account=OuterRef("account")).order_by().values("account")
    churns = ChurnEvent.objects.filter(account=OuterRef("account")).order_by().values("account")
    visits: Any = (
        of_lost.filter(account__in=claimed)
        .select_related("stage")
        .annotate(
            ended_on=Subquery(contracts.annotate(last=Max("ends_on")).values("last"), output_field=DateField()),
            churned_on=Subquery(churns.annotate(last=Max("churned_on")).values("last"), output_field=DateField()),
        )
    )
    at = now()
    moves = []
    for visit in visits:
        # Days that the query adds; a contract that ends in the future ended today for the journey.
        left_on: dt.date | None = visit.churned_on or visit.ended_on
        left_at = timezone.make_aware(dt.datetime.combine(left_on, dt.time(12))) if left_on else at
        moves.append(Move(visit, None, StageVisit.Outcome.LOST, left_at=min(left_at, at)))
    return move_visits(moves=moves, at=at)


def start_journeys() -> int:
    """Put customers who signed in the last 60 days and never were on a journey into its first stage; returns how many.

    Who signed before that is placed by a person: where they stand is not known.
    """
    started = 0
    while (found := _start_batch()) == BATCH:
        started += found
    return started + found


@transaction.atomic
def _start_batch() -> int:
    since = today() - dt.timedelta(days=FRESH_DAYS)
    fresh = Account.objects.filter(
        ~Exists(StageVisit.objects.filter(account=OuterRef("pk"))),
        status=Account.Status.CUSTOMER,
        signed_on__gte=since,
        signed_on__lte=today(),
    )
    claimed = claim_accounts(list(fresh.values_list("pk", flat=True)[:BATCH]))
    if not claimed:
        return 0
    journeys = journeys_by_rule()
    stages: dict[int, list[Stage]] = {}
    for stage in Stage.objects.present():
        stages.setdefault(stage.journey_id, []).append(stage)
    begun = []
    rows = (
        fresh.filter(pk__in=claimed).annotate(signed=F("signed_on")).values_list("pk", "segment_id", "intent", "signed")
    )
    for pk, segment_id, intent, signed_on in rows:
        journey = pick_journey(journeys, segment_id=segment_id, intent=intent)
        beginning = first_stage(stages.get(journey.pk, [])) if journey else None
        if beginning is not None and signed_on is not None:
            entered_at = min(timezone.make_aware(dt.datetime.combine(signed_on, dt.time(9))), now())
            evidence = {"signed_on": signed_on.isoformat()}
            begun.append(StageVisit(account_id=pk, stage=beginning, entered_at=entered_at, evidence=evidence))
    StageVisit.objects.bulk_create(begun, batch_size=1000)
    passages = [Passage(visit.account_id, None, visit) for visit in begun]
    tell_stage(passages=passages, at=now())
    record_passages(passages=passages, at=now())
    return len(begun)
