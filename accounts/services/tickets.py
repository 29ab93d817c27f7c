"""Support tickets, as people or other systems write them down."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account, Ticket
from accounts.services.changes import mark_changed
from accounts.services.saving import change_row, make_row
from accounts.services.summaries import refresh_summaries
from accounts.services.versions import plain, require_editor
from team.clock import now
from team.models import ActionLog, User
from team.services.undo import log_action


@transaction.atomic
def create_ticket(*, actor: User | None, account: Account, **fields: Any) -> Ticket:
    """Write a ticket down; without `opened_at` it opens now.

    Raises:
        ValidationError: for refused values, such as a closing before the opening (ticket_closes_after_it_opens).
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, account.pk)
    fields = {"opened_at": now(), **_completed(account, fields)}
    ticket = make_row(Ticket, {"account": account, **fields})
    _tell(account.pk)
    if actor is not None:
        _log(
            actor, ticket, _("Added the ticket %(name)s"), "accounts.undo_create", {"model": "ticket", "pk": ticket.pk}
        )
    return ticket


@transaction.atomic
def edit_ticket(*, actor: User | None, ticket: Ticket, version: int | None = None, **fields: Any) -> ActionLog | None:
    """Change a ticket; None when nothing differs. Taking the closing away counts as reopened.

    Raises:
        EditConflict: when somebody else changed the same field since `version`.
        ValidationError: for refused values.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, ticket.account_id)
    fields = _completed(ticket.account, fields)
    if ticket.closed_at and "closed_at" in fields and fields["closed_at"] is None:
        fields["reopened_count"] = ticket.reopened_count + 1
    before = change_row(ticket, version=version, fields=fields)
    if not before:
        return None
    _tell(ticket.account_id)
    if actor is None:
        return None
    arguments = {
        "model": "ticket",
        "pk": ticket.pk,
        "before": plain(before),
        "after": plain({name: getattr(ticket, name) for name in before}),
    }
    return _log(actor, ticket, _("Changed the ticket %(name)s"), "accounts.undo_edit", arguments)


def close_ticket(*, actor: User | None, ticket: Ticket) -> ActionLog | None:
    """Close an open ticket now (one that opens in the future: then); None when it is closed."""
    return None if ticket.closed_at else edit_ticket(actor=actor, ticket=ticket, closed_at=max(now(), ticket.opened_at))


@transaction.atomic
def delete_ticket(*, actor: User | None, ticket: Ticket) -> ActionLog | None:
    """Hide a ticket for 30 days; None when hidden already."""
    require_editor(actor, ticket.account_id)
    if Ticket.objects.filter(pk=ticket.pk).update(deleted_at=timezone.now()) != 1:
        return None
    _tell(ticket.account_id)
    if actor is None:
        return None
    return _log(
        actor, ticket, _("Deleted the ticket %(name)s"), "accounts.restore", {"model": "ticket", "pk": ticket.pk}
    )


def _completed(account: Account, fields: dict[str, Any]) -> dict[str, Any]:
    fields = dict(fields)
    if fields.get("external_id") == "":
        fields["external_id"] = None
    contact = fields.get("contact")
    if contact is not None and contact.account_id != account.pk:
        raise ValidationError({"contact": _("Choose a person at this account.")})
    return fields


def _tell(account_id: int) -> None:
    refresh_summaries(account_ids=[account_id])
    mark_changed(account_ids=[account_id], reason="ticket")


def _log(actor: User, ticket: Ticket, verb: str, service: str, arguments: dict[str, Any]) -> ActionLog:
    return log_action(
        actor=actor,
        verb=verb % {"name": ticket},
        service=service,
        arguments=arguments,
        url=f"/accounts/{ticket.account_id}/",
    )
