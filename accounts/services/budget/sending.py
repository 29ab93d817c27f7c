"""Mail to contacts enters the ledger when it is written, and is judged once more when it leaves."""

import datetime as dt

from django.db import transaction

from accounts.formulas.budget import Verdict
from accounts.models import Contact, ContactSend
from accounts.selectors.budget.locks import hold_ledgers
from accounts.selectors.budget.rules import budget_rules
from accounts.selectors.budget.verdicts import ask_gates, judge_budget, reason_words, refusals, state_verdict
from outbox.models import Channel, Message
from team.clock import now
from team.commits import commit_lazily


def hold_contact(contact_id: int) -> Contact:
    """The contact, with its account's ledger held until the transaction ends: who checks and records after it sees
    every mail that others have written to the account. Raises Contact.DoesNotExist.

    The ledger first, then the row: whoever writes to several people of an account in one transaction waits for nobody.
    """
    people = Contact.everything.filter(pk=contact_id)
    for account_id in people.values_list("account_id", flat=True):
        hold_ledgers([account_id])
    found = people.select_for_update(of=("self",), no_key=True).select_related("account").get()
    # Accounts may have been merged in between.
    hold_ledgers([found.account_id])
    return found


@transaction.atomic
def record_send(
    *, contact: Contact, kind: str, message_ref: str, at: dt.datetime, is_for_renewal: bool = False
) -> bool:
    """Write a mail into the ledger, in the transaction that puts it into the outbox; the same message counts once.

    Holds the account's ledger until commit. Whoever checks first calls hold_contact before.
    """
    hold_ledgers([contact.account_id])
    _send, is_new = ContactSend.objects.get_or_create(
        message_ref=message_ref,
        defaults={
            "contact_id": contact.pk,
            "account_id": contact.account_id,
            "kind": kind,
            "sent_at": at,
            "is_waiting": True,
            "is_for_renewal": is_for_renewal,
        },
    )
    return is_new


def release_send(*, message_ref: str) -> bool:
    """Take a mail that never went out off the ledger, so that it does not use up the budget; safe to repeat."""
    deleted, _rows = ContactSend.objects.filter(message_ref=message_ref).delete()
    return deleted > 0


@transaction.atomic
def refuse_message(message: Message) -> str:
    """Why the outbox must not send this message now, or an empty text. Asked at the moment of sending.

    An opt-out, a bounce or a deletion since it was queued wins. The budget judges it against the mails that were let
    out before, under the lock of the account: what was let out never breaks a rule, however many senders there are.
    What passes stands in the ledger from then on, also a mail that nobody had entered. Messages that are not to a
    contact pass.
    """
    if message.channel != Channel.MAIL:
        return ""
    send = ContactSend.objects.select_related("contact__account").filter(message_ref=message.ref).first()
    contact = send.contact if send else _contact_of(message)
    if contact is None:
        return ""
    hold_ledgers([contact.account_id])
    at = now()
    entry = send or ContactSend(
        contact=contact, account=contact.account, kind=_kind_of(message), message_ref=message.ref
    )
    verdict = _judge_entry(entry, contact, at)
    if not verdict.is_free:
        return reason_words(verdict.reason)
    entry.sent_at, entry.is_waiting = at, False
    entry.save()
    # The outcome of the mail is the next commit that waits for the disk; until then its line stands as waiting.
    commit_lazily()
    return ""


def _judge_entry(entry: ContactSend, contact: Contact, at: dt.datetime) -> Verdict:
    rules = budget_rules()
    if contact.account.deleted_at:
        return Verdict("account_deleted")
    if verdict := state_verdict(contact):
        return verdict
    refused = refusals([contact.pk], entry.kind, needs_consent=rules.needs_consent)
    gated = refused or ask_gates([contact], entry.kind, at)
    if contact.pk in gated:
        return gated[contact.pk]
    judged = judge_budget(
        people={contact.pk: entry.account_id},
        kind=entry.kind,
        at=at,
        rules=rules,
        is_for_renewal=entry.is_for_renewal,
        rows=ContactSend.objects.filter(is_waiting=False).exclude(message_ref=entry.message_ref),
    )
    return judged[contact.pk]


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
