"""The list of the library."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.http.lists import csm_choices, segment_choices
from accounts.models import Persona
from lifecycle.models import ContentItem, Stage
from team.clock import today
from ui import formats
from ui.components.marks import badge
from ui.lists import Column, Empty, Filter, ListSpec
from ui.lists.cells import BLANK

ALL = _("All")


def _words(values: list[str], choices: Any) -> str:
    known = dict(choices)
    return ", ".join(str(known[value]) for value in values if value in known) or str(ALL)


def _stages(item: ContentItem) -> str:
    return _words(item.stage_kinds, Stage.Kind.choices)


def _personas(item: ContentItem) -> str:
    return _words(item.personas, Persona.choices)


def _format(item: ContentItem) -> object:
    words = item.get_format_display()
    return format_html("{} {}", words, badge(_now("key"), tone="accent")) if item.is_key_course else words


def _review(item: ContentItem) -> object:
    if item.review_on is None:
        return BLANK
    shown = formats.day(item.review_on, today=today())
    return format_html('<span class="critical">{}</span>', shown) if item.review_on <= today() else shown


def _serving(field: str) -> Any:
    """An item that names none serves all."""

    def apply(rows: QuerySet[Any], operator: str, values: list[Any], user: Any) -> QuerySet[Any]:
        condition = Q(**{f"{field}__overlap": values}) | Q(**{field: []})
        return rows.exclude(condition) if operator == "not" else rows.filter(condition)

    return apply


def _for_segment(rows: QuerySet[Any], operator: str, values: list[Any], user: Any) -> QuerySet[Any]:
    condition = Q(segments__slug__in=values) | Q(segments=None)
    return (rows.exclude(condition) if operator == "not" else rows.filter(condition)).distinct()


LIBRARY = ListSpec(
    name="library",
    label=_("Library"),
    default_sort="title",
    columns=(
        Column("title", _("Title"), sort="title", width="xl", rank=1, is_fixed=True),
        Column("format", _("Format"), source="get_format_display", cell=_format, width="md", rank=1),
        Column("stages", _("Stages"), cell=_stages, export=_stages, width="md", rank=3),
        Column("personas", _("For"), cell=_personas, export=_personas, width="md", rank=3),
        Column("wanted_action", _("Asks for"), width="lg"),
        Column("sent", _("Sent"), kind="number", source="sent_count", width="xs"),
        Column("completed", _("Done"), kind="number", source="completed_count", width="xs", help=_("Who finished it.")),
        Column("language", _("Language"), width="sm", is_default=False),
        Column("minutes", _("Minutes"), kind="number", width="xs", is_default=False),
        Column(
            "owner", _("Owner"), kind="person", source="owner", rank=3, needs=lambda rows: rows.select_related("owner")
        ),
        Column("review", _("Look again"), kind="day", source="review_on", cell=_review, width="sm", rank=3),
    ),
    filters=(
        Filter("stage", _("Stage"), choices=Stage.Kind.choices, apply=_serving("stage_kinds")),
        Filter("persona", _("Persona"), choices=Persona.choices, apply=_serving("personas")),
        Filter("segment", _("Segment"), choices=segment_choices, apply=_for_segment),
        Filter("kind", _("Format"), path="format", choices=ContentItem.Format.choices),
        Filter("key", _("Key course"), "flag", path="is_key_course"),
        Filter("many", _("One to many"), "flag", path="is_one_to_many"),
        Filter("owner", _("Owner"), "person", path="owner_id", choices=csm_choices),
        Filter("review", _("Look again"), "day", path="review_on", can_be_blank=True),
    ),
    search=("title", "objective", "wanted_action"),
    row_url=lambda row: reverse("content_item", args=[row.pk]),
    empty=Empty(
        _("Nothing in the library yet"),
        _("Articles, courses, webinars: what customers need at each stage."),
        url=reverse_lazy("content_create"),  # type: ignore[arg-type]
        action=_("Add the first item"),
        icon="library",
    ),
)
