"""Health of an account, and the evidence behind it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.models import Account
from engagement.selectors.cards import NOW, RECORDED
from engagement.selectors.evidence import moment_of_score, open_evidence, report_measure
from engagement.selectors.health import health_of
from engagement.selectors.judgements import judgement_lines
from engagement.selectors.moves import measure_history, read_span
from team.clock import today
from team.http.access import current_user
from team.models import Role
from ui.http import render_part, wants_part


@require_safe
def health_card(request: HttpRequest, pk: int) -> HttpResponse:
    """Actual and desired state, why the score moved, its history; to htmx the card alone."""
    account = get_object_or_404(Account.objects.visible_to(current_user(request)).with_summary(), pk=pk)
    user = current_user(request)
    basis = NOW if request.GET.get("basis") == NOW else RECORDED
    is_whole = not wants_part(request) or "whole" in request.GET
    context = {
        "account": account,
        "card": health_of(account, basis=basis),
        "is_whole": "whole" in request.GET,
        "can_judge": user.can_edit and Account.objects.editable_by(user).filter(pk=pk).exists(),
        # SECURITY: reasons are words among the success team; departments see the numbers.
        "lines": judgement_lines(account.pk, today=today()) if is_whole and user.role != Role.MEMBER else (),
    }
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
        # The first page alone says how it went; older rows are rows.
    history = measure_history(account.pk, measure) if page and not request.GET.get("after") else None
    context = {"account": account, "report": report, "page": page, "history": history}
    return render_part(request, "engagement/measure_evidence.html", ("drawer", "evidence-more"), context)


@require_safe
def score_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Why the score moved between any two stored days (`?since=`, `?until=`), as recorded or as judged now."""
    account = get_object_or_404(Account.objects.visible_to(current_user(request)), pk=pk)
    context = {"account": account, "span": read_span(account, request.GET)}
    return render_part(request, "engagement/score_move.html", "move", context)
