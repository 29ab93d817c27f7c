"""Recomputes on screen."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from engagement.models import RecomputeRun
from engagement.selectors.runs import read_runs
from engagement.services.defaults import ensure_default_scorecard
from engagement.services.runs import start_run
from team.http.access import current_user, requires_role
from team.models import Role
from ui.http import render_part


@require_safe
@requires_role(Role.ADMIN, Role.MANAGER)
def recompute_runs(request: HttpRequest) -> HttpResponse:
    """Where the scores stand: counts by state, what waits, and the last full recomputes."""
    return render_part(request, "engagement/recompute_runs.html", "runs", {"runs": read_runs()})


@require_POST
@requires_role(Role.ADMIN, Role.MANAGER)
def recompute_start(request: HttpRequest) -> HttpResponse:
    """Mark every account for a new judgement; a run under way is shown instead."""
    ensure_default_scorecard()
    start_run(actor=current_user(request))
    return redirect("recompute_runs")


@require_safe
@requires_role(Role.ADMIN, Role.MANAGER)
def recompute_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Progress of one run; polled until it is finished."""
    run = get_object_or_404(RecomputeRun.objects.select_related("started_by"), pk=pk)
    return render_part(request, "engagement/recompute_run.html", "run", {"run": run})
