"""Promises: made, changed, kept or broken, and every step taken back."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account, Contact
from accounts.services.saving import change_row, make_row
from accounts.services.versions import require_editor
from lifecycle.models import Promise
from lifecycle.services.goals.facts import push_plan_facts
from lifecycle.services.goals.trail import former_values, locked_for, log_change, log_on_plan
from lifecycle.services.triggers import record_trigger
from team.clock import today
from team.models import ActionLog, User
from team.services.notices import notify

PROMISE_FIELDS = ("words", "to_contact", "owner", "made_on", "due_on", "is_shared")
SETTLED = (Promise.State.KEPT, Promise.State.BROKEN, Promise.State.RELEASED)


def _checked(account: Account, fields: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(fields) - set(PROMISE_FIELDS):
        raise TypeError(f"promises have no {', '.join(sorted(unknown))} to set")
    person = fields.get("to_contact")
    if person is not None and person.account_id != account.pk:
        raise ValidationError({"to_contact": _("Choose somebody at this account.")})
    return fields


@transaction.atomic
def promise(
    *,
    account: Account,
    words: str,
    due_on: dt.date,
    owner: User,
    actor: User | None = None,
    to_contact: Contact | None = None,
    made_on: dt.date | None = None,
    origin: str = "manual",
    origin_ref: str | None = None,
    is_shared: bool = False,
) -> Promise:
    """Write down what the vendor owes. With an `origin_ref` a repeat returns the first one (one_promise_per_origin).

    `actor` is None when a rule or the handover makes it. The owner is told.

    Raises:
        ValidationError: for refused values, such as no words.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, account.pk)
    if origin_ref is not None:
        known = Promise.objects.filter(origin=origin, origin_ref=origin_ref).first()
        if known is not None:
            return known
    fields = {
        "words": words.strip()[:300],
        "to_contact": to_contact,
        "owner": owner,
        "made_on": made_on or today(),
        "due_on": due_on,
        "is_shared": is_shared,
    }
    made = make_row(
        Promise, {"account": account, "origin": origin, "origin_ref": origin_ref, **_checked(account, fields)}
    )
    push_plan_facts(account_ids=[account.pk])
    if owner != actor:
        notify(
            user=owner,
            kind="promise",
            text=_("%(account)s was promised: %(words)s") % {"account": account.name, "words": made.words},
            url=reverse("account_plan", args=[account.pk]),
            dedupe_key=f"promise:{made.pk}:{owner.pk}",
        )
    if actor is not None:
        log_on_plan(actor, made, _("Promised “%(words)s”"), "lifecycle.undo_promise")
    return made


@transaction.atomic
def edit_promise(*, actor: User, given: Promise, version: int | None = None, **fields: Any) -> ActionLog | None:
    """Change a promise; None when nothing differs.

    Raises:
        EditConflict: when somebody else changed the same field since `version`.
        ValidationError: for refused values.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, given.account_id)
    before = change_row(given, version=version, fields=_checked(given.account, fields))
    if not before:
        return None
    return log_change(actor, given, before, _("Changed the promise “%(words)s”"), "lifecycle.undo_edit_promise")


@transaction.atomic
def settle_promise(
    *, actor: User, given: Promise, state: str, evidence: str, settled_on: dt.date | None = None
) -> ActionLog | None:
    """Say that a promise was kept, broken or released, with what shows it; None when it is not open any more.

    Records the trigger promise_broken.

    Raises:
        ValidationError: without evidence, for another state, or a day to come.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, given.account_id)
    day, evidence = settled_on or today(), evidence.strip()[:300]
    if state not in SETTLED:
        raise ValidationError({"state": _("Choose kept, broken or released.")})
    if not evidence:
        raise ValidationError({"evidence": _("Say what shows it.")})
    if day > today():
        raise ValidationError({"settled_on": _("That day is still to come.")})
    words = {"state": state, "settled_on": day, "evidence": evidence}
    if Promise.objects.open().filter(pk=given.pk).update(**words, version=F("version") + 1) != 1:
        return None
    given.refresh_from_db()
    if state == Promise.State.BROKEN:
        record_trigger(
            account=given.account,
            kind="promise_broken",
            key=f"promise:{given.pk}",
            payload={"promise": given.pk, "words": given.words},
        )
    before = {"state": Promise.State.OPEN.value, "settled_on": None, "evidence": ""}
    return log_change(actor, given, before, _("Settled the promise “%(words)s”"), "lifecycle.undo_edit_promise")


@transaction.atomic
def delete_promise(*, actor: User | None, given: Promise) -> ActionLog | None:
    """Hide a promise for 30 days; None when it is hidden."""
    require_editor(actor, given.account_id)
    if Promise.objects.filter(pk=given.pk).update(deleted_at=timezone.now()) != 1:
        return None
    push_plan_facts(account_ids=[given.account_id])
    if actor is None:
        return None
    return log_on_plan(actor, given, _("Deleted the promise “%(words)s”"), "lifecycle.restore_promise")


@transaction.atomic
def undo_promise(*, actor: User, promise_id: int) -> bool:
    """Hide a promise that was just written down; False when hidden already."""
    found = locked_for(Promise, actor, promise_id)
    hidden = Promise.objects.filter(pk=promise_id).update(deleted_at=timezone.now())
    push_plan_facts(account_ids=[found.account_id])
    return hidden == 1


@transaction.atomic
def restore_promise(*, actor: User, promise_id: int) -> bool:
    """Bring a deleted promise back; False when it is there."""
    found = locked_for(Promise, actor, promise_id)
    if Promise.everything.filter(pk=promise_id, deleted_at__isnull=False).update(deleted_at=None) != 1:
        return False
    push_plan_facts(account_ids=[found.account_id])
    return True


@transaction.atomic
def undo_edit_promise(*, actor: User, promise_id: int, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Put former values back.

    Raises:
        CannotUndo: when one of them was changed again since.
    """
    found = locked_for(Promise, actor, promise_id)
    values = former_values(found, before, after)
    Promise.everything.filter(pk=promise_id).update(**values, version=F("version") + 1)
    push_plan_facts(account_ids=[found.account_id])
    return True
