"""The board of breaches: what is late, what nearly is, and how the weeks went."""

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from team.http.access import current_user
from ui.lists import build_list, list_response
from voc.http.breaches import breach_list, weeks_figure
from voc.selectors.breaches import TABS, breaches_by_week, in_tab, tally_breaches, visible_alarms


@require_safe
def breaches(request: HttpRequest) -> HttpResponseBase:
    """Deadlines of the departments that one may see; tab, filters and order stand in the address."""
    user = current_user(request)
    tab = request.GET.get("tab", TABS[0])
    if tab not in TABS:
        raise Http404
    visible = visible_alarms(user)
    page = build_list(request, breach_list(user=user), in_tab(visible, tab))
    tallies = tally_breaches(visible)
    context = {
        "tab": tab,
        "tallies": tallies,
        "late": sum(one.late for one in tallies),
        "near": sum(one.near for one in tallies),
        "figure": weeks_figure(breaches_by_week(visible)),
        "here": reverse("breaches"),
    }
    return list_response(request, "voc/breaches/breaches.html", page, context)
