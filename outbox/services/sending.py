"""The way out: claim, ask the gates, hand over, write down."""

import datetime as dt
import time

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.module_loading import import_string

from outbox.models import Channel, Message, State
from outbox.selectors.locks import draining_slot, sending_to
from outbox.services.calls import CallCourier
from outbox.services.couriers import Courier
from outbox.services.mail import mail_courier
from outbox.services.outcomes import close_queued, record_outcome, tell_listeners

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
        handled = 0
        try:
            while time.monotonic() < end:
                message = claim_next(channel=channel)
                if message is None:
                    return False
                send_claimed(message=message, courier=courier)
                handled += 1
                if handled % TELL_EVERY == 0:
                    tell_listeners()
        finally:
            courier.close()
            if handled:
                tell_listeners()
    return True


def claim_next(*, channel: str) -> Message | None:
    """Take the most urgent due message of a channel: `queued` to `sending`, with a lease and an attempt number.

    The claim is committed before anything leaves. Relies on one_call_per_receiver_at_a_time.
    """
    busy: set[str] = set()
    while True:
        try:
            with transaction.atomic(durable=True):
                message = next_due(channel=channel, busy=busy)
                if message is None:
                    return None
                lane = message.lane
                mine = Message.objects.filter(pk=message.pk, state=State.QUEUED)
                lease = timezone.now() + LEASE
                if mine.update(state=State.SENDING, attempt=F("attempt") + 1, lease_until=lease) != 1:
                    continue
                message.state, message.attempt, message.lease_until = State.SENDING, message.attempt + 1, lease
                return message
        except IntegrityError:
            busy.add(lane)  # another worker called this receiver in the same moment


def next_due(*, channel: str, busy: set[str]) -> Message | None:
    """The locked row of the next due message whose receiver is not being called."""
    rows = Message.objects.due().filter(channel=channel, due_at__lte=timezone.now())
    if channel != Channel.MAIL:
        on_the_line = Message.objects.filter(state=State.SENDING, lane=OuterRef("lane"))
        rows = rows.exclude(lane__in=busy).exclude(Exists(on_the_line))
    return rows.select_for_update(skip_locked=True, of=("self",)).first()


def send_claimed(*, message: Message, courier: Courier) -> None:
    """Ask the gates and hand a claimed message over. Whoever opts out waits for this to end (see selectors.locks)."""
    if message.expires_at is not None and message.expires_at <= timezone.now():
        close_queued(message=message, state=State.EXPIRED, reason="expired before it could be sent")
        return
    with sending_to(message.subject_ref):
        reason = ask_gates(message)
        if reason:
            close_queued(message=message, state=State.SUPPRESSED, reason=reason)
            return
        record_outcome(message=message, outcome=courier.deliver(message))


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
