"""Edits in place and on many rows."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Account
from accounts.services.accounts import edit_account
from lifecycle.selectors.tasks import first_task
from lifecycle.views.tasks import posted, undo_url
from team.http.access import current_user, requires_editor
from team.models import ActionLog, User
from ui.http import done, render_part, say
from workspace.forms import BulkAssignForm, BulkForm, BulkStageForm, BulkTagForm, BulkTaskForm, NextStepForm, OwnerForm
from workspace.services.bulk import add_tasks, assign_accounts, move_accounts, tag_accounts
from workspace.services.fields import set_next_step

CHANGED = "account-changed"


def _owner_form(account: Account, data: Any) -> OwnerForm:
    return OwnerForm(data, initial={"csm": account.csm_id})


def _next_step_form(account: Account, data: Any) -> NextStepForm:
    task = None if data else first_task(account)
    return NextStepForm(data, initial={"title": task.title, "due_on": task.due_on} if task else None)


def _save_owner(user: User, account: Account, cleaned: dict[str, Any]) -> ActionLog | None:
    return edit_account(actor=user, account=account, csm=cleaned["csm"])


def _save_next_step(user: User, account: Account, cleaned: dict[str, Any]) -> ActionLog | None:
    return set_next_step(actor=user, account=account, **cleaned)


FIELDS: dict[str, tuple[Callable[..., Any], Callable[..., ActionLog | None]]] = {
    "csm": (_owner_form, _save_owner),
    "next_step": (_next_step_form, _save_next_step),
}


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def account_field(request: HttpRequest, account_id: int, field: str) -> HttpResponse:
    """Edit one field where it stands: owner or next step."""
    user = current_user(request)
    account = get_object_or_404(Account.objects.editable_by(user).select_related("csm"), pk=account_id)
    if field not in FIELDS:
        raise Http404
    make, save = FIELDS[field]
    form = make(account, posted(request))
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "account": account}
        return render_part(
            request, "workspace/account_field.html", "popover", context, status=422 if form.errors else 200
        )
    action = save(user, account, form.cleaned_data)
    return done(request, reverse("account", args=[account.pk]), _("Saved"), undo=undo_url(action), event=CHANGED)


def _assign(user: User, form: BulkAssignForm) -> ActionLog | None:
    return assign_accounts(actor=user, accounts=form.accounts(), csm=form.cleaned_data["csm"])


def _move(user: User, form: BulkStageForm) -> ActionLog | None:
    return move_accounts(actor=user, accounts=form.accounts(), stage_name=form.cleaned_data["stage"])


def _tag(user: User, form: BulkTagForm) -> ActionLog | None:
    return tag_accounts(actor=user, accounts=form.accounts(), tag=form.cleaned_data["tag"])


def _task(user: User, form: BulkTaskForm) -> ActionLog | None:
    return add_tasks(actor=user, accounts=form.accounts(), title=form.cleaned_data["title"], due_on=form.due())


BULK: dict[str, tuple[type[BulkForm], Callable[..., ActionLog | None]]] = {
    "assign": (BulkAssignForm, _assign),
    "stage": (BulkStageForm, _move),
    "tag": (BulkTagForm, _tag),
    "task": (BulkTaskForm, _task),
}


@require_POST
@requires_editor
def account_bulk(request: HttpRequest, what: str) -> HttpResponse:
    """Do one thing to the picked accounts and come back to the list as it was."""
    if what not in BULK:
        raise Http404
    user = current_user(request)
    form_class, act = BULK[what]
    form = form_class(request.POST, user=user)
    if form.is_valid():
        action = act(user, form)
        say(request, action.verb if action else _("Nothing had to change."), undo=undo_url(action))
    else:
        errors = [str(message) for messages in form.errors.values() for message in messages]
        say(request, _("Nothing was changed: %(why)s") % {"why": " ".join(errors)}, is_bad=True)
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    """The list that the person came from, when it is ours."""
    referer = request.headers.get("Referer", "")
    # SECURITY: only back to this host.
    is_ours = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    return referer if referer and is_ours else reverse("accounts")
