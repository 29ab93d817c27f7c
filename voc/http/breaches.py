"""The board of breaches as a list: columns, filters, and the weeks as a chart."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from team.clock import now, today
from team.models import User
from ui import charts, formats
from ui.charts import Figure, Series
from ui.components.marks import badge
from ui.lists import Column, Empty, Filter, ListSpec
from voc.models import Insight, InsightAlarm
from voc.selectors.breaches import Week, with_insight
from voc.selectors.queue import arr_words, departments_for
from voc.services.deadlines import LEVELS

Rows = Any
KIND_TONES = {"near": "watch", "past": "critical", "promise_near": "watch", "promise_past": "critical"}


def title_cell(alarm: InsightAlarm) -> SafeString:
    """The insight, what is the matter with it, and whether it waits for the customer."""
    insight = alarm.insight
    marks = [badge(alarm.get_kind_display(), tone=KIND_TONES[alarm.kind])]
    if insight.waiting_since is not None and alarm.ended_at is None:
        marks.append(badge(_("waits for the customer")))
    return format_html(
        '<a class="said title" href="{}">{}</a> {} {}<span class="sub muted small">{}</span>',
        reverse("insight", args=[insight.pk]),
        insight.title,
        marks[0],
        marks[1] if len(marks) > 1 else "",
        " · ".join(str(one) for one in (insight.department.name, insight.theme and insight.theme.name) if one),
    )


def age_cell(alarm: InsightAlarm) -> object:
    """Since when it is late, or until when there is time; how long it took in the end."""
    if alarm.ended_at is not None:
        return formats.relative_time(alarm.deadline, now=alarm.ended_at)
    return formats.relative_time(alarm.deadline, now=now())


def level_cell(alarm: InsightAlarm) -> str:
    """Who has to answer."""
    return str(LEVELS[alarm.insight.level])


def deadline_cell(alarm: InsightAlarm) -> str:
    return formats.day(alarm.deadline, today=today())


def department_choices(user: Any) -> Iterable[tuple[str, str]]:
    """The departments whose queues the reader may open."""
    return [(one.slug, one.name) for one in departments_for(user)]


def owner_choices(user: Any) -> Iterable[tuple[str, str]]:
    """Members of the departments that the reader may open, and CSMs."""
    people = User.objects.active().filter(memberships__department__in=departments_for(user)).distinct()
    return [(str(person.pk), person.name) for person in people.order_by("name")]


def _waits(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    return rows.filter(insight__waiting_since__isnull=not values[-1])


def breach_list(*, user: User) -> ListSpec:
    """The board as this person may see it. SECURITY: members read revenue as a span and cannot sort by it."""

    def paid(alarm: InsightAlarm) -> str:
        return arr_words(alarm.insight.account, user)

    return ListSpec(
        name="breaches",
        label=_("Breaches"),
        default_sort="deadline",
        columns=(
            Column(
                "title", _("Insight"), cell=title_cell, export=lambda row: row.insight.title, width="fill", rank=1,
                is_fixed=True, needs=with_insight,
            ),
            Column("kind", _("What"), source="get_kind_display", width="md", is_default=False),
            Column("deadline", _("Due"), cell=age_cell, export=lambda row: row.deadline, sort="deadline", width="sm",
                   rank=1),
            Column("day", _("Day"), cell=deadline_cell, export=lambda row: row.deadline, width="sm", is_default=False),
            Column("level", _("Answers now"), cell=level_cell, export=level_cell, sort="level", width="md",
                   is_descending_first=True),
            Column("department", _("Department"), source="insight.department.name", width="sm"),
            Column("owner", _("Owner"), kind="person", source="insight.owner", width="md", rank=3),
            Column("account", _("Account"), source="insight.account.name", width="md"),
            Column("arr", _("ARR"), cell=paid, export=paid, width="sm", kind="custom", rank=3),
            Column("raised", _("Told"), kind="time", source="raised_at", sort="raised_at", width="sm", is_default=False,
                   is_descending_first=True),
            Column("ended", _("Over"), kind="time", source="ended_at", width="sm", is_default=False),
        ),
        filters=(
            Filter("department", _("Department"), path="insight__department__slug", choices=department_choices),
            Filter("kind", _("What"), path="kind", choices=InsightAlarm.Kind.choices),
            Filter("level", _("Answers now"), path="insight__level", choices=list(_level_choices())),
            Filter("owner", _("Owner"), "person", path="insight__owner_id", choices=owner_choices, can_be_blank=True),
            Filter("waits", _("Waits for the customer"), "flag", apply=_waits),
            Filter("due", _("Due"), "day", path="deadline"),
        ),
        search=("insight__title", "insight__account__name"),
        peek_url=lambda row: reverse("insight_peek", args=[row.insight_id]),
        keeps=("tab",),
        empty=Empty(
            _("Nothing here"),
            _("Deadlines stand here when a quarter of the time is left, and when they have passed."),
            icon="clock",
        ),
    )  # fmt: skip


def _level_choices() -> Iterable[tuple[str, Any]]:
    return [(str(level), LEVELS[level]) for level in range(Insight.HIGHEST_LEVEL + 1)]


def weeks_figure(weeks: Sequence[Week]) -> Figure | None:
    """Deadlines that passed, week by week; of these the ones that are over."""
    passed = Series(_("passed"), [(week.monday, week.passed) for week in weeks])
    ended = Series(_("of these decided or kept since"), [(week.monday, week.ended) for week in weeks])
    if not any(week.passed for week in weeks):
        return None
    # Few are counted in whole numbers: an axis up to one would have tenths of a deadline.
    high = max(4, *(week.passed for week in weeks))
    return charts.line([passed, ended], title=_("Deadlines passed"), unit=_("a week"), low=0, high=high)
