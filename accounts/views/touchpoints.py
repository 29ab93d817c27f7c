"""Touches: the quick log, the timeline, the list, a touch's own page, and what one tap does to it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.touchpoints import LogForm, TouchpointForm
from accounts.http.editing import CHANGED, deleted, edit_page, undo_url
from accounts.http.lists import TOUCHPOINTS
from accounts.models import Account, Touchpoint
from accounts.selectors.timeline import read_timeline, timeline_kinds, touchpoint_entry
from accounts.services.touchpoints import delete_touchpoint, edit_touchpoint, log_by_hand, mark_got, mark_replied
from team.http.access import current_user, requires_editor
from team.models import ActionLog, User
from ui.http import done, render_part, toast, trigger
from ui.lists import build_list, list_response


def _editable(request: HttpRequest, touchpoint_id: int) -> Touchpoint:
    rows = Touchpoint.objects.editable_by(current_user(request)).select_related("account")
    return get_object_or_404(rows, pk=touchpoint_id)


def _visible_account(request: HttpRequest, account_id: int) -> Account:
    return get_object_or_404(Account.objects.visible_to(current_user(request)), pk=account_id)


@require_http_methods(["GET", "POST"])
@requires_editor
def touchpoint_log(request: HttpRequest, account_id: int) -> HttpResponse:
    """The quick log: a page, a dialog over any page (`#dialog`), or the form in the right pane (`#log-form`).

    After saving, the pane gets an empty form; the timeline reloads by itself.
    """
    account = _visible_account(request, account_id)
    user = current_user(request)
    form = LogForm(request.POST or None, account=account, initial={"kind": request.GET.get("kind", "call")})
    context = {"account": account, "form": form}
    if request.method == "POST":
        if form.is_valid():
            touchpoint, action = log_by_hand(actor=user, account=account, **form.values())
            text = _("Logged: %(kind)s") % {"kind": touchpoint.get_kind_display()}
            return _logged(request, account, text, action)
        return render_part(request, "accounts/touchpoint_log.html", ("dialog", "log-form"), context, status=422)
    return render_part(request, "accounts/touchpoint_log.html", ("dialog", "log-form"), context)


def _logged(request: HttpRequest, account: Account, text: str, action: ActionLog) -> HttpResponse:
    url = reverse("account", args=[account.pk])
    if request.htmx.target != "log-form":  # type: ignore[attr-defined]
        return done(request, url, text, undo=undo_url(action), event=CHANGED)
    context = {"account": account, "form": LogForm(account=account)}
    response = render_part(request, "accounts/touchpoint_log.html", "log-form", context)
    return trigger(toast(response, text, undo=undo_url(action)), CHANGED)


@require_safe
def account_history(request: HttpRequest, account_id: int) -> HttpResponse:
    """The timeline of an account: `?kind=` (several), `?before=` a cursor. For htmx the entries or the next page."""
    account = _visible_account(request, account_id)
    context = timeline_context(account, current_user(request), request)
    return render_part(request, "accounts/history.html", ("timeline", "timeline-more"), context)


def timeline_context(account: Account, user: User, request: HttpRequest | None = None) -> dict[str, object]:
    """What `accounts/parts/timeline.html` needs."""
    params = request.GET if request is not None else {}
    known = timeline_kinds()
    kinds = [kind for kind in (request.GET.getlist("kind") if request is not None else []) if kind in known]
    page = read_timeline(account=account, user=user, before=params.get("before", ""), kinds=kinds)
    url = reverse("account_history", args=[account.pk])
    chosen = "&".join(f"kind={kind}" for kind in kinds)
    return {
        "account": account,
        "timeline": page,
        "timeline_url": url,
        "timeline_query": chosen,
        "timeline_chips": [
            (words, f"{url}?{'&'.join(f'kind={k}' for k in _toggled(kinds, kind))}", kind in kinds)
            for kind, words in known.items()
        ],
    }


def _toggled(kinds: list[str], kind: str) -> list[str]:
    return [one for one in kinds if one != kind] if kind in kinds else [*kinds, kind]


@require_safe
def touchpoints(request: HttpRequest) -> HttpResponseBase:
    """Every touch that the user may see, newest first."""
    page = build_list(request, TOUCHPOINTS, Touchpoint.objects.visible_to(current_user(request)))
    return list_response(request, "accounts/touchpoints.html", page)


@require_safe
def touchpoint(request: HttpRequest, touchpoint_id: int) -> HttpResponse:
    """The permalink of a touch."""
    user = current_user(request)
    rows = Touchpoint.objects.visible_to(user).select_related("account", "logged_by")
    shown = get_object_or_404(rows.prefetch_related("participants__contact"), pk=touchpoint_id)
    context = {
        "touchpoint": shown,
        "entry": touchpoint_entry(shown, can_edit=user.can_edit),
        "people": [seat.contact for seat in shown.participants.all()],
        "can_edit": user.can_edit,
    }
    return render_part(request, "accounts/touchpoint.html", "touchpoint", context)


@require_http_methods(["GET", "POST"])
def touchpoint_edit(request: HttpRequest, touchpoint_id: int) -> HttpResponse:
    touchpoint = _editable(request, touchpoint_id)
    user = current_user(request)
    form = TouchpointForm(request.POST or None, instance=touchpoint, user=user)
    return edit_page(
        request,
        form=form,
        save=lambda: edit_touchpoint(actor=user, touchpoint=touchpoint, version=form.started_from, **form.values()),
        heading=_("Edit %(name)s") % {"name": touchpoint.listed_name},
        text=_("Saved"),
        back=reverse("touchpoint", args=[touchpoint.pk]),
    )


@require_POST
def touchpoint_delete(request: HttpRequest, touchpoint_id: int) -> HttpResponse:
    touchpoint = _editable(request, touchpoint_id)
    action = delete_touchpoint(actor=current_user(request), touchpoint=touchpoint)
    back = reverse("account", args=[touchpoint.account_id])
    return deleted(request, action=action, text=_("Deleted"), back=back)


@require_POST
def touchpoint_got(request: HttpRequest, touchpoint_id: int) -> HttpResponse:
    """One tap: what we asked for came."""
    return _mark(request, touchpoint_id, mark_got, _("It came"))


@require_POST
def touchpoint_replied(request: HttpRequest, touchpoint_id: int) -> HttpResponse:
    """One tap: they replied."""
    return _mark(request, touchpoint_id, mark_replied, _("Replied"))


def _mark(request: HttpRequest, touchpoint_id: int, mark: Callable[..., ActionLog | None], text: str) -> HttpResponse:
    touchpoint = _editable(request, touchpoint_id)
    action = mark(actor=current_user(request), touchpoint=touchpoint)
    back = reverse("touchpoint", args=[touchpoint.pk])
    return done(request, back, text if action else _("That was known already"), undo=undo_url(action), event=CHANGED)
