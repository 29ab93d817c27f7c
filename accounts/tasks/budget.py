"""Trials of the contact budget's rules. The sweep finds whatever a lost message or a killed worker left."""

from celery import shared_task
from django.utils import timezone

from accounts.services.budget import trials
from outbox.bell import ring, ring_after_commit


@shared_task(name="accounts.work_on_budget_trial")  # type: ignore[untyped-decorator]
def work_on_budget_trial(trial_id: int) -> bool:
    """Work out one trial."""
    return trials.work_on_budget_trial(trial_id=trial_id)


@shared_task(name="accounts.sweep_budget_trials", expires=60)  # type: ignore[untyped-decorator]
def sweep_budget_trials() -> int:
    """Hand out trials that nobody is at; returns how many."""
    waiting = trials.budget_trials_to_work_on(moment=timezone.now())
    for trial_id in waiting:
        ring(work_on_budget_trial, trial_id)
    return len(waiting)


def ring_budget_trial(trial_id: int) -> None:
    """Tell a worker after the commit that a trial waits; without Redis the sweep finds it."""
    ring_after_commit(work_on_budget_trial, trial_id)
