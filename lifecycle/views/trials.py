"""Trying a playbook or a rule once more."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from lifecycle.http.trials import try_again
from lifecycle.models import Playbook, Stage
from lifecycle.views.journeys.board import LEADERS
from lifecycle.views.playbooks import READERS
from team.http.access import requires_role


@require_POST
@requires_role(*READERS)
def playbook_try(request: HttpRequest, playbook_id: int) -> HttpResponse:
    """Work the dry run out anew, with what has happened since."""
    found = get_object_or_404(Playbook, pk=playbook_id)
    try_again(request, found)
    return HttpResponseRedirect(reverse("playbook_dry_run", args=[found.pk]))


@require_POST
@requires_role(*LEADERS)
def stage_rule_try(request: HttpRequest, stage_id: int) -> HttpResponse:
    """Replay the rule anew."""
    stage = get_object_or_404(Stage.objects.present().select_related("journey"), pk=stage_id)
    try_again(request, stage)
    return HttpResponseRedirect(reverse("stage_rule", args=[stage.pk]))
