"""Results of a survey: overview, questions, drivers, comments, comparison; the same filters stand in every address."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from team.clock import now
from team.http.access import current_user, requires_role
from team.models import Role
from ui.formats import NOTHING, number, percent
from ui.http import id_in, render_part
from ui.lists.keyset import BadCursor, Cursor
from voc.formulas.intervals import Interval
from voc.formulas.results import drawing as drawn
from voc.formulas.results.query import Query, months_in, read_query
from voc.formulas.results.sheet import DIMENSIONS
from voc.formulas.results.words import (
    change_words,
    dimension_names,
    interval_words,
    p_words,
    scale_name,
    scale_words,
    seconds_words,
    stretch_name,
    test_name,
    word_of,
    write_change,
    write_value,
)
from voc.http.results import choices_of
from voc.models import Feedback, Survey
from voc.selectors.results import Overview, Rates, Reading, read_overview, read_rates, read_strip, read_survey, scope_of
from voc.selectors.results.bias import Side, read_bias
from voc.selectors.results.comments import CommentFilter, read_comments, themes_in
from voc.selectors.results.details import joinable, read_comparison, read_drivers, read_questions, read_together
from voc.services.results.files import newest_files

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER, Role.MEMBER)
FEW_COMMENTS = 4
MOODS = ("critical", "watch", "good")


def _asked(request: HttpRequest, pk: int) -> tuple[Reading, Query]:
    """The survey, read for this person with the filters of the address."""
    found = get_object_or_404(Survey.objects.select_related("owner"), pk=pk)
    query = read_query(pk, dict(request.GET.lists()))
    return read_survey(scope_of(current_user(request), found), query.filters), query


def _frame(request: HttpRequest, reading: Reading, query: Query, current: str) -> dict[str, Any]:
    """What every page of results shows around its own."""
    names = reading.names
    first, last = months_in(reading.everything)
    labels = dimension_names() | {"from": _("From"), "to": _("To")}
    given = dict(request.GET.items())
    active = [
        (labels[name], word_of(name, query.filters.words[name], names), query.without(name).address(request.path))
        for name in DIMENSIONS
        if name in query.filters.words
    ]
    months = [
        (labels[name], given[name], query.without(name).address(request.path))
        for name, value in (("from", query.filters.start), ("to", query.filters.end))
        if value is not None
    ]
    return {
        "survey": reading.scope.survey,
        "reading": reading,
        "query": query,
        "names": names,
        "current": current,
        "choices": choices_of(reading, names),
        "active": [*active, *months],
        "first_month": first,
        "last_month": last,
        "from": given.get("from", "") if query.filters.start is not None else "",
        "to": given.get("to", "") if query.filters.end is not None else "",
        "pages": [
            (words, query.address(reverse(name, args=[query.pk])), name == current)
            for name, words in (
                ("survey", _("Overview")),
                ("survey_questions", _("By question")),
                ("survey_drivers", _("Drivers")),
                ("survey_comments", _("Comments")),
                ("survey_compare", _("Compare")),
            )
        ],
        "exports": [
            (words, query.address(reverse("survey_export", args=[query.pk, kind])))
            for kind, words in (("csv", "CSV"), ("xlsx", "Excel"), ("pdf", "PDF"))
        ],
        "files": newest_files(reader=current_user(request), survey=reading.scope.survey),
        "as_of": now(),
        "scale_words": scale_words(reading.asked.scale) if reading.asked.scale else "",
        "scale_name": scale_name(reading.asked.scale) if reading.asked.scale else _("Score"),
    }


@require_safe
@requires_role(Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
def surveys_strip(request: HttpRequest) -> HttpResponse:
    """What the relationship surveys say together; the list of surveys loads it above itself."""
    strip = read_strip(current_user(request))
    facts = [
        (_("NPS of the year, all relationship surveys"), write_value(strip.nps.scale, strip.nps.value)),
        (_("95 % interval"), interval_words(strip.nps)),
        (_("Response rate"), _("%(rate)s of %(n)s asked") % _of(strip.rate)),
        (_("Accounts that have spoken"), _("%(rate)s of %(n)s") % _of(strip.spoke)),
    ]
    return render_part(request, "voc/results/strip.html", "strip", {"facts": facts})


def _of(interval: Interval) -> dict[str, str]:
    return {"rate": percent(interval.value), "n": number(interval.n)}


@require_safe
@requires_role(*READERS)
def survey(request: HttpRequest, pk: int) -> HttpResponse:
    """Headline with its interval, rates, trend, tables, the newest comments; over what the reader sees."""
    reading, query = _asked(request, pk)
    rates = read_rates(reading)
    overview = read_overview(reading, rates)
    surveys = list(Survey.objects.filter(pk__in=query.join, kind=reading.scope.survey.kind, is_anonymous=False))
    together = read_together(reading, surveys) if surveys and not reading.scope.is_protected else None
    comments = read_comments(reading, CommentFilter(), None)
    context = {
        **_frame(request, reading, query, "survey"),
        **overview_words(reading, overview, rates),
        "together": together,
        "together_trend": drawn.trend_figure(together.all.scale, together.trend) if together else None,
        "together_rows": [
            (one.name, reverse("survey", args=[one.pk]), write_value(found.scale, found.value), interval_words(found))
            for one, found in together.surveys
        ]
        if together
        else [],
        "together_value": write_value(together.all.scale, together.all.value) if together else "",
        "together_interval": interval_words(together.all) if together else "",
        "joinable": joinable(reading),
        "comments": comments.rows[:FEW_COMMENTS],
        "comments_url": query.address(reverse("survey_comments", args=[pk])),
        "bias_url": query.address(reverse("survey_bias", args=[pk])),
        "programme": programme_of(reading.scope.survey),
    }
    return render_part(request, "voc/results/overview.html", "results", context)


def overview_words(reading: Reading, overview: Overview, rates: Rates) -> dict[str, Any]:
    """The figures of the overview in words and charts."""
    scale, headline, trend = reading.asked.scale, overview.headline, overview.trend
    labels = dimension_names()
    figures = []
    change, since = "", ""
    if scale is not None and headline is not None:
        for name, table in overview.tables.items():
            if len(table.groups) + (1 if table.unseen else 0) > 1:
                title = _("By %(what)s") % {"what": labels[name].lower()}
                figures.append(drawn.group_figure(name, title, table, headline, reading.names))
        if trend is not None and len(trend.points) > 1:
            since = stretch_name(trend.points[-2].start, trend.step)
            change = change_words(scale, trend.change, since)
    parts = headline.parts if headline is not None else (0, 0, 0)
    part_names = (
        (_("promoters"), _("passives"), _("detractors"))
        if scale is not None and scale.kind == "nps"
        else (_("good"), _("middling"), _("poor"))
    )
    n = max(headline.n, 1) if headline is not None else 1
    return {
        "overview": overview,
        "rates": rates,
        "headline": write_value(scale, headline.value) if scale and headline else NOTHING,
        "interval": interval_words(headline) if headline else "",
        "population": number(headline.population) if headline and headline.population else "",
        "top": _("%(share)s answered %(scores)s")
        % {"share": percent(headline.top.value), "scores": f"{scale.high - 1}-{scale.high}"}
        if scale and headline and headline.top
        else "",
        "parts": [
            (tone, words, count, percent(count / n))
            for tone, words, count in zip(("good", "watch", "critical"), part_names, parts, strict=True)
        ],
        "stack": drawn.stacked(
            [(tone, count) for tone, count in zip(("good", "watch", "critical"), parts, strict=True)]
        ),
        "trend": drawn.trend_figure(scale, trend) if scale else None,
        "trend_small": drawn.trend_figure(scale, trend, slot="s") if scale else None,
        "change": change,
        "figures": [figure for figure in figures if figure is not None],
        "answered": percent(rates.answered.value),
        "answered_note": rate_note(rates),
        "complete": percent(rates.complete.value),
        "complete_note": _("%(complete)s of %(started)s who began")
        % {"complete": number(round((rates.complete.value or 0) * rates.started)), "started": number(rates.started)},
        "seconds": seconds_words(rates.seconds),
        "uncounted": rates.provisional + rates.machine,
    }


def rate_note(rates: Rates) -> str:
    """What the response rate rests on."""
    if not rates.asked:
        return _("nobody was asked by mail")
    return _("of %(asked)s asked, %(low)s … %(high)s") % {
        "asked": number(rates.asked),
        "low": percent(rates.answered.low),
        "high": percent(rates.answered.high),
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


@require_safe
@requires_role(*READERS)
def survey_bias(request: HttpRequest, pk: int) -> HttpResponse:
    """Who answered against who was asked; the overview loads it by itself."""
    reading, query = _asked(request, pk)
    sides, names = read_bias(reading), reading.names
    labels = dimension_names()
    clear = [_side_words(side, names) for side in sides if side.is_clear]
    tables = [
        (labels[kind], [(word_of(kind, side.key, names), side) for side in sides if side.kind == kind])
        for kind in ("persona", "segment", "size")
    ]
    context = {
        **_frame(request, reading, query, "survey"),
        "tables": [(label, rows) for label, rows in tables if rows],
        "clear": clear,
    }
    return render_part(request, "voc/results/bias.html", "bias", context)


def _side_words(side: Side, names: Mapping[str, str]) -> str:
    words = {
        "who": word_of(side.kind, side.key, names),
        "share": percent(side.answered.value),
        "rest": percent(side.rest.value),
        "p": p_words(side.p),
    }
    if side.is_louder:
        return _("%(who)s answer more than the others: %(share)s against %(rest)s (%(p)s).") % words
    return _("%(who)s answer less than the others: %(share)s against %(rest)s (%(p)s).") % words


@require_safe
@requires_role(*READERS)
def survey_questions(request: HttpRequest, pk: int) -> HttpResponse:
    """Each question with the chart that fits its type, and where people left."""
    reading, query = _asked(request, pk)
    language = get_language() or "en"
    rows = [
        (found, drawn.question_figure(found, language), drawn.title_of(found, language), drawn.figure_words(found))
        for found in read_questions(reading)
    ]
    context = {**_frame(request, reading, query, "survey_questions"), "rows": rows}
    return render_part(request, "voc/results/questions.html", "results", context)


@require_safe
@requires_role(*READERS)
def survey_drivers(request: HttpRequest, pk: int) -> HttpResponse:
    """What goes together with the score: association, corrected for how many things were looked at."""
    reading, query = _asked(request, pk)
    language = get_language() or "en"
    drivers = read_drivers(reading, language)
    scale = reading.asked.scale
    named = [(driver, drawn.driver_name(driver, reading.asked.questions, language)) for driver in drivers]
    context = {
        **_frame(request, reading, query, "survey_drivers"),
        "figure": drawn.drivers_figure(scale, named) if scale else None,
        "rows": [
            (driver, name, write_change(scale, driver.difference.value), p_words(driver.p)) for driver, name in named
        ]
        if scale
        else [],
        "clear": sum(driver.is_clear for driver in drivers),
        "test": test_name(drivers[0].difference.test) if drivers else "",
    }
    return render_part(request, "voc/results/drivers.html", "results", context)


@require_safe
@requires_role(*READERS)
def survey_comments(request: HttpRequest, pk: int) -> HttpResponse:
    """What people said, filtered, a page at a time."""
    reading, query = _asked(request, pk)
    only = CommentFilter(
        label=given if (given := request.GET.get("label", "")) in Feedback.Label.values else "",
        theme=request.GET.get("theme", "")[:50],
        mood=given if (given := request.GET.get("mood", "")) in MOODS else "",
        words=request.GET.get("q", "").strip()[:100],
    )
    place = id_in(request.GET.get("after", ""))
    after = Cursor(place, request.GET.get("at")) if place and request.GET.get("at") else None
    try:
        found = read_comments(reading, only, after)
    except BadCursor:
        found = read_comments(reading, only, None)
    chosen = {"label": only.label, "theme": only.theme, "mood": only.mood, "q": only.words}
    chosen = {name: word for name, word in chosen.items() if word}
    more = {"after": str(found.after.pk), "at": found.after.value or ""} if found.after else {}
    context = {
        **_frame(request, reading, query, "survey_comments"),
        "found": found,
        "only": only,
        "labels": Feedback.Label.choices,
        "themes": themes_in(reading),
        "moods": [("critical", _("Critical scores")), ("watch", _("Middling scores")), ("good", _("Good scores"))],
        "more_url": query.address(reverse("survey_comments", args=[pk]), **chosen, **more) if more else "",
        "is_filtered": bool(chosen) or bool(query.string()),
    }
    return render_part(request, "voc/results/comments.html", ("results", "more"), context)


@require_safe
@requires_role(*READERS)
def survey_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Two waves, segments, personas ... side by side, with a test of their difference."""
    reading, query = _asked(request, pk)
    names = reading.names
    labels = dimension_names()
    scale = reading.asked.scale
    options = {
        name: reading.everything.dimensions[name].labels
        for name in DIMENSIONS
        if len(reading.everything.dimensions[name].labels) > 1 and name not in query.filters.words
    }
    by = request.GET.get("by", "")
    by = by if by in options else next((name for name in ("wave", *DIMENSIONS) if name in options), "")
    keys = list(options.get(by, ()))
    if by in ("wave", "link"):
        keys.sort(key=lambda key: int(key) if key.isdigit() else 0)
    one, two = (read_key(request.GET.get(name, ""), keys) for name in ("one", "two"))
    if one is None or two is None:
        one, two = (keys[-2], keys[-1]) if len(keys) > 1 else (None, None)
    found = read_comparison(reading, by, one, two) if by and one is not None and two is not None else None
    context = {
        **_frame(request, reading, query, "survey_compare"),
        "dimensions": [(name, labels[name]) for name in options],
        "by": by,
        "keys": [(key or "-", word_of(by, key, names)) for key in keys],
        "one": (one or "-") if one is not None else "",
        "two": (two or "-") if two is not None else "",
        "found": found,
        "figure": drawn.compare_figure(found, names) if found else None,
        "verdict": drawn.compare_words(found, names) if found else "",
        "difference": write_change(scale, found.difference.value) if found and scale else "",
    }
    return render_part(request, "voc/results/compare.html", "results", context)


def read_key(word: str, keys: list[str]) -> str | None:
    """A group of the address, if there is one of that name."""
    key = "" if word == "-" else word
    return key if word and key in keys else None
