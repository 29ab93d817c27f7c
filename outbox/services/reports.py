"""What a server's refusal means for an address: dead, or resting for a while."""

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from outbox.formulas.bounces import STATUS, is_hard, reason_of, rest_after
from outbox.models import Channel, DeliveryReport, Message, ReceivedMail, State

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

# A mail that left so long ago without a report did arrive.
ARRIVED_AFTER = dt.timedelta(days=2)


def report_refusal(*, message: Message, answer: str) -> DeliveryReport:
    """Our server was told no for good while it handed a mail over: a report like one that comes back later."""
    status = STATUS.search(answer)
    return write_report(
        address=message.recipient,
        message=message,
        reason=reason_of(answer),
        status=status[0] if status else "",
        diagnostic=answer,
    )


@transaction.atomic
def write_report(
    *,
    address: str,
    message: Message | None,
    reason: str,
    status: str = "",
    diagnostic: str = "",
    received: ReceivedMail | None = None,
) -> DeliveryReport:
    """Note that an address could not be reached, and tell everybody in settings.DELIVERY_LISTENERS.

    SECURITY: hard only when the report names a mail of ours to this very address: anybody can write to the address that
    bounces come back to, and nobody else knows our Message-IDs. Soft ones rest for 1, 3, 7, at most 14 days, longer
    with each in a row; what arrived in between starts it anew.
    """
    address = address.strip().lower()
    is_ours = message is not None and message.recipient.lower() == address
    is_dead = is_hard(reason) and is_ours
    now = timezone.now()
    report = DeliveryReport.objects.create(
        our_mail=message,
        received=received,
        subject_ref=message.subject_ref if message is not None and is_ours else "",
        address=address,
        reason=reason,
        is_hard=is_dead,
        status=status[:20],
        diagnostic=diagnostic[:500],
        reported_at=now,
        blocked_until=None if is_dead else now + rest_after(soft_in_a_row(address), reason),
    )
    for path in settings.DELIVERY_LISTENERS:
        import_string(path)(report)
    return report


def soft_in_a_row(address: str) -> int:
    """Soft bounces of an address since something last arrived there, or since a person took the last one back."""
    rows = DeliveryReport.objects.filter(address=address, is_hard=False).order_by("-reported_at")
    since = last_arrival(address)
    count = 0
    for report in rows[:10]:
        if report.lifted_at is not None or (since is not None and report.reported_at < since):
            break
        count += 1
    return count


def last_arrival(address: str) -> dt.datetime | None:
    """When something last reached the address for all we know: a mail that left two days ago or longer and did not
    come back, or an answer from there."""
    gone = Message.objects.filter(channel=Channel.MAIL, recipient__iexact=address, state=State.SENT)
    gone = gone.filter(sent_at__lt=timezone.now() - ARRIVED_AFTER, delivery_reports__isnull=True)
    answers = ReceivedMail.objects.filter(sender__iexact=address, kind=ReceivedMail.Kind.ANSWER)
    moments = [
        gone.order_by("-sent_at").values_list("sent_at", flat=True).first(),
        answers.order_by("-received_at").values_list("received_at", flat=True).first(),
    ]
    return max((moment for moment in moments if moment is not None), default=None)


def resting_until(addresses: list[str]) -> dict[str, dt.datetime]:
    """Address in small letters -> when its rest ends, for those that rest now; one query."""
    wanted = {address.lower() for address in addresses if address}
    rows = DeliveryReport.objects.blocking().filter(address__in=wanted).order_by("blocked_until")
    return {address: until for address, until in rows.values_list("address", "blocked_until") if until is not None}


@transaction.atomic
def lift_reports(*, actor: "AbstractBaseUser", address: str) -> int:
    """A person says that the address works: nothing holds mail to it back any more. Returns how many reports stood."""
    standing = DeliveryReport.objects.standing().filter(address=address.lower())
    return standing.update(lifted_at=timezone.now(), lifted_by=actor, blocked_until=None)
