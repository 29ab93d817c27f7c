"""Tasks: the list, the dialog, and what one key does to a row."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Account
from lifecycle.forms.tasks import SnoozeForm, TaskForm, snooze_choices
from lifecycle.models import Goal, Task
from lifecycle.selectors.actions import action_behind
from lifecycle.selectors.tasks import read_tasks
from lifecycle.services import tasks as services
from team.clock import today
from team.http.access import current_user, requires_role
from team.models import ActionLog, Role
from ui.formats import day as day_words
from ui.http import done, id_in, render_part, say, toast, wants_part

CHANGED = "tasks-changed"
WORKERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.MEMBER)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to; an empty POST is a wrong POST, not a fresh form."""
    return request.POST if request.method == "POST" else None


def undo_url(action: ActionLog | None) -> str | None:
    """Where a POST takes the action back."""
    return reverse("undo", args=[action.pk]) if action else None


def row_gone(request: HttpRequest, text: str, action: ActionLog | None, url: str = "") -> HttpResponse:
    """The row that was pressed is dealt with: htmx takes it away, a plain form goes on to the page."""
    if wants_part(request):
        return toast(HttpResponse(), text, undo=undo_url(action))
    say(request, text, undo=undo_url(action))
    return HttpResponseRedirect(url or reverse("tasks"))


def _editable(request: HttpRequest, task_id: int) -> Task:
    tasks = Task.objects.editable_by(current_user(request)).select_related("account", "owner")
    return get_object_or_404(tasks, pk=task_id)


@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """Open work in spans of time: the own, or the team's; `?show=done` lists what was finished."""
    user = current_user(request)
    whose = "team" if request.GET.get("whose") == "team" or user.role == Role.VIEWER else "me"
    state = "done" if request.GET.get("show") == "done" else "open"
    context = {
        "list": read_tasks(user=user, whose=whose, state=state),
        "state": state,
        "today": today(),
        "show_owner": whose == "team",
        "current": "done" if state == "done" else "mine" if whose == "me" else "team",
    }
    return render_part(request, "lifecycle/tasks.html", "task-list", context)


def _start_of_form(request: HttpRequest) -> dict[str, Any]:
    user = current_user(request)
    given = request.GET.get("account", "")
    account = Account.objects.visible_to(user).filter(pk=id_in(given) or 0).first()
    aim = request.GET.get("goal", "")
    goal = Goal.objects.filter(account=account, pk=id_in(aim) or 0).first() if account else None
    return {
        "owner": user,
        "account": account,
        "title": request.GET.get("title", "")[:200],
        "why": request.GET.get("why", "")[:300],
        "goal": goal,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WORKERS)
def task_create(request: HttpRequest) -> HttpResponse:
    """The dialog for a new task; `?account=` sets what it is about."""
    user = current_user(request)
    form = TaskForm(posted(request), user=user, initial=_start_of_form(request))
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "task": None}
        return render_part(request, "lifecycle/task_form.html", "dialog", context, status=422 if form.errors else 200)
    task = services.create_task(actor=user, **{name: form.cleaned_data[name] for name in form.fields})
    action = action_behind(actor=user, service="lifecycle.undo_create_task", task_id=task.pk)
    return done(request, _after(task), _("Task added"), undo=undo_url(action), event=CHANGED)


def _after(task: Task) -> str:
    return reverse("account_plan", args=[task.account_id]) if task.account_id else reverse("tasks")


@require_http_methods(["GET", "HEAD", "POST"])
def task_edit(request: HttpRequest, task_id: int) -> HttpResponse:
    """Change a task: words, day, person, account."""
    task = _editable(request, task_id)
    user = current_user(request)
    form = TaskForm(posted(request), instance=task, user=user)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "task": task}
        return render_part(request, "lifecycle/task_form.html", "dialog", context, status=422 if form.errors else 200)
    fields = {name: form.cleaned_data[name] for name in form.changed_data if name in services.EDITABLE}
    action = services.edit_task(actor=user, task=task, **fields)
    return done(request, _after(task), _("Task saved"), undo=undo_url(action), event=CHANGED)


@require_POST
def task_complete(request: HttpRequest, task_id: int) -> HttpResponse:
    """One key: done. Pressing twice is pressing once."""
    task = _editable(request, task_id)
    action = services.complete_task(actor=current_user(request), task=task)
    return row_gone(request, _("Done: %(title)s") % {"title": task.title}, action, _after(task))


@require_POST
def task_reopen(request: HttpRequest, task_id: int) -> HttpResponse:
    """Open a finished task again."""
    task = _editable(request, task_id)
    services.reopen_task(actor=current_user(request), task_id=task.pk)
    return row_gone(request, _("Open again: %(title)s") % {"title": task.title}, None, _after(task))


@require_http_methods(["GET", "HEAD", "POST"])
def task_snooze(request: HttpRequest, task_id: int) -> HttpResponse:
    """Choose until when the task sleeps: four usual days, or any."""
    task = _editable(request, task_id)
    form = SnoozeForm(posted(request))
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "task": task, "choices": snooze_choices(today()), "action": request.path}
        return render_part(request, "lifecycle/snooze.html", "popover", context, status=422 if form.errors else 200)
    until = form.cleaned_data["until"]
    action = services.snooze_task(
        actor=current_user(request), task=task, until=until, reason=form.cleaned_data["reason"]
    )
    text = _("Snoozed until %(day)s") % {"day": day_words(until, today=today())}
    return done(request, _after(task), text, undo=undo_url(action), event=CHANGED)
