"""Goals of an account: dialogs on the Plan tab."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http.editing import CHANGED, edit_page, newest_action, undo_url
from accounts.http.naming import editable_account
from lifecycle.forms.goals import CloseForm, GoalForm, ReadingForm
from lifecycle.models import Goal
from lifecycle.selectors.goals import history_of
from lifecycle.services import goals as services
from team.http.access import current_user, posted
from team.models import ActionLog
from ui.http import done


def _editable(request: HttpRequest, goal_id: int) -> Goal:
    rows = Goal.objects.editable_by(current_user(request)).select_related("account", "fact")
    return get_object_or_404(rows, pk=goal_id)


def _plan(account_id: int) -> str:
    return reverse("account_plan", args=[account_id])


@require_http_methods(["GET", "HEAD", "POST"])
def goal_add(request: HttpRequest, account_id: int) -> HttpResponse:
    """A new goal, in the customer's words."""
    user, account = current_user(request), editable_account(request, account_id)
    form = GoalForm(posted(request), account=account, user=user)

    def save() -> ActionLog | None:
        services.add_goal(actor=user, account=account, **form.values())
        return newest_action(user)

    return edit_page(request, form=form, save=save, heading=_("New goal"), text=_("Goal added"), back=_plan(account.pk))


@require_http_methods(["GET", "HEAD", "POST"])
def goal_edit(request: HttpRequest, goal_id: int) -> HttpResponse:
    """Change a goal."""
    goal, user = _editable(request, goal_id), current_user(request)
    form = GoalForm(posted(request), instance=goal, account=goal.account, user=user)
    return edit_page(
        request,
        form=form,
        save=lambda: services.edit_goal(actor=user, goal=goal, version=form.started_from, **form.values()),
        heading=_("Goal"),
        text=_("Goal saved"),
        back=_plan(goal.account_id),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def goal_reading(request: HttpRequest, goal_id: int) -> HttpResponse:
    """Note where a goal stands, above what was noted before."""
    goal, user = _editable(request, goal_id), current_user(request)
    form = ReadingForm(posted(request), goal=goal)

    def save() -> ActionLog | None:
        return services.record_reading(
            actor=user,
            goal=goal,
            value=form.cleaned_data["value"],
            evidence=form.cleaned_data["evidence"],
            observed_at=form.moment(),
        )

    return edit_page(
        request,
        form=form,
        save=save,
        heading=goal.title,
        text=_("Noted"),
        back=_plan(goal.account_id),
        context={"goal": goal, "points": history_of(goal)},
        template="lifecycle/goals/reading.html",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def goal_close(request: HttpRequest, goal_id: int) -> HttpResponse:
    """Say what became of a goal."""
    goal, user = _editable(request, goal_id), current_user(request)
    form = CloseForm(posted(request))
    return edit_page(
        request,
        form=form,
        save=lambda: services.close_goal(actor=user, goal=goal, **form.cleaned_data),
        heading=goal.title,
        text=_("Goal closed"),
        back=_plan(goal.account_id),
    )


@require_POST
def goal_reopen(request: HttpRequest, goal_id: int) -> HttpResponse:
    """A closed goal goes on."""
    goal = _editable(request, goal_id)
    action = services.reopen_goal(actor=current_user(request), goal=goal)
    return done(request, _plan(goal.account_id), _("Goal opened again"), undo=undo_url(action), event=CHANGED)


@require_POST
def goal_delete(request: HttpRequest, goal_id: int) -> HttpResponse:
    goal = _editable(request, goal_id)
    action = services.delete_goal(actor=current_user(request), goal=goal)
    return done(request, _plan(goal.account_id), _("Goal deleted"), undo=undo_url(action), event=CHANGED)
