"""Contracts: each change leaves a version, from which movements are derived."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account, Subscription, SubscriptionVersion
from accounts.services.changes import mark_changed
from accounts.services.saving import change_row, make_row
from accounts.services.summaries import refresh_summaries
from accounts.services.versions import plain, require_editor
from team.clock import today
from team.models import ActionLog, User
from team.services.undo import log_action

# What a version remembers; other fields change without one.
_VERSIONED = {"plan", "seats", "arr", "currency", "status", "is_trial"}
_BATCH = 5_000


def record_versions(
    *, subscriptions: Iterable[Subscription], effective_on: dt.date | None = None, reason: str = ""
) -> int:
    """Write down how subscriptions stand from a day on (by default each from its start); in bulk, for imports too."""
    rows = [
        SubscriptionVersion(
            subscription=each,
            account_id=each.account_id,
            effective_on=effective_on or each.starts_on,
            plan=each.plan,
            seats=each.seats,
            arr=each.arr,
            currency=each.currency,
            status=each.status,
            is_trial=each.is_trial,
            reason=reason[:200],
        )
        for each in subscriptions
    ]
    SubscriptionVersion.objects.bulk_create(rows, batch_size=_BATCH)
    return len(rows)


@transaction.atomic
def create_subscription(*, actor: User | None, account: Account, **fields: Any) -> Subscription:
    """Add a contract with its first version, effective from its start.

    Raises:
        ValidationError: for refused values, such as an end before the start (subscription_ends_after_it_starts).
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, account.pk)
    subscription = make_row(Subscription, {"account": account, **_completed(fields)})
    record_versions(subscriptions=[subscription], reason="created")
    _tell(account.pk, "subscription_added")
    if actor is not None:
        arguments = {"model": "subscription", "pk": subscription.pk}
        _log(actor, subscription, _("Added a subscription of %(name)s"), "accounts.undo_create", arguments)
    return subscription


@transaction.atomic
def edit_subscription(
    *,
    actor: User | None,
    subscription: Subscription,
    version: int | None = None,
    effective_on: dt.date | None = None,
    reason: str = "",
    **fields: Any,
) -> ActionLog | None:
    """Change a contract from a day on (today when none is named); None when nothing differs.

    An end or a cancellation takes effect on its end day.

    Raises:
        EditConflict: when somebody else changed the same field since `version`.
        ValidationError: for refused values.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, subscription.account_id)
    before = change_row(subscription, version=version, fields=_completed(fields, subscription))
    if not before:
        return None
    if _VERSIONED & set(before):
        ended = subscription.status != Subscription.Status.ACTIVE and "status" in before
        day = effective_on or (subscription.ends_on if ended and subscription.ends_on else today())
        record_versions(subscriptions=[subscription], effective_on=max(day, subscription.starts_on), reason=reason)
    _tell(subscription.account_id, "subscription_edited")
    if actor is None:
        return None
    arguments = {
        "model": "subscription",
        "pk": subscription.pk,
        "before": plain(before),
        "after": plain({name: getattr(subscription, name) for name in before}),
    }
    return _log(actor, subscription, _("Changed a subscription of %(name)s"), "accounts.undo_edit", arguments)


@transaction.atomic
def delete_subscription(*, actor: User | None, subscription: Subscription) -> ActionLog | None:
    """Hide a contract that never was (one that ended is edited); a version without revenue from its start says so."""
    require_editor(actor, subscription.account_id)
    if Subscription.objects.filter(pk=subscription.pk).update(deleted_at=timezone.now()) != 1:
        return None
    record_gone(subscription=subscription)
    _tell(subscription.account_id, "subscription_deleted")
    if actor is None:
        return None
    arguments = {"model": "subscription", "pk": subscription.pk}
    return _log(actor, subscription, _("Deleted a subscription of %(name)s"), "accounts.restore", arguments)


def record_gone(*, subscription: Subscription) -> None:
    """A version that takes the contract out of every movement: nothing from its first day on."""
    SubscriptionVersion.objects.create(
        subscription=subscription,
        account_id=subscription.account_id,
        effective_on=subscription.starts_on,
        plan=subscription.plan,
        seats=0,
        arr=0,
        currency=subscription.currency,
        status=Subscription.Status.CANCELLED,
        is_trial=subscription.is_trial,
        reason="deleted",
    )


def _completed(fields: dict[str, Any], subscription: Subscription | None = None) -> dict[str, Any]:
    fields = dict(fields)
    if fields.get("external_id") == "":
        fields["external_id"] = None
    if "currency" in fields:
        fields["currency"] = fields["currency"].strip().upper()
    status = fields.get("status", subscription.status if subscription else Subscription.Status.ACTIVE)
    if status == Subscription.Status.ENDED and not fields.get("ends_on", subscription and subscription.ends_on):
        raise ValidationError({"ends_on": _("When did it end?")})
    return fields


def _tell(account_id: int, reason: str) -> None:
    refresh_summaries(account_ids=[account_id])
    mark_changed(account_ids=[account_id], reason=reason)


def _log(actor: User, subscription: Subscription, verb: str, service: str, arguments: dict[str, Any]) -> ActionLog:
    return log_action(
        actor=actor,
        verb=verb % {"name": subscription.account},
        service=service,
        arguments=arguments,
        url=f"/accounts/{subscription.account_id}/",
    )
