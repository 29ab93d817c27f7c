"""Who was held back is asked again when the day comes, if the wave or trigger still wants it."""

from django.db import transaction

from team.clock import now, today
from voc.models import Invitation
from voc.selectors.suppressed import will_be_retried
from voc.services.invitations.links import renew_link

State = Invitation.State
BATCH = 500


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
    day = today()
    ready = Invitation.objects.filter(will_be_retried(day), state=State.SUPPRESSED, next_free_on__lte=day)
    locked = ready.select_for_update(skip_locked=True, of=("self",)).order_by("next_free_on", "pk")
    rows = list(locked[:size])
    # A mail that was stored and did not leave carries the old link; what is asked now is another mail.
    stored = [row for row in rows if row.message_ref]
    for row in stored:
        renew_link(row)
    Invitation.objects.bulk_update(stored, ["nonce", "digest"])
    waits = {"state": State.QUEUED, "message_ref": "", "reason": "", "rule": "", "next_free_on": None}
    return Invitation.objects.filter(pk__in=[row.pk for row in rows]).update(**waits, send_after=now())
