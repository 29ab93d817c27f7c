"""Who finished what: one completion per person and item, and one touch of the kind course for it."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Account, Contact, Touchpoint
from accounts.services.changes import mark_changed
from accounts.services.touchpoints import log_touchpoint
from lifecycle.models import Completion, ContentItem
from team.clock import now
from team.models import User

SOURCE = "library"


@transaction.atomic
def record_completion(
    *,
    actor: User | None,
    content: ContentItem,
    contact: Contact | None = None,
    account: Account | None = None,
    completed_at: dt.datetime | None = None,
    source: str = "manual",
    external_id: str | None = None,
) -> tuple[Completion, bool]:
    """Write down that a person (or somebody at the account) finished an item; returns it and whether it is new.

    Idempotent: once per person and item (one_completion_per_person) and per id of the source. The touchpoint is made
    with it, exactly once; it never resets silence.

    Raises:
        PermissionDenied: when the actor does not edit the account.
        ValueError: without a person and without an account.
    """
    account = contact.account if contact else account
    if account is None:
        raise ValueError("a completion needs a person or an account")
    if actor is not None and not Account.objects.editable_by(actor).filter(pk=account.pk).exists():
        raise PermissionDenied(_("You cannot change this account."))
    known = Completion.objects.filter(source=source, external_id=external_id).first() if external_id else None
    if known is None and contact is not None:
        known = Completion.objects.filter(content=content, contact=contact).first()
    if known is not None:
        return known, False
    moment = completed_at or now()
    try:
        with transaction.atomic():
            made = Completion.objects.create(
                content=content,
                contact=contact,
                account=account,
                completed_at=moment,
                source=source,
                external_id=external_id,
            )
    except IntegrityError:
        return Completion.objects.get(content=content, contact=contact), False
    log_touchpoint(
        actor=None,
        account=account,
        kind=Touchpoint.Kind.COURSE,
        direction=Touchpoint.Direction.IN,
        subject=content.title,
        contacts=[contact] if contact else [],
        occurred_at=moment,
        is_automated=True,
        source=SOURCE,
        external_id=f"completion:{made.pk}",
        details={"course": content.title, "content": content.pk, "is_key": content.is_key_course},
    )
    mark_changed(account_ids=[account.pk], reason="completion")
    return made, True


@transaction.atomic
def remove_completion(*, actor: User, completion: Completion) -> bool:
    """Take a completion back, with its touch; False when it is gone."""
    if not Account.objects.editable_by(actor).filter(pk=completion.account_id).exists():
        raise PermissionDenied(_("You cannot change this account."))
    Touchpoint.everything.filter(source=SOURCE, external_id=f"completion:{completion.pk}").delete()
    gone, _rows = Completion.objects.filter(pk=completion.pk).delete()
    mark_changed(account_ids=[completion.account_id], reason="completion")
    return gone > 0
