"""The list of surveys: columns, filters, cells."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from team.models import User
from ui.components.marks import badge
from ui.formats import number, percent
from ui.lists import Column, Empty, Filter, ListSpec
from voc.formulas.fatigue import fatigue_signs
from voc.models import Survey
from voc.selectors.surveys import in_states

STATES = (("open", _("Open")), ("draft", _("Draft")), ("closed", _("Closed")))
FATIGUE = {"few_answer": _("few answer"), "many_held": _("many held back")}


def rate_of(survey: Survey) -> float | None:
    """Share of those asked who answered."""
    asked, answered = getattr(survey, "asked", 0), getattr(survey, "answered", 0)
    return answered / asked if asked else None


def state_of(survey: Any) -> str:
    """closed, draft (never published), changed (the draft says something else than customers see), open."""
    if not survey.is_active:
        return "closed"
    if survey.newest_number is None:
        return "draft"
    return "open" if survey.draft in ({}, survey.newest_definition) else "changed"


def state_cell(survey: Any) -> SafeString:
    """The state as a badge with the version."""
    version = _now("version %(number)s") % {"number": survey.newest_number}
    return {
        "closed": lambda: badge(_now("closed")),
        "draft": lambda: badge(_now("draft"), tone="accent"),
        "changed": lambda: badge(version, tone="watch", title=_now("The draft has changed since")),
        "open": lambda: badge(version, tone="good"),
    }[state_of(survey)]()


def audience_words(survey: Any) -> str:
    """Who is asked: the newest wave, what asks by itself, open links."""
    parts = []
    if survey.wave_name:
        size = f" ({number(survey.wave_size)})" if survey.wave_size is not None else ""
        parts.append(f"{survey.wave_name}{size}")
    if survey.triggers_on:
        parts.append(ngettext("%(n)d trigger", "%(n)d triggers", survey.triggers_on) % {"n": survey.triggers_on})
    if survey.links_open:
        parts.append(ngettext("%(n)d link", "%(n)d links", survey.links_open) % {"n": survey.links_open})
    return " · ".join(parts) or "–"


def signs_of(survey: Any) -> list[str]:
    """Signs of fatigue in words."""
    found = fatigue_signs(asked=survey.asked, answered=survey.answered, not_asked=survey.not_asked)
    return [str(FATIGUE[sign]) for sign in found]


def fatigue_cell(survey: Any) -> SafeString | str:
    """Badges, or a dash."""
    signs = signs_of(survey)
    return format_html_join(" ", "{}", ((badge(one, tone="risk"),) for one in signs)) if signs else "–"


def owners(_user: User) -> list[tuple[str, str]]:
    """Those who own a survey."""
    found = User.objects.filter(surveys__isnull=False, surveys__deleted_at=None).distinct().order_by("name")
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")]


def by_state(rows: QuerySet[Survey], operator: str, values: list[Any], _user: Any) -> QuerySet[Survey]:
    """The filter on the state."""
    condition = in_states(str(value) for value in values)
    return rows.exclude(condition) if operator == "not" else rows.filter(condition)


SURVEYS = ListSpec(
    name="surveys",
    label=_("Surveys"),
    default_sort="name",
    search=("name", "decision"),
    row_url=lambda survey: reverse("survey", args=[survey.pk]),
    columns=(
        Column("name", _("Survey"), width="fill", sort="name", rank=1, is_fixed=True),
        Column("state", _("State"), width="md", rank=1, cell=state_cell, export=state_of),
        Column(
            "kind",
            _("Kind"),
            cell=lambda row: row.get_kind_display(),
            export=lambda row: row.kind,
            width="sm",
            sort="kind",
            rank=3,
        ),
        Column("owner", _("Owner"), kind="person", source="owner.name", width="lg", sort="owner__name", rank=3),
        Column("audience", _("Audience"), width="lg", rank=3, cell=audience_words, export=audience_words),
        Column("waves", _("Waves"), kind="number", source="waves_made", width="sm", sort="waves_made", rank=3),
        Column("asked", _("Asked"), kind="number", width="sm", sort="asked"),
        Column("answered", _("Answered"), kind="number", width="sm", sort="answered"),
        Column("rate", _("Rate"), width="sm", rank=1, cell=lambda row: percent(rate_of(row)), export=rate_of),
        Column("not_asked", _("Not asked"), kind="number", width="sm", sort="not_asked", rank=3, is_default=False),
        Column(
            "fatigue", _("Fatigue"), width="md", rank=2, cell=fatigue_cell, export=lambda row: ", ".join(signs_of(row))
        ),
        Column("decision", _("Decision it serves"), width="xl", rank=3, is_default=False),
    ),
    filters=(
        Filter(
            "state",
            _("State"),
            choices=STATES,
            apply=by_state,
        ),
        Filter("kind", _("Kind"), path="kind", choices=Survey.Kind.choices),
        Filter("owner", _("Owner"), "person", path="owner_id", choices=owners),
    ),
    empty=Empty(
        _("No survey yet"),
        _("Begin with one that asks well at one moment of a customer's life, or write your own."),
        url="/surveys/templates/",
        action=_("Choose a template"),
        icon="clipboard-list",
    ),
)
