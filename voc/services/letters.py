"""What is written down of a mail that a person here wrote to one at a customer."""

from accounts.models import Contact, ContactSend, Touchpoint
from accounts.services.budget import record_send
from accounts.services.touchpoints import log_touchpoint
from outbox.models import Message
from team.clock import now


def note_letter(*, message: Message, contact: Contact, subject: str, text: str) -> Touchpoint:
    """The ledger of the contact budget and the account's timeline know it; the caller's transaction holds both."""
    record_send(contact=contact, kind=ContactSend.Kind.PERSONAL, message_ref=message.ref, at=now())
    return log_touchpoint(
        actor=None,
        account=contact.account,
        kind=Touchpoint.Kind.MAIL,
        direction=Touchpoint.Direction.OUT,
        subject=subject,
        body=text,
        contacts=[contact],
        source="outbox",
        external_id=message.ref,
        message_ref=message.ref,
    )
