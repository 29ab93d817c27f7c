"""Addresses from which mail came back lately."""

import datetime as dt
from collections.abc import Sequence

from accounts.formulas.budget import Verdict
from accounts.models import Contact, ContactSend
from outbox.models import DeliveryReport


def soft_bounced(*, contacts: Sequence[Contact], kind: str, at: dt.datetime) -> dict[int, Verdict]:
    """Gate of settings.CONTACT_GATES: machines leave an address alone while it rests; a person may try. One query."""
    if kind == ContactSend.Kind.PERSONAL:
        return {}
    reports = DeliveryReport.objects.blocking().filter(address__in={contact.email.lower() for contact in contacts})
    until = {
        address: blocked_until
        for address, blocked_until in reports.order_by("blocked_until").values_list("address", "blocked_until")
        if blocked_until is not None
    }
    return {
        contact.pk: Verdict("soft_bounced", until[address].date() + dt.timedelta(days=1))
        for contact in contacts
        if (address := contact.email.lower()) in until
    }
