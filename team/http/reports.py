"""Reports as a page shows them: the figures at once where that is quick, else those of a worker, else a wait."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from team.http.access import current_user
from team.services.reports import Report, find_report, forget_report, make_report
from team.tasks import ring_report
from ui.http import is_prefetch

# Parts of an address that change nothing about the figures.
ABOUT_THE_PAGE = frozenset({"fresh", "format", "charts", "cohorts"})


def query_of(request: HttpRequest) -> str:
    """What the address asks for, in one order, without what is about the page alone."""
    asked = sorted((key, values) for key, values in request.GET.lists() if key not in ABOUT_THE_PAGE)
    return urlencode(asked, doseq=True)


def report_of(request: HttpRequest, name: str, *, is_quick: bool) -> Report | None:
    """A report of settings.REPORTS; None while a worker is at it: the page asks again (team/parts/working.html).

    `?fresh=1` works it out anew. A guess of the browser starts nothing.
    """
    user, query = current_user(request), query_of(request)
    if is_quick:
        return Report(make_report(name=name, user=user, query=query), timezone.now(), is_kept=False)
    is_new = request.GET.get("fresh") == "1" and "HX-Request" not in request.headers
    if is_new and not is_prefetch(request):
        forget_report(name=name, user=user, query=query)
    found = find_report(name=name, user=user, query=query)
    if found is None and not is_prefetch(request):
        ring_report(name, user.pk, query)
    return found
