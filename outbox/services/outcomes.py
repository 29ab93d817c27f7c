"""Writing down what became of a message, and telling those who asked."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from outbox.formulas import blot, lane_pause, retry_wait
from outbox.models import Attempt, Channel, Message, State
from outbox.services.couriers import Outcome
from outbox.services.pacing import end_holds, hold_domain
from outbox.services.reports import report_refusal

TOLD_TOGETHER = 25
TELL_AGAIN = dt.timedelta(minutes=5)
OPEN_ENDS = (State.SENT, State.SUPPRESSED, State.EXPIRED, State.CANCELLED)


@transaction.atomic(savepoint=False)
def record_outcome(*, message: Message, outcome: Outcome) -> bool:
    """Write the outcome of the attempt that `message` was claimed for. False when another attempt has taken over.

    A late answer still decides a message that the sweep had already called unknown.
    """
    now = timezone.now()
    changes: dict[str, object] = {
        "state": outcome.state,
        "reason": outcome.detail[:300],
        "lease_until": None,
        "heard_at": None,
    }
    if outcome.state == State.QUEUED:
        wait = retry_wait(message.channel, message.attempt)
        if wait is None:
            changes["state"] = State.FAILED
        else:
            wait = max(wait, outcome.wait or 0)
            changes["due_at"] = now + dt.timedelta(seconds=wait)
            if outcome.is_receiver_down and message.channel == Channel.MAIL and message.domain:
                hold_domain(domain=message.domain, reason=outcome.detail)
            elif outcome.is_receiver_down and message.lane:
                pause_lane(message=message, until=now + dt.timedelta(seconds=max(lane_pause(wait), outcome.wait or 0)))
    if outcome.state == State.SENT:
        changes |= {"sent_at": now, "reason": ""}
        if getattr(message, "was_held", False):  # the sender's query says that the domain had asked for patience
            end_holds(domain=message.domain)
    if outcome.state == State.KEPT:
        changes |= {"sent_at": now}
    changes |= blotted(message, str(changes["state"]))
    mine = Message.objects.filter(pk=message.pk, attempt=message.attempt, state__in=[State.SENDING, State.UNKNOWN])
    if mine.update(**changes) != 1:
        return False
    Attempt.objects.bulk_create(
        [Attempt(message=message, number=message.attempt, outcome=outcome.state, detail=outcome.detail)],
        update_conflicts=True,
        unique_fields=["message", "number"],
        update_fields=["outcome", "detail"],
    )
    if message.channel == Channel.MAIL and outcome.state == State.FAILED:
        report_refusal(message=message, answer=outcome.detail)
    return True


def blotted(message: Message, state: str) -> dict[str, object]:
    """SECURITY: once a mail has gone, or never will, the personal links in our copy are blotted out."""
    if state not in OPEN_ENDS or not message.secrets:
        return {}
    return {
        "body_text": blot(message.body_text, message.secrets),
        "body_html": blot(message.body_html, message.secrets),
        "headers": {name: blot(value, message.secrets) for name, value in message.headers.items()},
        "secrets": [],
    }


def pause_lane(*, message: Message, until: dt.datetime) -> int:
    """Let the other messages to a receiver in trouble wait; a dead receiver costs one call per pause, not one each."""
    others = Message.objects.filter(lane=message.lane, state=State.QUEUED, due_at__lt=until).exclude(pk=message.pk)
    return others.update(due_at=until)


def close_queued(*, message: Message, state: State, reason: str) -> bool:
    """Take a message out of the queue or away from its sender without sending it. Idempotent."""
    changes = {"state": state, "reason": reason[:300], "lease_until": None, **blotted(message, state)}
    waiting = Q(state=State.QUEUED) | Q(state=State.SENDING, attempt=message.attempt)
    return Message.objects.filter(waiting, pk=message.pk).update(**changes) == 1


def tell_listeners(*, limit: int = 200) -> int:
    """Tell every callable in settings.OUTBOX_LISTENERS of outcomes that they have not heard; at least once each.

    What a listener writes and the mark that it heard commit together, for many messages at once. When one of them
    breaks, they are told one by one, and that message goes to the end of the line, so that it holds up no other.
    """
    told = 0
    while told < limit:
        heard, is_told = 0, False
        try:
            heard = tell_some(min(TOLD_TOGETHER, limit - told))
            is_told = True
        finally:
            if not is_told:
                tell_one_by_one(limit - told)
        if not heard:
            break
        told += heard
    return told


@transaction.atomic
def tell_some(number: int) -> int:
    """Tell of so many messages together, all or none."""
    rows = Message.objects.unheard().select_for_update(skip_locked=True).order_by("due_at", "id")
    messages = list(rows[:number])
    for message in messages:
        call_listeners(message)
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(heard_at=timezone.now())
    return len(messages)


def tell_one_by_one(limit: int) -> int:
    """The same, each message for itself; raises what a listener raises."""
    for told in range(limit):
        message: Message | None = None
        is_told = False
        try:
            with transaction.atomic():
                waiting = Message.objects.unheard().select_for_update(skip_locked=True)
                message = waiting.order_by("due_at", "id").first()
                if message is not None:
                    call_listeners(message)
                    Message.objects.filter(pk=message.pk).update(heard_at=timezone.now())
            is_told = True
        finally:
            if message is not None and not is_told:
                Message.objects.filter(pk=message.pk).update(due_at=timezone.now() + TELL_AGAIN)
        if message is None:
            return told
    return limit


def call_listeners(message: Message) -> None:
    """Every listener, in the order of the settings."""
    for path in settings.OUTBOX_LISTENERS:
        import_string(path)(message)
