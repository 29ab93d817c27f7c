"""What became of accounts that a playbook started on, or left alone: measured once, when the time has come."""

from typing import Any

from django.db import connection

from lifecycle.models import Play, Playbook
from team.clock import now

# The fact's value as it was known when the play started, and so many days later.
_FACTS = """
    WITH due AS (
        SELECT play.id, play.account_id, play.started_at, definition.id AS definition_id,
               play.started_at + make_interval(days => playbook.effect_days) AS ends_at
          FROM lifecycle_play play
          JOIN lifecycle_playbook playbook ON playbook.id = play.playbook_id
          JOIN accounts_factdefinition definition ON definition.name = playbook.effect_fact
         WHERE play.effect_measured_at IS NULL
           AND play.started_at + make_interval(days => playbook.effect_days) <= %(now)s
         ORDER BY play.started_at LIMIT %(limit)s
    )
    UPDATE lifecycle_play play
       SET effect_before = before.number, effect_after = after.number, effect_measured_at = %(now)s
      FROM due
      LEFT JOIN LATERAL (
           SELECT fact.number FROM accounts_fact fact
            WHERE fact.account_id = due.account_id AND fact.definition_id = due.definition_id
              AND fact.observed_at <= due.started_at
            ORDER BY fact.observed_at DESC, fact.id DESC LIMIT 1) before ON true
      LEFT JOIN LATERAL (
           SELECT fact.number FROM accounts_fact fact
            WHERE fact.account_id = due.account_id AND fact.definition_id = due.definition_id
              AND fact.observed_at <= due.ends_at
            ORDER BY fact.observed_at DESC, fact.id DESC LIMIT 1) after ON true
     WHERE play.id = due.id AND play.effect_measured_at IS NULL
"""
# 1 when a paid contract ran on the day, by the contract's versions; who paid nothing at the start counts on no side.
_RETENTION = """
    WITH due AS (
        SELECT play.id, play.account_id, play.started_at::date AS starts_on,
               play.started_at::date + playbook.effect_days AS ends_on
          FROM lifecycle_play play
          JOIN lifecycle_playbook playbook ON playbook.id = play.playbook_id AND playbook.effect_fact = %(retention)s
         WHERE play.effect_measured_at IS NULL
           AND play.started_at + make_interval(days => playbook.effect_days) <= %(now)s
         ORDER BY play.started_at LIMIT %(limit)s
    ), paid AS (
        SELECT due.id, day.is_end, bool_or(coalesce(version.arr > 0 AND version.status = 'active'
               AND NOT version.is_trial AND subscription.starts_on <= day.day
               AND (subscription.ends_on IS NULL OR subscription.ends_on >= day.day), false)) AS is_paying
          FROM due
         CROSS JOIN LATERAL (VALUES (due.starts_on, false), (due.ends_on, true)) AS day(day, is_end)
          LEFT JOIN accounts_subscription subscription ON subscription.account_id = due.account_id
          LEFT JOIN LATERAL (
               SELECT known.arr, known.status, known.is_trial FROM accounts_subscriptionversion known
                WHERE known.subscription_id = subscription.id AND known.effective_on <= day.day
                ORDER BY known.effective_on DESC, known.id DESC LIMIT 1) version ON true
         GROUP BY due.id, day.is_end
    )
    UPDATE lifecycle_play play
       SET effect_before = CASE WHEN before.is_paying THEN 1 END,
           effect_after = CASE WHEN after.is_paying THEN 1 ELSE 0 END, effect_measured_at = %(now)s
      FROM paid before
      JOIN paid after ON after.id = before.id AND after.is_end
     WHERE play.id = before.id AND NOT before.is_end AND play.effect_measured_at IS NULL
"""
RETENTION = "retention"


def measure_effects(*, limit: int = 5_000) -> int:
    """Store what the playbook should move, before and after, for plays (and accounts held out) whose days are over;
    returns how many. Two UPDATEs, idempotent: what is measured stays."""
    values: dict[str, Any] = {"now": now(), "limit": limit, "retention": RETENTION}
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, values)
        found = int(cursor.rowcount)
        cursor.execute(_RETENTION, values)
        return found + int(cursor.rowcount)


def forget_effects(*, playbook: Playbook) -> int:
    """The playbook moves something else now, or is measured after other days: measure all of its plays anew."""
    measured = Play.objects.filter(playbook=playbook, effect_measured_at__isnull=False)
    return measured.update(effect_before=None, effect_after=None, effect_measured_at=None)
