"""What the vendor owes: the list of all, and dialogs on the Plan tab."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import CHANGED, edit_page, newest_action, undo_url
from accounts.http.naming import editable_account
from lifecycle.forms.goals import PromiseForm, SettleForm
from lifecycle.http.plan_lists import PROMISES
from lifecycle.models import Promise
from lifecycle.services import goals as services
from team.http.access import current_user, posted
from team.models import ActionLog
from ui.http import done
from ui.lists import build_list, list_response


def _editable(request: HttpRequest, promise_id: int) -> Promise:
    rows = Promise.objects.editable_by(current_user(request)).select_related("account")
    return get_object_or_404(rows, pk=promise_id)


def _plan(account_id: int) -> str:
    return reverse("account_plan", args=[account_id])


@require_safe
def promises(request: HttpRequest) -> HttpResponseBase:
    """Every promise to a customer that the user sees, by the day on which it is due."""
    user = current_user(request)
    page = build_list(request, PROMISES, Promise.objects.visible_to(user).filter(account__deleted_at__isnull=True))
    return list_response(request, "lifecycle/promises/promises.html", page, {"current": "promises"})


@require_http_methods(["GET", "HEAD", "POST"])
def promise_add(request: HttpRequest, account_id: int) -> HttpResponse:
    """Write a promise down."""
    user, account = current_user(request), editable_account(request, account_id)
    form = PromiseForm(posted(request), account=account, user=user)

    def save() -> ActionLog | None:
        services.promise(actor=user, account=account, **form.values())
        return newest_action(user)

    return edit_page(
        request, form=form, save=save, heading=_("New promise"), text=_("Promise written down"), back=_plan(account.pk)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def promise_edit(request: HttpRequest, promise_id: int) -> HttpResponse:
    """Change a promise."""
    given, user = _editable(request, promise_id), current_user(request)
    form = PromiseForm(posted(request), instance=given, account=given.account, user=user)
    return edit_page(
        request,
        form=form,
        save=lambda: services.edit_promise(actor=user, given=given, version=form.started_from, **form.values()),
        heading=_("Promise"),
        text=_("Promise saved"),
        back=_plan(given.account_id),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def promise_settle(request: HttpRequest, promise_id: int) -> HttpResponse:
    """Kept, broken or released, with what shows it."""
    given, user = _editable(request, promise_id), current_user(request)
    form = SettleForm(posted(request))
    return edit_page(
        request,
        form=form,
        save=lambda: services.settle_promise(actor=user, given=given, **form.cleaned_data),
        heading=given.words,
        text=_("Promise settled"),
        back=_plan(given.account_id),
    )


@require_POST
def promise_delete(request: HttpRequest, promise_id: int) -> HttpResponse:
    given = _editable(request, promise_id)
    action = services.delete_promise(actor=current_user(request), given=given)
    return done(request, _plan(given.account_id), _("Promise deleted"), undo=undo_url(action), event=CHANGED)
