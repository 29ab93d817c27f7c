"""Why it went wrong: each missed goal, contraction and loss gets one of three causes, and whoever can act hears it."""

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, AccountGrant
from accounts.services.changes import mark_changed
from accounts.services.versions import require_editor
from lifecycle.models import Cause, Goal, Movement, Task
from lifecycle.services.tasks import create_task, finish_reason
from team.clock import now, today
from team.models import ActionLog, Department, User
from team.services.notices import notify
from team.services.undo import CannotUndo, log_action
from ui import formats

# Who can act on a cause.
ROUTES = {
    Cause.Kind.WRONG_CUSTOMER: Department.Slug.SALES,
    Cause.Kind.PRODUCT: Department.Slug.PRODUCT,
    Cause.Kind.ENGAGEMENT: Department.Slug.SUCCESS,
}
# Which movements ask for a cause, as what.
MOVEMENTS = {Movement.Kind.CONTRACTION.value: Cause.About.CONTRACTION, Movement.Kind.CHURN.value: Cause.About.LOSS}
DAYS_TO_SAY = 7
GRANT_DAYS = 180


def _reason_key(cause: Cause) -> str:
    return f"cause:{cause.pk}"


def words_of(cause: Cause) -> str:
    """What happened, in one line."""
    if cause.goal is not None:
        return _("the goal “%(goal)s” was missed") % {"goal": cause.goal.title}
    day = formats.day(cause.movement_on)
    if cause.about == Cause.About.LOSS:
        return _("the customer left on %(day)s") % {"day": day}
    return _("revenue shrank on %(day)s") % {"day": day}


@transaction.atomic
def need_cause(*, account: Account, about: str, goal: Goal | None = None, movement_on: dt.date | None = None) -> Cause:
    """Ask for the cause of a missed goal, a contraction or a loss, with a task for the CSM. Idempotent.

    Relies on `one_cause_per_movement` and on one cause per goal. `about` is a `Cause.About`; a goal for "goal", the
    day of the movement for the others.
    """
    if goal is not None:
        cause, is_new = Cause.objects.get_or_create(goal=goal, defaults={"account": account, "about": Cause.About.GOAL})
    else:
        cause, is_new = Cause.objects.get_or_create(account=account, about=about, movement_on=movement_on, goal=None)
    if is_new:
        _ask(cause)
    return cause


def _ask(cause: Cause) -> None:
    account = cause.account
    owner = account.csm or (cause.goal.owner if cause.goal else None)
    if owner is None:
        return
    create_task(
        actor=None,
        owner=owner,
        account=account,
        title=_("Say why: %(what)s") % {"what": words_of(cause)},
        why=_("One of three causes with evidence: sales, product and success learn from it."),
        due_on=today() + dt.timedelta(days=DAYS_TO_SAY),
        effort_minutes=10,
        is_proactive=False,
        dedupe_key=_reason_key(cause),
    )


@transaction.atomic
def record_cause(*, actor: User, cause: Cause, kind: str, evidence: str) -> ActionLog | None:
    """Say why, with evidence; the department that can act hears it and may see the account. None when nothing differs.

    Saying it again with another cause sends it there. Closes the task that asked for it.

    Raises:
        ValidationError: for no cause of the three, or no evidence (a_cause_has_evidence).
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, cause.account_id)
    evidence = evidence.strip()[:500]
    if kind not in Cause.Kind.values:
        raise ValidationError({"kind": _("Choose one of the three causes.")})
    if not evidence:
        raise ValidationError({"evidence": _("Say what shows it.")})
    kept = Cause.objects.select_for_update(of=("self",)).select_related("account", "goal").get(pk=cause.pk)
    if (kept.kind, kept.evidence) == (kind, evidence):
        return None
    before = {"kind": kept.kind, "evidence": kept.evidence, "routed_to": kept.routed_to}
    was_routed_to = kept.routed_to
    kept.kind, kept.evidence, kept.routed_to = kind, evidence, ROUTES[Cause.Kind(kind)]
    kept.recorded_by, kept.recorded_at = actor, now()
    kept.save(update_fields=["kind", "evidence", "routed_to", "recorded_by", "recorded_at"])
    finish_reason(dedupe_key=_reason_key(kept))
    if kept.routed_to != was_routed_to:
        _withdraw(kept)
        _route(kept, actor)
    mark_changed(account_ids=[kept.account_id], reason="cause")
    return log_action(
        actor=actor,
        verb=_("Said why: %(what)s") % {"what": words_of(kept)},
        service="lifecycle.undo_record_cause",
        arguments={"cause_id": kept.pk, "before": before},
        url=reverse("causes"),
    )


def _ref(cause: Cause) -> str:
    return f"cause:{cause.pk}"


def _withdraw(cause: Cause) -> None:
    """The department that was told before need not see the account any more."""
    AccountGrant.objects.filter(account=cause.account, source_ref=_ref(cause)).delete()


def _route(cause: Cause, actor: User) -> int:
    """Tell lead and members of the department; returns how many people."""
    department = Department.objects.filter(slug=cause.routed_to).select_related("lead").first()
    if department is None:
        return 0
    words = f"{Cause.Kind(cause.kind).label}: {cause.account.name}, {words_of(cause)}"
    AccountGrant.objects.get_or_create(
        account=cause.account,
        department=department,
        source_ref=_ref(cause),
        defaults={"reason": words[:200], "until": today() + dt.timedelta(days=GRANT_DAYS)},
    )
    people = {person for person in (department.lead, *department.people.all()) if person and person.is_active}
    for person in people - {actor}:
        notify(
            user=person,
            kind="cause",
            text=words,
            url=reverse("causes"),
            dedupe_key=f"cause:{cause.pk}:{cause.kind}:{person.pk}",
        )
    return len(people)


@transaction.atomic
def undo_record_cause(*, actor: User, cause_id: int, before: dict[str, str]) -> bool:
    """Put back what was said before; where nothing was, the question is open again with its task.

    Raises:
        CannotUndo: when the account is not the actor's to change.
    """
    mine = Cause.objects.editable_by(actor).select_for_update(of=("self",)).select_related("account__csm", "goal")
    cause = mine.filter(pk=cause_id).first()
    if cause is None:
        raise CannotUndo(_("You cannot change this account."))
    cause.kind, cause.evidence, cause.routed_to = before["kind"], before["evidence"], before["routed_to"]
    if not cause.kind:
        cause.recorded_by = cause.recorded_at = None
    cause.save(update_fields=["kind", "evidence", "routed_to", "recorded_by", "recorded_at"])
    _withdraw(cause)
    if cause.kind:
        _route(cause, actor)
    else:
        _ask(cause)
    mark_changed(account_ids=[cause.account_id], reason="cause")
    return True


def forget_cause(*, goal_id: int) -> bool:
    """A goal that is not missed after all needs no cause; what somebody recorded stays. False when nothing went."""
    return _forget(Cause.objects.open().filter(goal=goal_id)) > 0


def forget_causes_of_movements(*, account_ids: Iterable[int]) -> int:
    """Contractions and losses that a backdated change took out of the ledger need no cause; returns how many went."""
    live = Movement.objects.live().filter(account=OuterRef("account"), effective_on=OuterRef("movement_on"))
    rows = Cause.objects.open().filter(account__in=account_ids)
    return sum(
        _forget(rows.filter(about=about).exclude(Exists(live.filter(kind=kind)))) for kind, about in MOVEMENTS.items()
    )


def _forget(causes: QuerySet[Cause]) -> int:
    gone = list(causes)
    keys = [_reason_key(cause) for cause in gone]
    Task.objects.open().filter(dedupe_key__in=keys).update(state=Task.State.CANCELLED)
    Cause.objects.filter(pk__in=[cause.pk for cause in gone]).delete()
    return len(gone)
