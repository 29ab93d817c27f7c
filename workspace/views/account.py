"""The account page: one frame, seven tabs, each with its own address."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.forms.touchpoints import LogForm
from accounts.models import Account, Contact
from accounts.models.accounts import AccountQuerySet
from accounts.selectors.condition_names import condition_catalogue, with_declared
from accounts.views.touchpoints import timeline_context
from engagement.selectors.adoption import PERIODS, WEEKS, adoption_of
from engagement.selectors.health import health_of
from lifecycle.selectors.goals import goals_of, promises_of
from lifecycle.selectors.handovers import handover_card
from lifecycle.selectors.journeys import journey_card
from lifecycle.selectors.movements.listing import movements_of
from lifecycle.selectors.play_pages import plays_of
from lifecycle.selectors.renewals import renewals_of
from lifecycle.selectors.shared_plans import shared_card, with_shared
from lifecycle.selectors.tasks import read_plan_tasks
from team.clock import today
from team.http.access import current_user, requires_role
from team.models import Role
from ui import formats
from ui.csv import csv_response
from ui.hooks import default_currency
from ui.http import render_part
from voc.selectors.advocacy import advocacy_of
from voc.selectors.voice import voice_of
from workspace.formulas.signals import brief_of
from workspace.selectors import account as selectors
from workspace.selectors.commercial import read_commercial
from workspace.views.tabs import tabs_of


def _account(
    request: HttpRequest,
    account_id: int,
    *related: str,
    also: Sequence[Callable[[AccountQuerySet], AccountQuerySet]] = (),
) -> Account:
    """The account if the user may see it, else 404; `related` rows and what `also` adds come in the same query."""
    visible = Account.objects.visible_to(current_user(request)).with_summary().select_related("parent", *related)
    for add in also:
        visible = add(visible)
    return get_object_or_404(selectors.with_stage_target(visible), pk=account_id)


def _log_form(account: Account, people: Sequence[Contact] | None) -> LogForm:
    """The quick log of the right pane; with people at hand it asks for none."""
    form = LogForm(account=account)
    if people is not None:
        field: Any = form.fields["contacts"]
        field.choices = [(one.pk, str(one)) for one in people if one.status == Contact.Status.ACTIVE]
    return form


def _frame(request: HttpRequest, account: Account, tab: str, people: Sequence[Contact] | None = None) -> dict[str, Any]:
    """What every tab needs: header, strip, right pane."""
    user = current_user(request)
    can_edit = user.role in {"admin", "manager"} or (user.role == "csm" and account.csm_id in user.book_owner_ids())
    return {
        "account": account,
        "summary": account.summary,
        "tab": tab,
        "account_tabs": tabs_of(account, user, tab),
        "can_edit": can_edit,
        "currency": default_currency(),
        "arr_words": selectors.arr_words(account=account, user=user, currency=default_currency()),
        "grants": selectors.why_visible(account=account, user=user),
        "account_key": str(account.pk),
        "form": _log_form(account, people),
        "next_step_words": _next_step(account),
        "today": today(),
    }


def _next_step(account: Account) -> str:
    summary = account.summary
    if summary.next_step and summary.next_step_on:
        return f"{summary.next_step} · {formats.day(summary.next_step_on, today=today())}"
    return summary.next_step


@require_safe
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Overview: strip, brief, health, signals, say and do, people."""
    shown = _account(request, account_id)
    user = current_user(request)
    people = selectors.read_people(shown)
    context = _frame(request, shown, "overview", people)
    card = health_of(shown)
    overview = selectors.read_overview(account=shown, user=user, people=people, currency=context["currency"])
    context |= {"card": card, "overview": overview, "can_judge": context["can_edit"]}
    return render_part(request, "workspace/account.html", ("brief", "overview-rest"), context)


@require_safe
def account_strip(request: HttpRequest, account_id: int) -> HttpResponse:
    """The line of facts below the header, again after a change."""
    shown = _account(request, account_id)
    return render_part(request, "workspace/account_strip.html", "strip", _frame(request, shown, "overview"))


@require_safe
def account_people(request: HttpRequest, account_id: int) -> HttpResponse:
    """Who is who at the customer, with empty seats, and who has left."""
    shown = _account(request, account_id)
    people = selectors.read_people(shown)
    context = _frame(request, shown, "people", people)
    context |= {
        "seats": selectors.seats_of(people),
        "left": [one for one in people if one.status == "left"],
        "people": people,
    }
    return render_part(request, "workspace/account_people.html", "people", context)


@require_safe
def account_plan(request: HttpRequest, account_id: int) -> HttpResponse:
    """The journey with its stages, goals, promises, plays, tasks, and what sales handed over."""
    shown: Any = _account(request, account_id, "handover__submitted_by", also=(with_declared, with_shared))
    user = current_user(request)
    context = _frame(request, shown, "plan", selectors.read_people(shown))
    open_tasks, done_tasks = read_plan_tasks(user=user, account=shown)
    context |= {
        "journey": journey_card(shown, catalogue=condition_catalogue(shown.declared)),
        "open": open_tasks,
        "done": done_tasks,
        "goals": goals_of(shown),
        "promises": promises_of(shown),
        "plays": None if user.role == Role.MEMBER else plays_of(shown, user),
        "shared": shared_card(shown),
        "handover_card": handover_card(account=shown, user=user, can_edit=context["can_edit"]),
    }
    return render_part(request, "workspace/account_plan.html", "plan", context)


@require_safe
def account_peek(request: HttpRequest, account_id: int) -> HttpResponse:
    """The preview beside a list: enough to decide whether to open the page."""
    shown = _account(request, account_id)
    context = _frame(request, shown, "overview")
    people = selectors.read_people(shown)
    facts = selectors.facts_of(account=shown, user=current_user(request), people=people, currency=context["currency"])
    signals = selectors.signals_with_risks(account=shown, user=current_user(request), facts=facts)
    context |= {"signals": signals, "brief": brief_of(facts, signals)}
    return render_part(request, "workspace/account_peek.html", "peek", context)


@require_safe
@requires_role(Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
def account_commercial(request: HttpRequest, account_id: int) -> HttpResponse:
    """Contracts, how they changed, what renews, and the accounts below; sums are not for departments."""
    shown = _account(request, account_id)
    context = _frame(request, shown, "commercial")
    context["commercial"] = read_commercial(account=shown, user=current_user(request))
    context["renewals"] = renewals_of(account=shown, user=current_user(request))
    context["movements"] = movements_of(shown, current_user(request))
    return render_part(request, "workspace/account_commercial.html", "commercial", context)


@require_safe
def account_timeline(request: HttpRequest, account_id: int) -> HttpResponse:
    """Everything that happened, with its kinds to choose from."""
    shown = _account(request, account_id)
    context = _frame(request, shown, "timeline") | timeline_context(shown, current_user(request), request)
    return render_part(request, "workspace/account_timeline.html", "timeline-tab", context)


@require_safe
def account_usage(request: HttpRequest, account_id: int) -> HttpResponseBase:
    """What they do in the product: `?weeks=` is how far the features go back, `?format=csv` their file."""
    shown = _account(request, account_id)
    asked = request.GET.get("weeks", "")
    weeks = int(asked) if asked in {str(number) for number in PERIODS} else WEEKS
    usage = adoption_of(shown, weeks=weeks)
    if request.GET.get("format") == "csv":
        header = [_("Feature"), _("Key feature"), _("Last used"), *(day.isoformat() for day in usage.weeks)]
        rows = ([row.name, row.is_key, row.last_on, *(cell.events for cell in row.cells)] for row in usage.rows)
        return csv_response(f"usage-{shown.name}-{usage.as_of}.csv", header, rows)
    context = _frame(request, shown, "usage") | {"usage": usage, "periods": PERIODS}
    return render_part(request, "workspace/account_usage.html", "usage-tab", context)


@require_safe
def account_voice(request: HttpRequest, account_id: int) -> HttpResponse:
    """What they said, and what became of it."""
    shown = _account(request, account_id)
    context = _frame(request, shown, "voice")
    context["voice"] = voice_of(shown)
    context["advocacy"] = advocacy_of(shown, current_user(request))
    return render_part(request, "workspace/account_voice.html", "voice-tab", context)
