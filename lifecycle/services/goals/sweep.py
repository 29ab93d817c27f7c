"""What time does to plans: values come from facts, days pass, gaps close."""

import datetime as dt
from typing import Any

from django.db import connection, transaction

from accounts.services.changes import mark_changed
from lifecycle.formulas.goals import STALE_DAYS, TOLERANCE
from lifecycle.formulas.handover import CHECKLIST
from lifecycle.selectors.goals import GOAL_WORD
from lifecycle.services.goals.facts import push_plan_facts
from lifecycle.services.goals.readings import feed_goals
from lifecycle.services.handovers import refresh_handovers
from lifecycle.services.triggers import TriggerRow, record_triggers
from team.clock import now, today

# After so many days without a handover a new customer has a gap.
DAYS_WITHOUT_HANDOVER = 7
# Who signed longer ago was handed over before anybody kept a checklist.
NEW_FOR_DAYS = 90

# Late promises that nobody was told of for that day.
_LATE_PROMISES = """
    SELECT promise.account_id, promise.id, promise.due_on, promise.words
      FROM lifecycle_promise promise JOIN accounts_account account ON account.id = promise.account_id
     WHERE promise.state = 'open' AND promise.deleted_at IS NULL AND account.deleted_at IS NULL
       AND promise.due_on < %(today)s
       AND NOT EXISTS (SELECT 1 FROM lifecycle_trigger trigger
                        WHERE trigger.account_id = promise.account_id AND trigger.kind = 'promise_late'
                          AND trigger.key = 'promise:' || promise.id || ':' || promise.due_on)
"""
# Open goals that are late, once for each due day that was agreed.
_LATE_GOALS = f"""
    SELECT goal.account_id, goal.id, goal.due_on, goal.title
      FROM lifecycle_goal goal JOIN accounts_account account ON account.id = goal.account_id
     WHERE goal.state = 'open' AND goal.deleted_at IS NULL AND account.deleted_at IS NULL
       AND goal.due_on IS NOT NULL AND ({GOAL_WORD}) = 'late'
       AND NOT EXISTS (SELECT 1 FROM lifecycle_trigger trigger
                        WHERE trigger.account_id = goal.account_id AND trigger.kind = 'goal_late'
                          AND trigger.key = 'goal:' || goal.id || ':' || goal.due_on)
"""  # noqa: S608 constants
# New customers whom nobody handed over.
_NOT_HANDED_OVER = """
    SELECT account.id FROM accounts_account account
     WHERE account.deleted_at IS NULL AND account.status = 'customer'
       AND account.signed_on BETWEEN %(first)s AND %(last)s
       AND NOT EXISTS (SELECT 1 FROM lifecycle_handover handover
                        WHERE handover.account_id = account.id AND handover.state <> 'draft')
       AND NOT EXISTS (SELECT 1 FROM lifecycle_trigger trigger
                        WHERE trigger.account_id = account.id AND trigger.kind = 'handover_gap'
                          AND trigger.key = 'handover:none')
"""


def sweep_plans() -> dict[str, int]:
    """Feed goals, tell what became late, recount handovers, push the facts; safe to repeat and to miss."""
    with transaction.atomic():
        fed = feed_goals()
        mark_changed(account_ids=fed, reason="plan")
    return {
        "goals_fed": len(fed),
        "handovers": refresh_handovers(),
        "triggers": tell_what_is_late(),
        "facts": push_plan_facts(),
    }


@transaction.atomic
def tell_what_is_late() -> int:
    """Record promise_late, goal_late and handover_gap where a day has passed; returns how many are new."""
    day, moment = today(), now()
    rows = [
        TriggerRow(
            account_id,
            "promise_late",
            f"promise:{pk}:{due_on.isoformat()}",
            moment,
            {"promise": pk, "words": words, "days": (day - due_on).days},
        )
        for account_id, pk, due_on, words in _rows(_LATE_PROMISES, today=day)
    ]
    rows += [
        TriggerRow(account_id, "goal_late", f"goal:{pk}:{due_on.isoformat()}", moment, {"goal": pk, "title": title})
        for account_id, pk, due_on, title in _rows(_LATE_GOALS, today=day, stale=STALE_DAYS, tolerance=TOLERANCE)
    ]
    span = {
        "first": day - dt.timedelta(days=NEW_FOR_DAYS),
        "last": day - dt.timedelta(days=DAYS_WITHOUT_HANDOVER),
    }
    rows += [
        TriggerRow(account_id, "handover_gap", "handover:none", moment, {"gaps": len(CHECKLIST), "completeness": 0})
        for (account_id,) in _rows(_NOT_HANDED_OVER, **span)
    ]
    return record_triggers(rows=rows)


def _rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
