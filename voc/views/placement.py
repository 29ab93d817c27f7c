"""Where all feedback went, for the page of rules."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from team.http.access import requires_role
from ui.http import render_part
from voc.selectors.placement import known_placement
from voc.views.routing import READERS


@require_safe
@requires_role(*READERS)
def routing_counts(request: HttpRequest) -> HttpResponse:
    """Three counts that add up to all feedback; fetched by the page of rules, so that the rules need not wait."""
    return render_part(request, "voc/routing/counts.html", "counts", {"counts": known_placement()})
