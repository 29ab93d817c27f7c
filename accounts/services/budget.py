"""The gate before every mail to a contact: consent, state of the address, and the contact budget."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.formulas.budget import FREE, BudgetRules, Send, Verdict, judge_sends
from accounts.models import Contact, ContactConsent, ContactSend
from outbox.models import Channel, Message

__all__ = ["REASONS", "Verdict", "check_contact", "check_contacts", "record_send", "refuse_message", "release_send"]

REASONS = {
    "left": _("Has left the company"),
    "bounced": _("Mail to this address bounces"),
    "no_address": _("Has no mail address"),
    "deleted": _("The contact was deleted"),
    "account_deleted": _("The account was deleted"),
    "opted_out": _("Does not want this kind of mail"),
    "survey_too_soon": _("Was asked by a survey too recently"),
    "transactional_too_soon": _("Was asked about a case too recently"),
    "week_is_full": _("Got the automated mails of this week"),
    "account_year_is_full": _("The account got its mails of this year"),
}
_PURPOSES = {
    ContactSend.Kind.SURVEY: ContactConsent.Purpose.SURVEY,
    ContactSend.Kind.REMINDER: ContactConsent.Purpose.SURVEY,
    ContactSend.Kind.TRANSACTIONAL: ContactConsent.Purpose.SURVEY,
    ContactSend.Kind.AUTOMATED: ContactConsent.Purpose.SUCCESS,
}


def budget_rules() -> BudgetRules:
    """The rules of this install: those of a fresh one, changed by `settings.CONTACT_BUDGET`."""
    return BudgetRules(**getattr(settings, "CONTACT_BUDGET", {}))


def check_contact(*, contact: Contact, kind: str, at: dt.datetime) -> Verdict:
    """Whether a mail of a kind (ContactSend.Kind) may go to the contact at that time, else why not and when again.

    `reason` is a key of REASONS. Three queries; for many contacts call check_contacts.
    """
    return check_contacts(contacts=[contact], kind=kind, at=at)[contact.pk]


def check_contacts(*, contacts: Iterable[Contact], kind: str, at: dt.datetime) -> dict[int, Verdict]:
    """The same for many, with three queries however many they are. {contact id: verdict}."""
    asked = list(contacts)
    ids = [contact.pk for contact in asked]
    refused = _refusals(ids, kind)
    rules = budget_rules()
    sends, account_sends = _ledger(ids, {contact.account_id for contact in asked}, at, rules)
    return {
        contact.pk: _state_verdict(contact)
        or (Verdict("opted_out") if contact.pk in refused else None)
        or judge_sends(
            kind=kind, at=at, sends=sends[contact.pk], account_sends=account_sends[contact.account_id], rules=rules
        )
        for contact in asked
    }


def _state_verdict(contact: Contact) -> Verdict | None:
    if contact.deleted_at:
        return Verdict("deleted")
    if contact.status != Contact.Status.ACTIVE:
        return Verdict(contact.status)
    return None if contact.email else Verdict("no_address")


def _refusals(contact_ids: list[int], kind: str) -> set[int]:
    """Contacts whose newest word about this kind of mail is no. Personal mail asks for no consent."""
    purpose = _PURPOSES.get(ContactSend.Kind(kind))
    if purpose is None:
        return set()
    newest = (
        ContactConsent.objects.filter(contact__in=contact_ids, purpose=purpose)
        .order_by("contact", "-recorded_at", "-id")
        .distinct("contact")
    )
    return {consent.contact_id for consent in newest if not consent.is_allowed}


def _ledger(
    contact_ids: list[int], account_ids: set[int], at: dt.datetime, rules: BudgetRules
) -> tuple[dict[int, list[Send]], dict[int, list[dt.datetime]]]:
    since = at - dt.timedelta(days=max(rules.survey_every_days, rules.transactional_every_days, 7))
    sends: dict[int, list[Send]] = defaultdict(list)
    rows = ContactSend.objects.filter(contact__in=contact_ids, sent_at__gt=since, sent_at__lte=at)
    for contact_id, kind, sent_at in rows.values_list("contact", "kind", "sent_at"):
        sends[contact_id].append(Send(kind, sent_at))
    account_sends: dict[int, list[dt.datetime]] = defaultdict(list)
    in_year = ContactSend.objects.filter(
        account__in=account_ids, sent_at__gt=at - dt.timedelta(days=365), sent_at__lte=at
    ).exclude(kind=ContactSend.Kind.TRANSACTIONAL)
    for account_id, sent_at in in_year.values_list("account", "sent_at"):
        account_sends[account_id].append(sent_at)
    return sends, account_sends


@transaction.atomic
def record_send(*, contact: Contact, kind: str, message_ref: str, at: dt.datetime) -> bool:
    """Write a mail into the ledger, in the transaction that puts it into the outbox; the same message counts once.

    Locks the contact until commit, so that two senders who check and record in one transaction see each other.
    """
    Contact.everything.select_for_update().get(pk=contact.pk)
    _send, is_new = ContactSend.objects.get_or_create(
        message_ref=message_ref,
        defaults={"contact_id": contact.pk, "account_id": contact.account_id, "kind": kind, "sent_at": at},
    )
    return is_new


def release_send(*, message_ref: str) -> bool:
    """Take a mail that never went out off the ledger, so that it does not use up the budget; safe to repeat."""
    deleted, _rows = ContactSend.objects.filter(message_ref=message_ref).delete()
    return deleted > 0


def refuse_message(message: Message) -> str:
    """Why the outbox must not send this message now, or an empty text. Asked at the moment of sending.

    An opt-out, a bounce or a deletion since it was queued wins. The budget judges it against the mails that entered the
    ledger before it, so that of two that crossed one goes. Messages that are not to a contact pass.
    """
    if message.channel != Channel.MAIL:
        return ""
    ref = f"message:{message.uuid}"
    send = ContactSend.objects.select_related("contact__account").filter(message_ref=ref).first()
    contact = send.contact if send else _contact_of(message)
    if contact is None:
        return ""
    if contact.account.deleted_at:
        return str(REASONS["account_deleted"])
    if verdict := _state_verdict(contact):
        return str(REASONS[verdict.reason])
    kind = send.kind if send else _kind_of(message)
    if _refusals([contact.pk], kind):
        return str(REASONS["opted_out"])
    verdict = _judge_again(send) if send else FREE
    return "" if verdict.is_free else str(REASONS[verdict.reason])


def _contact_of(message: Message) -> Contact | None:
    name, _colon, key = message.subject_ref.partition(":")
    if name != "contact" or not key.isdigit():
        return None
    return Contact.everything.select_related("account").filter(pk=int(key)).first()


def _kind_of(message: Message) -> str:
    """What a mail without a line in the ledger counts as, such as a failed survey that a person sends once more."""
    if message.kind in ContactSend.Kind.values:
        return message.kind
    return ContactSend.Kind.AUTOMATED if message.is_automated else ContactSend.Kind.PERSONAL


def _judge_again(send: ContactSend) -> Verdict:
    rules = budget_rules()
    earlier = ContactSend.objects.filter(pk__lt=send.pk, sent_at__lte=send.sent_at)
    since = send.sent_at - dt.timedelta(days=max(rules.survey_every_days, rules.transactional_every_days, 7))
    rows = earlier.filter(contact=send.contact_id, sent_at__gt=since).values_list("kind", "sent_at")
    return judge_sends(kind=send.kind, at=send.sent_at, sends=[Send(kind, at) for kind, at in rows], rules=rules)
