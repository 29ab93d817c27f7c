"""Mailing invitations that wait: small batches, many workers."""

from django.db import transaction

from team.clock import now
from voc.models import Invitation
from voc.services.invitations.asking import ask_people

# So many invitations are claimed at once, so many of them are mailed in one transaction at most.
CLAIM, BATCH = 100, 25


def send_planned(*, limit: int = 200) -> int:
    """Ask those whose time has come; returns how many were dealt with.

    Safe to repeat and to run many times at once: a batch is locked (SKIP LOCKED), and mail, budget, touchpoint and the
    state of the invitation are one transaction; a worker that dies leaves a whole batch or nothing of it.
    """
    done = 0
    while done < limit:
        dealt = _send_batch(min(BATCH, limit - done))
        if not dealt:
            break
        done += dealt
    return done


@transaction.atomic
def _send_batch(size: int) -> int:
    waiting = Invitation.objects.due(now()).select_for_update(skip_locked=True, of=("self",))
    rows = waiting.select_related("version__survey", "sent_by").order_by("send_after", "pk")[:CLAIM]
    # One per account: what the first mail uses up of an account's budget counts for the second one.
    batch: dict[int, Invitation] = {}
    for invitation in rows:
        batch.setdefault(invitation.account_id, invitation)
        if len(batch) == size:
            break
    if batch:
        ask_people(list(batch.values()))
    return len(batch)
