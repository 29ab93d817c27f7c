"""What only time or a missed bell shows: triggers by the calendar, tickets closed, steps whose task is gone."""

import datetime as dt

from django.db import connection
from django.db.models import Exists, F, OuterRef

from lifecycle.formulas.trigger_kinds import RENEWAL_DAYS
from lifecycle.models import Playbook, PlayStepRun, Task
from lifecycle.services.plays.waking import finish_run
from team.clock import now, today

# A sweep that was down for less than this still records the day that it missed.
_CATCH_UP = 7
_MOST_DAYS = 730
# One trigger per account, renewal and distance; the day is the distance's own, also when it is recorded late.
_RENEWALS = """
    INSERT INTO lifecycle_trigger (account_id, kind, key, payload, happened_at)
    SELECT account.id, 'renewal_in_days', summary.renews_on || ':' || given.days,
           jsonb_build_object('days', given.days, 'renews_on', summary.renews_on), %(now)s
      FROM accounts_accountsummary summary
      JOIN accounts_account account ON account.id = summary.account_id
      JOIN unnest(%(days)s::int[]) AS given(days)
        ON summary.renews_on - given.days BETWEEN %(today)s::date - %(catch_up)s AND %(today)s::date
     WHERE summary.renews_on BETWEEN %(today)s AND %(today)s::date + %(furthest)s
       AND account.deleted_at IS NULL AND account.status <> 'churned'
    ON CONFLICT DO NOTHING
"""
_TICKETS = """
    INSERT INTO lifecycle_trigger (account_id, kind, key, payload, happened_at)
    SELECT ticket.account_id, 'ticket_closed', 'ticket:' || ticket.id || ':' || ticket.reopened_count,
           jsonb_build_object(
               'ticket', ticket.id, 'priority', ticket.priority, 'satisfaction', ticket.satisfaction,
               'hours', round(extract(epoch FROM ticket.closed_at - ticket.opened_at) / 3600)),
           ticket.closed_at
      FROM accounts_ticket ticket
      JOIN accounts_account account ON account.id = ticket.account_id AND account.deleted_at IS NULL
     WHERE ticket.closed_at BETWEEN %(since)s AND %(now)s AND ticket.deleted_at IS NULL
    ON CONFLICT DO NOTHING
"""


def record_time_triggers() -> int:
    """Record what the calendar and the tickets show; returns how many were new. Set-based and idempotent."""
    moment, day = now(), today()
    days = _renewal_days()
    with connection.cursor() as cursor:
        cursor.execute(
            _RENEWALS,
            {"days": days, "now": moment, "today": day, "catch_up": _CATCH_UP, "furthest": max(days)},
        )
        found = int(cursor.rowcount)
        cursor.execute(_TICKETS, {"now": moment, "since": moment - dt.timedelta(days=_CATCH_UP)})
        return found + int(cursor.rowcount)


def _renewal_days() -> list[int]:
    """The distances that are always recorded, and those that playbooks name."""
    found = set(RENEWAL_DAYS)
    for rows in Playbook.objects.filter(trigger_kind="renewal_in_days").values_list("trigger_match", flat=True):
        for row in rows if isinstance(rows, list) else ():
            value = row.get("value") if isinstance(row, dict) and row.get("name") == "days" else None
            for days in value if isinstance(value, list) else [value]:
                if isinstance(days, int) and 0 < days <= _MOST_DAYS:
                    found.add(days)
    return sorted(found)


def close_orphaned_runs(*, limit: int = 500) -> int:
    """Close steps that wait for a task which is over or gone without having said so (bulk changes, deletions); returns
    how many. Idempotent."""
    tasks = Task.everything.filter(run=OuterRef("pk"))
    waiting = PlayStepRun.objects.filter(kind="task", state=PlayStepRun.State.WAITING)
    lost = waiting.exclude(Exists(tasks.filter(state=Task.State.OPEN, deleted_at=None)))
    rows = lost.annotate(is_done=Exists(tasks.filter(state=Task.State.DONE))).order_by(F("due_at"))
    states = {True: PlayStepRun.State.DONE, False: PlayStepRun.State.SKIPPED}
    return sum(finish_run(run_id=run.pk, state=states[run.is_done]) for run in rows[:limit])
