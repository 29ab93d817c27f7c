"""Another try for requests that could not be stored."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from engagement.models import EventBatch
from team.models import Role, User


def retry_batch(*, actor: User, batch: EventBatch) -> bool:
    """Let a worker try a failed request again, from the first attempt; False when it had not failed.

    Its body is kept until it is stored. Raises PermissionDenied for all but admins.
    """
    if actor.role != Role.ADMIN:
        raise PermissionDenied(_("Only admins try requests again."))
    failed = EventBatch.objects.filter(pk=batch.pk, state=EventBatch.State.FAILED)
    return failed.update(state=EventBatch.State.WAITING, attempts=0, done_at=None, reasons={}) == 1
