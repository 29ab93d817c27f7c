"""Trials of the contact budget's rules. The sweep finds whatever a lost message or a killed worker left."""

import logging

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.services.budget import trials

logger = logging.getLogger(__name__)


@shared_task(name="accounts.work_on_budget_trial")  # type: ignore[untyped-decorator]
def work_on_budget_trial(trial_id: int) -> bool:
    """Work out one trial."""
    return trials.work_on_budget_trial(trial_id=trial_id)


@shared_task(name="accounts.sweep_budget_trials", expires=60)  # type: ignore[untyped-decorator]
def sweep_budget_trials() -> int:
    """Hand out trials that nobody is at; returns how many."""
    waiting = trials.budget_trials_to_work_on(moment=timezone.now())
    for trial_id in waiting:
        _ring(trial_id)
    return len(waiting)


def ring_budget_trial(trial_id: int) -> None:
    """Tell a worker after the commit that a trial waits; without Redis the sweep finds it."""
    transaction.on_commit(lambda: _ring(trial_id))


def _ring(trial_id: int) -> None:
    try:
        work_on_budget_trial.apply_async(args=[trial_id], retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("bell of budget trials not rung: %s", error)
