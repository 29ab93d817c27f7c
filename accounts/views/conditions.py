"""The conditions editor's rows."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.http.conditions import render_row
from accounts.selectors.conditions import condition_names
from team.http.access import requires_editor


@require_safe
@requires_editor
def condition_row(request: HttpRequest) -> HttpResponse:
    """One row of conditions on accounts, as htmx asks for it when its name or operator changes."""
    return render_row(request, condition_names(), reverse("condition_row"))
