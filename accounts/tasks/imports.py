"""Imports that were started in the browser."""

from celery import shared_task
from django.utils import timezone

from accounts.services.imports.steps import runs_to_work_on, work_on_run


@shared_task(name="accounts.work_on_import")
def work_on_import(run_id: int) -> str:
    """Read, check, write or undo one import, whatever its state asks for."""
    return work_on_run(run_id=run_id)


@shared_task(name="accounts.sweep_imports")
def sweep_imports() -> int:
    """Find imports that nobody works on: the message was lost or the worker was killed."""
    waiting = runs_to_work_on(moment=timezone.now())
    for run_id in waiting:
        work_on_import.delay(run_id)
    return len(waiting)
