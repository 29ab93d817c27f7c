"""Files of results, and the settled part of large surveys. The sweep finds whatever a lost message left."""

import logging

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from voc.services.results import files, keeping

logger = logging.getLogger(__name__)


@shared_task(name="voc.make_result_file")  # type: ignore[untyped-decorator]
def make_result_file(file_id: int) -> bool:
    """Make one file."""
    return files.make_result_file(file_id=file_id)


@shared_task(name="voc.sweep_results", expires=60)  # type: ignore[untyped-decorator]
def sweep_results() -> int:
    """Hand out files that nobody is at, and keep the settled part of large surveys; returns how many files."""
    waiting = files.files_to_make(moment=timezone.now())
    for file_id in waiting:
        _ring(file_id)
    keeping.keep_settled()
    return len(waiting)


def ring_result_file(file_id: int) -> None:
    """Tell a worker after the commit that a file waits; without Redis the sweep finds it."""
    transaction.on_commit(lambda: _ring(file_id))


def _ring(file_id: int) -> None:
    try:
        make_result_file.apply_async(args=[file_id], retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("bell of result files not rung: %s", error)
