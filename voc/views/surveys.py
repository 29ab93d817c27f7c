"""Surveys: the list, and one with its results."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from team.http.access import current_user, requires_role
from team.models import Role
from ui.formats import NOTHING, number, percent, signed
from ui.http import render_part
from ui.lists import Column, Empty, ListSpec, build_list, list_response
from voc.models import Survey
from voc.selectors.results import Results, read_results, surveys_with_counts

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)


def rate_of(survey: Survey) -> float | None:
    """Share of those asked who answered."""
    asked, answered = getattr(survey, "asked", 0), getattr(survey, "answered", 0)
    return answered / asked if asked else None


SURVEYS = ListSpec(
    name="surveys",
    label=_("Surveys"),
    default_sort="name",
    search=("name", "decision"),
    row_url=lambda survey: reverse("survey", args=[survey.pk]),
    columns=(
        Column("name", _("Survey"), width="fill", sort="name", rank=1, is_fixed=True),
        Column(
            "kind",
            _("Kind"),
            cell=lambda row: row.get_kind_display(),
            export=lambda row: row.kind,
            width="sm",
            sort="kind",
        ),
        Column("owner", _("Owner"), kind="person", source="owner.name", width="lg", sort="owner__name", rank=3),
        Column("asked", _("Asked"), kind="number", width="sm", sort="asked"),
        Column("answered", _("Answered"), kind="number", width="sm", sort="answered"),
        Column("rate", _("Rate"), width="sm", rank=1, cell=lambda row: percent(rate_of(row)), export=rate_of),
        Column("not_asked", _("Not asked"), kind="number", width="sm", sort="not_asked", rank=3),
        Column("decision", _("Decision it serves"), width="xl", rank=3),
    ),
    empty=Empty(_("No survey yet"), _("A survey needs an owner and the decision it serves."), icon="clipboard-list"),
)


@require_safe
@requires_role(*READERS)
def surveys(request: HttpRequest) -> HttpResponseBase:
    """All surveys, with how many of the visible people were asked and answered."""
    page = build_list(request, SURVEYS, surveys_with_counts(current_user(request)))
    return list_response(request, "voc/surveys.html", page)


@require_safe
@requires_role(*READERS)
def survey(request: HttpRequest, pk: int) -> HttpResponse:
    """Headline with its interval, rates, comments; over the accounts that the reader sees."""
    found = get_object_or_404(Survey.objects.select_related("owner"), pk=pk)
    results = read_results(survey=found, user=current_user(request))
    context = {"survey": found, "results": results, "programme": programme_of(found), **headline_words(results)}
    return render_part(request, "voc/survey.html", "results", context)


def headline_words(results: Results) -> dict[str, object]:
    """The four numbers on top, each with what it rests on."""
    nps = results.nps
    found = nps.low is not None and nps.high is not None
    return {
        "headline": signed(nps.value) if nps.value is not None else NOTHING,
        "interval": f"{signed(nps.low)} … {signed(nps.high)}, n {nps.n}" if found else gettext("no answers yet"),
        "answered": number(results.answered),
        "rate": gettext("%(rate)s of %(asked)s asked") % {"rate": percent(results.rate), "asked": results.asked},
        "uncounted": number(results.provisional + results.machine + results.partial),
        "uncounted_note": gettext("%(provisional)s to confirm, %(machine)s machines, %(partial)s partial")
        % {"provisional": results.provisional, "machine": results.machine, "partial": results.partial},
        "held": number(sum(count for _reason, count in results.suppressed)),
        "held_note": results.suppressed[0][0] if results.suppressed else "",
        "top": max([count for _score, count in results.by_score] + [1]),
    }


def programme_of(found: Survey) -> list[tuple[object, object]]:
    """Why the survey exists."""
    return [
        (_("Owner"), found.owner.name),
        (_("Decision it serves"), found.decision or NOTHING),
        (_("Measure"), found.measure or NOTHING),
        (_("Target"), found.target or NOTHING),
        (_("Who reads it"), found.who_reads or NOTHING),
    ]
