"""Books kept ready for what-if."""

from celery import shared_task

from engagement.selectors.whatif import keep_shelf, kept_shelf


@shared_task(name="engagement.keep_book", expires=120)  # type: ignore[untyped-decorator]
def keep_book(segment_id: int | None, stage_kind: str) -> None:
    """Read the book of a place and keep it ready; whoever looks asks again."""
    place = (segment_id, stage_kind)
    if kept_shelf(place) is None:
        keep_shelf(place)
