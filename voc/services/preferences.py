"""What a contact wants from us, said by a link: stop, choose, "not me", "I have left"."""

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Contact, ContactConsent
from accounts.services.changes import mark_changed
from accounts.services.summaries import refresh_summaries
from outbox.selectors.locks import wait_for_sends
from team.clock import today
from team.services.notices import notify
from voc.services.invitations import recall_invitations

PURPOSES = ContactConsent.Purpose


def wishes_of(contact: Contact) -> dict[str, bool]:
    """Purpose -> allowed, by the newest word; nothing said means allowed."""
    rows = contact.consents.order_by("purpose", "-recorded_at", "-id").distinct("purpose")
    said = {row.purpose: row.is_allowed for row in rows}
    return {purpose: said.get(purpose, True) for purpose in PURPOSES.values}


@transaction.atomic
def set_wishes(*, contact: Contact, wishes: dict[str, bool], source: str) -> int:
    """Write what changed, append-only; returns how many purposes. Idempotent.

    SECURITY: waits for mail to this person that is on its way: once the answer page is shown, no mail leaves any more.
    """
    wait_for_sends(f"contact:{contact.pk}")
    before = wishes_of(contact)
    changed = {purpose: wish for purpose, wish in wishes.items() if purpose in before and before[purpose] != wish}
    ContactConsent.objects.bulk_create(
        ContactConsent(contact=contact, purpose=purpose, is_allowed=wish, source=source)
        for purpose, wish in changed.items()
    )
    if changed.get(PURPOSES.SURVEY) is False:
        recall_invitations(contact=contact, reason=_("Does not want surveys"))
    if changed:
        mark_changed(account_ids=[contact.account_id], reason="consent")
    return len(changed)


def stop_surveys(*, contact: Contact, source: str) -> bool:
    """One click: no more surveys. True when that is new."""
    return set_wishes(contact=contact, wishes={PURPOSES.SURVEY: False}, source=source) > 0


def stop_everything(*, contact: Contact, source: str) -> bool:
    """No automated mail of any kind any more. True when that is new."""
    return set_wishes(contact=contact, wishes=dict.fromkeys(PURPOSES.values, False), source=source) > 0


@transaction.atomic
def say_not_me(*, contact: Contact) -> bool:
    """The mail reached somebody else: nothing more goes to this address, and the CSM learns of it. Idempotent."""
    is_new = stop_everything(contact=contact, source="link: not me")
    tell_csm(contact, _("%(name)s: the address belongs to somebody else"), key="not-me")
    return is_new


@transaction.atomic
def say_left(*, contact: Contact) -> bool:
    """The person has left the company: a signal about the stakeholders. Idempotent."""
    wait_for_sends(f"contact:{contact.pk}")
    active = Contact.objects.filter(pk=contact.pk, status=Contact.Status.ACTIVE)
    left = {"status": Contact.Status.LEFT, "left_on": today(), "updated_at": timezone.now()}
    if active.update(**left, version=F("version") + 1) != 1:
        return False
    refresh_summaries(account_ids=[contact.account_id])
    recall_invitations(contact=contact, reason=_("Has left the company"))
    mark_changed(account_ids=[contact.account_id], reason="contact left")
    tell_csm(contact, _("%(name)s says: I have left the company"), key="left")
    return True


def tell_csm(contact: Contact, words: str, *, key: str) -> None:
    """A line in the inbox of the account's CSM."""
    csm = contact.account.csm
    if csm is not None:
        notify(
            user=csm,
            kind="contact",
            text=words % {"name": contact.name},
            url=reverse("account", args=[contact.account_id]),
            dedupe_key=f"contact:{contact.pk}:{key}",
        )
