"""Who was held back is asked again when the day comes, if the wave or trigger still wants it."""

from django.db import transaction
from django.db.models import Q, QuerySet

from team.clock import now, today
from voc.models import Invitation, Wave

State = Invitation.State
BATCH = 500
# Waves that still ask.
LIVE = (Wave.State.SCHEDULED, Wave.State.SENDING, Wave.State.SENT)


def retriable() -> QuerySet[Invitation]:
    """Held back, free from today on, and still wanted: the survey is open, the wave not over, the trigger on."""
    day = today()
    return Invitation.objects.filter(
        Q(wave__isnull=True) | Q(wave__state__in=LIVE),
        Q(trigger__isnull=True) | Q(trigger__is_active=True),
        state=State.SUPPRESSED,
        next_free_on__lte=day,
        retry_until__gte=day,
        version__survey__is_active=True,
        version__survey__deleted_at__isnull=True,
    )


def retry_suppressed(*, limit: int = 5000) -> int:
    """Queue again whom a rule held back until today; returns how many.

    They are judged once more when their mail is written, in their own working hours: who is held back again gets
    another day. Set-based and safe to run many times at once (SKIP LOCKED).
    """
    done = 0
    while done < limit:
        queued = _retry_batch(min(BATCH, limit - done))
        if not queued:
            break
        done += queued
    return done


@transaction.atomic
def _retry_batch(size: int) -> int:
    ready = retriable().select_for_update(skip_locked=True, of=("self",)).order_by("next_free_on", "pk")
    ids = list(ready.values_list("pk", flat=True)[:size])
    waits = {"state": State.QUEUED, "message_ref": "", "reason": "", "rule": "", "next_free_on": None}
    return Invitation.objects.filter(pk__in=ids, state=State.SUPPRESSED).update(**waits, send_after=now())
