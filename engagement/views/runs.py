"""Recomputes on screen."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from engagement.models import RecomputeRun
from engagement.selectors.runs import progress_words, read_runs
from engagement.services.defaults import ensure_default_scorecard
from engagement.services.runs import pause_run, resume_run, start_run, stop_run
from team.http.access import current_user, requires_role
from team.models import Role
from ui.http import render_part, trigger, wants_part


@require_safe
@requires_role(Role.ADMIN, Role.MANAGER)
def recompute_runs(request: HttpRequest) -> HttpResponse:
    """Where the scores stand: counts by state, what waits, and the last full recomputes."""
    runs = read_runs(current_user(request))
    words = progress_words(runs.running) if runs.running else ""
    return render_part(request, "engagement/recompute_runs.html", "runs", {"runs": runs, "words": words})


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
    context = {"run": run, "words": progress_words(run)}
    response = render_part(request, "engagement/recompute_run.html", "run", context)
    # The list around the bar counts anew.
    return trigger(response, "run-finished") if run.finished_at and wants_part(request) else response


def _steer(request: HttpRequest, pk: int, act: Callable[..., bool]) -> HttpResponse:
    act(run=get_object_or_404(RecomputeRun, pk=pk))
    return redirect("recompute_runs")


@require_POST
@requires_role(Role.ADMIN, Role.MANAGER)
def recompute_pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out no more accounts of the run; changes go on being judged. Repeating it changes nothing."""
    return _steer(request, pk, pause_run)


@require_POST
@requires_role(Role.ADMIN, Role.MANAGER)
def recompute_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on where the run was paused."""
    return _steer(request, pk, resume_run)


@require_POST
@requires_role(Role.ADMIN, Role.MANAGER)
def recompute_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """End the run early; what it judged stays."""
    return _steer(request, pk, stop_run)
