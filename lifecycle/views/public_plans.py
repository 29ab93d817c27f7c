"""The plan as the customer reads it, behind a link. No log-in, no script; only a POST changes anything."""

from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lifecycle.models import SharedPlan
from lifecycle.selectors.shared_plans import PlanPage, SharedGoal, plan_of, read_plan
from lifecycle.services import shared_plans as services
from ui.http import is_prefetch
from ui.public import reader_language, render_public, speaking

# A field that people do not see and that programs fill in.
TRAP = "website"


def _language(request: HttpRequest, plan: SharedPlan | None) -> str:
    known = plan.contact.language if plan is not None and plan.contact is not None else ""
    return reader_language(request, known)


def _gone(request: HttpRequest) -> HttpResponse:
    """One answer for every link that leads nowhere: unknown, revoked and over look the same."""
    return render_public(request, "lifecycle/shared_plans/gone.html", {}, language=_language(request, None), status=404)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def shared_plan(request: HttpRequest, token: str) -> HttpResponse:
    """Goals, tasks and promises that are shared, with a form for a line below. SECURITY: the token is the only
    credential; a GET writes nothing but when the link was last opened."""
    plan = plan_of(token)
    if plan is None:
        return _gone(request)
    language = _language(request, plan)
    if request.method == "POST":
        return _comment(request, plan, token, language)
    if request.method == "GET" and not is_prefetch(request):
        services.see_plan(plan=plan)
    return _show(request, plan, token, language)


def _show(
    request: HttpRequest,
    plan: SharedPlan,
    token: str,
    language: str,
    *,
    errors: dict[str, list[str]] | None = None,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    page = read_plan(plan)
    zone = _zone(plan)
    context = {
        "page": page,
        "token": token,
        "errors": errors or {},
        "trouble": trouble,
        "is_saved": "saved" in request.GET,
        "is_signed": "signed" in request.GET,
        "name": request.POST.get("author_name", page.reader)[:160],
        "text": request.POST.get("text", "")[:2000],
        "about": request.POST.get("about", ""),
        "trap": TRAP,
        "zone": str(zone),
        "say_url": _standing_link(plan),
    }
    with timezone.override(zone):
        return render_public(request, "lifecycle/shared_plans/plan.html", context, language=language, status=status)


def _standing_link(plan: SharedPlan) -> str:
    """Where the reader says anything else; nothing for a link that is everybody's at the customer."""
    path = getattr(settings, "CUSTOMER_STANDING_LINK", "")
    return str(import_string(path)(plan.contact)) if path and plan.contact is not None else ""


def _zone(plan: SharedPlan) -> ZoneInfo:
    name = plan.contact.time_zone if plan.contact is not None else ""
    return ZoneInfo(name if name in available_timezones() else "UTC")


def _comment(request: HttpRequest, plan: SharedPlan, token: str, language: str) -> HttpResponse:
    there = f"{reverse('shared_plan', args=[token])}?saved=1&lang={language}#comments"
    if request.POST.get(TRAP):
        return HttpResponseRedirect(there, status=303)
    kind, _colon, number = request.POST.get("about", "").partition(":")
    about = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else None
    with speaking(language):
        try:
            services.comment_on_plan(
                plan=plan,
                author_name=request.POST.get("author_name", ""),
                text=request.POST.get("text", ""),
                goal_id=about if kind == "goal" else None,
                task_id=about if kind == "task" else None,
            )
        except ValidationError as error:
            return _show(request, plan, token, language, errors=error.message_dict, status=422)
        except services.TooMany:
            trouble = _("That is a lot for one hour. Please write again a little later, or answer our mail.")
            return _show(request, plan, token, language, trouble=trouble, status=429)
    return HttpResponseRedirect(there, status=303)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_sign_off(request: HttpRequest, token: str, goal_id: int) -> HttpResponse:
    """Confirm by name that a goal is reached. SECURITY: a GET asks, the POST with a typed name signs."""
    plan = plan_of(token)
    page = read_plan(plan) if plan is not None else None
    goal = _signable(page, goal_id) if page is not None else None
    if plan is None or page is None or goal is None:
        return _gone(request)
    language = _language(request, plan)
    there = f"{reverse('shared_plan', args=[token])}?signed=1&lang={language}"
    if goal.signed_off_at is not None:
        return HttpResponseRedirect(there)
    errors: dict[str, list[str]] = {}
    if request.method == "POST" and not request.POST.get(TRAP):
        with speaking(language):
            try:
                services.sign_off_goal(plan=plan, goal_id=goal_id, name=request.POST.get("name", ""))
            except ValidationError as error:
                errors = error.message_dict
            else:
                return HttpResponseRedirect(there, status=303)
    context = {
        "page": page,
        "goal": goal,
        "token": token,
        "errors": errors,
        "name": request.POST.get("name", page.reader)[:160],
        "trap": TRAP,
        "say_url": _standing_link(plan),
    }
    return render_public(
        request, "lifecycle/shared_plans/sign_off.html", context, language=language, status=422 if errors else 200
    )


def _signable(page: PlanPage, goal_id: int) -> SharedGoal | None:
    """A shared goal that may be signed, or was."""
    found = (goal for goal in page.goals if goal.pk == goal_id and (goal.can_be_signed or goal.signed_off_at))
    return next(found, None)
