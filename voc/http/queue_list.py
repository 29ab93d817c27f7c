"""What the department queue is made of: columns, filters and the order of each tab."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import (
    Case,
    DateField,
    Exists,
    Expression,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.http.lists import ACCOUNT_FILTERS, sees_sums
from team.clock import now, today
from team.models import Department, User
from ui import formats
from ui.components.marks import badge
from ui.lists import Column, Empty, Filter, ListSpec
from ui.lists.cells import BLANK
from voc.http.inbox_list import theme_choices
from voc.models import Feedback, Insight, InsightFeedback
from voc.models.insights import PRESSING
from voc.selectors.queue import arr_words, row_of, with_parts

Rows = QuerySet[Any]
# A promise that is due comes before the customer who has been told and has the word.
PROMISED: Expression = Case(
    When(Q(state=Insight.State.TOLD), then=Value(dt.date(9999, 1, 1))),
    default=F("promised_on"),
    output_field=DateField(),
)
SORTS = {"triage": "priority", "accepted": "due", "snoozed": "due", "closed": "-due"}
_LONGEST = 90


def count_cell(user: User) -> Callable[[Insight], SafeString]:
    """How often it was said, in the colour of its urgency, which is said in words too."""

    def cell(insight: Insight) -> SafeString:
        row = row_of(insight, user)
        mark = badge(row.mentions_words, tone=row.tone, title=row.why)
        return format_html('<span class="count-mark">{}</span>', mark)

    return cell


def title_cell(user: User, department: Department | None) -> Callable[[Insight], SafeString]:
    """The title with what is special about it; below it where it comes from."""

    def cell(insight: Insight) -> SafeString:
        row = row_of(insight, user)
        below = [_("from %(sources)s") % {"sources": ", ".join(row.sources)}] if row.sources else []
        if insight.theme:
            below.append(insight.theme.name)
        if department is None:
            below.append(insight.department.name)
        below += row.reasons
        return format_html(
            '<a class="said title" href="{}">{}</a> {}'
            '<span class="sub muted small"><span class="is-phone">{} · {} · </span>{}</span>',
            reverse("insight", args=[insight.pk]),
            insight.title,
            _marks(insight),
            insight.account.name,
            row.arr,
            " · ".join(str(one) for one in below),
        )

    return cell


def _marks(insight: Insight) -> SafeString:
    if insight.state == Insight.State.REOPENED:
        return badge(_("not solved"), tone="critical")
    if insight.is_praise:
        return badge(_("praise"), tone="good")
    if insight.level and insight.state in {Insight.State.NEW, Insight.State.TRIAGED}:
        return badge(_("escalated"), tone="risk")
    return SafeString("")


def due_cell(user: User, tab: str) -> Callable[[Insight], object]:
    """What the tab waits for: the decision, the promise, the day on which it wakes, or how it ended."""

    def cell(insight: Insight) -> object:
        if tab == "closed":
            return insight.get_state_display()
        if row_of(insight, user).is_late:
            return badge(_("late"), tone="critical")
        if tab == "accepted" and insight.state != Insight.State.ACCEPTED:
            return insight.get_state_display()
        if tab == "snoozed" and insight.snoozed_at_mentions is not None:
            grows = _("when said again")
            return grows if insight.snoozed_until is None else f"{_short(insight.snoozed_until)} · {grows}"
        if tab == "triage" and insight.waiting_since is not None:
            return badge(_("waits for the customer"))
        moment = {"triage": insight.due_at, "accepted": insight.promised_on, "snoozed": insight.snoozed_until}[tab]
        return _short(moment) if moment else BLANK

    return cell


def _short(moment: dt.date | dt.datetime) -> str:
    return formats.day(moment, today=today())


def _due_export(tab: str) -> Callable[[Insight], object]:
    fields = {"triage": "due_at", "accepted": "promised_on", "snoozed": "snoozed_until"}
    return lambda insight: getattr(insight, fields[tab]) if tab in fields else insight.get_state_display()


DUE: dict[str, tuple[Any, str | Expression]] = {
    "triage": (_("Decide by"), "due_at"),
    "accepted": (_("Promised"), PROMISED),
    "snoozed": (_("Until"), "snoozed_until"),
    "closed": (_("Became"), "updated_at"),
}


def _columns(user: User, tab: str, department: Department | None) -> tuple[Column, ...]:
    due, by = DUE[tab]

    def paid(row: Insight) -> str:
        return arr_words(row.account, user)

    return (
        Column(
            "said", _("Said"), cell=count_cell(user), export=lambda row: row.mentions, sort="mentions", width="xs",
            rank=1, is_descending_first=True, help=_("How often; the colour says how urgent it is"),
        ),
        Column(
            "title", _("Insight"), cell=title_cell(user, department), export=lambda row: row.title, width="fill",
            rank=1, is_fixed=True, needs=with_parts,
        ),
        Column("account", _("Account"), source="account.name", width="md"),
        Column(
            "arr", _("ARR"), cell=paid, export=paid, width="md", kind="custom", is_descending_first=True,
            sort="account__summary__arr" if sees_sums(user) else "",
        ),
        Column("due", due, cell=due_cell(user, tab), export=_due_export(tab), sort=by, width="sm"),
        Column("owner", _("Owner"), kind="person", source="owner", width="md", rank=3),
        Column("priority", _("Priority"), kind="number", sort=PRESSING, width="xs", is_default=False),
        Column("why", _("Why so urgent"), cell=lambda row: row_of(row, user).why, width="lg", is_default=False,
               export=lambda row: row_of(row, user).why),
        Column("theme", _("Theme"), source="theme.name", width="md", is_default=False),
        Column("department", _("Department"), source="department.name", width="sm", is_default=False),
        Column("state", _("State"), source="get_state_display", width="sm", is_default=False),
        Column(
            "segment", _("Segment"), source="account.segment.name", width="sm", is_default=False,
            needs=lambda rows: rows.select_related("account__segment"),
        ),
        Column("renewal", _("Renewal"), kind="day", source="account.summary.renews_on", width="sm", is_default=False),
        Column("came", _("Came in"), kind="time", source="created_at", sort="created_at", width="sm", is_default=False,
               is_descending_first=True),
    )  # fmt: skip


def _from(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    found = Exists(InsightFeedback.objects.filter(insight=OuterRef("pk"), feedback__source__in=values))
    return rows.filter(~found if operator == "not" else found)


def _late(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    late = Q(due_at__lt=now(), decided_at__isnull=True) & ~Q(state__in=Insight.CLOSED)
    return rows.filter(late if values[-1] else ~late)


def _watched(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    return rows.filter(watches__user=user) if values[-1] else rows.exclude(watches__user=user)


def owner_choices(user: Any) -> Iterable[tuple[str, str]]:
    """Everybody who belongs to a department whose queue the reader may open."""
    people = User.objects.filter(is_active=True, memberships__isnull=False)
    if user.role == "member":
        people = people.filter(memberships__department__in=user.department_ids())
    return [(str(person.pk), person.name) for person in people.distinct().order_by("name")]


FILTERS = (
    Filter("theme", _("Theme"), path="theme__slug", choices=theme_choices, can_be_blank=True),
    Filter("source", _("By"), choices=Feedback.Source.choices, apply=_from),
    Filter("owner", _("Owner"), "person", path="owner_id", choices=owner_choices, can_be_blank=True),
    Filter("priority", _("Priority"), path="priority", choices=[(str(one), str(one)) for one in range(1, 5)]),
    Filter("late", _("Late"), "flag", apply=_late),
    Filter("praise", _("Praise"), "flag", path="is_praise"),
    Filter("watched", _("Watched by me"), "flag", apply=_watched),
    Filter("came", _("Came in"), "day", path="created_at"),
    *ACCOUNT_FILTERS,
)
EMPTY = {
    "triage": Empty(
        _("Nothing waits for a decision"),
        _("What customers say about your field arrives here as soon as it is understood."),
        icon="lightbulb",
    ),
    "accepted": Empty(
        _("Nothing is promised"), _("What a department accepts stands here until it is done."), icon="check"
    ),
    "snoozed": Empty(_("Nothing is snoozed"), _("H snoozes until a day, or until it is said again."), icon="clock"),
    "closed": Empty(_("Nothing was closed yet"), icon="check"),
}


def queue_list(*, user: User, tab: str, department: Department | None, may_decide: bool) -> ListSpec:
    """One tab of one queue as this person may see it.

    SECURITY: members cannot sort by revenue: the address of the next page would tell it.
    """
    return ListSpec(
        name="insights",
        label=_("Insights"),
        default_sort=SORTS[tab],
        columns=_columns(user, tab, department),
        filters=FILTERS,
        search=("title", "account__name"),
        peek_url=lambda row: reverse("insight_peek", args=[row.pk]),
        is_selectable=may_decide and tab in {"triage", "snoozed", "accepted"},
        keeps=("department", "tab"),
        empty=EMPTY[tab],
    )
