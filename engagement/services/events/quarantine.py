"""What people say about events that nobody could place: whose an identifier is, or that it is nobody's."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import Account
from engagement.models import EventIdentity, QuarantinedEvent
from engagement.services.events.replaying import replay_waiting
from engagement.services.events.settling import AT_ONCE, hold_works, is_under_way, mapped_until, settle
from team.models import ActionLog, User
from team.services.undo import log_action

URL = "/events/quarantine/"


def map_identifier(*, actor: User, kind: str, value: str, account: Account) -> ActionLog:
    """Say whose a group, mail domain or user is, and store what waits under it: up to 300 events now, more are left to
    a worker (`is_for_worker` says so; the schedule finds them too). Later calls follow. Said again for another account,
    it moves later events alone; undo brings the mapped ones back into the quarantine.

    Raises:
        PermissionDenied: unless the actor is an admin or a manager.
        ValidationError: for a hint that says nothing.
    """
    _require(actor)
    with transaction.atomic():
        before = _say(actor, kind, value, account_id=account.pk)
        words = _("Mapped %(value)s to %(account)s") % {"value": value, "account": account}
        log = _log(actor, words, kind, value, before)
        settle(actor=actor, kind=kind, value=value, is_dropped=False)
    if not is_for_worker(kind=kind, value=value):
        replay_waiting(hint=kind, value=value)
    return log


def is_for_worker(*, kind: str, value: str) -> bool:
    """Whether more events wait under an identifier than a request may store, or a worker is at them."""
    if is_under_way(kind=kind, value=value):
        return True
    waiting = QuarantinedEvent.objects.filter(hint=kind, hint_value=value, is_dropped=False)
    return len(waiting.order_by().values("pk")[: AT_ONCE + 1]) > AT_ONCE


@transaction.atomic
def drop_identifier(*, actor: User, kind: str, value: str) -> ActionLog:
    """Say that a group, mail domain or user is nobody's: what waits under it and what comes is put out of sight, more
    than 300 events by a worker.

    Raises PermissionDenied and ValidationError as `map_identifier`.
    """
    _require(actor)
    before = _say(actor, kind, value, account_id=None) if kind != QuarantinedEvent.Hint.NOBODY else {}
    settle(actor=actor, kind=kind, value=value, is_dropped=True)
    return _log(actor, _("Dropped events of %(value)s") % {"value": value or _("nobody")}, kind, value, before)


@transaction.atomic
def restore_identifier(*, actor: User, kind: str, value: str, before: dict[str, Any] | None = None) -> None:
    """Take back what was said of an identifier: mapped events come back, dropped ones are seen again; more than 300 by
    a worker. Idempotent.

    `before` is what was said until then; without it nothing was. The way back of both others.
    """
    _require(actor)
    # A replay holds the usage and points at the identity: its key stays free, or both would wait for each other.
    identity = EventIdentity.objects.select_for_update(no_key=True).filter(kind=kind, value=value).first()
    hold_works(kind=kind, value=value)
    until = 0
    if identity is not None and identity.is_manual:
        if identity.account_id is not None:
            until = mapped_until(identity)
        said = before or {"account_id": None, "is_manual": False}
        account_id = said["account_id"] if Account.objects.filter(pk=said["account_id"]).exists() else None
        EventIdentity.objects.filter(pk=identity.pk).update(
            account_id=account_id, is_manual=said["is_manual"], updated_at=Now()
        )
    is_dropped = bool(before and before["is_manual"] and before["account_id"] is None)
    settle(actor=actor, kind=kind, value=value, is_dropped=is_dropped, until=until)


def _require(actor: User) -> None:
    if actor.role not in {"admin", "manager"}:
        raise PermissionDenied


def _say(actor: User, kind: str, value: str, *, account_id: int | None) -> dict[str, Any]:
    """Write what a person says; returns what was said before."""
    if kind not in EventIdentity.Kind.values or not value:
        raise ValidationError(_("Nothing tells these events apart from others: they can only be dropped."))
    identity, _is_new = EventIdentity.objects.get_or_create(kind=kind, value=value)
    # Its key stays free: see `restore_identifier`.
    identity = EventIdentity.objects.select_for_update(no_key=True).get(pk=identity.pk)
    before = {"account_id": identity.account_id, "is_manual": identity.is_manual}
    identity.account_id, identity.is_manual, identity.created_by = account_id, True, actor
    identity.save(update_fields=["account", "is_manual", "created_by", "updated_at"])
    return before


def _log(actor: User, verb: str, kind: str, value: str, before: dict[str, Any]) -> ActionLog:
    return log_action(
        actor=actor,
        verb=verb,
        service="engagement.restore_identifier",
        arguments={"kind": kind, "value": value, "before": before or None},
        url=URL,
    )
