"""Retention: the page, the accounts behind its numbers, their definitions, two definitions compared, cost to serve."""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Segment
from accounts.selectors.rates import missing_rates
from accounts.selectors.sizes import is_quick
from lifecycle.forms.movements import ServiceCostForm
from lifecycle.formulas.numbers import MOVEMENTS, RULES, SHARES, SUMS, WORDS
from lifecycle.formulas.periods import MONTH, QUARTER, YEAR, parse_period, period_of
from lifecycle.formulas.retention import Retention
from lifecycle.http import movements as shown
from lifecycle.http.movement_reports import Charts, Found, read_retention, read_sides
from lifecycle.http.movements import Question, read_definition, read_question
from lifecycle.selectors.movements.behind import LIMIT_OF_FILE, accounts_behind, numbers
from lifecycle.selectors.movements.serving import cost_rate
from lifecycle.services.movements.costs import save_cost
from team.clock import today
from team.http.access import current_user, posted, requires_role
from team.http.reports import query_of, report_of
from team.models import Role, User
from team.selectors.install import install_of_request
from ui.csv import csv_response
from ui.formats import money
from ui.http import done, part_of, render_part, wants_part

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
CHARTS = "retention-charts"
PARTS = ("retention", CHARTS)


def _frame(question: Question, current: str) -> dict[str, Any]:
    """What every page of retention shows around its own."""
    segments = list(Segment.objects.values_list("pk", "name"))
    user = question.scope.user
    keeps = User.objects.filter(is_active=True, role__in=[Role.CSM, Role.MANAGER, Role.ADMIN], book__isnull=False)
    csms = [] if user.role == Role.CSM else list(keeps.order_by("name").distinct().values_list("pk", "name"))
    later = question.period.shifted(1)
    return {
        "question": question,
        "current": current,
        "currency": install_of_request().currency,
        "segments": segments,
        "csms": csms,
        "kinds": [
            (words, question.url(period=_same_place(question, kind)), kind == question.period.kind)
            for kind, words in ((QUARTER, _("Quarter")), (YEAR, _("Year")), (MONTH, _("Month")))
        ],
        "earlier_url": question.url(period=question.period.shifted(-1).slug),
        "later_url": question.url(period=later.slug) if later.starts_on <= question.as_of else "",
        "missing": missing_rates(),
        "urls": {name: question.url(name) for name in ("retention", "retention_compare", "retention_cost")},
        "definitions_url": reverse("retention_definitions"),
        "today": today(),
    }


def _same_place(question: Question, kind: str) -> str:
    return period_of(question.span.end, kind, question.period.starts_in).slug


@require_safe
@requires_role(*READERS)
def retention(request: HttpRequest) -> HttpResponse:
    """GRR, NRR, customers, renewals, segments and CSMs; the charts follow by themselves, or with `?charts=yes`."""
    question = read_question(request.GET, current_user(request))
    context = _frame(question, "retention")
    has_charts = request.GET.get("charts") == "yes"
    wants_charts = has_charts or part_of(request, PARTS) == CHARTS
    wants_page = part_of(request, PARTS) != CHARTS or not wants_part(request)
    # What was known then is read from every version of every contract.
    is_quick_now = question.span.known == "now" or is_quick(question.scope.user)
    if is_quick_now:
        found = read_retention(question, with_groups=wants_page, with_charts=wants_charts)
    else:
        report = report_of(request, "retention_then", is_quick=False)
        context |= {"report": report, "report_query": query_of(request), "is_waiting": not (report and report.figures)}
        found = report.figures if report and report.figures else Found()
    if wants_charts and found.charts:
        context |= _charts(question, found.charts, request.GET.get("cohorts", ""), context["currency"])
    if wants_page and found.groups:
        people = dict(context["csms"]) or {current_user(request).pk: current_user(request).name}
        context |= {
            "total": found.groups.total,
            "kpis": shown.kpis(question, found.groups.total, found.renewals, context["currency"]),
            "segment_rows": _named(found.groups.segments, dict(context["segments"]), question, "segment"),
            "csm_rows": _named(found.groups.csms, people, question, "csm"),
        }
    cohorts_of = {"cohorts": "customers"} if request.GET.get("cohorts") == "customers" else {}
    charts_url = question.url(charts="yes", **cohorts_of)
    context |= {"has_charts": has_charts, "charts_part": CHARTS, "charts_url": charts_url}
    return render_part(request, "lifecycle/movements/retention.html", PARTS, context)


def _charts(question: Question, found: Charts, measure: str, currency: str) -> dict[str, Any]:
    """The waterfall, the last eight periods, the cohorts."""
    measure = "customers" if measure == "customers" else "arr"
    return {
        "waterfall": shown.waterfall_figure(question, found.steps, currency),
        "steps": shown.step_links(question, found.steps),
        "lines": shown.series_figure([*found.before, (question.period, found.total)], question.span.end),
        "measure": measure,
        "measure_urls": {one: question.url(charts="yes", cohorts=one) for one in ("arr", "customers")},
        "cohorts": shown.cohort_rows(question, found.cohorts, measure, currency),
        "quarters": range(len(found.cohorts)),
    }


def _named(
    found: dict[int | None, Retention], names: dict[int, str], question: Question, key: str
) -> list[tuple[str, Retention, Any]]:
    """Rows of a table of groups, the largest first; each with the addresses of its numbers."""
    rows = []
    for pk, one in sorted(found.items(), key=lambda pair: -pair[1].opening):
        narrowed = {key: str(pk or 0)}
        urls = {number: question.accounts_url(number, **narrowed) for number in ("lost", "changed", "customers_lost")}
        rows.append((names.get(pk or 0) or _("None"), one, urls | {"page": question.url(**narrowed)}))
    return [row for row in rows if row[1].opening or row[1].closing]


@require_safe
@requires_role(*READERS)
def retention_accounts(request: HttpRequest) -> HttpResponseBase:
    """The accounts behind a number, the largest part first; as CSV with `?format=csv`."""
    question = read_question(request.GET, current_user(request))
    number = request.GET.get("number", "lost")
    cohort = parse_period(request.GET.get("cohort", ""), question.period.starts_in)
    if number not in numbers() or (number == "cohort" and cohort is None):
        raise BadRequest(_("There is no such number."))
    is_file = request.GET.get("format") == "csv"
    after = "" if is_file else request.GET.get("after", "")
    limits = {"limit": LIMIT_OF_FILE} if is_file else {}
    try:
        found = accounts_behind(number, scope=question.scope, span=question.span, cohort=cohort, after=after, **limits)
    except ValueError as error:
        raise BadRequest(_("That page does not exist.")) from error
    context = _frame(question, "retention")
    if is_file:
        head = [_("Account"), _("Segment"), _("CSM"), _("Start"), _("End"), context["currency"]]
        rows = ([p.name, p.segment, p.csm, p.opening, p.closing, p.amount] for p in found.parts)
        return csv_response(f"{number}-{question.period.slug}.csv", head, rows)
    extra = {"cohort": cohort.slug} if cohort else {}
    context |= {
        "words": WORDS[number],
        "number": number,
        "cohort": cohort,
        "found": found,
        "extra": {"number": number, **extra},
        "csv_url": question.accounts_url(number, **extra, format="csv"),
        "next_url": question.accounts_url(number, **extra, after=found.after) if found.after else "",
        "back_url": question.url(),
    }
    return render_part(request, "lifecycle/movements/accounts.html", "accounts", context)


@require_safe
@requires_role(*READERS)
def retention_definitions(request: HttpRequest) -> HttpResponse:
    """How each number is counted."""
    context = {
        "current": "definitions",
        "groups": [
            (_("Shares"), SHARES.values()),
            (_("Sums of a period"), SUMS.values()),
            (_("Movements"), MOVEMENTS.values()),
        ],
        "rules": RULES,
        "urls": {name: reverse(name) for name in ("retention", "retention_compare", "retention_cost")},
        "definitions_url": reverse("retention_definitions"),
    }
    return render(request, "lifecycle/movements/definitions.html", context)


@require_safe
@requires_role(*READERS)
def retention_compare(request: HttpRequest) -> HttpResponse:
    """Two definitions side by side, and the accounts that explain the difference: `?a=&b=contracts&b=rates`."""
    question = read_question(request.GET, current_user(request))
    chosen = read_sides(request.GET)
    first, second = (read_definition(flags) for flags in chosen.values())
    context = _frame(question, "compare")
    report = report_of(request, "retention_compare", is_quick=is_quick(question.scope.user))
    context |= {
        "report": report,
        "report_query": query_of(request),
        "comparison": report and report.figures,
        "chosen": chosen,
        "sides": [
            ("a", _("First definition"), shown.definition_words(first)),
            ("b", _("Second definition"), shown.definition_words(second)),
        ],
        "flags": shown.flag_words(),
    }
    return render_part(request, "lifecycle/movements/compare.html", "compare", context)


@require_safe
@requires_role(*READERS)
def retention_cost(request: HttpRequest) -> HttpResponse:
    """Minutes of touches, tickets and tasks, what they cost, and what the accounts pay."""
    question = read_question(request.GET, current_user(request))
    context = _frame(question, "cost")
    report = report_of(request, "retention_cost", is_quick=is_quick(question.scope.user))
    context |= {
        "report": report,
        "report_query": query_of(request),
        "cost": report and report.figures,
        "rate": cost_rate(),
        "rate_words": _("%(sum)s an hour") % {"sum": money(cost_rate().hourly_rate, context["currency"])},
        "days_words": _("in %(count)d days") % {"count": (question.span.end - question.span.start).days + 1},
        "can_set": current_user(request).role == Role.ADMIN,
    }
    return render_part(request, "lifecycle/movements/cost.html", "cost", context)


@require_http_methods(["GET", "POST"])
@requires_role(Role.ADMIN)
def retention_cost_rate(request: HttpRequest) -> HttpResponse:
    """What an hour with customers costs, and how long a ticket takes."""
    form = ServiceCostForm(posted(request), instance=cost_rate())
    if request.method == "POST" and form.is_valid():
        save_cost(actor=current_user(request), **form.cleaned_data)
        return done(request, reverse("retention_cost"), _("Saved"))
    context = {"form": form, "back": reverse("retention_cost"), "heading": _("What service costs")}
    return render_part(
        request, "lifecycle/movements/cost_rate.html", "dialog", context, status=422 if form.errors else 200
    )
