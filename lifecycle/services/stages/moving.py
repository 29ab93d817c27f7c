"""One account moves: into a stage, a step back, and the way back of both."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account
from lifecycle.formulas.stage_moves import is_step_back, outcome_of
from lifecycle.models import Stage, StageVisit
from lifecycle.selectors.criteria import judge_criteria
from lifecycle.services.stages.telling import Passage, record_passages, tell_stage
from team.clock import now
from team.models import User
from team.services.undo import CannotUndo, log_action


class StageRefused(ValueError):
    """The move makes no sense; the message says why, for people."""


def steps_back(before: Stage, after: Stage) -> bool:
    """Whether going from the one stage to the other needs a reason."""
    return is_step_back(
        from_kind=before.kind,
        from_position=before.position,
        to_kind=after.kind,
        to_position=after.position,
        same_journey=before.journey_id == after.journey_id,
    )


@transaction.atomic
def enter_stage(
    *,
    account: Account,
    stage: Stage,
    at: dt.datetime | None = None,
    evidence: Mapping[str, Any] | None = None,
    actor: User | None = None,
    reason: str = "",
) -> StageVisit:
    """Move the whole account into a stage: close the open visit, open the next; idempotent for the present stage.

    Criteria are not asked here; see `move_account`. Relies on `one_open_visit_per_account_and_product`. Records the
    triggers stage_left and stage_entered.

    Raises:
        StageRefused: when `at` lies before the present stage began, the stage was removed, or no reason is given
            for a step back.
    """
    at = at or now()
    Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
    before = StageVisit.objects.open().whole().filter(account=account).select_related("stage").first()
    if before and before.stage_id == stage.pk:
        return before
    if stage.removed_at:
        raise StageRefused(_("%(stage)s is no longer part of its journey.") % {"stage": stage.name})
    if before and at < before.entered_at:
        raise StageRefused(_("The account entered %(stage)s later than that.") % {"stage": before.stage.name})
    is_back = before is not None and steps_back(before.stage, stage)
    if is_back and not reason.strip():
        raise StageRefused(_("Going back to %(stage)s needs a reason.") % {"stage": stage.name})
    if before:
        same = before.stage.journey_id == stage.journey_id
        before.left_at = at
        before.outcome = outcome_of(from_kind=before.stage.kind, to_kind=stage.kind, is_back=is_back, same_journey=same)
        before.save(update_fields=["left_at", "outcome"])
    visit = StageVisit.objects.create(
        account=account,
        stage=stage,
        entered_at=at,
        evidence=dict(evidence or {}),
        is_back_step=is_back,
        reason=reason.strip()[:300],
        moved_by=actor,
    )
    passage = Passage(account.pk, before, visit)
    tell_stage(passages=[passage], at=at)
    record_passages(passages=[passage], at=at)
    if actor:
        log_action(
            actor=actor,
            verb=_("Moved %(account)s to %(stage)s") % {"account": account.name, "stage": stage.name},
            service="lifecycle.undo_enter_stage",
            arguments={"visit_id": visit.pk, "before_id": before.pk if before else None},
            url=reverse("account", args=[account.pk]),
        )
    return visit


@transaction.atomic
def move_account(*, actor: User, account: Account, stage: Stage, note: str = "", reason: str = "") -> StageVisit:
    """A person moves an account: what is met is kept as evidence; what is required and not met needs a reason.

    Raises:
        StageRefused: see `enter_stage`; and when required criteria are not met and no reason overrides them.
    """
    before = StageVisit.objects.open().whole().filter(account=account).select_related("stage").first()
    kept: dict[str, Any] = {"by": str(actor)}
    if note.strip():
        kept["note"] = note.strip()
    if before and before.stage_id != stage.pk and not steps_back(before.stage, stage):
        states = judge_criteria(visit=before, following=stage)
        missing = [state for state in states if state.is_missing]
        if missing and not reason.strip():
            words = "; ".join(state.criterion.words for state in missing)
            raise StageRefused(_("Not met yet: %(words)s. Say why it moves on all the same.") % {"words": words})
        kept["met"] = [state.as_json() for state in states if state.is_met]
        if missing:
            kept["unmet"] = [state.criterion.words for state in missing]
            kept["override"] = reason.strip()
    return enter_stage(account=account, stage=stage, evidence=kept, actor=actor, reason=reason)


@transaction.atomic
def step_back(*, actor: User | None, account: Account, stage: Stage, reason: str) -> StageVisit:
    """Move an account back to an earlier stage, and say why.

    Raises:
        StageRefused: without a reason, or when the stage is not an earlier one.
    """
    before = StageVisit.objects.open().whole().filter(account=account).select_related("stage").first()
    if before is None or not steps_back(before.stage, stage):
        raise StageRefused(_("%(stage)s is not an earlier stage.") % {"stage": stage.name})
    return enter_stage(account=account, stage=stage, actor=actor, reason=reason, evidence={"by": str(actor or "")})


@transaction.atomic
def undo_enter_stage(*, actor: User, visit_id: int, before_id: int | None) -> bool:
    """Take a move back: the visit goes, the one before is open again.

    Raises:
        CannotUndo: when the account has moved on since, or is not the actor's to change.
    """
    mine = StageVisit.objects.open().filter(account__in=Account.objects.editable_by(actor), pk=visit_id)
    account = Account.objects.select_for_update(of=("self",), no_key=True).filter(stage_visits__in=mine).first()
    visit = mine.first() if account else None
    if account is None or visit is None:
        raise CannotUndo(_("The account has moved on since then."))
    visit.delete()
    before = StageVisit.objects.filter(pk=before_id).select_related("stage").first() if before_id else None
    if before:
        StageVisit.objects.filter(pk=before.pk).update(left_at=None, outcome="")
        before.left_at, before.outcome = None, ""
    tell_stage(passages=[Passage(account.pk, None, before)], at=now())
    return True
