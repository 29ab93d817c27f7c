"""The plan that a customer reads by a link: made, revoked, commented on, signed off."""

import datetime as dt
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account, Contact
from accounts.services.changes import mark_changed
from accounts.services.versions import require_editor
from lifecycle.formulas.plan_links import new_nonce
from lifecycle.models import Goal, PlanComment, SharedPlan, Task
from lifecycle.services.causes import forget_cause
from lifecycle.services.goals.facts import push_plan_facts
from lifecycle.services.triggers import record_trigger
from team.clock import now, today
from team.models import ActionLog, User
from team.services.erasure import blank_audit
from team.services.limits import take_try
from team.services.notices import notify
from team.services.undo import log_action

LONGEST_LIFE_DAYS = 400
COMMENTS_PER_HOUR = 20
SEEN_EVERY = dt.timedelta(minutes=1)
LONGEST_NAME, LONGEST_TEXT = 160, 2000


class TooMany(ValueError):
    """The link has written enough for this hour."""


@transaction.atomic
def share_plan(
    *, actor: User, account: Account, expires_on: dt.date, contact: Contact | None = None, can_sign_off: bool = True
) -> SharedPlan:
    """Make a link to the account's plan; whoever has it reads what is shared until the day.

    Raises:
        ValidationError: for a day that has passed or lies over 400 days ahead, or somebody of another account.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, account.pk)
    if not today() <= expires_on <= today() + dt.timedelta(days=LONGEST_LIFE_DAYS):
        raise ValidationError({"expires_on": _("Choose a day from today to 400 days ahead.")})
    if contact is not None and contact.account_id != account.pk:
        raise ValidationError({"contact": _("Choose somebody at this account.")})
    plan = SharedPlan.objects.create(
        account=account,
        contact=contact,
        nonce=new_nonce(),
        can_sign_off=can_sign_off,
        created_by=actor,
        expires_on=expires_on,
    )
    _log(actor, plan, _("Shared the plan of %(account)s"), "lifecycle.undo_share_plan", {"plan_id": plan.pk})
    return plan


@transaction.atomic
def revoke_plan(*, actor: User, plan: SharedPlan) -> ActionLog | None:
    """End a link at once; None when it was revoked already."""
    require_editor(actor, plan.account_id)
    if SharedPlan.objects.filter(pk=plan.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()) != 1:
        return None
    verb = _("Revoked a link to the plan of %(account)s")
    return _log(actor, plan, verb, "lifecycle.undo_revoke_plan", {"plan_id": plan.pk})


@transaction.atomic
def undo_share_plan(*, actor: User, plan_id: int) -> bool:
    """The way back of sharing is to revoke."""
    mine = SharedPlan.objects.editable_by(actor).filter(pk=plan_id, revoked_at__isnull=True)
    return mine.update(revoked_at=timezone.now()) == 1


@transaction.atomic
def undo_revoke_plan(*, actor: User, plan_id: int) -> bool:
    """The link leads to the plan again until its day; False when it does."""
    mine = SharedPlan.objects.editable_by(actor).filter(pk=plan_id, revoked_at__isnull=False)
    return mine.update(revoked_at=None) == 1


def _log(actor: User, plan: SharedPlan, verb: str, service: str, arguments: dict[str, int]) -> ActionLog:
    return log_action(
        actor=actor,
        verb=verb % {"account": plan.account.name},
        service=service,
        arguments=arguments,
        url=reverse("account_plan", args=[plan.account_id]),
    )


def see_plan(*, plan: SharedPlan) -> bool:
    """Note that the link was opened, once a minute at most; the only thing that reading a plan writes."""
    moment = timezone.now()
    long_ago = Q(last_read_at__isnull=True) | Q(last_read_at__lt=moment - SEEN_EVERY)
    return SharedPlan.objects.filter(long_ago, pk=plan.pk).update(last_read_at=moment) == 1


@transaction.atomic
def comment_on_plan(
    *, plan: SharedPlan, author_name: str, text: str, goal_id: int | None = None, task_id: int | None = None
) -> PlanComment:
    """Keep what a customer wrote under the plan, and tell who looks after the account.

    What it is about counts only where it is shared and of this account.

    Raises:
        ValidationError: without a name or words, or with too many of them.
        TooMany: after 20 comments of a link in an hour.
    """
    comment = _make_comment(
        account=plan.account,
        plan=plan,
        author_name=author_name,
        text=text,
        goal=Goal.objects.shared().filter(account=plan.account_id, pk=goal_id).first() if goal_id else None,
        task=Task.objects.filter(account=plan.account_id, is_shared=True, pk=task_id).first() if task_id else None,
    )
    if not take_try(what="plan comment", who=str(plan.pk), limit=COMMENTS_PER_HOUR, per=dt.timedelta(hours=1)):
        raise TooMany
    comment.save(force_insert=True)
    _tell(
        plan,
        comment.goal,
        kind="plan_comment",
        text=_("%(who)s wrote on the plan of %(account)s: %(text)s")
        % {"who": comment.author_name, "account": plan.account.name, "text": comment.text},
    )
    mark_changed(account_ids=[plan.account_id], reason="plan_comment")
    return comment


def _make_comment(
    *,
    account: Account,
    author_name: str,
    text: str,
    plan: SharedPlan | None = None,
    goal: Goal | None = None,
    task: Task | None = None,
    author: User | None = None,
) -> PlanComment:
    name, words = " ".join(author_name.replace("\x00", "").split()), text.replace("\x00", "").strip()
    errors = {}
    if not name or len(name) > LONGEST_NAME:
        errors["author_name"] = _("Please write your name.")
    if not words:
        errors["text"] = _("Please write something.")
    elif len(words) > LONGEST_TEXT:
        errors["text"] = _("Please write less: at most 2,000 characters.")
    if errors:
        raise ValidationError(errors)
    return PlanComment(account=account, plan=plan, goal=goal, task=task, author_name=name, author=author, text=words)


def _tell(plan: SharedPlan, goal: Goal | None, *, kind: str, text: str) -> None:
    people = {plan.account.csm or plan.created_by, goal.owner if goal else None} - {None}
    for person in people:
        notify(user=person, kind=kind, text=text, url=reverse("account_plan", args=[plan.account_id]))  # type: ignore[arg-type]


@transaction.atomic
def answer_on_plan(*, actor: User, account: Account, text: str) -> PlanComment:
    """Write under the plan as the vendor; the customer reads it with the writer's name.

    Raises:
        ValidationError: without words, or with too many.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, account.pk)
    comment = _make_comment(account=account, author_name=actor.name, text=text, author=actor)
    comment.save(force_insert=True)
    log_action(
        actor=actor,
        verb=_("Wrote on the plan of %(account)s") % {"account": account.name},
        service="lifecycle.undo_answer_on_plan",
        arguments={"comment_id": comment.pk},
        url=reverse("account_plan", args=[account.pk]),
    )
    return comment


@transaction.atomic
def remove_comment(*, actor: User, comment: PlanComment) -> ActionLog | None:
    """Take a comment off the plan; None when it is off."""
    require_editor(actor, comment.account_id)
    if PlanComment.objects.shown().filter(pk=comment.pk).update(removed_at=timezone.now()) != 1:
        return None
    return log_action(
        actor=actor,
        verb=_("Took a comment of %(who)s off the plan") % {"who": comment.author_name},
        service="lifecycle.restore_comment",
        arguments={"comment_id": comment.pk},
        url=reverse("account_plan", args=[comment.account_id]),
    )


@transaction.atomic
def undo_answer_on_plan(*, actor: User, comment_id: int) -> bool:
    """Take back what one wrote; False when it is gone."""
    mine = PlanComment.objects.shown().filter(pk=comment_id, author=actor)
    return mine.update(removed_at=timezone.now()) == 1


@transaction.atomic
def restore_comment(*, actor: User, comment_id: int) -> bool:
    """Put a comment back on the plan; False when it is there or not the actor's to change."""
    gone = PlanComment.objects.editable_by(actor).filter(pk=comment_id, removed_at__isnull=False)
    return gone.update(removed_at=None) == 1


@transaction.atomic
def sign_off_goal(*, plan: SharedPlan, goal_id: int, name: str) -> bool:
    """The customer confirms by name that a shared goal is reached; an open one closes as reached. False when it was
    signed already, is not shared with this link, or the link may not sign.

    Compare-and-set: of two at the same time one signs. Records the triggers goal_signed_off and goal_reached.

    Raises:
        ValidationError: without a name, or with a longer one than 160 characters.
    """
    name = " ".join(name.replace("\x00", "").split())
    if not name or len(name) > LONGEST_NAME:
        raise ValidationError({"name": _("Please write your name.")})
    if not plan.can_sign_off:
        return False
    signable = Goal.objects.shared().filter(
        pk=goal_id, account=plan.account_id, signed_off_at__isnull=True, state__in=[Goal.State.OPEN, Goal.State.REACHED]
    )
    goal = signable.select_for_update(of=("self",)).select_related("owner").first()
    if goal is None:
        return False
    words = {"signed_off_by": name, "signed_off_at": now(), "version": F("version") + 1, "updated_at": timezone.now()}
    was_open = goal.state == Goal.State.OPEN
    if was_open:
        words |= {
            "state": Goal.State.REACHED,
            "closed_on": today(),
            "closing_note": _("Signed off by %(name)s") % {"name": name},
        }
    if signable.update(**words) != 1:
        return False
    forget_cause(goal_id=goal.pk)
    payload = {"goal": goal.pk, "title": goal.title, "name": name}
    record_trigger(account=plan.account, kind="goal_signed_off", key=f"goal:{goal.pk}", payload=payload)
    if was_open:
        record_trigger(
            account=plan.account, kind="goal_reached", key=f"goal:{goal.pk}:{today().isoformat()}", payload=payload
        )
    push_plan_facts(account_ids=[plan.account_id])
    _tell(
        plan,
        goal,
        kind="goal_signed_off",
        text=_("%(who)s of %(account)s signed off the goal “%(goal)s”")
        % {"who": name, "account": plan.account.name, "goal": goal.title},
    )
    return True


def erase_plan_words(*, contact_ids: Collection[int]) -> None:
    """Forgetting people: their links end, what they wrote under plans and their names on sign-offs go."""
    plans = SharedPlan.objects.filter(contact__in=contact_ids)
    PlanComment.objects.filter(plan__in=plans).update(author_name="", text="", removed_at=timezone.now())
    for account_id, name in Contact.everything.filter(pk__in=contact_ids).values_list("account", "name"):
        theirs = Goal.everything.filter(account=account_id, signed_off_by__iexact=name)
        signed = list(theirs.values_list("pk", flat=True))
        theirs.update(signed_off_by="–", closing_note="")
        blank_audit(model=Goal, ids=signed, fields=("signed_off_by", "closing_note"))
    plans.update(revoked_at=timezone.now())
