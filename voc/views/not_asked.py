"""Who was not asked, over all surveys and waves."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from team.clock import today
from team.http.access import current_user, requires_role
from ui.lists import build_list, list_response
from voc.http.not_asked import NOT_ASKED
from voc.selectors.suppressed import suppressed_invitations, tally_rules
from voc.views.waves import READERS


@require_safe
@requires_role(*READERS)
def not_asked(request: HttpRequest) -> HttpResponseBase:
    """Each with the rule, the next free day and whether it is tried again; tallies by rule above."""
    user = current_user(request)
    rows = suppressed_invitations(user)
    page = build_list(request, NOT_ASKED, rows)
    context = {"tallies": tally_rules(rows, on=today()) if "after" not in request.GET else []}
    return list_response(request, "voc/not_asked.html", page, context)
