"""The handover from sales: written, handed over, accepted or sent back; its gaps become tasks that close themselves."""

import datetime as dt
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, AccountGrant, Contact
from accounts.services.accounts import edit_account
from accounts.services.contacts import create_contact, edit_contact
from accounts.services.saving import change_row
from lifecycle.formulas.handover import CHECKLIST, ITEMS
from lifecycle.models import Handover, Promise
from lifecycle.selectors.handovers import HANDOVER_GAPS, ORIGIN, SALES, may_hand_over
from lifecycle.services.goals.facts import push_plan_facts
from lifecycle.services.goals.promises import delete_promise, promise
from lifecycle.services.tasks import create_task, finish_reason
from lifecycle.services.triggers import record_trigger
from team.clock import now, today
from team.models import ActionLog, Department, User
from team.services.notices import notify
from team.services.undo import CannotUndo, log_action

State = Handover.State
OF_ACCOUNT = ("intent", "desired_outcomes", "decision_context")
OWN = ("success_criteria", "risks", "notes", "has_no_promises", "has_no_risks")
STRENGTH = 2
DAYS_TO_CLOSE_A_GAP = 14
DAYS_TO_ACCEPT = 3
GRANT_DAYS = 60

# Recount the checklist: of given accounts, or of all handovers that are not both complete and accepted.
_RECOUNT = f"""
    WITH counted AS (
        SELECT handover.id, handover.gaps AS former, to_jsonb({HANDOVER_GAPS}) AS gaps
          FROM lifecycle_handover handover JOIN accounts_account account ON account.id = handover.account_id
         WHERE account.deleted_at IS NULL
           AND CASE WHEN %(everyone)s
               THEN handover.state <> 'draft' AND (handover.state <> 'accepted' OR handover.completeness < 1)
               ELSE handover.account_id = ANY(%(ids)s) END)
    UPDATE lifecycle_handover handover
       SET gaps = counted.gaps,
           completeness = round((%(items)s - jsonb_array_length(counted.gaps)) / %(items)s::numeric, 3)
      FROM counted
     WHERE counted.id = handover.id AND (%(ids)s::bigint[] <> '{{}}' OR counted.gaps IS DISTINCT FROM counted.former)
 RETURNING handover.id, counted.former, counted.gaps
"""  # noqa: S608 constants of this module and of the selectors


class HandoverRefused(ValueError):
    """The change makes no sense now; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Promised:
    """One promise of the sale. `pk` names one that is there; without words that one goes."""

    words: str
    due_on: dt.date | None
    pk: int | None = None


@dataclass(frozen=True, slots=True)
class Stakeholder:
    """One person at the customer, found again by mail address, else by name."""

    name: str
    email: str = ""
    title: str = ""
    persona: str = ""


@transaction.atomic
def save_handover(
    *,
    actor: User,
    account: Account,
    promises: Iterable[Promised] = (),
    people: Iterable[Stakeholder] = (),
    version: int | None = None,
    source: str = "form",
    is_submitted: bool = False,
    **fields: Any,
) -> Handover:
    """Write what sales knows, and hand it over when `is_submitted`. Saving the same twice changes nothing.

    `fields` are intent, desired_outcomes and decision_context (kept on the account), success_criteria, risks, notes,
    has_no_promises and has_no_risks. The first time it is handed over, every relationship stands at 2 of 5: it must be
    earned again. Gaps become tasks, and the trigger handover_gap.

    Raises:
        HandoverRefused: when it was accepted already.
        ValidationError: for refused values.
        EditConflict: when somebody else changed the same field since `version`.
        PermissionDenied: for who neither edits the account nor is sales and sees it.
    """
    if unknown := set(fields) - set(OF_ACCOUNT) - set(OWN):
        raise TypeError(f"handovers have no {', '.join(sorted(unknown))}")
    if not may_hand_over(user=actor, account=account):
        raise PermissionDenied(_("You cannot change this account."))
    account = Account.objects.select_for_update(of=("self",), no_key=True).select_related("csm").get(pk=account.pk)
    handover, _is_new = Handover.objects.get_or_create(account=account, defaults={"source": source})
    if handover.state == State.ACCEPTED:
        raise HandoverRefused(_("The success team has accepted it. What is new now belongs to the account itself."))
    promised = list(promises)
    if fields.get("has_no_promises") and any(one.words.strip() for one in promised):
        raise ValidationError({"has_no_promises": _("There are promises below.")})
    edit_account(actor=None, account=account, **{name: fields[name] for name in OF_ACCOUNT if name in fields})
    change_row(handover, version=version, fields={name: fields[name] for name in OWN if name in fields})
    _keep_promises(account, promised, account.csm or actor)
    _keep_people(account, people)
    if is_submitted:
        _submit(handover, actor)
    refresh_handovers(account_ids=[account.pk])
    handover.refresh_from_db()
    if is_submitted:
        _after_submit(handover, actor)
    push_plan_facts(account_ids=[account.pk])
    return handover


def _keep_promises(account: Account, promised: list[Promised], owner: User) -> None:
    known = {one.pk: one for one in Promise.objects.filter(account=account, origin=ORIGIN)}
    said = {one.words.casefold() for one in known.values()}
    for line in promised:
        words = " ".join(line.words.split())[:300]
        there = known.get(line.pk) if line.pk else None
        if there is not None and there.state != Promise.State.OPEN:
            continue
        if there is not None and not words:
            delete_promise(actor=None, given=there)
            continue
        if not words or (there is None and words.casefold() in said):
            continue
        if line.due_on is None:
            raise ValidationError(_("By when was “%(words)s” promised?") % {"words": words})
        if there is not None:
            change_row(there, version=None, fields={"words": words, "due_on": line.due_on})
        else:
            promise(account=account, words=words, due_on=line.due_on, owner=owner, origin=ORIGIN)
            said.add(words.casefold())


def _keep_people(account: Account, people: Iterable[Stakeholder]) -> None:
    for person in people:
        name, email = " ".join(person.name.split()), person.email.strip()
        if not name and not email:
            continue
        rows = Contact.objects.filter(account=account)
        there = rows.filter(email__iexact=email).first() if email else None
        there = there or rows.filter(name__iexact=name).first()
        given: dict[str, Any] = {"title": person.title.strip(), "persona": person.persona}
        if there is None:
            create_contact(actor=None, account=account, name=name or email, email=email, **given)
        else:
            edit_contact(actor=None, contact=there, **{key: value for key, value in given.items() if value})


def _submit(handover: Handover, actor: User) -> None:
    if handover.submitted_at is None:
        people = Contact.objects.active().filter(account=handover.account_id)
        people.update(strength=STRENGTH, strength_set_on=today(), version=F("version") + 1)
    Handover.objects.filter(pk=handover.pk).update(
        state=State.SUBMITTED, submitted_by=actor, submitted_at=now(), sent_back_reason="", version=F("version") + 1
    )
    handover.refresh_from_db()


def _after_submit(handover: Handover, actor: User) -> None:
    account = handover.account
    _ask_for(handover, handover.gaps)
    if handover.gaps:
        record_trigger(
            account=account,
            kind="handover_gap",
            key=f"handover:{handover.pk}:{today().isoformat()}",
            payload={"gaps": len(handover.gaps), "completeness": float(handover.completeness)},
        )
    if account.csm is None:
        return
    create_task(
        actor=None,
        owner=account.csm,
        account=account,
        title=_("Accept the handover, or send it back"),
        why=_("Sales handed over at %(percent)s %% of the checklist.")
        % {"percent": round(handover.completeness * 100)},
        due_on=today() + dt.timedelta(days=DAYS_TO_ACCEPT),
        effort_minutes=20,
        dedupe_key=_decision_key(handover),
    )
    if account.csm != actor:
        notify(
            user=account.csm,
            kind="handover",
            text=_("%(account)s was handed over to you") % {"account": account.name},
            url=reverse("account_plan", args=[account.pk]),
        )


def _decision_key(handover: Handover) -> str:
    return f"handover:{handover.pk}:decide"


def _gap_key(handover_id: int, gap: str) -> str:
    return f"handover:{handover_id}:{gap}"


def _ask_for(handover: Handover, gaps: Iterable[str]) -> None:
    """One task per gap for whoever looks after the account; nobody, no task: the gap still counts."""
    owner = handover.account.csm or handover.submitted_by
    if owner is None:
        return
    for gap in gaps:
        create_task(
            actor=None,
            owner=owner,
            account=handover.account,
            title=str(ITEMS[gap].task),
            why=_("A gap in the handover from sales; this closes by itself when it is known."),
            due_on=today() + dt.timedelta(days=DAYS_TO_CLOSE_A_GAP),
            effort_minutes=20,
            dedupe_key=_gap_key(handover.pk, gap),
        )


def ask_for_gaps(*, handover: Handover) -> None:
    """One task per gap for whoever looks after the account. Idempotent."""
    _ask_for(handover, handover.gaps)


def recount_handovers(*, account_ids: Collection[int] | None = None) -> dict[int, tuple[set[str], set[str]]]:
    """Write gaps and completeness of handovers anew, and nothing else; one UPDATE. {id: (gaps before, gaps now)}."""
    parameters: dict[str, Any] = {
        "everyone": account_ids is None,
        "ids": list(account_ids or ()),
        "items": len(CHECKLIST),
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT, parameters)
        # Raw cursors hand JSON over as text.
        return {pk: (set(json.loads(former)), set(json.loads(gaps))) for pk, former, gaps in cursor.fetchall()}


@transaction.atomic
def refresh_handovers(*, account_ids: Collection[int] | None = None) -> int:
    """Recount the checklist of the given accounts, or of all that are not complete and accepted; one UPDATE.

    Gaps that closed close their tasks, new ones after the handover make tasks. Idempotent. Returns how many changed.
    """
    changed = recount_handovers(account_ids=account_ids)
    rows = Handover.objects.filter(pk__in=changed).exclude(state=State.DRAFT)
    for handover in rows.select_related("account__csm", "submitted_by"):
        former, gaps = changed[handover.pk]
        for gap in former - gaps:
            finish_reason(dedupe_key=_gap_key(handover.pk, gap))
        _ask_for(handover, gaps - former)
    return sum(1 for former, gaps in changed.values() if former != gaps)


def _require_decider(actor: User, handover: Handover) -> None:
    if not Account.objects.editable_by(actor).filter(pk=handover.account_id).exists():
        raise PermissionDenied(_("You cannot change this account."))


@transaction.atomic
def accept_handover(*, actor: User, handover: Handover) -> ActionLog | None:
    """The success team takes the customer over; why they bought counts as reviewed today. None when not waiting.

    Raises:
        PermissionDenied: for who does not edit the account.
    """
    _require_decider(actor, handover)
    moved = Handover.objects.filter(pk=handover.pk, state=State.SUBMITTED).update(
        state=State.ACCEPTED, accepted_by=actor, accepted_at=now(), version=F("version") + 1
    )
    if moved != 1:
        return None
    if handover.account.intent:
        edit_account(actor=None, account=handover.account, intent_reviewed_on=today())
    finish_reason(dedupe_key=_decision_key(handover))
    if handover.submitted_by is not None and handover.submitted_by != actor:
        notify(
            user=handover.submitted_by,
            kind="handover",
            text=_("%(who)s accepted the handover of %(account)s")
            % {"who": actor.name, "account": handover.account.name},
            url=reverse("handover", args=[handover.account_id]),
        )
    push_plan_facts(account_ids=[handover.account_id])
    return _log(actor, handover, _("Accepted the handover of %(account)s"))


@transaction.atomic
def send_back_handover(*, actor: User, handover: Handover, reason: str) -> ActionLog | None:
    """Sales is to say more, and may see the account for it. None when it is not waiting.

    Raises:
        ValidationError: without a reason (a_handover_sent_back_has_a_reason).
        PermissionDenied: for who does not edit the account.
    """
    _require_decider(actor, handover)
    reason = reason.strip()[:300]
    if not reason:
        raise ValidationError({"reason": _("Say what is missing.")})
    moved = Handover.objects.filter(pk=handover.pk, state=State.SUBMITTED).update(
        state=State.SENT_BACK,
        sent_back_by=actor,
        sent_back_at=now(),
        sent_back_reason=reason,
        version=F("version") + 1,
    )
    if moved != 1:
        return None
    finish_reason(dedupe_key=_decision_key(handover))
    words = _("%(account)s: the handover came back. %(reason)s") % {"account": handover.account.name, "reason": reason}
    _let_sales_in(handover.account, words, actor=actor, also=handover.submitted_by)
    push_plan_facts(account_ids=[handover.account_id])
    return _log(actor, handover, _("Sent the handover of %(account)s back"))


@transaction.atomic
def ask_for_handover(*, actor: User, account: Account) -> int:
    """Ask sales for the handover of an account: they may see it and are told. Returns how many people were.

    Raises:
        PermissionDenied: for who does not edit the account.
    """
    if not Account.objects.editable_by(actor).filter(pk=account.pk).exists():
        raise PermissionDenied(_("You cannot change this account."))
    words = _("%(who)s asks for the handover of %(account)s") % {"who": actor.name, "account": account.name}
    return _let_sales_in(account, words, actor=actor)


def _let_sales_in(account: Account, words: str, *, actor: User, also: User | None = None) -> int:
    department = Department.objects.filter(slug=SALES).select_related("lead").first()
    people: set[User | None] = {also} - {None, actor}
    if department is not None:
        AccountGrant.objects.update_or_create(
            account=account,
            department=department,
            source_ref=f"handover:{account.pk}",
            defaults={"reason": _("Handover"), "until": today() + dt.timedelta(days=GRANT_DAYS)},
        )
        if not people:
            people = {department.lead, *department.people.all()}
    told = [person for person in people if person is not None and person.is_active and person != actor]
    for person in told:
        notify(user=person, kind="handover", text=words, url=reverse("handover", args=[account.pk]))
    return len(told)


def _log(actor: User, handover: Handover, verb: str) -> ActionLog:
    return log_action(
        actor=actor,
        verb=verb % {"account": handover.account.name},
        service="lifecycle.undo_decide_handover",
        arguments={"handover_id": handover.pk},
        url=reverse("account_plan", args=[handover.account_id]),
    )


@transaction.atomic
def undo_decide_handover(*, actor: User, handover_id: int) -> bool:
    """Accepted or sent back: it waits for a decision again.

    Raises:
        CannotUndo: when sales has written since, or the account is not the actor's to change.
    """
    handover = Handover.objects.select_for_update(of=("self",)).select_related("account").get(pk=handover_id)
    if not Account.objects.editable_by(actor).filter(pk=handover.account_id).exists():
        raise CannotUndo(_("You cannot change this account."))
    if handover.state not in {State.ACCEPTED, State.SENT_BACK}:
        raise CannotUndo(_("It was handed over again since."))
    Handover.objects.filter(pk=handover_id).update(
        state=State.SUBMITTED, accepted_by=None, accepted_at=None, sent_back_reason="", version=F("version") + 1
    )
    push_plan_facts(account_ids=[handover.account_id])
    return True
