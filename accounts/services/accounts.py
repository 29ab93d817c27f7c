"""Accounts: made, changed, hidden and brought back."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account, AccountExternalId
from accounts.selectors.trees import tree_ids
from accounts.services.changes import mark_changed
from accounts.services.custom_fields import clean_custom
from accounts.services.merges import merge_accounts
from accounts.services.saving import change_row, make_row, told_as_invalid
from accounts.services.summaries import make_missing_summaries
from accounts.services.versions import plain, require_editor
from team.models import ActionLog, User
from team.services.undo import log_action

__all__ = [
    "create_account",
    "delete_account",
    "edit_account",
    "merge_accounts",
    "restore_account",
    "set_external_ids",
]


@transaction.atomic
def create_account(
    *, actor: User | None, external_ids: Mapping[str, str] | None = None, is_logged: bool = True, **fields: Any
) -> Account:
    """Make an account with its summary row; a CSM who names nobody becomes its CSM. `external_ids` is {source: id}.

    Raises:
        ValidationError: for values that the model or the declared custom fields refuse.
        PermissionDenied: when the actor does not edit accounts.
    """
    require_editor(actor, None)
    if actor is not None and actor.role == "csm":
        fields.setdefault("csm", actor)
    fields = _cleaned(fields)
    fields["custom"] = clean_custom(fields.get("custom") or {})
    account = make_row(Account, fields)
    make_missing_summaries(account_ids=[account.pk])
    if external_ids:
        set_external_ids(actor=None, account=account, external_ids=external_ids.items())
    mark_changed(account_ids=[account.pk], reason="account_created")
    if actor is not None and is_logged:
        _log(
            actor,
            account,
            _("Added the account %(name)s"),
            "accounts.undo_create",
            {"model": "account", "pk": account.pk},
        )
    return account


@transaction.atomic
def edit_account(
    *, actor: User | None, account: Account, version: int | None = None, **fields: Any
) -> ActionLog | None:
    """Change an account; None when nothing differs. `custom` is laid over the values that are there.

    Raises:
        EditConflict: when somebody else changed the same field since `version`.
        ValidationError: for refused values, such as a parent that stands below (no_circle_of_parents).
        PermissionDenied: when the actor does not edit this account.
    """
    require_editor(actor, account.pk)
    fields = _cleaned(fields)
    if fields.get("parent") is not None and fields["parent"].pk in tree_ids(account.pk):
        raise ValidationError({"parent": _("An account cannot stand below itself.")})
    if "custom" in fields:
        fields["custom"] = clean_custom(fields["custom"] or {}, known=account.custom)
    before = change_row(account, version=version, fields=fields)
    if not before:
        return None
    mark_changed(account_ids=[account.pk], reason="account_edited")
    if actor is None:
        return None
    arguments = {
        "model": "account",
        "pk": account.pk,
        "before": plain(before),
        "after": plain({name: getattr(account, name) for name in before}),
    }
    return _log(actor, account, _("Changed the account %(name)s"), "accounts.undo_edit", arguments)


@transaction.atomic
def delete_account(*, actor: User | None, account: Account) -> ActionLog | None:
    """Hide an account and all that hangs on it for 30 days; None when it was hidden already.

    Children keep their parent, so that restoring brings the tree back.
    """
    require_editor(actor, account.pk)
    if Account.objects.filter(pk=account.pk).update(deleted_at=timezone.now()) != 1:
        return None
    mark_changed(account_ids=[account.pk], reason="account_deleted")
    if actor is None:
        return None
    arguments = {"model": "account", "pk": account.pk}
    return _log(actor, account, _("Deleted the account %(name)s"), "accounts.restore", arguments)


@transaction.atomic
def restore_account(*, actor: User | None, account: Account) -> bool:
    """Bring a hidden account back; False when it is there, or when it was merged (part it instead)."""
    require_editor(actor, account.pk)
    hidden = Account.everything.filter(pk=account.pk, deleted_at__isnull=False, merged_into__isnull=True)
    if hidden.update(deleted_at=None) != 1:
        return False
    mark_changed(account_ids=[account.pk], reason="account_restored")
    return True


@transaction.atomic
def set_external_ids(*, actor: User | None, account: Account, external_ids: Iterable[tuple[str, str]]) -> int:
    """Make these (source, id) pairs the account's keys in other systems; returns how many changed.

    Raises:
        ValidationError: when one belongs to another account (one_account_per_external_id).
    """
    require_editor(actor, account.pk)
    wanted = {
        (source.strip()[:40], key.strip()[:120]) for source, key in external_ids if source.strip() and key.strip()
    }
    there = {(row.source, row.external_id): row.pk for row in account.external_ids.all()}
    gone = [pk for pair, pk in there.items() if pair not in wanted]
    fresh = sorted(wanted - set(there))
    AccountExternalId.objects.filter(pk__in=gone).delete()
    with told_as_invalid():
        AccountExternalId.objects.bulk_create(
            [AccountExternalId(account=account, source=source, external_id=key) for source, key in fresh]
        )
    return len(gone) + len(fresh)


def _cleaned(fields: dict[str, Any]) -> dict[str, Any]:
    """Names without stray spaces, domains in lower case without repeats, codes in capitals."""
    fields = dict(fields)
    if "name" in fields:
        fields["name"] = " ".join(fields["name"].split())
    if "domains" in fields:
        fields["domains"] = list(
            dict.fromkeys(d.strip().lower().removeprefix("@") for d in fields["domains"] if d.strip())
        )
    if "tags" in fields:
        fields["tags"] = list(dict.fromkeys(tag.strip() for tag in fields["tags"] if tag.strip()))
    for code in ("country", "currency"):
        if code in fields:
            fields[code] = fields[code].strip().upper()
    return fields


def _log(actor: User, account: Account, verb: str, service: str, arguments: dict[str, Any]) -> ActionLog:
    return log_action(
        actor=actor,
        verb=verb % {"name": account.name},
        service=service,
        arguments=arguments,
        url=f"/accounts/{account.pk}/",
    )
