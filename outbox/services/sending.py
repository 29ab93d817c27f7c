"""The way out: claim, ask the gates, hand over, write down."""

import datetime as dt
import time
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.module_loading import import_string

from outbox.models import Channel, Message, Pace, State
from outbox.selectors.locks import draining_slot, sending_to
from outbox.services.calls import CallCourier
from outbox.services.couriers import Courier
from outbox.services.mail import mail_courier
from outbox.services.outcomes import close_queued, record_outcome, tell_listeners
from outbox.services.pacing import take_turns

# Longer than a delivery takes; an answer that comes later still decides, see record_outcome.
LEASE = dt.timedelta(seconds=120)
PUT_BACK = dt.timedelta(minutes=5)
DRAIN_SECONDS = 20.0
TELL_EVERY = 25
# How many workers may be busy with a channel at once: a slow receiver never holds up mail.
SLOTS = {Channel.MAIL: range(10, 14), Channel.WEBHOOK: range(20, 24), Channel.CHAT: range(30, 32)}


def drain(*, channel: str, seconds: float = DRAIN_SECONDS) -> bool:
    """Send what is due in a channel, for at most `seconds`. True when the time ran out before the queue did.

    Safe to run any number of times at once: each message is claimed by one, and few workers share a channel.
    """
    end = time.monotonic() + seconds
    with draining_slot(SLOTS[Channel(channel)]) as may_drain:
        if not may_drain:
            return False
        courier: Courier = mail_courier() if channel == Channel.MAIL else CallCourier()
        message, handled = claim_next(channel=channel), 0
        try:
            while message is not None:
                is_over = time.monotonic() >= end
                message = send_and_claim(message=message, courier=courier, is_last=is_over)
                handled += 1
                if handled % TELL_EVERY == 0:
                    tell_listeners()
                if is_over:
                    return True
        finally:
            courier.close()
            if handled:
                tell_listeners()
    return False


def send_and_claim(*, message: Message, courier: Courier, is_last: bool = False) -> Message | None:
    """Ask the gates, hand a claimed message over, and commit its outcome together with the claim of the next one.

    One commit a message: no side effect begins before its claim is durable, and at most one is in the air per worker.
    Whoever opts out waits for this to end (see selectors.locks).
    """
    if message.expires_at is not None and message.expires_at <= timezone.now():
        write = partial(close_queued, message=message, state=State.EXPIRED, reason="expired before it could be sent")
        return claim_next(channel=message.channel, write=write, is_last=is_last)
    with sending_to(message.subject_ref):
        reason = ask_gates(message)
        if reason:
            write = partial(close_queued, message=message, state=State.SUPPRESSED, reason=reason)
        else:
            write = partial(record_outcome, message=message, outcome=courier.deliver(message))
        return claim_next(channel=message.channel, write=write, is_last=is_last)


def claim_next(*, channel: str, write: Callable[[], object] = bool, is_last: bool = False) -> Message | None:
    """Take the most urgent due message of a channel: `queued` to `sending`, with a lease and an attempt number.

    The claim is committed before anything leaves, together with what `write` notes of the message before; `is_last`
    notes and claims no more. Relies on one_call_per_receiver_at_a_time.
    """
    busy: set[str] = set()
    while True:
        lane = ""
        try:
            with transaction.atomic(durable=True):
                write()
                message = None if is_last else next_due(channel=channel, busy=busy)
                if message is None:
                    return None
                lane = message.lane or message.domain
                if not take(message):
                    raise Overtaken
                return message
        except (IntegrityError, Overtaken):
            busy.add(lane)  # another worker called this receiver in the same moment, or used its last turn


class Overtaken(Exception):
    """Another worker was faster; what was written is written again."""


def take(message: Message) -> bool:
    """Mark a locked message as ours, if its receiver may get one more now."""
    if message.channel == Channel.MAIL and not take_turns(message):
        return False
    lease = timezone.now() + LEASE
    mine = Message.objects.filter(pk=message.pk, state=State.QUEUED)
    if mine.update(state=State.SENDING, attempt=F("attempt") + 1, lease_until=lease) != 1:
        return False
    message.state, message.attempt, message.lease_until = State.SENDING, message.attempt + 1, lease
    return True


def next_due(*, channel: str, busy: set[str]) -> Message | None:
    """The locked row of the next due message whose receiver is not being called, and whose domain may be written to."""
    rows = Message.objects.due().filter(channel=channel, due_at__lte=timezone.now())
    if channel == Channel.MAIL:
        was_held = Exists(Pace.objects.filter(domain=OuterRef("domain"), holds__gt=0))
        rows = rows.not_held().exclude(domain__in=busy).annotate(was_held=was_held)
    else:
        on_the_line = Message.objects.filter(state=State.SENDING, lane=OuterRef("lane"))
        rows = rows.exclude(lane__in=busy).exclude(Exists(on_the_line))
    return rows.select_for_update(skip_locked=True, of=("self",)).first()


def ask_gates(message: Message) -> str:
    """Why this message must not go, from the callables in settings.OUTBOX_GATES; "" when it may.

    A gate that breaks puts the message back for five minutes, so that it is not sent unjudged and holds up nobody.
    """
    is_judged = False
    try:
        reasons = (str(import_string(path)(message)) for path in settings.OUTBOX_GATES)
        reason = next((reason for reason in reasons if reason), "")
        is_judged = True
    finally:
        if not is_judged:
            later = timezone.now() + PUT_BACK
            mine = Message.objects.filter(pk=message.pk, attempt=message.attempt, state=State.SENDING)
            mine.update(state=State.QUEUED, due_at=later, lease_until=None, reason="a gate broke; judged again later")
    return reason
