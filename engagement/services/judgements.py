"""Judgements by hand: of a component's actual state or of the whole score, with a reason and an end."""

import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.services.changes import mark_changed
from engagement.models import Component, ManualJudgement
from engagement.selectors.judgements import component_label
from team.clock import today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action

LONGEST = dt.timedelta(days=366)
REASON = "judgement"


@transaction.atomic
def judge_by_hand(
    *, actor: User, account: Account, component: str, value: Decimal, reason: str, valid_until: dt.date
) -> ActionLog:
    """Set the actual state of a component, or the score (empty component), 0 to 100, until the end of a day.

    A judgement of the same thing that counts is withdrawn. The account is marked and judged anew within seconds. Raises
    ValidationError without a reason, outside of 0 to 100, or with an end that is past or more than a year away.
    """
    if component and component not in Component.values:
        raise ValidationError({"component": _("There is no such component.")})
    if not 0 <= value <= 100:
        raise ValidationError({"value": _("A value lies between 0 and 100.")})
    if not reason.strip():
        raise ValidationError({"reason": _("Others need to know why.")})
    if not today() <= valid_until <= today() + LONGEST:
        raise ValidationError({"valid_until": _("A judgement ends today at the earliest and within a year.")})
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    before = _standing(account.pk, component)
    if before is not None:
        _withdraw(before, actor)
    judgement = ManualJudgement.objects.create(
        account=account,
        component=component,
        value=value,
        reason=reason.strip(),
        valid_until=valid_until,
        created_by=actor,
    )
    mark_changed(account_ids=[account.pk], reason=REASON)
    return log_action(
        actor=actor,
        verb=_("Judged %(what)s of %(name)s by hand") % {"what": component_label(component), "name": account.name},
        service="engagement.undo_judgement",
        arguments={"judgement_id": judgement.pk, "before_id": before.pk if before else None},
        url=reverse("health_card", args=[account.pk]),
    )


@transaction.atomic
def withdraw_judgement(*, actor: User, judgement: ManualJudgement) -> ActionLog | None:
    """Let a judgement count no more; None when it was withdrawn already."""
    kept = ManualJudgement.objects.select_for_update().select_related("account").get(pk=judgement.pk)
    if kept.withdrawn_at is not None:
        return None
    _withdraw(kept, actor)
    mark_changed(account_ids=[kept.account_id], reason=REASON)
    return log_action(
        actor=actor,
        verb=_("Withdrew the judgement of %(what)s of %(name)s")
        % {"what": component_label(kept.component), "name": kept.account.name},
        service="engagement.restore_judgement",
        arguments={"judgement_id": kept.pk},
        url=reverse("health_card", args=[kept.account_id]),
    )


@transaction.atomic
def undo_judgement(*, actor: User, judgement_id: int, before_id: int | None) -> bool:
    """The way back of a judgement: it is withdrawn, and the one that it replaced counts again."""
    kept = _editable(actor, judgement_id)
    if kept is None or kept.withdrawn_at is not None:
        return False
    _withdraw(kept, actor)
    if before_id is not None:
        ManualJudgement.objects.filter(pk=before_id, account=kept.account_id).update(
            withdrawn_at=None, withdrawn_by=None
        )
    mark_changed(account_ids=[kept.account_id], reason=REASON)
    return True


@transaction.atomic
def restore_judgement(*, actor: User, judgement_id: int) -> bool:
    """The way back of a withdrawal. Raises CannotUndo when the same thing was judged again since."""
    kept = _editable(actor, judgement_id)
    if kept is None or kept.withdrawn_at is None:
        return False
    if _standing(kept.account_id, kept.component) is not None:
        raise CannotUndo(_("It was judged by hand again since."))
    kept.withdrawn_at, kept.withdrawn_by = None, None
    kept.save(update_fields=["withdrawn_at", "withdrawn_by"])
    mark_changed(account_ids=[kept.account_id], reason=REASON)
    return True


def _standing(account_id: int, component: str) -> ManualJudgement | None:
    """The one that was not withdrawn (`one_judgement_per_component`), locked; it may have ended by itself."""
    rows = ManualJudgement.objects.select_for_update()
    return rows.filter(account=account_id, component=component, withdrawn_at=None).first()


def _withdraw(judgement: ManualJudgement, actor: User) -> None:
    judgement.withdrawn_at, judgement.withdrawn_by = timezone.now(), actor
    judgement.save(update_fields=["withdrawn_at", "withdrawn_by"])


def _editable(actor: User, judgement_id: int) -> ManualJudgement | None:
    """SECURITY: the way back is as narrow as the way there."""
    accounts = Account.objects.editable_by(actor)
    return ManualJudgement.objects.select_for_update().filter(pk=judgement_id, account__in=accounts).first()
