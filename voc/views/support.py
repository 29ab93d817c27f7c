"""Support's desk: open tickets with health and renewal of the account beside them, and satisfaction by agent."""

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.models import Ticket
from team.http.access import current_user
from ui.http import render_part
from ui.lists import build_list, list_response
from voc.http.support_list import support_list
from voc.selectors.support import DAYS, FEWEST, csat_by_agent

TABS = ("tickets", "agents")


@require_safe
def support_desk(request: HttpRequest) -> HttpResponseBase:
    """`?tab=` tickets (open ones of visible accounts) or agents (CSAT of the last 90 days)."""
    user = current_user(request)
    tab = request.GET.get("tab") or "tickets"
    if tab not in TABS:
        raise Http404
    context: dict[str, object] = {f"is_{name}": name == tab for name in TABS}
    if tab == "agents":
        context |= {"agents": csat_by_agent(user), "days": DAYS, "fewest": FEWEST}
        return render_part(request, "voc/support/agents.html", "agents", context)
    page = build_list(request, support_list(user), Ticket.objects.visible_to(user).open())
    return list_response(request, "voc/support/tickets.html", page, context)
