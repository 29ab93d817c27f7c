"""Files of results, and the settled part of large surveys. The sweep finds whatever a lost message left."""

from celery import shared_task
from django.utils import timezone

from outbox.bell import ring, ring_after_commit
from voc.services.results import files, keeping


@shared_task(name="voc.make_result_file")  # type: ignore[untyped-decorator]
def make_result_file(file_id: int) -> bool:
    """Make one file."""
    return files.make_result_file(file_id=file_id)


@shared_task(name="voc.sweep_results", expires=60)  # type: ignore[untyped-decorator]
def sweep_results() -> int:
    """Hand out files that nobody is at, and keep the settled part of large surveys; returns how many files."""
    waiting = files.files_to_make(moment=timezone.now())
    for file_id in waiting:
        ring(make_result_file, file_id)
    keeping.keep_settled()
    return len(waiting)


def ring_result_file(file_id: int) -> None:
    """Tell a worker after the commit that a file waits; without Redis the sweep finds it."""
    ring_after_commit(make_result_file, file_id)
