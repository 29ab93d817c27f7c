"""Rules: which kinds are watched where, with which thresholds, and the play that answers them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, Segment
from accounts.services.changes import mark_changed
from engagement.formulas.risks import DEFINITIONS
from engagement.models import RecomputeRun, RiskKind, RiskRule
from engagement.services.runs import start_run
from lifecycle.models import Playbook
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action


class RuleRefused(ValueError):
    """A rule that makes no sense; the message says why, for people."""


class RuleOvertaken(ValueError):
    """Somebody changed the rule meanwhile; `now` is what stands there."""

    def __init__(self, now: RiskRule | None) -> None:
        super().__init__(_("Somebody changed this rule while you had it open."))
        self.now = now


def stamp_of(rule: RiskRule | None) -> str:
    """The mark of one state of a rule, for forms: an empty one says that there was none."""
    return rule.updated_at.isoformat() if rule is not None else ""


def _state(rule: RiskRule | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    return {"is_on": rule.is_on, "thresholds": rule.thresholds, "playbook_id": rule.playbook_id}


def check_thresholds(kind: str, thresholds: Mapping[str, float]) -> None:
    """Raises RuleRefused for a name that the kind does not have, or a number out of its bounds."""
    definition = DEFINITIONS[kind]
    known = {one.name: one for one in definition.thresholds}
    for name, value in thresholds.items():
        one = known.get(name)
        if one is None:
            raise RuleRefused(_("“%(name)s” is no threshold of this risk.") % {"name": name})
        if not one.low <= value <= one.high:
            raise RuleRefused(
                _("%(label)s: between %(low)s and %(high)s.")
                % {"label": one.label, "low": f"{one.low:g}", "high": f"{one.high:g}"}
            )


@transaction.atomic
def set_risk_rule(
    *,
    actor: User,
    kind: str,
    segment: Segment | None,
    is_on: bool,
    thresholds: Mapping[str, float],
    playbook: Playbook | None,
    started_from: str,
) -> ActionLog | None:
    """Write one rule; the accounts of the segment are judged anew by the next workers. None when nothing changed.

    Raises:
        RuleRefused: for thresholds that the kind does not have, or out of bounds.
        RuleOvertaken: when the rule is not the one that the form showed (`stamp_of`).
    """
    check_thresholds(kind, thresholds)
    found = RiskRule.objects.select_for_update().filter(kind=kind, segment=segment).first()
    if stamp_of(found) != started_from:
        raise RuleOvertaken(found)
    before = _state(found)
    values = {"is_on": is_on, "thresholds": dict(thresholds), "playbook_id": playbook.pk if playbook else None}
    if before == values:
        return None
    kept, _is_new = RiskRule.objects.update_or_create(kind=kind, segment=segment, defaults=values)
    _judge_again(actor, kind, segment.pk if segment else None)
    return log_action(
        actor=actor,
        verb=_("Changed the rule for “%(risk)s”") % {"risk": RiskKind(kind).label},
        service="engagement.restore_risk_rule",
        arguments={
            "kind": kind,
            "segment_id": segment.pk if segment else None,
            "before": before,
            "after": stamp_of(kept),
        },
        url=reverse("risk_rules"),
    )


@transaction.atomic
def restore_risk_rule(
    *, actor: User, kind: str, segment_id: int | None, before: Mapping[str, Any] | None, after: str
) -> bool:
    """Bring a rule back to what it was before it became `after` (`stamp_of`); False for people who may not set rules.

    Raises:
        CannotUndo: when it was changed again since.
    """
    if actor.role not in {"admin", "manager"}:
        return False
    if stamp_of(RiskRule.objects.select_for_update().filter(kind=kind, segment=segment_id).first()) != after:
        raise CannotUndo(_("It was changed again since."))
    if before is None:
        RiskRule.objects.filter(kind=kind, segment=segment_id).delete()
    else:
        segment = Segment.objects.filter(pk=segment_id).first() if segment_id is not None else None
        RiskRule.objects.update_or_create(kind=kind, segment=segment, defaults=dict(before))
    _judge_again(actor, kind, segment_id)
    return True


def _judge_again(actor: User, kind: str, segment_id: int | None) -> None:
    """A segment is marked; everybody is a run with progress, which holds no request up."""
    if segment_id is None:
        start_run(actor=actor, is_anew=True, cause=RecomputeRun.Cause.RISK, about=str(RiskKind(kind).label))
        return
    ids: Iterable[int] = list(Account.objects.filter(segment=segment_id).order_by("pk").values_list("pk", flat=True))
    mark_changed(account_ids=ids, reason="risk rule")
