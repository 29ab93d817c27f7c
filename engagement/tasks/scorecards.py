"""Books kept ready for what-if."""

import logging

from celery import shared_task
from django.core.cache import cache
from kombu.exceptions import OperationalError

from engagement.selectors.scorecards import Place
from engagement.selectors.whatif import keep_shelf, kept_shelf, shelf_key

logger = logging.getLogger(__name__)
# A page that waits asks every second: a worker is told once in this time.
RUNG_SECONDS = 30


def ring_book(place: Place) -> None:
    """Tell a worker to read the book of a place; whoever asks again meanwhile does not tell another."""
    if not cache.add(f"{shelf_key(place)}:rung", 1, RUNG_SECONDS):
        return
    try:
        keep_book.apply_async(args=place, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("no worker was told to read a book: %s", error)


@shared_task(name="engagement.keep_book", expires=120)  # type: ignore[untyped-decorator]
def keep_book(segment_id: int | None, stage_kind: str) -> None:
    """Read the book of a place and keep it ready; whoever looks asks again."""
    place = (segment_id, stage_kind)
    if kept_shelf(place) is None:
        keep_shelf(place)
