"""The catalogue of features as a list."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from engagement.models import Feature
from ui import formats
from ui.components.fields import inline_edit
from ui.components.marks import badge
from ui.lists import Column, Empty, Filter, ListSpec
from ui.lists.cells import BLANK

Rows = QuerySet[Any]
STATES: tuple[tuple[str, Any], ...] = (
    ("new", _("New")),
    ("shown", _("In use")),
    ("hidden", _("Hidden")),
    ("merged", _("Merged")),
)
CONDITIONS = {
    "new": Q(is_reviewed=False, is_hidden=False, merged_into=None),
    "shown": Q(is_reviewed=True, is_hidden=False, merged_into=None),
    "hidden": Q(is_hidden=True, merged_into=None),
    "merged": Q(merged_into__isnull=False),
}


def state_of(feature: Feature) -> str:
    """One of STATES."""
    if feature.merged_into_id is not None:
        return "merged"
    if feature.is_hidden:
        return "hidden"
    return "shown" if feature.is_reviewed else "new"


def state_badge(feature: Feature) -> object:
    """New, hidden, or what it counts for; nothing for a feature like any other."""
    state = state_of(feature)
    if state == "merged":
        url = reverse("feature_page", args=[feature.merged_into_id])
        return format_html('{} <a class="link" href="{}">{}</a>', _now("counts for"), url, feature.merged_into)
    if state == "hidden":
        return badge(_now("hidden"))
    return badge(_now("new"), tone="accent") if state == "new" else badge(_now("in use"), tone="good")


def _in_state(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    wanted = Q(pk__in=[])
    for value in values:
        wanted |= CONDITIONS[value]
    return rows.exclude(wanted) if operator == "not" else rows.filter(wanted)


def _in_plan(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    wanted = Q(plans=[])
    for value in values:
        wanted |= Q(plans__contains=[value])
    return rows.exclude(wanted) if operator == "not" else rows.filter(wanted)


def _name(feature: Feature) -> object:
    url = reverse("feature_page", args=[feature.pk])
    if not feature.label:
        return format_html('<a class="strong" href="{}">{}</a>', url, feature.name)
    return format_html(
        '<a class="strong" href="{}">{}</a> <code class="muted small">{}</code>', url, feature.label, feature.name
    )


def _users(feature: Feature) -> object:
    if not feature.users_28:
        return BLANK
    return format_html('<span class="figures">≥ {}</span>', formats.number(feature.users_28))


def _yes(name: str) -> Callable[[Feature], str]:
    return lambda feature: "✓" if getattr(feature, name) else formats.NOTHING


def _plans(feature: Feature) -> str:
    return ", ".join(feature.plans) or _now("every plan")


def _label(feature: Feature) -> str:
    return feature.label


def _description(feature: Feature) -> str:
    return feature.description


def feature_list(*, is_admin: bool) -> ListSpec:
    """The list as this person may see it; admins edit in place."""

    def edited(field: str, label: Any, read: Callable[[Feature], Any], key: str, **more: Any) -> Column:
        def cell(feature: Feature) -> object:
            shown = read(feature)
            if not is_admin or feature.merged_into_id is not None:
                return shown or BLANK
            return inline_edit(shown, reverse("feature_field", args=[feature.pk, field]), f"{label}: {feature}")

        return Column(key, label, cell=cell, export=lambda row: getattr(row, field), **more)

    return ListSpec(
        name="features",
        label=_("Features"),
        default_sort="-accounts",
        peek_url=lambda row: reverse("feature_peek", args=[row.pk]),
        is_selectable=is_admin,
        columns=(
            Column("name", _("Feature"), cell=_name, export=str, sort="name", width="fill", rank=1, is_fixed=True),
            Column("sent", _("Name as sent"), source="name", width="lg", is_default=False),
            edited("label", _("Label"), _label, "label", width="lg", is_default=False),
            edited("is_key", _("Key feature"), _yes("is_key"), "key", width="sm", rank=2),
            edited("is_core_action", _("Core action"), _yes("is_core_action"), "core", width="sm", rank=2),
            edited("plans", _("Plans"), _plans, "plans", width="md", rank=3),
            edited("description", _("What it is"), _description, "what", width="lg", is_default=False),
            Column(
                "accounts",
                _("Accounts"),
                "number",
                source="accounts_28",
                sort="accounts_28",
                width="sm",
                rank=1,
                is_descending_first=True,
                help=_("That used it in the last 28 days, as last counted."),
            ),
            Column(
                "users",
                _("Users"),
                "number",
                cell=_users,
                export=lambda row: row.users_28,
                sort="users_28",
                width="sm",
                rank=2,
                is_descending_first=True,
                help=_("At least so many: the busiest day of each account, added up."),
            ),
            _seen("first", _("First seen"), "first_seen_on"),
            _seen("last", _("Last seen"), "last_seen_on"),
            Column("state", _("State"), cell=state_badge, export=state_of, width="lg", rank=2),
        ),
        filters=(
            Filter("state", _("State"), choices=STATES, apply=_in_state),
            Filter("key", _("Key feature"), "flag", path="is_key"),
            Filter("core", _("Core action"), "flag", path="is_core_action"),
            Filter("beta", _("Beta"), "flag", path="is_beta"),
            Filter("plan", _("Plan"), "text", apply=_in_plan),
            Filter("accounts", _("Accounts"), "number", path="accounts_28"),
            Filter("first", _("First seen"), "day", path="first_seen_on"),
            Filter("last", _("Last seen"), "day", path="last_seen_on"),
        ),
        search=("name", "label", "description"),
        empty=Empty(
            _("No features yet"),
            _("Names are learned from the events and the usage that come in."),
            reverse_lazy("events"),  # type: ignore[arg-type]
            _("Send the first event"),
            "activity",
        ),
    )


def _seen(key: str, label: Any, field: str) -> Column:
    return Column(key, label, "day", source=field, sort=field, width="sm", rank=3, is_descending_first=True)
