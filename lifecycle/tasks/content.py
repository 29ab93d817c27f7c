"""Content goes out in the background."""

from celery import shared_task

from lifecycle.services.content import batches, facts


@shared_task(name="lifecycle.send_batches", expires=60)  # type: ignore[untyped-decorator]
def send_batches() -> int:
    """Deal with the next people of running batches."""
    return batches.send_batches()


@shared_task(name="lifecycle.push_content_facts", expires=1800)  # type: ignore[untyped-decorator]
def push_content_facts() -> int:
    """Bring the facts about content up to date."""
    return facts.push_content_facts()
