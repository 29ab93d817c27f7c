"""The ways back of edits, deletions and additions; `team.services.undo` calls them by name."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account, AccountFile, Contact, Subscription, Ticket
from accounts.services.changes import mark_changed
from accounts.services.saving import told_as_invalid
from accounts.services.subscriptions import record_gone, record_versions
from accounts.services.summaries import refresh_summaries
from accounts.services.versions import plain, require_editor, revived
from team.clock import today
from team.models import User
from team.services.undo import CannotUndo

_MODELS: dict[str, Any] = {
    "account": Account,
    "contact": Contact,
    "subscription": Subscription,
    "ticket": Ticket,
    "file": AccountFile,
}


def _find(actor: User, model: str, pk: int) -> Any:
    # Locked: a way back compares before it writes.
    row = _MODELS[model].everything.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise CannotUndo(_("It is gone for good."))
    require_editor(actor, row.pk if model == "account" else row.account_id)
    return row


@transaction.atomic
def restore(*, actor: User, model: str, pk: int) -> bool:
    """Bring back what was deleted; False when it is there.

    Raises:
        CannotUndo: when something took its place, such as a contact with the same address, or it was merged since.
    """
    row = _find(actor, model, pk)
    if row.deleted_at is None:
        return False
    if getattr(row, "merged_into_id", None):
        raise CannotUndo(_("It was merged since; part it instead."))
    try:
        with told_as_invalid():
            _MODELS[model].everything.filter(pk=pk).update(deleted_at=None)
    except ValidationError as error:
        raise CannotUndo(_("Something took its place meanwhile.")) from error
    if model == "subscription":
        record_versions(subscriptions=[row], reason="restored")
    _settle(model, row)
    return True


@transaction.atomic
def undo_create(*, actor: User, model: str, pk: int) -> bool:
    """Hide what was added; False when hidden already."""
    row = _find(actor, model, pk)
    if _MODELS[model].everything.filter(pk=pk, deleted_at__isnull=True).update(deleted_at=timezone.now()) != 1:
        return False
    if model == "subscription":
        record_gone(subscription=row)
    _settle(model, row)
    return True


@transaction.atomic
def undo_edit(*, actor: User, model: str, pk: int, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Put former values back.

    Raises:
        CannotUndo: when one of the fields was changed again since.
    """
    row = _find(actor, model, pk)
    if plain({name: getattr(row, name) for name in after}) != after:
        raise CannotUndo(_("It was changed again since."))
    values = revived(_MODELS[model], before)
    try:
        with told_as_invalid():
            _MODELS[model].everything.filter(pk=pk).update(**values, version=F("version") + 1)
    except ValidationError as error:
        raise CannotUndo(_("Something took its place meanwhile.")) from error
    if model == "subscription":
        row.refresh_from_db()
        record_versions(subscriptions=[row], effective_on=max(today(), row.starts_on), reason="undone")
    _settle(model, row)


def _settle(model: str, row: Any) -> None:
    account_id = row.pk if model == "account" else row.account_id
    refresh_summaries(account_ids=[account_id])
    mark_changed(account_ids=[account_id], reason="undone")
