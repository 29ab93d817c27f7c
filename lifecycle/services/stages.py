"""Where an account stands on its journey."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.services.changes import mark_changed
from accounts.services.summaries import set_summary
from lifecycle.models import Stage, StageVisit
from lifecycle.services.triggers import record_trigger
from team.clock import now
from team.models import User
from team.services.undo import CannotUndo, log_action


class StageRefused(ValueError):
    """The move makes no sense; the message says why, for people."""


def _push_stage(*, account: Account, visit: StageVisit | None) -> None:
    """Show the whole account's open stage in the lists, and have the score look again."""
    name = visit.stage.name if visit else ""
    entered_on = timezone.localdate(visit.entered_at) if visit else None
    set_summary(account_ids_and_columns={account.pk: {"stage": name, "stage_entered_on": entered_on}})
    mark_changed(account_ids=[account.pk], reason="stage")


@transaction.atomic
def enter_stage(
    *,
    account: Account,
    stage: Stage,
    at: dt.datetime | None = None,
    evidence: Mapping[str, Any] | None = None,
    actor: User | None = None,
) -> StageVisit:
    """Move the whole account into a stage: close the open visit, open the next; idempotent for the present stage.

    Relies on `one_open_visit_per_account_and_product`. Records the triggers stage_left and stage_entered.

    Raises:
        StageRefused: when `at` lies before the present stage began.
    """
    at = at or now()
    Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
    before = StageVisit.objects.open().filter(account=account, product=None).select_related("stage").first()
    if before and before.stage_id == stage.pk:
        return before
    if before and at < before.entered_at:
        raise StageRefused(_("The account entered %(stage)s later than that.") % {"stage": before.stage.name})
    if before:
        StageVisit.objects.open().filter(pk=before.pk).update(left_at=at)
    visit = StageVisit.objects.create(account=account, stage=stage, entered_at=at, evidence=dict(evidence or {}))
    _push_stage(account=account, visit=visit)
    if before:
        record_trigger(
            account=account,
            kind="stage_left",
            key=f"visit:{before.pk}",
            payload={"stage": before.stage.kind, "days": (at - before.entered_at).days},
            happened_at=at,
        )
    record_trigger(
        account=account,
        kind="stage_entered",
        key=f"visit:{visit.pk}",
        payload={"stage": stage.kind, "from": before.stage.kind if before else None},
        happened_at=at,
    )
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
def undo_enter_stage(*, actor: User, visit_id: int, before_id: int | None) -> bool:
    """Take a move back: the visit goes, the one before is open again.

    Raises:
        CannotUndo: when the account has moved on since, or is not the actor's to change.
    """
    mine = StageVisit.objects.open().filter(account__in=Account.objects.editable_by(actor))
    visit = mine.select_for_update(of=("self",)).filter(pk=visit_id).select_related("account").first()
    if visit is None:
        raise CannotUndo(_("The account has moved on since then."))
    account = visit.account
    visit.delete()
    before = StageVisit.objects.filter(pk=before_id).select_related("stage").first() if before_id else None
    if before:
        StageVisit.objects.filter(pk=before.pk).update(left_at=None)
    _push_stage(account=account, visit=before)
    return True
