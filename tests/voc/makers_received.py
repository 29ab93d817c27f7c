"""Mails that left, for tests of what comes back."""

from django.utils import timezone

from accounts.models import Contact
from outbox.models import Message, State
from outbox.services import enqueue_mail
from team.models import User
from tests.makers import make_account, make_contact


def make_nora(csm: User) -> Contact:
    """The person who answers tests.outbox.letters."""
    return make_contact(make_account(csm=csm), name="Nora Nielsen", email="Nora@customer.example")


def sent_to(contact: Contact, **fields: object) -> Message:
    """A mail of ours that left."""
    given = {"kind": "survey", "recipient": contact.email, "subject": "One question", "body_text": "Hi"}
    message = enqueue_mail(**{**given, "subject_ref": f"contact:{contact.pk}", **fields})  # type: ignore[arg-type]
    Message.objects.filter(pk=message.pk).update(state=State.SENT, sent_at=timezone.now())
    message.refresh_from_db()
    return message
