"""What a person decides about a message, most of all about one that may or may not have arrived."""

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from outbox.models import Attempt, Message, State
from outbox.services.outcomes import blotted

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

LIVES_ON = dt.timedelta(days=3)


@transaction.atomic
def mark_arrived(*, actor: "AbstractBaseUser", message: Message) -> bool:
    """An undecided message did arrive. False when somebody decided before."""
    undecided = Message.objects.filter(pk=message.pk, state=State.UNKNOWN)
    changes = {
        "state": State.SENT,
        "sent_at": timezone.now(),
        "heard_at": None,
        "reason": f"{actor} says that it arrived",
    }
    if undecided.update(**changes, **blotted(message, State.SENT)) != 1:
        return False
    Attempt.objects.filter(message=message, number=message.attempt).update(outcome=State.SENT)
    return True


@transaction.atomic
def send_again(*, actor: "AbstractBaseUser", message: Message) -> bool:
    """Queue an undecided or failed message once more, under its old Message-ID. False when it has moved on."""
    idle = Message.objects.filter(pk=message.pk, state__in=[State.UNKNOWN, State.FAILED])
    now = timezone.now()
    changed = idle.update(
        state=State.QUEUED,
        due_at=now,
        expires_at=now + LIVES_ON,
        heard_at=None,
        reason=f"{actor} asked for another try",
    )
    if changed != 1:
        return False
    ring = import_string(settings.OUTBOX_DOORBELL)
    transaction.on_commit(lambda: ring(message.channel))
    return True


def cancel_message(*, message: Message, reason: str) -> bool:
    """Recall a message that has not left. False when it is too late; idempotent."""
    waiting = Message.objects.filter(pk=message.pk, state=State.QUEUED)
    changes = {"state": State.CANCELLED, "reason": reason[:300], **blotted(message, State.CANCELLED)}
    return waiting.update(**changes) == 1
