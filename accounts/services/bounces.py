"""Addresses that are dead: contacts learn it from the outbox, and a person takes it back."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Contact
from accounts.services.changes import mark_changed
from accounts.services.contacts import edit_contact
from accounts.services.summaries import refresh_summaries
from outbox.models import DeliveryReport
from outbox.services.reports import lift_reports
from team.models import ActionLog, User


@transaction.atomic
def hear_report(report: DeliveryReport) -> int:
    """Listener of settings.DELIVERY_LISTENERS: after a hard bounce every active contact with that address is marked, as
    the audit shows. Soft ones change nobody. Idempotent; returns how many are new."""
    if not report.is_hard or not report.address:
        return 0
    people = Contact.objects.filter(email__iexact=report.address, status=Contact.Status.ACTIVE)
    found = list(people.select_for_update().values_list("pk", "account_id"))
    Contact.objects.filter(pk__in=[pk for pk, _account in found]).update(
        status=Contact.Status.BOUNCED, version=F("version") + 1, updated_at=timezone.now()
    )
    accounts = sorted({account for _pk, account in found})
    if accounts:
        refresh_summaries(account_ids=accounts)
        mark_changed(account_ids=accounts, reason="bounced")
    return len(found)


@transaction.atomic
def unblock_address(*, actor: User, address: str) -> list[ActionLog]:
    """A person says that an address works: its contacts are active again, nothing rests. Only contacts that the actor
    edits; the way back of each is logged. Idempotent."""
    lift_reports(actor=actor, address=address)
    people = Contact.objects.editable_by(actor).filter(email__iexact=address, status=Contact.Status.BOUNCED)
    logs = [edit_contact(actor=actor, contact=contact, status=Contact.Status.ACTIVE) for contact in people]
    return [log for log in logs if log is not None]
