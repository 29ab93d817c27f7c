"""How an insight stands on its way to a customer who confirms: the clock, who was told, the behaviour."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from accounts.formulas.conditions import ConditionName
from accounts.selectors.condition_names import condition_catalogue
from team.models import Role, User
from voc.models import BehaviourCheck, Insight, InsightAlarm
from voc.selectors.behaviour import MONEY
from voc.selectors.telling import is_quiet


@dataclass(frozen=True)
class CheckLine:
    """A look at behaviour in words. SECURITY: `before` and `after` are empty where the reader may not know sums."""

    check: BehaviourCheck
    label: str
    unit: str
    before: Decimal | None
    after: Decimal | None
    tone: str


@dataclass(frozen=True)
class LoopBox:
    """`late` is the open breach, `next_at` when the next level hears of it."""

    late: InsightAlarm | None
    next_at: dt.datetime | None
    told: int
    answered: int
    quiet: int
    checks: list[CheckLine]

    @property
    def waiting_check(self) -> BehaviourCheck | None:
        """The look that is still to come."""
        return next((one.check for one in self.checks if one.check.state == BehaviourCheck.State.WAITING), None)


TONES = {BehaviourCheck.State.MET: "good", BehaviourCheck.State.MISSED: "critical"}


def read_loop_box(*, insight: Insight, user: User) -> LoopBox:
    """Four queries at most."""
    breaches = insight.alarms.filter(kind__in=InsightAlarm.BREACHES, ended_at__isnull=True).order_by("-level", "-pk")
    late = breaches.first()
    replies = list(insight.verifications.all())
    checks = list(insight.checks.order_by("-pk")[:5])
    names = condition_catalogue() if checks else {}
    return LoopBox(
        late=late,
        next_at=late.next_at if late else None,
        told=len(replies),
        answered=sum(bool(reply.verdict) for reply in replies),
        quiet=sum(is_quiet(reply) for reply in replies),
        checks=[_line(check, names.get(check.fact), user) for check in checks],
    )


def _line(check: BehaviourCheck, entry: ConditionName | None, user: User) -> CheckLine:
    unit = entry.unit if entry else ""
    is_hidden = user.role == Role.MEMBER and (unit == MONEY or entry is None)
    return CheckLine(
        check=check,
        label=entry.label if entry else check.fact,
        unit="" if unit == MONEY else unit,
        before=None if is_hidden else check.before,
        after=None if is_hidden else check.after,
        tone=TONES.get(BehaviourCheck.State(check.state), ""),
    )
