"""What workers do; each task calls one service."""

from lifecycle.tasks.calendars import read_calendar, sweep_calendars
from lifecycle.tasks.content import push_content_facts, send_batches
from lifecycle.tasks.goals import sweep_plans
from lifecycle.tasks.mails import send_freed_mails
from lifecycle.tasks.movements import refresh_movements
from lifecycle.tasks.plays import measure_effects, record_time_triggers, run_due_plays, sweep_triggers
from lifecycle.tasks.ranking import rank_tasks
from lifecycle.tasks.renewals import sweep_renewals
from lifecycle.tasks.stages import sweep_stages

__all__ = [
    "measure_effects",
    "push_content_facts",
    "rank_tasks",
    "read_calendar",
    "record_time_triggers",
    "refresh_movements",
    "run_due_plays",
    "send_batches",
    "send_freed_mails",
    "sweep_calendars",
    "sweep_plans",
    "sweep_renewals",
    "sweep_stages",
    "sweep_triggers",
]
