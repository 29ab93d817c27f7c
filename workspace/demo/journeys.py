"""What hangs on the stays of the demo world: variants by intent, ticks, stalls, triggers and the history of facts."""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from lifecycle.models import Stage
from lifecycle.services.defaults import ensure_starter_journeys
from lifecycle.services.stages import close_lost
from lifecycle.services.stages.telling import declare_journey_facts
from team.clock import now, today

# Who left is closed below, on the day that they did and as lost.
_REOPEN = """
    UPDATE lifecycle_stagevisit visit SET left_at = NULL
      FROM accounts_account account
     WHERE account.id = visit.account_id AND account.status = 'churned'
       AND visit.left_at IS NOT NULL AND visit.outcome = ''
"""
# One account in three follows the variant for why it bought; not where it would be far over the variant's target.
_VARIANTS = """
    UPDATE lifecycle_stagevisit visit SET stage_id = variant.id
      FROM lifecycle_stage present, lifecycle_stage variant, lifecycle_journey journey, accounts_account account
     WHERE present.id = visit.stage_id AND account.id = visit.account_id AND account.id %% 3 = 0
       AND journey.intent = account.intent AND journey.intent <> '' AND journey.segment_id IS NULL AND journey.is_active
       AND variant.journey_id = journey.id AND variant.kind = present.kind AND variant.removed_at IS NULL
       AND NOT EXISTS (
           SELECT 1 FROM lifecycle_stagevisit held
             JOIN lifecycle_stage at ON at.id = held.stage_id
             JOIN lifecycle_stage other ON other.journey_id = journey.id AND other.kind = at.kind
                                       AND other.removed_at IS NULL
            WHERE held.account_id = account.id AND held.left_at IS NULL
              AND held.entered_at < %(now)s - make_interval(days => other.target_days * 3 / 2))
"""
# A tick for about half of what an open stay asks, for nearly all of what an ended one asked.
_TICKS = """
    INSERT INTO lifecycle_criteriontick (visit_id, criterion_id, ticked_by_id, ticked_at, note)
    SELECT visit.id, criterion.id, account.csm_id,
           greatest(visit.entered_at, least(%(now)s,
               coalesce(visit.left_at - make_interval(days => 1 + (visit.id %% 9)::int),
                        visit.entered_at + interval '6 days'))),
           CASE WHEN (visit.id + criterion.id) %% 5 = 0 THEN 'Notes of the call' ELSE '' END
      FROM lifecycle_stagevisit visit
      JOIN lifecycle_criterion criterion ON criterion.stage_id = visit.stage_id AND criterion.side = 'exit'
                                        AND criterion.kind = 'check' AND criterion.removed_at IS NULL
      JOIN accounts_account account ON account.id = visit.account_id AND account.csm_id IS NOT NULL
     WHERE (visit.left_at IS NULL AND (visit.id * 7 + criterion.id * 13) %% 100 < 55)
        OR (visit.left_at > %(now)s - interval '150 days' AND visit.outcome = 'onward'
            AND (visit.id * 7 + criterion.id * 13) %% 100 < 92)
    ON CONFLICT DO NOTHING
"""
_STALLS = """
    UPDATE lifecycle_stagevisit visit
       SET stalled_at = visit.entered_at + make_interval(days => stage.target_days + 1)
      FROM lifecycle_stage stage
     WHERE stage.id = visit.stage_id AND visit.left_at IS NULL
       AND (visit.entered_at AT TIME ZONE %(zone)s)::date + stage.target_days < %(today)s
"""
# Recorded as they happened, and looked at: playbooks find a history and nothing that waits.
_TRIGGERS = """
    INSERT INTO lifecycle_trigger (account_id, kind, key, payload, happened_at, handled_at)
    SELECT visit.account_id, 'stage_entered', 'visit:' || visit.id,
           jsonb_build_object('stage', stage.kind, 'is_back_step', visit.is_back_step), visit.entered_at, %(now)s
      FROM lifecycle_stagevisit visit JOIN lifecycle_stage stage ON stage.id = visit.stage_id
     WHERE visit.entered_at > %(now)s - interval '120 days'
     UNION ALL
    SELECT visit.account_id, 'stage_left', 'visit:' || visit.id,
           jsonb_build_object('stage', stage.kind, 'outcome', visit.outcome,
                              'days', extract(day FROM visit.left_at - visit.entered_at)::int), visit.left_at, %(now)s
      FROM lifecycle_stagevisit visit JOIN lifecycle_stage stage ON stage.id = visit.stage_id
     WHERE visit.left_at > %(now)s - interval '120 days'
     UNION ALL
    SELECT visit.account_id, 'stage_stalled', 'visit:' || visit.id,
           jsonb_build_object('stage', stage.kind, 'days', stage.target_days + 1, 'target', stage.target_days),
           visit.stalled_at, %(now)s
      FROM lifecycle_stagevisit visit JOIN lifecycle_stage stage ON stage.id = visit.stage_id
     WHERE visit.stalled_at > %(now)s - interval '120 days'
    ON CONFLICT DO NOTHING
"""
_FACTS = """
    INSERT INTO accounts_fact (account_id, definition_id, number, text, day, observed_at, is_current)
    SELECT visit.account_id, definition.id,
           CASE definition.name WHEN 'journey_late' THEN (visit.stalled_at IS NOT NULL)::int END,
           CASE definition.name WHEN 'stage' THEN stage.kind ELSE '' END,
           CASE definition.name WHEN 'stage_entered_on' THEN (visit.entered_at AT TIME ZONE %(zone)s)::date END,
           visit.entered_at, visit.left_at IS NULL
      FROM lifecycle_stagevisit visit
      JOIN lifecycle_stage stage ON stage.id = visit.stage_id
      JOIN accounts_factdefinition definition ON definition.name IN ('stage', 'stage_entered_on', 'journey_late')
     WHERE visit.product_id IS NULL AND (definition.name <> 'journey_late' OR visit.left_at IS NULL)
    ON CONFLICT DO NOTHING
"""
_HANDLED = """
    UPDATE lifecycle_trigger SET handled_at = %(now)s
     WHERE handled_at IS NULL AND kind IN ('stage_entered', 'stage_left', 'stage_stalled')
"""


@transaction.atomic
def write_journeys() -> int:
    """Everything about journeys beyond the stays, in a handful of statements; returns how many customers were lost."""
    ensure_starter_journeys()
    declare_journey_facts()
    moment: dict[str, Any] = {"now": now(), "today": today(), "zone": timezone.get_current_timezone_name()}
    with connection.cursor() as cursor:
        for statement in (_REOPEN, _VARIANTS, _TICKS, _STALLS, _TRIGGERS, _FACTS):
            cursor.execute(statement, moment)
    lost = close_lost()
    with connection.cursor() as cursor:
        cursor.execute(_HANDLED, moment)
    reviews = Stage.objects.present().filter(kind=Stage.Kind.EBR, journey__intent="", journey__segment=None)
    reviews.update(is_advanced_by_rule=True, rule_from=now())
    return lost
