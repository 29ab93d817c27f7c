"""Mails before they go: drafts of people, and what a reviewer changes in a play's mail."""

import datetime as dt
from typing import Any

from django.db import transaction

from accounts.models import Account, Contact
from lifecycle.models import AccountMail, MailTemplate
from lifecycle.services.mails import OPEN, require_writer
from team.models import User

State = AccountMail.State


@transaction.atomic
def save_draft(
    *,
    actor: User,
    account: Account,
    contact: Contact,
    subject: str,
    body: str,
    asks_for: str = "",
    due_on: dt.date | None = None,
    template: MailTemplate | None = None,
    mail: AccountMail | None = None,
) -> AccountMail:
    """Keep a person's mail as it is typed, merge fields and all; `mail` is the draft that it replaces.

    Raises PermissionDenied when the actor may not write for the account.
    """
    require_writer(actor, account)
    fields: dict[str, Any] = {
        "contact": contact,
        "subject": subject.strip()[:200],
        "body": body,
        "asks_for": asks_for.strip()[:200],
        "due_on": due_on if asks_for.strip() else None,
        "template": template,
    }
    if mail is None:
        return AccountMail.objects.create(account=account, author=actor, owner=actor, **fields)
    return edit_mail(actor=actor, mail=mail, **fields)


@transaction.atomic
def edit_mail(*, actor: User, mail: AccountMail, **fields: Any) -> AccountMail:
    """Change what a draft or a mail in review says, and to whom; what held it back is judged anew when it is sent.

    One that was decided in the meantime comes back unchanged.
    """
    require_writer(actor, mail.account)
    kept = AccountMail.objects.select_for_update(of=("self",)).get(pk=mail.pk)
    if kept.state in OPEN:
        fields |= {"refusal": "", "next_free_on": None}
        for name, value in fields.items():
            setattr(kept, name, value)
        kept.save(update_fields=list(fields))
    return kept


@transaction.atomic
def discard_draft(*, actor: User, mail: AccountMail) -> bool:
    """Throw an own draft away; False when it is gone or was sent."""
    deleted, _rows = AccountMail.objects.filter(pk=mail.pk, state=State.DRAFT, author=actor).delete()
    return deleted > 0


@transaction.atomic
def postpone_mail(*, actor: User, mail: AccountMail, until: dt.date) -> bool:
    """Show a mail in the review box again on a day; False when it was decided."""
    require_writer(actor, mail.account)
    return AccountMail.objects.filter(pk=mail.pk, state=State.REVIEW).update(later_on=until) == 1
