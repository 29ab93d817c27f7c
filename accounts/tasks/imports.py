"""Imports that were started in the browser. The sweep finds whatever a lost message or a killed worker left."""

from celery import shared_task
from django.utils import timezone

from accounts.services.imports.steps import runs_to_work_on, work_on_run
from outbox.bell import ring, ring_after_commit


@shared_task(name="accounts.work_on_import")  # type: ignore[untyped-decorator]
def work_on_import(run_id: int) -> str:
    """Read, check, write or undo one import, whatever its state asks for."""
    return work_on_run(run_id=run_id)


@shared_task(name="accounts.sweep_imports", expires=60)  # type: ignore[untyped-decorator]
def sweep_imports() -> int:
    """Work that nobody is at; returns how much was handed out."""
    waiting = runs_to_work_on(moment=timezone.now())
    for run_id in waiting:
        ring(work_on_import, run_id)
    return len(waiting)


def ring_import(run_id: int) -> None:
    """Tell a worker after the commit that an import waits; without Redis the sweep finds it."""
    ring_after_commit(work_on_import, run_id)
