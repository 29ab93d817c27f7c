"""The people at customers: made, changed, moved to another employer, hidden and brought back."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account, Contact, ContactConsent, Persona
from accounts.services.changes import mark_changed
from accounts.services.merges import merge_contacts
from accounts.services.saving import change_row, make_row
from accounts.services.summaries import refresh_summaries
from accounts.services.versions import plain, require_editor
from team.clock import today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action

__all__ = [
    "create_contact",
    "delete_contact",
    "edit_contact",
    "merge_contacts",
    "move_contact",
    "set_consent",
]


@transaction.atomic
def create_contact(*, actor: User | None, account: Account, **fields: Any) -> Contact:
    """Add a person to an account.

    Raises:
        ValidationError: for refused values, such as an address in use there (one_contact_per_mail_and_account).
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, account.pk)
    fields = _completed(account, None, fields)
    contact = make_row(Contact, {"account": account, **fields})
    _tell(account.pk, "contact_added")
    if actor is not None:
        _log(actor, contact, _("Added %(name)s"), "accounts.undo_create", {"model": "contact", "pk": contact.pk})
    return contact


@transaction.atomic
def edit_contact(
    *, actor: User | None, contact: Contact, version: int | None = None, **fields: Any
) -> ActionLog | None:
    """Change a person; None when nothing differs. Who is marked as left gets the day; a champion's leaving is a mark of
    its own for whoever watches the account.

    Raises:
        EditConflict: when somebody else changed the same field since `version`.
        ValidationError: for refused values.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, contact.account_id)
    fields = _completed(contact.account, contact, fields)
    was_champion = contact.persona == Persona.CHAMPION and contact.status == Contact.Status.ACTIVE
    before = change_row(contact, version=version, fields=fields)
    if not before:
        return None
    left = was_champion and contact.status == Contact.Status.LEFT
    _tell(contact.account_id, "champion_left" if left else "contact_edited")
    if actor is None:
        return None
    arguments = {
        "model": "contact",
        "pk": contact.pk,
        "before": plain(before),
        "after": plain({name: getattr(contact, name) for name in before}),
    }
    return _log(actor, contact, _("Changed %(name)s"), "accounts.undo_edit", arguments)


def _completed(account: Account, contact: Contact | None, fields: dict[str, Any]) -> dict[str, Any]:
    fields = dict(fields)
    if "name" in fields:
        fields["name"] = " ".join(fields["name"].split())
    if "email" in fields:
        fields["email"] = fields["email"].strip()
    boss = fields.get("reports_to")
    if boss is not None and (boss.account_id != account.pk or (contact is not None and boss.pk == contact.pk)):
        raise ValidationError({"reports_to": _("Choose a colleague at the same account.")})
    if fields.get("strength") is not None and (contact is None or contact.strength != fields["strength"]):
        fields["strength_set_on"] = today()
    status = fields.get("status")
    if status == Contact.Status.LEFT and not fields.get("left_on") and not (contact and contact.left_on):
        fields["left_on"] = today()
    if status == Contact.Status.ACTIVE and contact is not None and contact.status == Contact.Status.LEFT:
        fields["left_on"] = None
    return fields


@transaction.atomic
def move_contact(
    *, actor: User | None, contact: Contact, to_account: Account, email: str = "", title: str = "", persona: str = ""
) -> Contact:
    """The person works at another account now: a new contact there, linked to the old one, which is marked as left.

    History stays where it happened and is shown on both. Both accounts are marked; a champion's leaving by name. The
    relationship goes along at 2 of 5: it must be earned again. A second call returns the same new contact.

    Raises:
        ValidationError: for the same account, or an address that the new account has already.
        PermissionDenied: when the actor does not edit both accounts.
    """
    require_editor(actor, contact.account_id)
    require_editor(actor, to_account.pk)
    if contact.account_id == to_account.pk:
        raise ValidationError({"to_account": _("The person is at this account.")})
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if known := contact.later.filter(account=to_account, deleted_at__isnull=True).first():
        return known
    there = make_row(
        Contact,
        {
            "account": to_account,
            "name": contact.name,
            "email": email.strip(),
            "title": title,
            "persona": persona,
            "language": contact.language,
            "time_zone": contact.time_zone,
            "strength": min(contact.strength, 2) if contact.strength else None,
            "strength_set_on": today() if contact.strength else None,
            "previous": contact,
        },
    )
    was_champion = contact.persona == Persona.CHAMPION and contact.status == Contact.Status.ACTIVE
    former = {"status": contact.status, "left_on": contact.left_on}
    change_row(contact, version=None, fields={"status": Contact.Status.LEFT, "left_on": contact.left_on or today()})
    _tell(contact.account_id, "champion_left" if was_champion else "contact_left")
    _tell(to_account.pk, "contact_arrived")
    if actor is not None:
        arguments = {"old_id": contact.pk, "new_id": there.pk, "before": plain(former)}
        _log(actor, there, _("Moved %(name)s to another account"), "accounts.undo_move_contact", arguments)
    return there


@transaction.atomic
def undo_move_contact(*, actor: User, old_id: int, new_id: int, before: dict[str, Any]) -> None:
    """The way back of `move_contact`; refuses when something happened with the new contact since."""
    people = Contact.everything.select_for_update(of=("self",)).order_by("pk").in_bulk([old_id, new_id])
    if len(people) != 2:
        raise CannotUndo(_("It is gone for good."))
    old, new = people[old_id], people[new_id]
    require_editor(actor, old.account_id)
    if new.participations.exists() or new.sends.exists():
        raise CannotUndo(_("There is history at the new account already."))
    Contact.everything.filter(pk=new_id).update(deleted_at=timezone.now())
    change_row(old, version=None, fields={"status": before["status"], "left_on": before["left_on"]})
    _tell(old.account_id, "contact_edited")
    _tell(new.account_id, "contact_edited")


@transaction.atomic
def delete_contact(*, actor: User | None, contact: Contact) -> ActionLog | None:
    """Hide a person for 30 days, then erase them; None when hidden already. What they did stays on the account."""
    require_editor(actor, contact.account_id)
    if Contact.objects.filter(pk=contact.pk).update(deleted_at=timezone.now()) != 1:
        return None
    _tell(contact.account_id, "contact_deleted")
    if actor is None:
        return None
    return _log(actor, contact, _("Deleted %(name)s"), "accounts.restore", {"model": "contact", "pk": contact.pk})


@transaction.atomic
def set_consent(*, actor: User | None, contact: Contact, purpose: str, is_allowed: bool, source: str) -> bool:
    """Record what the person allows from now on; False when that was their last word already."""
    require_editor(actor, contact.account_id)
    last = contact.consents.filter(purpose=purpose).order_by("-recorded_at", "-id").first()
    if last is not None and last.is_allowed == is_allowed:
        return False
    ContactConsent.objects.create(contact=contact, purpose=purpose, is_allowed=is_allowed, source=source[:80])
    return True


def _tell(account_id: int, reason: str) -> None:
    refresh_summaries(account_ids=[account_id])
    mark_changed(account_ids=[account_id], reason=reason)


def _log(actor: User, contact: Contact, verb: str, service: str, arguments: dict[str, Any]) -> ActionLog:
    return log_action(
        actor=actor,
        verb=verb % {"name": contact.name},
        service=service,
        arguments=arguments,
        url=f"/accounts/{contact.account_id}/",
    )
