"""The ledger follows versions and rates."""

from celery import shared_task

from lifecycle.services import movements


@shared_task(name="lifecycle.refresh_movements", expires=60)  # type: ignore[untyped-decorator]
def refresh_movements() -> int:
    """Derive the movements of accounts whose versions or rates changed."""
    return movements.refresh_movements()
