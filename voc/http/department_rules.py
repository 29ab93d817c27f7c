"""The list of the rules that departments gave themselves."""

from collections.abc import Callable
from typing import Any

from django.db.models import Case, DateField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from team.clock import today
from team.models import Department, User
from ui import formats
from ui.components.marks import badge
from ui.lists import Column, Empty, Filter, ListSpec
from ui.lists.cells import BLANK
from voc.formulas.own_rules import write_value
from voc.models import DepartmentRule, DepartmentRuleReview, Theme

Rows = QuerySet[Any]
DUE = "due"
STATES = [(DUE, _("Due")), *DepartmentRule.State.choices]


# What has ended has no day any more.
_IN_FORCE_FIRST = Case(
    When(state=DepartmentRule.State.IN_FORCE, then=F("check_on")), default=Value(None), output_field=DateField()
)


def _joined(*paths: str) -> Callable[[Rows], Rows]:
    return lambda rows: rows.select_related(*paths)


def _with_last(rows: Rows) -> Rows:
    """With the last review's value and verdict."""
    last = DepartmentRuleReview.objects.filter(rule=OuterRef("pk")).order_by("-reviewed_at", "-id")
    with_last: Rows = rows.annotate(
        last_value=Subquery(last.values("value")[:1]), last_verdict=Subquery(last.values("verdict")[:1])
    )
    return with_last


def is_due(row: Any) -> bool:
    """In force, and its day has come."""
    return bool(row.state == DepartmentRule.State.IN_FORCE and row.check_on <= today())


def state_words(row: Any) -> str:
    """Due, in force, or ended."""
    return _now("Due") if is_due(row) else str(row.get_state_display())


def _state(row: Any) -> object:
    tone = "watch" if is_due(row) else "good" if row.state == DepartmentRule.State.IN_FORCE else ""
    return badge(state_words(row), tone=tone)


def _in_state(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    wanted = Q(state__in=[value for value in values if value != DUE] or ["-"])
    if DUE in values:
        wanted |= Q(state=DepartmentRule.State.IN_FORCE, check_on__lte=today())
    return rows.exclude(wanted) if operator == "not" else rows.filter(wanted)


def _themes(user: User) -> list[tuple[str, str]]:
    return [(theme.slug, theme.name) for theme in Theme.objects.filter(rules__isnull=False).distinct()]


def _owners(user: User) -> list[tuple[str, str]]:
    rows = User.objects.filter(pk__in=DepartmentRule.objects.visible_to(user).values("owner")).order_by("name")
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


def _departments(user: User) -> list[tuple[str, str]]:
    rows = Department.objects.filter(pk__in=DepartmentRule.objects.visible_to(user).values("department"))
    return [(slug, name) for slug, name in rows.values_list("slug", "name")]


OWN_RULES = ListSpec(
    name="own_rules",
    label=_("Rules from voice"),
    default_sort="check",
    columns=(
        Column("statement", _("From now on we"), source="statement", width="fill", rank=1, is_fixed=True),
        Column(
            "department",
            _("Department"),
            source="department.name",
            sort="department__name",
            width="md",
            rank=2,
            needs=_joined("department"),
        ),
        Column("owner", _("Owner"), kind="person", source="owner", needs=_joined("owner"), width="md", rank=3),
        Column(
            "theme",
            _("Cause"),
            cell=lambda row: row.theme.name if row.theme else BLANK,
            export=lambda row: row.theme.name if row.theme else "",
            needs=_joined("theme"),
            width="md",
            rank=3,
        ),
        Column(
            "baseline",
            _("When it began"),
            cell=lambda row: write_value(row.measure, row.baseline),
            export=lambda row: row.baseline,
            width="sm",
            rank=3,
        ),
        Column(
            "last",
            _("Last look"),
            cell=lambda row: write_value(row.measure, row.last_value),
            export=lambda row: row.last_value,
            needs=_with_last,
            width="sm",
            rank=3,
        ),
        Column(
            "check",
            _("Look again"),
            kind="day",
            source="check_on",
            sort=_IN_FORCE_FIRST,
            width="sm",
            rank=1,
            cell=lambda row: formats.day(row.check_on) if row.state == DepartmentRule.State.IN_FORCE else BLANK,
        ),
        Column("state", _("State"), cell=_state, export=state_words, width="sm", rank=1),
        Column("measure", _("Measured by"), source="measure", width="md", is_default=False),
        Column("made", _("Made"), kind="time", source="created_at", width="sm", is_default=False),
    ),
    filters=(
        Filter("state", _("State"), choices=STATES, apply=_in_state),
        Filter("department", _("Department"), path="department__slug", choices=_departments),
        Filter("owner", _("Owner"), "person", path="owner_id", choices=_owners, can_be_blank=True),
        Filter("theme", _("Cause"), path="theme__slug", choices=_themes, can_be_blank=True),
        Filter("check", _("Look again"), "day", path="check_on"),
    ),
    search=("statement",),
    row_url=lambda row: reverse("own_rule", args=[row.pk]),
    empty=Empty(
        _("No rule yet"),
        _(
            "When customers keep saying the same, write down what your department does differently, and when you look "
            "whether it helped."
        ),
        icon="list-checks",
    ),
)
