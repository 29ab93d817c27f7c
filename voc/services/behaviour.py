"""Behaviour that proves an insight solved: a number of the account, the way it should go, and the day to look."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from lifecycle.services.triggers import record_trigger
from team.clock import now, today
from team.models import User
from team.services.notices import Line, notify_all
from voc.formulas.behaviour import has_changed
from voc.models import BehaviourCheck, Insight
from voc.selectors.behaviour import checkable_names, read_numbers
from voc.services.insights import NotAllowedNow, State, move
from voc.services.routing import count_open, log_step

CHECKABLE = (State.ACCEPTED, State.ACTED_ON, State.TOLD)
AT_ONCE = 500
# A number that is not known on the day is looked for some days more before the check counts as missed.
PATIENCE = dt.timedelta(days=7)


@transaction.atomic
def attach_check(
    *, actor: User, insight: Insight, fact: str, direction: str, by: Decimal, check_on: dt.date
) -> BehaviourCheck:
    """Look on a day whether a number of the account went up or down by at least that much since now.

    One waits at a time (one_waiting_check_per_insight): a new one calls the former off. Raises NotAllowedNow.
    """
    if insight.state not in CHECKABLE:
        raise NotAllowedNow(_("Decide first: behaviour proves what was done."))
    if check_on <= today():
        raise NotAllowedNow(_("Pick a day in the future."))
    names = checkable_names(actor)
    if fact not in names:
        raise NotAllowedNow(_("That number cannot be looked at."))
    Insight.objects.select_for_update().get(pk=insight.pk)
    insight.checks.filter(state=BehaviourCheck.State.WAITING).update(state=BehaviourCheck.State.CALLED_OFF)
    before = read_numbers(account_ids=[insight.account_id], names=[fact])[insight.account_id].get(fact)
    check = BehaviourCheck.objects.create(
        insight=insight, fact=fact, direction=direction, by=by, before=before, check_on=check_on, made_by=actor
    )
    words = _("Behaviour is looked at on %(day)s: %(fact)s") % {"day": check_on.isoformat(), "fact": names[fact].label}
    log_step(insight=insight, actor=actor, text=words)
    return check


def call_off_check(*, actor: User, check: BehaviourCheck) -> bool:
    """Nobody looks. False when it was over already."""
    mine = BehaviourCheck.objects.filter(pk=check.pk, state=BehaviourCheck.State.WAITING)
    if mine.update(state=BehaviourCheck.State.CALLED_OFF) != 1:
        return False
    log_step(insight=check.insight, actor=actor, text=_("The look at behaviour was called off"))
    return True


def check_behaviour(*, limit: int = AT_ONCE) -> int:
    """Look at everything whose day has come: met verifies the insight, missed tells the owner. Returns how many ended.

    The numbers of all accounts are read in one query. Safe beside others: whoever judges holds the check's row.
    """
    ended = 0
    with transaction.atomic():
        due = BehaviourCheck.objects.filter(state=BehaviourCheck.State.WAITING, check_on__lte=today())
        due = due.select_related("insight__account__csm", "insight__owner", "insight__department", "insight__theme")
        checks = list(
            due.select_for_update(of=("self", "insight"), skip_locked=True, no_key=True).order_by("check_on")[:limit]
        )
        accounts = {check.insight.account_id for check in checks}
        values = read_numbers(account_ids=accounts, names={check.fact for check in checks})
        for check in checks:
            ended += _judge(check, values[check.insight.account_id].get(check.fact))
    return ended


def _judge(check: BehaviourCheck, found: Decimal | None) -> bool:
    insight = check.insight
    if insight.state not in CHECKABLE:
        return _end(check, BehaviourCheck.State.CALLED_OFF, found)
    if found is None and today() < check.check_on + PATIENCE:
        return False
    if (
        check.before is not None
        and found is not None
        and has_changed(
            before=check.before, after=found, is_up=check.direction == BehaviourCheck.Direction.UP, by=check.by
        )
    ):
        _end(check, BehaviourCheck.State.MET, found)
        _verify(check)
        return True
    _end(check, BehaviourCheck.State.MISSED, found)
    log_step(insight=insight, actor=None, text=_("The behaviour did not change as hoped"))
    _tell_owner(check)
    return True


def _end(check: BehaviourCheck, state: str, found: Decimal | None) -> bool:
    check.state, check.after, check.checked_at = state, found, now()
    check.save(update_fields=["state", "after", "checked_at"])
    return True


def _verify(check: BehaviourCheck) -> None:
    """The behaviour says so: the loop is closed, as if the customer had."""
    insight = check.insight
    move(insight=insight, frm=CHECKABLE, to=State.VERIFIED, verified_at=now(), waiting_since=None, waiting_for=None)
    log_step(insight=insight, actor=None, text=_("The behaviour changed as hoped: verified"))
    record_trigger(
        account=insight.account,
        kind="insight_verified",
        key=f"behaviour:{check.pk}",
        payload={
            "insight": insight.pk,
            "department": insight.department.slug,
            "theme": insight.theme.slug if insight.theme else "",
        },
    )
    count_open(account_id=insight.account_id)
    _tell_owner(check)


def _tell_owner(check: BehaviourCheck) -> None:
    insight, lines = check.insight, []
    is_met = check.state == BehaviourCheck.State.MET
    for person in {insight.owner, insight.account.csm, check.made_by} - {None}:
        if (
            person is None
            or not person.is_active
            or not Insight.objects.visible_to(person).filter(pk=insight.pk).exists()
        ):
            continue
        with override(person.language):
            words = _("The behaviour changed: verified") if is_met else _("The behaviour did not change as hoped")
            url = reverse("insight", args=[insight.pk])
            lines.append(Line(person, "insight", f"{words}: {insight.title}", url, f"behaviour:{check.pk}"))
    notify_all(lines)
