"""Making one of two: rows move to the kept one in one transaction, and enough is stored to part them for 30 days."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Model, UniqueConstraint
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import Account, Contact, Merge
from accounts.selectors.merges import ACCOUNT_VALUES, CONTACT_VALUES, merged_value, moving_relations
from accounts.selectors.trees import ancestor_ids
from accounts.services.changes import mark_changed
from accounts.services.summaries import refresh_summaries
from accounts.services.touchpoints import refresh_silence
from accounts.services.versions import plain, require_editor, revived
from team.models import User
from team.services.undo import CannotUndo, log_action


@transaction.atomic
def merge_accounts(*, actor: User, keep: Account, drop: Account, taken: Iterable[str] = ()) -> Merge:
    """Move everything of `drop` to `keep` and hide `drop`, whose address then leads to `keep`.

    Empty values of `keep` are filled from `drop`; `taken` names fields in which the value of `drop` wins. Tags and
    domains are joined. Contacts with the same mail address become one. What the kept one has already (the same survey
    occasion, the current stage) stays with the hidden one. Undone by `undo_merge` within 30 days.

    Raises:
        ValidationError: for an account with itself or one that is gone (dropped_once_at_a_time).
        PermissionDenied: when the actor does not edit both.
    """
    for account in (keep, drop):
        require_editor(actor, account.pk)
    _call("MERGE_GUARDS")
    keep, drop = _both(Account, keep.pk, drop.pk)
    twins = [_merge_contact(actor, ours, theirs, ()) for ours, theirs in _twin_contacts(keep, drop)]
    values = _values(keep, drop, ACCOUNT_VALUES, taken)
    if drop.pk in ancestor_ids(keep.pk):
        values["parent"] = drop.parent
        Account.everything.filter(pk=keep.pk).update(parent=drop.parent)
    merge = _merge(actor, Merge.Kind.ACCOUNT, keep, drop, values)
    merge.added["twins"] = [twin.pk for twin in twins]
    merge.save(update_fields=["added"])
    _tell_accounts(keep.pk, drop.pk)
    _log(actor, merge, _("Merged %(drop)s into %(keep)s") % {"drop": drop, "keep": keep}, keep.pk)
    return merge


@transaction.atomic
def merge_contacts(*, actor: User, keep: Contact, drop: Contact, taken: Iterable[str] = ()) -> Merge:
    """The same for two contacts of one account.

    Raises:
        ValidationError: for a contact with itself, one that is gone, or contacts of two accounts.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, keep.account_id)
    if keep.account_id != drop.account_id:
        raise ValidationError(_("They are at two accounts: move the person, or merge the accounts."))
    keep, drop = _both(Contact, keep.pk, drop.pk)
    merge = _merge_contact(actor, keep, drop, taken)
    _tell_accounts(keep.account_id)
    _log(actor, merge, _("Merged %(drop)s into %(keep)s") % {"drop": drop, "keep": keep}, keep.account_id)
    return merge


def _both(model: type[Any], keep_id: int, drop_id: int) -> tuple[Any, Any]:
    if keep_id == drop_id:
        raise ValidationError(_("Choose two different ones."))
    # In order of id, so that two merges of the same pair wait for each other instead of locking up.
    rows = {row.pk: row for row in model.objects.select_for_update().filter(pk__in=[keep_id, drop_id]).order_by("pk")}
    if len(rows) != 2:
        raise ValidationError(_("One of them was deleted or merged already."))
    return rows[keep_id], rows[drop_id]


def _twin_contacts(keep: Account, drop: Account) -> list[tuple[Contact, Contact]]:
    """Contacts of both with the same mail address (one_contact_per_mail_and_account would refuse the move)."""
    ours = {contact.email.lower(): contact for contact in keep.contacts.exclude(email="")}
    return [(ours[c.email.lower()], c) for c in drop.contacts.exclude(email="") if c.email.lower() in ours]


def _merge_contact(actor: User, keep: Contact, drop: Contact, taken: Iterable[str]) -> Merge:
    values = _values(keep, drop, CONTACT_VALUES, taken)
    if keep.reports_to_id == drop.pk:
        values["reports_to"] = drop.reports_to if drop.reports_to_id != keep.pk else None
        Contact.everything.filter(pk=keep.pk).update(reports_to=values["reports_to"])
    if drop.reports_to_id == keep.pk:
        Contact.everything.filter(pk=drop.pk).update(reports_to=None)
    if values.get("reports_to") in (keep, drop):
        values.pop("reports_to")
    merge = _merge(actor, Merge.Kind.CONTACT, keep, drop, values)
    refresh_silence(contact_ids=[keep.pk])
    return merge


def _values(keep: Any, drop: Any, names: Iterable[str], taken: Iterable[str]) -> dict[str, Any]:
    chosen = set(taken)
    found = {name: merged_value(name, getattr(keep, name), getattr(drop, name), takes=name in chosen) for name in names}
    return {name: value for name, value in found.items() if value != getattr(keep, name)}


def _merge(actor: User, kind: str, keep: Any, drop: Any, values: dict[str, Any]) -> Merge:
    model = type(keep)
    before = plain({name: getattr(keep, name) for name in values})
    moved: dict[str, list[int]] = {}
    added: dict[str, Any] = {}
    for relation in moving_relations(model):
        label = f"{relation.related_model._meta.label_lower}.{relation.field.name}"
        ids, sums = _move(relation, keep.pk, drop.pk)
        if ids:
            moved[label] = ids
        if sums:
            added[relation.related_model._meta.label_lower] = sums
    # Hidden first: a value such as the mail address may be unique among those that are not.
    model.everything.filter(pk=drop.pk).update(deleted_at=timezone.now(), merged_into=keep, version=F("version") + 1)
    model.everything.filter(pk=keep.pk).update(**values, version=F("version") + 1)
    keep.refresh_from_db(from_queryset=model.everything.all())
    after = plain({name: getattr(keep, name) for name in values})
    return Merge.objects.create(
        kind=kind,
        keep_id=keep.pk,
        drop_id=drop.pk,
        moved=moved,
        added=added,
        before=before,
        after=after,
        merged_by=actor,
    )


def _move(relation: Any, keep_id: int, drop_id: int) -> tuple[list[int], list[list[Any]]]:
    """Point the rows of one relation to the kept one; returns the ids moved, and [kept id, dropped id] of rows that
    were summed into those that the kept one had already. What neither moves nor sums stays."""
    model, name = relation.related_model, relation.field.name
    rows = model._base_manager.filter(**{name: drop_id}).exclude(pk=keep_id if model is relation.model else None)
    blocked = _blocked(model, name, keep_id, drop_id)
    ids = [pk for pk in rows.values_list("pk", flat=True) if pk not in blocked]
    model._base_manager.filter(pk__in=ids).update(**{name: keep_id})
    columns = getattr(settings, "MERGE_SUMS", {}).get(model._meta.label, ())
    pairs = [[blocked[pk], pk] for pk in sorted(blocked)] if columns else []
    _add(model, columns, pairs, 1)
    return ids, pairs


def _blocked(model: type[Model], name: str, keep_id: int, drop_id: int) -> dict[int, int]:
    """Rows of the dropped one that a unique constraint forbids to move: {its id: id of the kept one's row}."""
    blocked: dict[int, int] = {}
    if getattr(model._meta.get_field(name), "unique", False):
        ours_at = model._base_manager.filter(**{name: keep_id}).values_list("pk", flat=True).first()
        if ours_at is not None:
            blocked = dict.fromkeys(model._base_manager.filter(**{name: drop_id}).values_list("pk", flat=True), ours_at)
    for constraint in model._meta.constraints:
        if not isinstance(constraint, UniqueConstraint) or name not in constraint.fields:
            continue
        others = [field for field in constraint.fields if field != name]
        rows = model._base_manager.all()
        if constraint.condition is not None:
            rows = rows.filter(constraint.condition)
        ours = {tuple(row[1:]): row[0] for row in rows.filter(**{name: keep_id}).values_list("pk", *others)}
        for pk, *key in rows.filter(**{name: drop_id}).values_list("pk", *others):
            if tuple(key) in ours and (None not in key or constraint.nulls_distinct is False):
                blocked[pk] = ours[tuple(key)]
    return blocked


def _add(model: type[Model], columns: Iterable[str], pairs: list[list[Any]], sign: int) -> None:
    names = list(columns)
    rows = model._base_manager.in_bulk([pk for pair in pairs for pk in pair]) if pairs else {}
    changed = []
    for kept_id, dropped_id in pairs:
        if kept_id in rows and dropped_id in rows:
            for column in names:
                number = getattr(rows[kept_id], column) + sign * getattr(rows[dropped_id], column)
                setattr(rows[kept_id], column, max(number, 0))
            changed.append(rows[kept_id])
    if changed:
        model._base_manager.bulk_update(changed, names, batch_size=1000)


@transaction.atomic
def undo_merge(*, actor: User, merge_id: int) -> None:
    """Part what was merged: rows that moved go back if they still are with the kept one, values that were not changed
    since are put back, what came later stays with the kept one.

    Raises:
        CannotUndo: when it was parted already, or the kept one was merged on.
    """
    merge = Merge.objects.select_for_update().get(pk=merge_id)
    model: type[Any] = Account if merge.kind == Merge.Kind.ACCOUNT else Contact
    keep = model.everything.filter(pk=merge.keep_id).first()
    if merge.undone_at or keep is None or keep.merged_into_id is not None:
        raise CannotUndo(_("It was parted already, or merged on since."))
    account_id = merge.keep_id if merge.kind == Merge.Kind.ACCOUNT else keep.account_id
    require_editor(actor, account_id)
    _call("MERGE_GUARDS")
    _part(merge, model, keep)
    for twin in Merge.objects.filter(pk__in=merge.added.get("twins", []), undone_at__isnull=True).order_by("-pk"):
        ours = Contact.everything.filter(pk=twin.keep_id).first()
        if ours is not None and ours.merged_into_id is None:
            _part(twin, Contact, ours)
    _tell_accounts(*({account_id, merge.drop_id} if merge.kind == Merge.Kind.ACCOUNT else {account_id}))


def _part(merge: Merge, model: type[Any], keep: Any) -> None:
    for relation in moving_relations(model):
        related, name = relation.related_model, relation.field.name
        ids = merge.moved.get(f"{related._meta.label_lower}.{name}", [])
        related._base_manager.filter(pk__in=ids, **{name: merge.keep_id}).update(**{name: merge.drop_id})
        columns = getattr(settings, "MERGE_SUMS", {}).get(related._meta.label, ())
        _add(related, columns, merge.added.get(related._meta.label_lower, []), -1)
    same = [
        name for name, value in plain({n: getattr(keep, n) for n in merge.after}).items() if value == merge.after[name]
    ]
    values = revived(model, {name: merge.before[name] for name in same})
    model.everything.filter(pk=keep.pk).update(**values, version=F("version") + 1)
    model.everything.filter(pk=merge.drop_id).update(deleted_at=None, merged_into=None, version=F("version") + 1)
    Merge.objects.filter(pk=merge.pk).update(undone_at=timezone.now())
    if model is Contact:
        refresh_silence(contact_ids=[merge.keep_id, merge.drop_id])


def _tell_accounts(*account_ids: int) -> None:
    refresh_summaries(account_ids=account_ids)
    _call("MERGE_LISTENERS", account_ids=account_ids)
    mark_changed(account_ids=account_ids, reason="merged")


def _call(setting: str, **arguments: Any) -> None:
    """Functions of higher apps, by their paths: MERGE_GUARDS before rows move, MERGE_LISTENERS afterwards."""
    for path in getattr(settings, setting, ()):
        import_string(path)(**arguments)


def _log(actor: User, merge: Merge, verb: str, account_id: int) -> None:
    log_action(
        actor=actor,
        verb=verb,
        service="accounts.undo_merge",
        arguments={"merge_id": merge.pk},
        url=f"/accounts/{account_id}/",
    )
