"""Django's own mail (password resets, invitations) takes the outbox's way too."""

from collections.abc import Sequence

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from outbox.formulas import RESERVED_HEADERS, tokens_in
from outbox.services.enqueue import InvalidRecipient, enqueue_mail

KIND = "account"
URGENT = 1


class OutboxEmailBackend(BaseEmailBackend):
    """Stores each mail in the outbox, one row per recipient, within the caller's transaction."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many mails were taken in. An address that cannot receive is left out, or raises unless fail_silently."""
        return sum(self.take(mail) for mail in email_messages)

    def take(self, mail: EmailMessage) -> bool:
        """One mail; false when it had no usable recipient."""
        html = (
            next((str(part.content) for part in getattr(mail, "alternatives", []) if part.mimetype == "text/html"), "")
            if isinstance(mail, EmailMultiAlternatives)
            else ""
        )
        headers = {
            name: str(value) for name, value in mail.extra_headers.items() if name.lower() not in RESERVED_HEADERS
        }
        taken = 0
        with transaction.atomic():
            for recipient in mail.recipients():
                try:
                    enqueue_mail(
                        kind=KIND,
                        recipient=recipient,
                        subject=str(mail.subject),
                        body_text=str(mail.body),
                        body_html=html,
                        headers=headers,
                        sender=mail.from_email,
                        reply_to=mail.reply_to[0] if mail.reply_to else "",
                        priority=URGENT,
                        secrets=tokens_in(f"{mail.body}\n{html}"),
                    )
                except InvalidRecipient:
                    if not self.fail_silently:
                        raise
                else:
                    taken += 1
        return taken > 0
