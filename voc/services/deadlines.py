"""Deadlines of decisions and promises: who is warned, who hears when one passed, and who answers then.

Each alarm is raised once per insight, kind and deadline, whoever sweeps: whoever raises one holds the row of the
insight, and looks only then for what others raised; `one_alarm_per_deadline` keeps the promise.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, override
from django.utils.translation import pgettext_lazy as pgettext

from team.calendars import Calendar
from team.clock import now
from team.models import Department, Role, User
from team.services.chat import tell_room
from team.services.notices import Line, notify_all
from voc.formulas.clock import LEVEL_HOURS, new_term
from voc.models import Insight, InsightAlarm
from voc.selectors.deadlines import nearly_due_promises, nearly_due_terms, past_promises, past_terms
from voc.services.routing import log_step

AT_ONCE = 200
LEVELS = {
    0: pgettext("level", "department"),
    1: pgettext("level", "head of department"),
    2: pgettext("level", "management"),
}
State, Kind = Insight.State, InsightAlarm.Kind
UNDECIDED = (State.NEW, State.TRIAGED, State.REOPENED)
WORDS = {
    Kind.NEAR: gettext_lazy("A quarter of the time to decide is left"),
    Kind.PAST: gettext_lazy("Nobody decided in time"),
    Kind.PROMISE_NEAR: gettext_lazy("A promise is nearly due"),
    Kind.PROMISE_PAST: gettext_lazy("A promise was not kept in time"),
}


@dataclass(frozen=True)
class Swept:
    """What one sweep did."""

    warned: int
    rose: int
    ended: int


def sweep_deadlines(*, limit: int = AT_ONCE) -> Swept:
    """Everything that runs out, once; safe beside others and to repeat."""
    fill_warnings(limit=limit)
    ended = end_alarms()
    warned = warn_of_terms(limit=limit) + warn_of_promises(limit=limit)
    rose = escalate_late(limit=limit) + escalate_promises(limit=limit) + rise_further(limit=limit)
    return Swept(warned, rose, ended)


def fill_warnings(*, limit: int = AT_ONCE) -> int:
    """The moment of the warning for insights that came without one. Returns how many got it."""
    rows = Insight.objects.filter(warn_at__isnull=True, due_at__isnull=False, decided_at__isnull=True)
    found = list(rows.select_related("department").order_by("due_at")[:limit])
    calendar = Calendar.of_install()
    for insight in found:
        assert insight.due_at is not None
        hours = calendar.opening_hours(insight.department)
        span = hours.between(insight.created_at, insight.due_at)
        warn_at = new_term(hours, insight.created_at, span).warn_at
        rows.filter(pk=insight.pk, due_at=insight.due_at).update(warn_at=min(warn_at, insight.due_at))
    return len(found)


def warn_of_terms(*, limit: int = AT_ONCE) -> int:
    """A quarter of the time to decide is left: owner and lead hear of it. Returns how many alarms are new."""
    with transaction.atomic():
        return len(raise_alarms(_locked(nearly_due_terms(now()), limit), Kind.NEAR))


def warn_of_promises(*, limit: int = AT_ONCE) -> int:
    """A quarter of the time of a promise is left: owner and lead hear of it. Returns how many alarms are new."""
    raised = 0
    for department in Department.objects.all():
        with transaction.atomic():
            day = local_day(department)
            raised += len(raise_alarms(_locked(nearly_due_promises(department, day), limit), Kind.PROMISE_NEAR))
    return raised


def _locked(rows: QuerySet[Insight], limit: int) -> list[Insight]:
    """Held until the transaction ends; what another sweep holds is left to it."""
    return list(rows.select_for_update(of=("self",), skip_locked=True, no_key=True)[:limit])


def escalate_late(*, limit: int = AT_ONCE) -> int:
    """Insights that nobody decided in time rise a level and tell the lead, then the managers. Returns how many rose.

    The deadline stays what it was; `next_at` of the alarm says when the next level hears.
    """
    with transaction.atomic():
        return _rise(raise_alarms(_locked(past_terms(now()), limit), Kind.PAST))


def escalate_promises(*, limit: int = AT_ONCE) -> int:
    """Promises whose day passed undone rise a level. Returns how many rose."""
    rose = 0
    for department in Department.objects.all():
        with transaction.atomic():
            day = last_day_over(department)
            rose += _rise(raise_alarms(_locked(past_promises(department, day), limit), Kind.PROMISE_PAST))
    return rose


def rise_further(*, limit: int = AT_ONCE) -> int:
    """A business day after one level heard, and still nothing: the next one hears. Returns how many rose."""
    with transaction.atomic():
        due = InsightAlarm.objects.filter(
            Q(kind=Kind.PAST, insight__state__in=UNDECIDED) | Q(kind=Kind.PROMISE_PAST, insight__state=State.ACCEPTED),
            next_at__lte=now(),
            ended_at__isnull=True,
            insight__waiting_since__isnull=True,
            insight__account__deleted_at__isnull=True,
        ).select_related("insight__department__lead", "insight__owner")
        alarms = list(
            due.select_for_update(of=("self", "insight"), skip_locked=True, no_key=True).order_by("next_at")[:limit]
        )
        calendar = Calendar.of_install()
        for alarm in alarms:
            _climb(alarm, calendar)
        InsightAlarm.objects.bulk_update(alarms, ["level", "next_at"])
        return _rise(alarms)


def raise_alarms(insights: Iterable[Insight], kind: InsightAlarm.Kind) -> list[InsightAlarm]:
    """New alarms for insights whose rows the caller holds; those that were raised before are left out."""
    found = {insight: deadline_of(insight, kind) for insight in insights}
    told = InsightAlarm.objects.filter(insight__in=list(found), kind=kind)
    known = set(told.values_list("insight_id", "deadline"))
    fresh = [
        InsightAlarm(
            insight=insight,
            department_id=insight.department_id,
            kind=kind,
            level=insight.level,
            deadline=deadline,
            raised_at=now(),
        )
        for insight, deadline in found.items()
        if (insight.pk, deadline) not in known
    ]
    if kind in InsightAlarm.BREACHES:
        calendar = Calendar.of_install()
        for alarm in fresh:
            _climb(alarm, calendar)
    InsightAlarm.objects.bulk_create(fresh)
    if kind not in InsightAlarm.BREACHES:
        _tell(fresh, {alarm: [alarm.insight.owner, alarm.insight.department.lead] for alarm in fresh})
    return fresh


def _climb(alarm: InsightAlarm, calendar: Calendar) -> None:
    """Who has to answer now, and when the next one hears: after eight business hours, unless nobody is above."""
    alarm.level, alarm.next_at = min(alarm.insight.level + 1, Insight.HIGHEST_LEVEL), None
    if alarm.level < Insight.HIGHEST_LEVEL:
        alarm.next_at = calendar.opening_hours(alarm.insight.department).add(now(), LEVEL_HOURS)


def _rise(alarms: Sequence[InsightAlarm]) -> int:
    """One level up for each; at the top the managers hear that it is late once more. Returns how many rose."""
    if not alarms:
        return 0
    rose = sum(_lift(alarm.insight, reason=str(WORDS[Kind(alarm.kind)])) for alarm in alarms)
    managers = _managers()
    _tell(alarms, {one: [one.insight.owner, *_answering(one.insight, one.level, managers)] for one in alarms})
    return rose


@transaction.atomic
def raise_level(*, insight: Insight, reason: str) -> bool:
    """One level up: the department's lead, then the managers; the clock is not touched. False at the top, and when
    somebody else moved it meanwhile; at the top the managers hear of it all the same."""
    is_up = _lift(insight, reason=reason)
    url, text = reverse("insight", args=[insight.pk]), f"{reason}: {insight.title}"
    key = f"insight:{insight.pk}:level:{insight.level}:{insight.version}"
    people = _answering(insight, insight.level, _managers())
    notify_all([Line(person, "insight", text, url, key) for person in people])
    tell_room(department_id=insight.department_id, text=text, url=url, dedupe_key=key)
    return is_up


def _lift(insight: Insight, *, reason: str) -> bool:
    level = min(insight.level + 1, Insight.HIGHEST_LEVEL)
    if level > insight.level:
        mine = Insight.objects.filter(pk=insight.pk, level=insight.level, state=insight.state)
        if mine.update(level=level, version=F("version") + 1, updated_at=timezone.now()) != 1:
            return False
        insight.level, insight.version = level, insight.version + 1
        log_step(insight=insight, actor=None, text=f"{reason}: {LEVELS[level]}")
        return True
    log_step(insight=insight, actor=None, text=reason)
    return False


def _managers() -> list[User]:
    return list(User.objects.active().filter(role=Role.MANAGER))


def _answering(insight: Insight, level: int, managers: list[User]) -> list[User]:
    """Who answers at a level: the lead where there is one, else the managers."""
    lead = insight.department.lead
    return [lead] if level == 1 and lead is not None and lead.is_active else managers


def _tell(alarms: Sequence[InsightAlarm], whom: Mapping[InsightAlarm, Iterable[User | None]]) -> None:
    """Lines for people in their own language, and for the chat of the department. A repeat changes nothing."""
    lines = []
    for alarm in alarms:
        url = reverse("insight", args=[alarm.insight_id])
        key = f"insight:{alarm.insight_id}:{alarm.kind}:{alarm.level}:{alarm.deadline:%Y%m%dT%H%M%S.%f}"
        for person in {one for one in whom[alarm] if one is not None and one.is_active}:
            with override(person.language):
                lines.append(Line(person, "insight", f"{WORDS[Kind(alarm.kind)]}: {alarm.insight.title}", url, key))
        text = f"{WORDS[Kind(alarm.kind)]}: {alarm.insight.title}"
        tell_room(department_id=alarm.department_id, text=text, url=url, dedupe_key=key)
    notify_all(lines)


def end_alarms() -> int:
    """Alarms whose insight was decided, kept or given another term are over. Returns how many ended."""
    open_ones = InsightAlarm.objects.filter(ended_at__isnull=True)
    moment = now()
    decisions = Q(kind__in=[Kind.NEAR, Kind.PAST]) & ~Q(insight__state__in=UNDECIDED)
    promises = Q(kind__in=[Kind.PROMISE_NEAR, Kind.PROMISE_PAST]) & ~Q(insight__state=State.ACCEPTED)
    # Handed over, reopened or waited for the customer: the deadline is another one now.
    overtaken = Q(kind__in=[Kind.NEAR, Kind.PAST]) & ~Q(insight__due_at=F("deadline"))
    passed = Q(kind=Kind.NEAR, deadline__lte=moment, insight__waiting_since__isnull=True) | Q(
        kind=Kind.PROMISE_NEAR, deadline__lte=moment
    )
    over = open_ones.filter(decisions | promises | overtaken | passed)
    return InsightAlarm.objects.filter(pk__in=over.values("pk")).update(ended_at=moment)


def deadline_of(insight: Insight, kind: InsightAlarm.Kind) -> dt.datetime:
    """The moment that an alarm is about: the end of the term, or of the promised day in the department."""
    if kind in {Kind.NEAR, Kind.PAST}:
        assert insight.due_at is not None
        return insight.due_at
    assert insight.promised_on is not None
    department = insight.department
    zone = ZoneInfo(department.time_zone)
    return dt.datetime.combine(insight.promised_on, department.closes_at, tzinfo=zone).astimezone(dt.UTC)


def local_day(department: Department) -> dt.date:
    """Which day it is where the department works."""
    return now().astimezone(ZoneInfo(department.time_zone)).date()


def last_day_over(department: Department) -> dt.date:
    """The last day whose work is done in the department."""
    here = now().astimezone(ZoneInfo(department.time_zone))
    return here.date() if here.time() >= department.closes_at else here.date() - dt.timedelta(days=1)
