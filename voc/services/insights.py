"""Decisions about an insight: each moves its state once (compare-and-set), and leaves a line in the log."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from team.clock import now, today
from team.models import Department, User
from voc.models import Insight
from voc.services.priorities import weigh_insights
from voc.services.routing import count_open, grant, log_step, tell_department

State = Insight.State
UNDECIDED = (State.NEW, State.TRIAGED, State.REOPENED)
IN_WORK = (State.ACCEPTED, State.ACTED_ON)
AWAKE: dict[str, Any] = {"snoozed_until": None, "snoozed_at_mentions": None}


class Overtaken(Exception):
    """Somebody else decided meanwhile; the message is for the person."""


class NotAllowedNow(ValueError):
    """The decision does not fit; the message says why, for people."""


def move(*, insight: Insight, frm: Iterable[str], to: str, **fields: Any) -> None:
    """Compare and set: from one of the states to another, exactly once. The instance follows. Raises Overtaken."""
    here = Insight.objects.filter(pk=insight.pk, state__in=list(frm), version=insight.version)
    if here.update(state=to, version=F("version") + 1, updated_at=timezone.now(), **fields) != 1:
        raise Overtaken(_("Somebody else decided on this meanwhile. Look again."))
    for name, value in {"state": to, "version": insight.version + 1, **fields}.items():
        setattr(insight, name, value)


@transaction.atomic
def accept_insight(*, actor: User, insight: Insight, promise: str, promised_on: dt.date) -> Insight:
    """The department answers for it: what it promises, and by when. Raises NotAllowedNow, Overtaken."""
    if not promise.strip():
        raise NotAllowedNow(_("Say what you promise."))
    if promised_on < today():
        raise NotAllowedNow(_("The date lies in the past."))
    fields: dict[str, Any] = {"promise": promise.strip()[:300], "promised_on": promised_on}
    fields |= {"decided_at": now(), "owner": insight.owner or actor, **AWAKE}
    move(insight=insight, frm=UNDECIDED, to=State.ACCEPTED, **fields)
    log_step(insight=insight, actor=actor, text=f"{insight.promise} ({promised_on:%Y-%m-%d})")
    count_open(account_id=insight.account_id)
    return insight


@transaction.atomic
def decline_insight(*, actor: User, insight: Insight, reason: str) -> Insight:
    """The department says no, and why. Raises NotAllowedNow without a reason, Overtaken."""
    if not reason.strip():
        raise NotAllowedNow(_("Say why."))
    reason = reason.strip()[:300]
    move(insight=insight, frm=UNDECIDED, to=State.DECLINED, decline_reason=reason, decided_at=now(), **AWAKE)
    log_step(insight=insight, actor=actor, text=reason)
    count_open(account_id=insight.account_id)
    return insight


@transaction.atomic
def triage_insight(*, actor: User, insight: Insight) -> bool:
    """Somebody has looked and will decide; the clock runs on. False when it was looked at before. Raises Overtaken."""
    if insight.state != State.NEW:
        return False
    move(insight=insight, frm=[State.NEW], to=State.TRIAGED, owner=insight.owner or actor)
    log_step(insight=insight, actor=actor, text=_("Looked at"))
    return True


@transaction.atomic
def snooze_insight(
    *, actor: User, insight: Insight, until: dt.date | None = None, until_it_grows: bool = False
) -> Insight:
    """Out of sight until a day, until it is said again, or until the first of both; the clock of the decision runs on.

    Raises NotAllowedNow without either, or for a day that is past; Overtaken.
    """
    if until is None and not until_it_grows:
        raise NotAllowedNow(_("Pick a day, or let it wake when it is said again."))
    if until is not None and until <= today():
        raise NotAllowedNow(_("Pick a day in the future."))
    fields = {"snoozed_until": until, "snoozed_at_mentions": insight.mentions if until_it_grows else None}
    move(insight=insight, frm=UNDECIDED, to=insight.state, **fields)
    if until is None:
        words = _("Snoozed until it is said again")
    elif until_it_grows:
        words = _("Snoozed until %(day)s, or until it is said again") % {"day": until.isoformat()}
    else:
        words = _("Snoozed until %(day)s") % {"day": until.isoformat()}
    log_step(insight=insight, actor=actor, text=words)
    return insight


@transaction.atomic
def wake_insight(*, actor: User, insight: Insight) -> bool:
    """Back to triage at once. False when it was awake."""
    if insight.snoozed_until is None and insight.snoozed_at_mentions is None:
        return False
    move(insight=insight, frm=UNDECIDED, to=insight.state, **AWAKE)
    log_step(insight=insight, actor=actor, text=_("Back in triage"))
    return True


@transaction.atomic
def hand_over_insight(*, actor: User, insight: Insight, department: Department) -> Insight:
    """It belongs to another department; the former one keeps its view until the grant ends. Raises NotAllowedNow,
    Overtaken."""
    twin = Insight.objects.open().filter(
        account=insight.account_id, theme=insight.theme_id, department=department, theme__isnull=False
    )
    if department.pk == insight.department_id or twin.exists():
        raise NotAllowedNow(_("%(department)s has it already.") % {"department": department.name})
    move(insight=insight, frm=UNDECIDED, to=State.NEW, department=department, owner=None, **AWAKE)
    log_step(insight=insight, actor=actor, text=_("Handed over to %(department)s") % {"department": department.name})
    grant(insight=insight)
    tell_department(insight=insight)
    return insight


@transaction.atomic
def assign_insight(*, actor: User, insight: Insight, owner: User | None) -> bool:
    """Who works on it. True when that changed."""
    if insight.owner_id == (owner.pk if owner else None):
        return False
    move(insight=insight, frm=[insight.state], to=insight.state, owner=owner)
    log_step(insight=insight, actor=actor, text=_("Assigned to %(name)s") % {"name": owner.name if owner else "–"})
    return True


@transaction.atomic
def act_on_insight(*, actor: User, insight: Insight, action: str) -> Insight:
    """It is done: what was done. Raises NotAllowedNow, Overtaken."""
    if not action.strip():
        raise NotAllowedNow(_("Say what was done."))
    move(insight=insight, frm=[State.ACCEPTED], to=State.ACTED_ON, action=action.strip()[:300], acted_at=now())
    log_step(insight=insight, actor=actor, text=insight.action)
    return insight


@transaction.atomic
def set_severity(*, actor: User, insight: Insight, severity: int | None) -> bool:
    """How bad it is, by a person: 1 severe to 4 slight; None leaves it to the words. True when that changed. Raises
    Overtaken."""
    if insight.severity == severity:
        return False
    move(insight=insight, frm=[insight.state], to=insight.state, severity=severity)
    words = _("Severity: %(n)s of 4") % {"n": severity} if severity else _("Severity: from the words")
    log_step(insight=insight, actor=actor, text=words)
    if weigh_insights(insight_ids=[insight.pk]):
        insight.refresh_from_db(fields=["priority", "priority_reasons"])
    return True
