"""Analysis: the closed loop, themes over time, what moved NPS, recurring causes."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.selectors.sizes import is_quick
from team.http.access import current_user, requires_role
from team.http.reports import query_of, report_of
from team.models import Department, Role, User
from ui.http import render_part
from voc.http import analysis as asked
from voc.models import Theme
from voc.selectors import loop_times as loops
from voc.selectors import nps_moves as moves
from voc.selectors.queue import departments_for, row_of
from voc.selectors.recurring import read_recurring
from voc.selectors.theme_affected import Affected, read_affected
from voc.selectors.theme_trends import ORDERS, WEEKS, ThemeLine, Themes, Trend, read_themes, read_trend, reads_tallies

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)


@require_safe
def analysis(request: HttpRequest) -> HttpResponse:
    """How often and how fast the loop is closed, and what is open: `?days=&department=`."""
    user, given = current_user(request), request.GET
    open_to = departments_for(user)
    department = asked.department_in(given, open_to)
    days = asked.number_in(given, "days", loops.SPANS, loops.USUAL)
    rows = loops.insights_of(user, days=days, department=department)
    report = report_of(request, "loop_times", is_quick=loops.is_quick(rows))
    times: loops.LoopTimes | None = report.figures if report else None
    path, kept = reverse("analysis"), {"days": days, "department": department.slug if department else ""}
    labels = {"department": _("Department"), "theme": _("Theme"), "segment": _("Segment"), "month": _("Month")}
    context = {
        "report": report,
        "report_query": query_of(request),
        "times": times,
        "tables": [(labels[name], lines) for name, lines in times.tables.items()] if times else [],
        "oldest": [row_of(one, user) for one in loops.oldest_insights(user, times.oldest)] if times else [],
        "spans": asked.choices(path, "days", _spans(loops.SPANS), days, kept),
        "departments": asked.choices(path, "department", _slugs(open_to), kept["department"], kept),
        "sections": asked.sections(user, "analysis"),
    }
    return render_part(request, "voc/analysis/analysis.html", "analysis", context)


def loop_report(user: User, params: QueryDict) -> loops.LoopTimes:
    """A report of settings.REPORTS: the closed loop."""
    given = params
    department = asked.department_in(given, departments_for(user))
    days = asked.number_in(given, "days", loops.SPANS, loops.USUAL)
    return loops.read_loop_times(user, days=days, department=department)


def _spans(spans: tuple[int, ...]) -> list[tuple[object, str]]:
    return [(days, _("%(n)s days") % {"n": days}) for days in spans]


def _slugs(departments: list[Department]) -> list[tuple[object, str]]:
    return [("", _("All departments")), *((one.slug, one.name) for one in departments)]


@require_safe
def theme_trends(request: HttpRequest) -> HttpResponse:
    """Themes by volume, ARR or change, and those whose level changed: `?weeks=&order=`."""
    user, given = current_user(request), request.GET
    weeks, order = _asked_of_themes(given)
    report = report_of(request, "themes", is_quick=reads_tallies(user) or is_quick(user))
    found: Themes | None = report.figures if report else None
    path, kept = reverse("theme_trends"), {"weeks": weeks, "order": order}
    orders = [
        ("volume", _("Most said")),
        ("negative", _("Most negative")),
        ("arr", _("Most ARR")),
        ("change", _("Growing")),
    ]
    context = {
        "report": report,
        "report_query": query_of(request),
        "found": found,
        "rows": asked.theme_rows(found.lines) if found else [],
        "charts": [asked.trend_chart(found.all, _("Everything that was said"), slot=slot) for slot in ("l", "s")]
        if found
        else [],
        "spans": asked.choices(path, "weeks", _weeks(), weeks, kept),
        "orders": asked.choices(path, "order", orders, order, kept),
        "sections": asked.sections(user, "theme_trends"),
        "can_teach": user.role in READERS,
    }
    return render_part(request, "voc/analysis/themes.html", "themes", context)


def themes_report(user: User, params: QueryDict) -> Themes:
    """A report of settings.REPORTS: all themes over weeks."""
    weeks, order = _asked_of_themes(params)
    return read_themes(user, weeks=weeks, order=order)


def _asked_of_themes(given: QueryDict) -> tuple[int, str]:
    return asked.number_in(given, "weeks", WEEKS, 52), asked.word_in(given, "order", ORDERS, "volume")


def _weeks() -> list[tuple[object, str]]:
    return [(weeks, _("%(n)s weeks") % {"n": weeks}) for weeks in WEEKS]


@require_safe
def theme_trend(request: HttpRequest, slug: str) -> HttpResponse:
    """One theme over its weeks, with the places where its level changed: `?weeks=`."""
    user, theme = current_user(request), get_object_or_404(Theme, slug=slug)
    weeks = asked.number_in(request.GET, "weeks", WEEKS, 52)
    path, is_fast = reverse("theme_trend", args=[slug]), reads_tallies(user) or is_quick(user)
    if not is_fast and request.GET.get("theme") != slug:
        # A worker knows the address by what is asked in it.
        return redirect(f"{path}?theme={slug}&weeks={weeks}")
    report = None if is_fast else report_of(request, "theme_trend", is_quick=False)
    known: tuple[Trend, ThemeLine] | None = report.figures if report else None
    trend, line = read_trend(user, theme, weeks=weeks) if is_fast else known or (None, None)
    context = {
        "theme": theme,
        "trend": trend,
        "line": line,
        "report": report,
        "report_query": query_of(request),
        "charts": [asked.trend_chart(trend, theme.name, slot=slot) for slot in ("l", "s")] if trend else [],
        "levels": asked.level_rows(trend) if trend else [],
        "spans": asked.choices(path, "weeks", _weeks(), weeks, {} if is_fast else {"theme": slug}),
        "affected_url": f"{reverse('theme_affected')}?theme={theme.slug}",
        "can_teach": user.role in (Role.ADMIN, Role.MANAGER),
    }
    return render_part(request, "voc/analysis/theme.html", "theme", context)


def trend_report(user: User, params: QueryDict) -> tuple[Trend, ThemeLine]:
    """A report of settings.REPORTS: one theme over its weeks, for those whose accounts nobody has tallied."""
    theme = get_object_or_404(Theme, slug=params.get("theme", ""))
    return read_trend(user, theme, weeks=asked.number_in(params, "weeks", WEEKS, 52))


@require_safe
def theme_affected(request: HttpRequest) -> HttpResponse:
    """Those who named a theme against the others; the theme's page loads it into itself: `?theme=`."""
    theme = get_object_or_404(Theme, slug=request.GET.get("theme", ""))
    report = report_of(request, "theme_affected", is_quick=is_quick(current_user(request)))
    found: Affected | None = report.figures if report else None
    context = {"theme": theme, "report": report, "report_query": query_of(request), "found": found}
    return render_part(request, "voc/analysis/affected.html", "affected", context)


def affected_report(user: User, params: QueryDict) -> Affected:
    """A report of settings.REPORTS: those who named a theme."""
    return read_affected(user, get_object_or_404(Theme, slug=params.get("theme", "")))


@require_safe
@requires_role(*READERS)
def nps_moves(request: HttpRequest) -> HttpResponse:
    """The change of NPS between two stretches of days, taken apart: `?days=`."""
    user = current_user(request)
    days = asked.number_in(request.GET, "days", moves.SPANS, moves.SPANS[0])
    report = report_of(request, "nps_moves", is_quick=moves.is_quick(moves.answers_of(user, days=days)))
    found: moves.NpsMoves | None = report.figures if report else None
    labels = {"segment": _("By segment"), "persona": _("By persona"), "stage": _("By stage"), "theme": _("By theme")}
    context = {
        "report": report,
        "report_query": query_of(request),
        "found": found,
        "verdict": asked.verdict_of(found) if found else "",
        "tables": [
            (
                labels[table.name],
                table,
                [asked.moves_chart(found, table, labels[table.name], slot=slot) for slot in ("l", "s")],
            )
            for table in found.tables
        ]
        if found
        else [],
        "spans": asked.choices(reverse("nps_moves"), "days", _spans(moves.SPANS), days, {}),
        "sections": asked.sections(user, "nps_moves"),
    }
    return render_part(request, "voc/analysis/nps.html", "moves", context)


def nps_report(user: User, params: QueryDict) -> moves.NpsMoves:
    """A report of settings.REPORTS: what moved NPS."""
    return moves.read_nps_moves(user, days=asked.number_in(params, "days", moves.SPANS, moves.SPANS[0]))


@require_safe
def recurring_causes(request: HttpRequest) -> HttpResponse:
    """What keeps going wrong, largest first, with what it adds up to."""
    user = current_user(request)
    found = read_recurring(user)
    ranked = [
        (found.themes, _("Negative feedback by theme, 13 weeks"), _("pieces")),
        (found.causes, _("Why goals were missed, revenue shrank or customers left"), ""),
        (found.losses, _("Reasons of lost renewals, a year"), _("renewals")),
    ]
    context = {
        "ranked": [
            (
                [asked.pareto_chart(causes, title, unit, slot=slot) for slot in ("l", "s")],
                asked.vital_words(causes),
            )
            for causes, title, unit in ranked
            if causes
        ],
        "more_themes": found.more_themes,
        "sections": asked.sections(user, "recurring_causes"),
    }
    return render_part(request, "voc/analysis/causes.html", "causes", context)
