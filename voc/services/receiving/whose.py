"""Whom a received mail is about."""

from accounts.models import Contact, ContactConsent
from accounts.selectors.merges import survivor_id
from outbox.models import Message, ReceivedMail
from voc.models import Invitation

PURPOSE_OF_KIND = {"survey": ContactConsent.Purpose.SURVEY, "reminder": ContactConsent.Purpose.SURVEY}


def contact_of(received: ReceivedMail) -> Contact | None:
    """The person whom our mail went to, or the one that they were merged into; None when it was no customer's mail."""
    name, _colon, key = received.subject_ref.partition(":")
    if name != "contact" or not key.isdigit():
        return None
    people = Contact.objects.select_related("account__csm")
    return people.filter(pk=int(key)).first() or people.filter(pk=survivor_id(Contact, int(key)) or 0).first()


def purpose_of(message: Message | None) -> str:
    """What the person agreed to when our mail left; customer-success mail unless it was a survey."""
    kind = message.kind if message is not None else ""
    return PURPOSE_OF_KIND.get(kind, ContactConsent.Purpose.SUCCESS)


def invitation_behind(message: Message) -> Invitation | None:
    """The invitation that a mail brought or reminded of."""
    known = Invitation.objects.select_related("version__survey", "account", "contact")
    found = known.filter(message_ref=message.ref).first()
    if found is not None or not (message.dedupe_key or "").startswith("reminder:"):
        return found
    pk = str(message.dedupe_key).split(":")[1]
    return known.filter(pk=int(pk)).first() if pk.isdigit() else None
