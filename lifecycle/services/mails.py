"""Mail to customers, by people and by plays: planned, reviewed, sent once, and told what became of it."""

import datetime as dt
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.formulas.budget import Verdict
from accounts.models import Account, Contact, ContactSend, Persona, Touchpoint
from accounts.services.budget import REASONS, check_contact, hold_contact, record_send
from accounts.services.touchpoints import log_touchpoint
from lifecycle.models import AccountMail, MailTemplate, Play, PlayStepRun
from lifecycle.selectors.mails import letter_of, template_in
from lifecycle.services.plays.waking import finish_run
from outbox.models import Message
from outbox.models import State as MessageState
from outbox.services import InvalidRecipient, enqueue_mail
from team.clock import now, today
from team.models import User
from team.services.notices import notify

State = AccountMail.State
OPEN = (State.DRAFT, State.REVIEW)
# Reasons that no person can answer for: there is nobody to write to.
FINAL = frozenset({"left", "bounced", "no_address", "deleted", "account_deleted", "bad_address"})
# Plays that begin so write for the renewal.
RENEWAL_TRIGGERS = frozenset({"renewal_in_days"})
_NEVER_LEFT = {MessageState.SUPPRESSED, MessageState.EXPIRED, MessageState.CANCELLED, MessageState.FAILED}
# Who is written to when a step says "primary": the first of these who can be reached.
_PRIMARY = (Persona.CHAMPION, Persona.DECISION_MAKER, Persona.USER, Persona.EXECUTIVE, Persona.INFLUENCER, "")


def pick_contact(*, account: Account, to: str = "primary") -> Contact | None:
    """The person that a step writes to: of a persona (champion, executive, ...), or the primary one.

    Among several the strongest relationship, then the latest two-way touch. None when nobody fits or can be reached.
    """
    people = list(Contact.objects.reachable().filter(account=account.pk))
    wanted = _PRIMARY if to in {"", "primary"} else (to,)
    fitting = [person for person in people if person.persona in wanted]
    if not fitting and to in {"", "primary"}:
        fitting = people
    rank = {persona: place for place, persona in enumerate(wanted)}
    return min(
        fitting,
        key=lambda person: (
            rank.get(person.persona, len(rank)),
            -(person.strength or 0),
            -person.last_two_way_at.timestamp() if person.last_two_way_at else 0,
            person.pk,
        ),
        default=None,
    )


@transaction.atomic
def plan_mail(
    *,
    account: Account,
    contact: Contact,
    owner: User,
    subject: str = "",
    body: str = "",
    asks_for: str = "",
    due_on: dt.date | None = None,
    template: MailTemplate | None = None,
    run: PlayStepRun | None = None,
    is_trusted: bool = False,
) -> AccountMail:
    """A mail by a person (no `run`) or by a step of a play. A person's and a trusted one is sent at once, any other
    waits in the owner's review box, and so does a trusted one with a field that has no value or whose turn in the
    contact budget has not come. Without words those of the template, in the customer's language. Once per run.

    Look at `state` and `refusal` of what comes back. The words may hold merge fields; they are filled when it is sent.
    """
    if run is not None and (known := AccountMail.objects.filter(run=run).first()):
        return known
    if template is not None and not (subject or body):
        template = template_in(template, contact.language)
        subject, body = template.subject, template.body
    mail = AccountMail.objects.create(
        account=account,
        contact=contact,
        author=None if run else owner,
        owner=owner,
        template=template,
        run=run,
        subject=subject[:200],
        body=body,
        asks_for=(asks_for or (template.wanted_action if template else ""))[:200],
        due_on=due_on,
        is_automated=run is not None,
        state=State.REVIEW if run else State.DRAFT,
    )
    if run is None or is_trusted:
        return send_account_mail(actor=None if run else owner, mail=mail)
    _ask_for_review(mail)
    return mail


def judge(contact: Contact, *, is_for_renewal: bool = False) -> Verdict:
    """Whether the contact budget lets one more mail to the person go now, else the rule and the next free day.

    A personal mail is judged like an automated one, so that its author sees what the person got lately; unlike a play,
    the author may decide to write all the same (unless nobody could read it: see FINAL).
    """
    if contact.account.deleted_at:
        return Verdict("account_deleted")
    kind = ContactSend.Kind.AUTOMATED
    return check_contact(contact=contact, kind=kind, at=now(), is_for_renewal=is_for_renewal)


def is_for_renewal(mail: AccountMail) -> bool:
    """Whether it may use what the contact budget keeps for the renewal: mail of plays that one began."""
    return bool(mail.run and mail.run.play.playbook.trigger_kind in RENEWAL_TRIGGERS)


def reason_words(reason: str) -> str:
    """A reason of the budget, for people; "" for none."""
    if reason == "bad_address":
        return _("The mail address cannot receive mail")
    return str(REASONS.get(reason, reason))


@transaction.atomic
def send_account_mail(*, actor: User | None, mail: AccountMail, is_confirmed: bool = False) -> AccountMail:
    """Send a draft or a mail in review: outbox row, touchpoint, ledger of the contact budget and the play's step in
    one transaction. Once: a second call returns it as it is.

    What holds it back stands in `refusal` and `next_free_on`: a field without a value, a spent budget (a person's own
    mail goes with `is_confirmed`, a play's waits for its day), or for good (`state` refused) a person who cannot be
    written to. Raises PermissionDenied when the actor may not write for the account.
    """
    kept = _lock(mail)
    if kept.state not in OPEN:
        return kept
    require_writer(actor, kept.account)
    # Held first, so that two senders at once see each other's mails in the budget.
    kept.contact = contact = hold_contact(kept.contact_id)
    verdict = judge(contact, is_for_renewal=is_for_renewal(kept))
    if verdict.reason and not (is_confirmed and not kept.is_automated and verdict.reason not in FINAL):
        return _hold_back(kept, verdict)
    letter = letter_of(kept)
    if letter.problem:
        return _hold_for_words(kept, letter.problem)
    try:
        with transaction.atomic():
            return _send(actor, kept, contact, letter.subject, letter.body)
    except InvalidRecipient:
        return _hold_back(kept, Verdict("bad_address"))


def _lock(mail: AccountMail) -> AccountMail:
    """The play first, then its mail: whoever stops the play locks in this order too."""
    if mail.run_id:
        list(Play.objects.select_for_update().filter(runs=mail.run_id).values_list("pk", flat=True))
    rows = AccountMail.objects.select_for_update(of=("self",))
    return rows.select_related("account__csm", "owner", "author", "run__play__playbook").get(pk=mail.pk)


def _send(actor: User | None, mail: AccountMail, contact: Contact, subject: str, body: str) -> AccountMail:
    writer = mail.author or mail.owner
    was_in_review = mail.state == State.REVIEW
    footer, headers, secrets = _footer(mail, contact)
    message = enqueue_mail(
        kind=ContactSend.Kind.AUTOMATED if mail.is_automated else ContactSend.Kind.PERSONAL,
        recipient=contact.email,
        subject=subject,
        body_text=f"{body.rstrip()}\n\n-- \n{footer}\n" if footer else f"{body.rstrip()}\n",
        body_html=_html(mail, contact, subject, body),
        dedupe_key=f"account-mail:{mail.pk}",
        subject_ref=f"contact:{contact.pk}",
        headers=headers,
        secrets=secrets,
        sender=formataddr((writer.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        reply_to=writer.email,
        is_automated=mail.is_automated,
        priority=6 if mail.is_automated else 4,
        created_by=actor,
    )
    kind = ContactSend.Kind.AUTOMATED if mail.is_automated else ContactSend.Kind.PERSONAL
    record_send(contact=contact, kind=kind, message_ref=message.ref, at=now(), is_for_renewal=is_for_renewal(mail))
    mail.touchpoint = log_touchpoint(
        actor=actor,
        account=mail.account,
        kind=Touchpoint.Kind.MAIL,
        direction=Touchpoint.Direction.OUT,
        subject=subject,
        body=body,
        contacts=[contact],
        asks_for=mail.asks_for,
        due_on=mail.due_on,
        is_proactive=not mail.is_automated,
        is_automated=mail.is_automated,
        source="outbox",
        external_id=message.ref,
        message_ref=message.ref,
    )
    mail.state, mail.sent_at, mail.message_ref = State.SENT, now(), message.ref
    mail.subject, mail.body = subject[:200], body
    mail.refusal, mail.next_free_on, mail.later_on = "", None, None
    mail.reviewed_by = actor if was_in_review else None
    mail.save()
    _finish_step(mail, PlayStepRun.State.DONE, {"mail": mail.pk})
    return mail


def _footer(mail: AccountMail, contact: Contact) -> tuple[str, dict[str, str], tuple[str, ...]]:
    """What an automated mail ends with (where to stop it); a person's own mail has no such lines."""
    path = getattr(settings, "CUSTOMER_MAIL_FOOTER", "")
    if not (mail.is_automated and path):
        return "", {}, ()
    found: tuple[str, dict[str, str], tuple[str, ...]] = import_string(path)(contact)
    return found


def _html(mail: AccountMail, contact: Contact, subject: str, body: str) -> str:
    """An automated mail in the vendor's dress; a person's own mail is plain text, like any mail by a person."""
    path = getattr(settings, "CUSTOMER_MAIL_HTML", "")
    return str(import_string(path)(contact, subject, body)) if mail.is_automated and path else ""


def _hold_back(mail: AccountMail, verdict: Verdict) -> AccountMail:
    """Write down why it does not go and when it may; a play's mail that may never go is refused for good."""
    mail.refusal = reason_words(verdict.reason)[:200]
    mail.next_free_on = verdict.next_free_on
    if mail.is_automated and (verdict.reason in FINAL or verdict.next_free_on is None):
        mail.state = State.REFUSED
    mail.save(update_fields=["refusal", "next_free_on", "state"])
    if mail.state == State.REFUSED:
        _finish_step(mail, PlayStepRun.State.FAILED, {"mail": mail.pk, "refusal": mail.refusal})
    return mail


def _hold_for_words(mail: AccountMail, problem: str) -> AccountMail:
    mail.refusal, mail.next_free_on = problem[:200], None
    mail.save(update_fields=["refusal", "next_free_on"])
    if mail.state == State.REVIEW:
        _ask_for_review(mail)
    return mail


def _ask_for_review(mail: AccountMail) -> None:
    notify(
        user=mail.owner,
        kind="mail",
        text=_("Mails of plays wait for you to read them"),
        url="/mails/review/",
        dedupe_key=f"mail-review:{mail.owner_id}:{today()}",
    )


def _finish_step(mail: AccountMail, state: str, result: dict[str, object]) -> None:
    """Let the play go on."""
    if mail.run_id:
        finish_run(run_id=mail.run_id, state=state, result=result)


def require_writer(actor: User | None, account: Account) -> None:
    """A play may; a person only for accounts that they edit. Raises PermissionDenied."""
    if actor is not None and not Account.everything.editable_by(actor).filter(pk=account.pk).exists():
        raise PermissionDenied(_("You cannot write for this account."))


@transaction.atomic
def reject_mail(*, actor: User, mail: AccountMail, reason: str) -> bool:
    """A mail in review is not sent; the play goes on without it. False when it was decided before."""
    require_writer(actor, mail.account)
    reason = reason.strip()[:200]
    _lock(mail)
    waiting = AccountMail.objects.filter(pk=mail.pk, state=State.REVIEW)
    if waiting.update(state=State.REJECTED, refusal=reason, reviewed_by=actor, next_free_on=None) != 1:
        return False
    mail.refresh_from_db()
    _finish_step(mail, PlayStepRun.State.SKIPPED, {"mail": mail.pk, "rejected": reason})
    return True


def take_over_outcome(message: Message) -> bool:
    """Listener of the outbox: the mail and its play learn that it was not sent, or was sent after all. Idempotent."""
    if message.state in _NEVER_LEFT:
        gone = AccountMail.objects.filter(message_ref=message.ref, state=State.SENT)
        reason = (message.reason or str(message.get_state_display()))[:200]
        with transaction.atomic():
            mail = gone.select_for_update(of=("self",)).first()
            if mail is None:
                return False
            gone.update(state=State.REFUSED, refusal=reason)
            _mark_step(mail, PlayStepRun.State.FAILED, {"mail": mail.pk, "refusal": reason})
        return True
    if message.state in {MessageState.SENT, MessageState.KEPT, MessageState.UNKNOWN}:
        is_refused = AccountMail.objects.filter(message_ref=message.ref, state=State.REFUSED).exists()
        return is_refused and _sent_after_all(message)
    return False


@transaction.atomic
def _sent_after_all(message: Message) -> bool:
    """A person had a refused mail tried once more: it counts again."""
    refused = AccountMail.objects.filter(message_ref=message.ref, state=State.REFUSED)
    mail = refused.select_for_update(of=("self",)).select_related("contact").first()
    if mail is None:
        return False
    at = message.sent_at or now()
    refused.update(state=State.SENT, refusal="", sent_at=at)
    kind = ContactSend.Kind.AUTOMATED if mail.is_automated else ContactSend.Kind.PERSONAL
    record_send(contact=mail.contact, kind=kind, message_ref=message.ref, at=at)
    _mark_step(mail, PlayStepRun.State.DONE, {"mail": mail.pk})
    return True


def _mark_step(mail: AccountMail, state: str, result: dict[str, object]) -> None:
    """The play has gone on since; its page shows what became of the step."""
    if mail.run_id:
        PlayStepRun.objects.filter(pk=mail.run_id).update(state=state, result=result)


def send_freed_mails(*, limit: int = 100) -> int:
    """Send the mails of trusted playbooks that waited for their day in the contact budget; returns how many went.

    Each in its own transaction; safe to run by several workers at once and to repeat.
    """
    due = AccountMail.objects.filter(
        state=State.REVIEW, next_free_on__lte=today(), run__play__playbook__is_trusted=True
    ).order_by("next_free_on", "id")
    mails = [send_account_mail(actor=None, mail=mail) for mail in due[:limit]]
    return sum(mail.state == State.SENT for mail in mails)
