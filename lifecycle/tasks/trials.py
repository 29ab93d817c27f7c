"""Trials of playbooks and rules. The sweep finds whatever a lost message or a killed worker left."""

from celery import shared_task
from django.utils import timezone

from lifecycle.services import trials
from outbox.bell import ring, ring_after_commit


@shared_task(name="lifecycle.work_on_trial")  # type: ignore[untyped-decorator]
def work_on_trial(trial_id: int) -> bool:
    """Work out one trial."""
    return trials.work_on_trial(trial_id=trial_id)


@shared_task(name="lifecycle.sweep_trials", expires=60)  # type: ignore[untyped-decorator]
def sweep_trials() -> int:
    """Hand out trials that nobody is at; returns how many."""
    waiting = trials.trials_to_work_on(moment=timezone.now())
    for trial_id in waiting:
        ring(work_on_trial, trial_id)
    return len(waiting)


def ring_trial(trial_id: int) -> None:
    """Tell a worker after the commit that a trial waits; without Redis the sweep finds it."""
    ring_after_commit(work_on_trial, trial_id)
