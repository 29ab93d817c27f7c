"""The list of initiatives: columns, filters, cells."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from team.clock import today
from team.models import Department, User
from ui.components.marks import badge
from ui.formats import NOTHING, day
from ui.lists import Column, Empty, Filter, ListSpec
from voc.models import Initiative, Theme
from voc.selectors.initiatives import may_begin, weight_words

TONES = {"planned": "", "started": "accent", "shipped": "good", "dropped": ""}
# Short, for a narrow column.
WORDS = {"planned": _("Planned"), "started": _("In work"), "shipped": _("Shipped"), "dropped": _("Dropped")}


def state_badge(initiative: Initiative) -> SafeString:
    """The state, and never by colour alone."""
    return badge(WORDS[initiative.state], tone=TONES[initiative.state])


def is_late(initiative: Initiative) -> bool:
    """Due, and not done."""
    is_open = initiative.state not in Initiative.OVER
    return is_open and initiative.due_on is not None and initiative.due_on < today()


def _weight(user: User) -> Any:
    def words(row: Any) -> str:
        return weight_words(weight=row.weight, count=row.voter_count, user=user)

    return words


def _departments(user: Any) -> Iterable[tuple[str, str]]:
    rows = Department.objects.all()
    rows = rows.filter(pk__in=user.department_ids()) if user.role == "member" else rows
    return [(slug, name) for slug, name in rows.values_list("slug", "name")]


def _owners(_user: Any) -> Iterable[tuple[str, str]]:
    rows = User.objects.filter(initiatives__isnull=False).distinct().order_by("name")
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


def _themes(_user: Any) -> Iterable[tuple[str, str]]:
    return Theme.objects.filter(initiatives__isnull=False).distinct().values_list("slug", "name")


def _due(row: Any) -> SafeString:
    late = badge(str(_("late")), tone="critical") if is_late(row) else ""
    return format_html("{} {}", day(row.due_on, today=today()) if row.due_on else NOTHING, late)


def _late_words(row: Any) -> SafeString | str:
    return badge(str(_("late")), tone="critical", icon="clock") if is_late(row) else NOTHING


def initiative_list(user: User) -> ListSpec:
    """The list as this person may see it.

    SECURITY: who does not see every account gets no filter on sums, by which a hidden one could be found out.
    """
    weight = _weight(user)
    return ListSpec(
        name="initiatives",
        label=_("Initiatives"),
        default_sort="-weight",
        search=("title", "target"),
        row_url=lambda row: reverse("initiative", args=[row.pk]),
        columns=(
            Column("title", _("Initiative"), width="fill", sort="title", rank=1, is_fixed=True),
            Column(
                "state", _("State"), width="sm", rank=1, sort="state", cell=state_badge, export=lambda row: row.state
            ),
            Column("department", _("Department"), source="department.name", width="md", sort="department__name"),
            Column("owner", _("Owner"), kind="person", source="owner.name", width="md", rank=3),
            Column("theme", _("Theme"), source="theme.name", width="md", rank=3),
            Column("due_on", _("Due"), kind="day", width="md", sort="due_on", cell=_due),
            Column(
                "late", _("Late"), width="sm", rank=3, is_default=False, cell=_late_words,
                export=lambda row: "yes" if is_late(row) else "",
            ),
            Column("shipped_on", _("Shipped"), kind="day", width="sm", sort="shipped_on", is_default=False),
            Column(
                "asks", _("Insights"), kind="number", source="ask_count", width="sm", sort="ask_count", rank=3,
                is_default=False,
            ),
            Column(
                "voters", _("Accounts"), kind="number", source="voter_count", width="md", sort="voter_count",
                is_descending_first=True,
            ),
            Column(
                "weight", _("Their ARR"), width="md", rank=1, sort="weight", is_descending_first=True, cell=weight,
                export=(lambda row: row.weight) if user.sees_everything else weight,
                help=_("Of all accounts that ask; shown for five or more where not every account may be seen."),
            ),
        ),
        filters=(
            Filter("state", _("State"), choices=Initiative.State.choices),
            Filter("department", _("Department"), path="department__slug", choices=_departments),
            Filter("owner", _("Owner"), "person", path="owner_id", choices=_owners, can_be_blank=True),
            Filter("theme", _("Theme"), path="theme__slug", choices=_themes, can_be_blank=True),
            Filter("due", _("Due"), "day", path="due_on", can_be_blank=True),
            Filter("shipped", _("Shipped"), "day", path="shipped_on"),
            Filter("voters", _("Accounts that ask"), "number", path="voter_count"),
            Filter(
                "arr", _("Their ARR"), "money", path="weight", is_allowed=lambda person: bool(person.sees_everything)
            ),
            Filter("public", _("On the page for customers"), "flag", path="is_public"),
        ),
        empty=_empty(user),
    )  # fmt: skip


def _empty(user: User) -> Empty:
    words = _("A theme, or several insights, that became a piece of work: who asks for it, and what it changed.")
    if not may_begin(user):
        return Empty(_("No initiative yet"), words, icon="target")
    return Empty(_("No initiative yet"), words, reverse("initiative_add"), _("Begin one"), "target")
