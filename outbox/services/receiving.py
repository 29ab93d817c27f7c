"""Taking in a mail: kept once, matched to what we sent, then shown to whoever can make something of it."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from outbox.formulas.bounces import STATUS, reason_of
from outbox.formulas.inbound import LARGEST, Failure, Inbound, read_mail
from outbox.models import Channel, Message, ReceivedMail
from outbox.services.mime import return_mark
from outbox.services.reports import write_report

Kind, Outcome = ReceivedMail.Kind, ReceivedMail.Outcome
# A mail on which a receiver breaks is shown to it a few times, then it stays as it is, in the list.
MOST_TRIES = 5
COMPLAINTS_COME_WITHIN = dt.timedelta(days=30)


class TooLarge(ValueError):
    """The mail is larger than LARGEST bytes; nothing of it was kept."""


def receive_mail(*, raw: bytes, source: str, call_id: str | None = None) -> ReceivedMail:
    """Take one mail in, as it came over the wire; `source` says from where (file, maildir, endpoint), `call_id` by
    which call of a provider.

    Idempotent per Message-ID: a mail that comes again is the row that it was. It is committed before anything follows
    from it, and what did not follow because something broke is tried again by the sweep. Raises TooLarge.
    """
    if len(raw) > LARGEST:
        raise TooLarge(f"{len(raw)} bytes, at most {LARGEST}")
    inbound = read_mail(raw)
    received, is_new = keep_mail(inbound, source=source, call_id=call_id)
    if is_new or received.heard_at is None:
        make_something(received_id=received.pk)
        received.refresh_from_db()
    return received


@transaction.atomic
def keep_mail(inbound: Inbound, *, source: str, call_id: str | None = None) -> tuple[ReceivedMail, bool]:
    """The row of a mail and whether it is new; a bounce's report is written with it."""
    message = find_message(inbound)
    kind = Kind.OWN if is_own(inbound) else Kind(inbound.kind)
    received, is_new = ReceivedMail.objects.get_or_create(
        message_id=inbound.message_id,
        defaults={
            "source": source[:20],
            "call_id": call_id,
            "kind": kind,
            "sender": inbound.sender,
            "recipient": inbound.recipient,
            "subject": inbound.subject,
            "text": inbound.text,
            "words": inbound.words,
            "our_mail": message,
            "subject_ref": message.subject_ref if message is not None else "",
            "outcome": Outcome.KEPT if message is not None or kind == Kind.OWN else Outcome.UNKNOWN,
            "sent_at": inbound.sent_at,
        },
    )
    if is_new and kind == Kind.BOUNCE:
        take_bounce(received=received, failure=inbound.failure)
    if is_new and kind == Kind.COMPLAINT:
        received.note = inbound.failure.words[:300]
        received.save(update_fields=["note"])
    return received, is_new


def is_own(inbound: Inbound) -> bool:
    """A mail of ours that came back to us as it left: a loop, or a copy."""
    return Message.objects.filter(message_id=inbound.message_id).exists()


def find_message(inbound: Inbound) -> Message | None:
    """The mail of ours that it belongs to: by an address that names it, else by the first Message-ID that is ours.

    A complaint that names none is matched by address to the newest mail that went there: stopping is always safe.
    """
    for name, mark in inbound.marks:
        wanted = uuid.UUID(name)
        if constant_time_compare(return_mark(wanted), mark):
            found = Message.objects.filter(uuid=wanted, channel=Channel.MAIL).first()
            if found is not None:
                return found
    ours = {found.message_id.lower(): found for found in Message.objects.filter(message_id__in=inbound.names)}
    if inbound.kind == Kind.COMPLAINT and not ours and inbound.failure.address:
        since = timezone.now() - COMPLAINTS_COME_WITHIN
        gone = Message.objects.filter(channel=Channel.MAIL, recipient__iexact=inbound.failure.address)
        return gone.filter(sent_at__gte=since).order_by("-sent_at").first()
    return next((ours[name] for name in inbound.names if name in ours), None)


def take_bounce(*, received: ReceivedMail, failure: Failure) -> None:
    """The report behind a bounce, and what the list says of it."""
    message = received.our_mail
    address = failure.address or (message.recipient if message is not None else "")
    if not address:
        return
    if message is not None and failure.address and failure.address != message.recipient.lower():
        # The mail was forwarded on: the address that bounced is not the one that we know.
        address = message.recipient
    status = failure.status or (found[0] if (found := STATUS.search(failure.words)) else "")
    report = write_report(
        address=address,
        message=message,
        reason=reason_of(failure.words, failure.status),
        status=status,
        diagnostic=failure.words,
        received=received,
    )
    received.outcome = Outcome.BLOCKED if report.is_hard else Outcome.PAUSED
    if not report.is_hard and report.blocked_until is not None:
        received.note = _("rests until %(day)s") % {"day": report.blocked_until.date()}
    received.save(update_fields=["outcome", "note"])


def make_something(*, received_id: int) -> bool:
    """Show a mail to every callable in settings.MAIL_RECEIVERS until one makes something of it; once.

    What it writes and the mark that it was heard commit together. False when it was heard before.
    """
    mine = ReceivedMail.objects.unheard().filter(pk=received_id)
    if mine.update(tries=F("tries") + 1) != 1:
        return False
    with transaction.atomic():
        received = mine.select_for_update(of=("self",)).select_related("our_mail").first()
        if received is None:
            return False
        for path in settings.MAIL_RECEIVERS:
            if import_string(path)(received):
                break
        received.heard_at = timezone.now()
        received.save(update_fields=["heard_at", "kind", "subject_ref", "outcome", "note"])
    return True


def make_something_of_waiting(*, limit: int = 100) -> int:
    """Mails of which nothing was made because something broke; returns how many were shown. Idempotent."""
    waiting = ReceivedMail.objects.unheard().filter(tries__lt=MOST_TRIES).order_by("tries", "pk")
    return sum(make_something(received_id=pk) for pk in waiting.values_list("pk", flat=True)[:limit])
