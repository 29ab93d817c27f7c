"""Where all accounts stand, how they flow, and how predictable that is."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.selectors.sizes import is_quick
from lifecycle.http.journeys import flow_chart, flow_funnel, read_asked
from lifecycle.selectors.journey_board import read_board, since_of
from lifecycle.selectors.journey_flow import loss_reasons
from team.http.access import current_user, requires_role
from team.http.reports import query_of, report_of
from team.models import Role
from team.services.reports import Report
from ui.http import render_part

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
LEADERS = (Role.ADMIN, Role.MANAGER)


@require_safe
@requires_role(*READERS)
def journey_board(request: HttpRequest) -> HttpResponse:
    """Accounts per stage, those over their target on top: `?segment=&csm=&intent=&journey=`."""
    user = current_user(request)
    asked = read_asked(user, request.GET)
    context = {
        **asked.shown,
        "board": read_board(user=user, wanted=asked.wanted, journey=asked.journey),
        "query": asked.query,
        "is_filtered": asked.wanted.is_set,
        "can_edit": user.role in LEADERS,
    }
    return render_part(request, "lifecycle/journeys/board.html", "board", context)


@require_safe
@requires_role(*READERS)
def journey_flow(request: HttpRequest) -> HttpResponse:
    """The streams between stages over a span of months, the funnel and the time to first value."""
    user = current_user(request)
    asked = read_asked(user, request.GET)
    report = report_of(request, "journey_flow", is_quick=is_quick(user))
    context = {**asked.shown, **_about(request, report), "query": asked.query, "has_span": True}
    if report and (flow := report.figures):
        board = read_board(user=user, wanted=asked.wanted, journey=None)
        columns = {column.key: column for column in board.columns}
        context |= {
            "lines": [(line, columns.get(line.kind)) for line in flow.lines],
            "chart": flow_chart(flow.lines, board.columns, asked.query),
            "funnel": flow_funnel(flow.reached),
            "values": flow.values,
            "reasons": loss_reasons(user=user, since=since_of(asked.months)),
        }
    return render_part(request, "lifecycle/journeys/flow.html", "flow", context)


@require_safe
@requires_role(*READERS)
def journey_predictability(request: HttpRequest) -> HttpResponse:
    """Share and days from stage to stage per segment, with intervals; open stays are censored."""
    user = current_user(request)
    asked = read_asked(user, request.GET)
    report = report_of(request, "journey_predictability", is_quick=is_quick(user))
    groups: dict[str, list[object]] = {}
    for line in (report and report.figures) or []:
        groups.setdefault(line.segment if line.segment != "–" else _("Without a segment"), []).append(line)
    context = {**asked.shown, **_about(request, report), "groups": list(groups.items())}
    context |= {"query": asked.query, "has_span": True}
    return render_part(request, "lifecycle/journeys/predictability.html", "predictability", context)


def _about(request: HttpRequest, report: Report | None) -> dict[str, object]:
    return {"report": report, "report_query": query_of(request)}
