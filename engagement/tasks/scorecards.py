"""Books kept ready for what-if."""

from celery import shared_task
from django.core.cache import cache

from engagement.selectors.scorecards import Place
from engagement.selectors.whatif import keep_shelf, kept_shelf, shelf_key
from outbox.bell import ring

# A page that waits asks every second: a worker is told once in this time.
RUNG_SECONDS = 30


def ring_book(place: Place) -> None:
    """Tell a worker to read the book of a place; whoever asks again meanwhile does not tell another."""
    if cache.add(f"{shelf_key(place)}:rung", 1, RUNG_SECONDS):
        ring(keep_book, *place)


@shared_task(name="engagement.keep_book", expires=120)  # type: ignore[untyped-decorator]
def keep_book(segment_id: int | None, stage_kind: str) -> None:
    """Read the book of a place and keep it ready; whoever looks asks again."""
    place = (segment_id, stage_kind)
    if kept_shelf(place) is None:
        keep_shelf(place)
