"""How a renewal came out, and what that does to the contract."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Subscription
from accounts.services.changes import mark_changed
from accounts.services.subscriptions import edit_subscription
from accounts.services.versions import plain, require_editor, revived
from lifecycle.formulas.forecasts import outcome_word
from lifecycle.models import Renewal, Stage, StageVisit
from lifecycle.services.renewals.calling import RenewalRefused
from lifecycle.services.stages import enter_stage
from lifecycle.services.triggers import record_trigger
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action

MOST_REASONS = 3
YEAR = dt.timedelta(days=365)


@transaction.atomic
def close_renewal(
    *,
    actor: User,
    renewal: Renewal,
    is_won: bool,
    final_arr: Decimal | None = None,
    reasons: Sequence[str] = (),
    comment: str = "",
    closed_on: dt.date | None = None,
    next_renews_on: dt.date | None = None,
) -> ActionLog:
    """Record the outcome with one to three reasons. The contract changes on the due day, not before.

    Raises:
        RenewalRefused: when it is closed already, or what was said does not fit together.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, renewal.account_id)
    kept = Renewal.objects.select_for_update(of=("self",)).select_related("account").get(pk=renewal.pk)
    if kept.state != Renewal.State.OPEN:
        raise RenewalRefused(_("This renewal is closed already."))
    final = (kept.forecast_arr if final_arr is None else final_arr) if is_won else Decimal(0)
    if is_won and final <= 0:
        raise RenewalRefused(_("A renewal that is won has an ARR above 0."))
    if not 1 <= len(reasons) <= MOST_REASONS:
        raise RenewalRefused(_("Choose one to three reasons."))
    kept.state = Renewal.State.WON if is_won else Renewal.State.LOST
    kept.final_arr, kept.reasons, kept.comment = final, list(reasons), comment.strip()[:500]
    kept.closed_on, kept.closed_by = closed_on or today(), actor
    kept.next_renews_on = (next_renews_on or kept.due_on + YEAR) if is_won else None
    kept.version += 1
    kept.save()
    apply_outcomes(renewal_ids=[kept.pk])
    _tell(kept)
    renewal.refresh_from_db()
    return log_action(
        actor=actor,
        verb=_("Closed the renewal of %(account)s") % {"account": kept.account.name},
        service="lifecycle.reopen_renewal",
        arguments={"renewal_id": kept.pk},
        url=reverse("renewal", args=[kept.pk]),
    )


def _tell(kept: Renewal) -> None:
    word = outcome_word(state=kept.state, due=kept.arr, final=kept.final_arr)
    record_trigger(
        account=kept.account,
        kind="renewal_closed",
        key=f"renewal:{kept.pk}:{kept.version}",
        payload={"outcome": word, "reasons": kept.reasons},
    )
    if kept.state == Renewal.State.WON:
        _begin_next_cycle(kept)
    mark_changed(account_ids=[kept.account_id], reason="renewal")


def _begin_next_cycle(kept: Renewal) -> None:
    """After a won renewal the account returns from the renewal stage to the review stage of its journey."""
    visit = StageVisit.objects.open().whole().filter(account=kept.account, stage__kind=Stage.Kind.RENEWAL)
    found = visit.select_related("stage").first()
    if found is None:
        return
    stages = Stage.objects.filter(journey=found.stage.journey_id, removed_at__isnull=True)
    review = stages.filter(kind=Stage.Kind.EBR).order_by("position").first()
    if review:
        enter_stage(account=kept.account, stage=review, evidence={"renewal": kept.pk, "outcome": kept.state})


@transaction.atomic
def apply_outcomes(*, renewal_ids: Sequence[int] | None = None) -> int:
    """Write outcomes whose due day has come into their contracts; returns how many. Idempotent by `applied_at`."""
    due = Renewal.objects.filter(
        state__in=[Renewal.State.WON, Renewal.State.LOST], applied_at__isnull=True, due_on__lte=today()
    )
    if renewal_ids is not None:
        due = due.filter(pk__in=renewal_ids)
    applied = 0
    for renewal in due.select_for_update(of=("self",), skip_locked=True).select_related("subscription")[:1000]:
        contract = renewal.subscription
        wanted = _outcome_fields(renewal, contract)
        before = plain({name: getattr(contract, name) for name in wanted})
        edit_subscription(actor=None, subscription=contract, effective_on=renewal.due_on, reason="renewal", **wanted)
        Renewal.objects.filter(pk=renewal.pk).update(applied_at=now(), subscription_before=before)
        applied += 1
    return applied


def _outcome_fields(renewal: Renewal, contract: Subscription) -> dict[str, Any]:
    if renewal.state == Renewal.State.WON:
        return {"arr": renewal.final_arr, "renews_on": renewal.next_renews_on}
    ends_on = max(renewal.due_on, contract.starts_on)
    return {"status": Subscription.Status.ENDED, "ends_on": ends_on, "renews_on": None, "is_auto_renewed": False}


@transaction.atomic
def reopen_renewal(*, actor: User, renewal_id: int) -> bool:
    """Take an outcome back, in the contract too; False when it is open.

    Raises:
        CannotUndo: when the contract was changed since, or is not the actor's to change.
    """
    kept = Renewal.objects.editable_by(actor).select_for_update(of=("self",)).filter(pk=renewal_id).first()
    if kept is None:
        raise CannotUndo(_("It is gone for good."))
    if kept.state == Renewal.State.OPEN:
        return False
    contract = Subscription.everything.get(pk=kept.subscription_id)
    if kept.applied_at and kept.subscription_before:
        after = _outcome_fields(kept, contract)
        if any(getattr(contract, name) != value for name, value in after.items()):
            raise CannotUndo(_("The contract was changed since."))
        before = revived(Subscription, kept.subscription_before)
        edit_subscription(
            actor=None, subscription=contract, effective_on=kept.due_on, reason="renewal reopened", **before
        )
    Renewal.objects.filter(pk=kept.pk).update(
        state=Renewal.State.OPEN,
        final_arr=None,
        closed_on=None,
        closed_by=None,
        applied_at=None,
        subscription_before={},
        next_renews_on=None,
        version=F("version") + 1,
        updated_at=timezone.now(),
    )
    mark_changed(account_ids=[kept.account_id], reason="renewal")
    return True
