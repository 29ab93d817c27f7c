"""Health of an account, and the evidence behind it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.models import Account
from engagement.selectors.evidence import moment_of_score, open_evidence, report_measure
from engagement.selectors.health import health_of
from team.http.access import current_user
from team.models import Role
from ui.http import render_part


@require_safe
def health_card(request: HttpRequest, pk: int) -> HttpResponse:
    """Actual and desired state, why the score moved, its history; to htmx the card alone."""
    account = get_object_or_404(Account.objects.visible_to(current_user(request)).with_summary(), pk=pk)
    context = {"account": account, "card": health_of(account), "is_whole": "whole" in request.GET}
    return render_part(request, "engagement/health_card.html", "health", context)


@require_safe
def measure_evidence(request: HttpRequest, pk: int, measure: str) -> HttpResponse:
    """One measure: value, definition, weight, freshness, and the rows that give the number."""
    user = current_user(request)
    account = get_object_or_404(Account.objects.visible_to(user), pk=pk)
    report = report_measure(account=account, code=measure)
    if report is None:
        raise Http404
    # SECURITY: rows carry contract sums and the subjects of private touches, which departments do not see.
    page = None
    if user.role != Role.MEMBER:
        moment = moment_of_score(report.score)
        page = open_evidence(
            account_id=account.pk, measure=report.measure, moment=moment, after=request.GET.get("after", "")
        )
    context = {"account": account, "report": report, "page": page}
    return render_part(request, "engagement/measure_evidence.html", ("drawer", "evidence-more"), context)
