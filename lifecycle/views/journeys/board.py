"""Where all accounts stand, how they flow, and how predictable that is."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lifecycle.http.journeys import flow_chart, flow_funnel, read_asked
from lifecycle.selectors.journey_board import read_board, since_of
from lifecycle.selectors.journey_flow import (
    loss_reasons,
    read_flow,
    read_funnel,
    read_predictability,
    read_time_to_value,
)
from lifecycle.selectors.remembered import remembered
from team.http.access import current_user, requires_role
from team.models import Role
from ui.http import render_part

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
LEADERS = (Role.ADMIN, Role.MANAGER)
# Seconds for which the flow and the predictability of all accounts are kept.
REMEMBERED = 300


@require_safe
@requires_role(*READERS)
def journey_board(request: HttpRequest) -> HttpResponse:
    """Accounts per stage, those over their target on top: `?segment=&csm=&intent=&journey=`."""
    user, asked = current_user(request), read_asked(request)
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
    user, asked = current_user(request), read_asked(request)
    since = since_of(asked.months)
    about = (asked.wanted, since)
    lines = remembered(
        "flow",
        user=user,
        about=about,
        seconds=REMEMBERED,
        make=lambda: read_flow(user=user, wanted=asked.wanted, since=since),
    )
    values = remembered(
        "values",
        user=user,
        about=about,
        seconds=REMEMBERED,
        make=lambda: read_time_to_value(user=user, wanted=asked.wanted, since=since),
    )
    reached = remembered(
        "funnel",
        user=user,
        about=about,
        seconds=REMEMBERED,
        make=lambda: read_funnel(user=user, wanted=asked.wanted, since=since),
    )
    board = read_board(user=user, wanted=asked.wanted, journey=None)
    columns = {column.key: column for column in board.columns}
    context = {
        **asked.shown,
        "lines": [(line, columns.get(line.kind)) for line in lines],
        "chart": flow_chart(lines, board.columns, asked.query),
        "funnel": flow_funnel(reached),
        "values": values,
        "reasons": loss_reasons(user=user, since=since),
        "query": asked.query,
        "has_span": True,
    }
    return render_part(request, "lifecycle/journeys/flow.html", "flow", context)


@require_safe
@requires_role(*READERS)
def journey_predictability(request: HttpRequest) -> HttpResponse:
    """Share and days from stage to stage per segment, with intervals; open stays are censored."""
    user, asked = current_user(request), read_asked(request)
    since = since_of(asked.months)
    lines = remembered(
        "predictability",
        user=user,
        about=(asked.wanted, since),
        seconds=REMEMBERED,
        make=lambda: read_predictability(user=user, wanted=asked.wanted, since=since),
    )
    groups: dict[str, list[object]] = {}
    for line in lines:
        groups.setdefault(line.segment if line.segment != "–" else _("Without a segment"), []).append(line)
    context = {**asked.shown, "groups": list(groups.items()), "query": asked.query, "has_span": True}
    return render_part(request, "lifecycle/journeys/predictability.html", "predictability", context)
