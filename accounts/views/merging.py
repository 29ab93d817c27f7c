"""Duplicates: what may be one, what a merge would do, and doing it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms.base import shown
from accounts.http.editing import newest_action, undo_url
from accounts.models import Account, Contact
from accounts.selectors.duplicates import duplicate_accounts, duplicate_contacts
from accounts.selectors.merges import preview_merge
from accounts.services.accounts import merge_accounts
from accounts.services.contacts import merge_contacts
from team.http.access import current_user, requires_editor
from ui.http import go_to, say


@require_safe
@requires_editor
def duplicates(request: HttpRequest) -> HttpResponse:
    """Accounts and contacts that may be the same, as far as the user may merge them."""
    user = current_user(request)
    context = {"accounts": duplicate_accounts(user=user), "contacts": duplicate_contacts(user=user)}
    return render(request, "accounts/duplicates.html", context)


def _other(request: HttpRequest, rows: Any) -> Any:
    """The row of `?with=`; None while none is named."""
    named = request.POST.get("with") or request.GET.get("with", "")
    if not named:
        return None
    if not named.isdecimal() or len(named) > 17:
        raise Http404
    return get_object_or_404(rows, pk=int(named))


@require_http_methods(["GET", "POST"])
def account_merge(request: HttpRequest, account_id: int) -> HttpResponse:
    """Without `?with=` the likely twins and a search; with it what moves and which value wins; POST merges."""
    user = current_user(request)
    editable = Account.objects.editable_by(user)
    keep = get_object_or_404(editable, pk=account_id)
    drop = _other(request, editable.exclude(pk=keep.pk))
    if request.method == "POST" and drop is not None:
        return _merge(request, merge_accounts, keep, drop, reverse("account", args=[keep.pk]))
    context = {
        "keep": keep,
        "drop": drop,
        "preview": preview_merge(keep=keep, drop=drop) if drop else None,
        "pairs": duplicate_accounts(user=user, of=keep) if drop is None else [],
        "swap_url": f"{reverse('account_merge', args=[drop.pk])}?with={keep.pk}" if drop else "",
        "back": reverse("account", args=[keep.pk]),
    }
    return render(request, "accounts/merge.html", _worded(context), status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
def contact_merge(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The same for two people of one account."""
    editable = Contact.objects.editable_by(current_user(request)).select_related("account")
    keep = get_object_or_404(editable, pk=contact_id)
    colleagues = editable.filter(account=keep.account_id).exclude(pk=keep.pk)
    drop = _other(request, colleagues)
    if request.method == "POST" and drop is not None:
        return _merge(request, merge_contacts, keep, drop, reverse("contact", args=[keep.pk]))
    context = {
        "keep": keep,
        "drop": drop,
        "preview": preview_merge(keep=keep, drop=drop) if drop else None,
        "colleagues": colleagues.order_by("name", "pk")[:100] if drop is None else [],
        "swap_url": f"{reverse('contact_merge', args=[drop.pk])}?with={keep.pk}" if drop else "",
        "back": reverse("contact", args=[keep.pk]),
        "is_contact": True,
    }
    return render(request, "accounts/merge.html", _worded(context), status=422 if request.method == "POST" else 200)


def _merge(request: HttpRequest, merge: Any, keep: Any, drop: Any, url: str) -> HttpResponse:
    user = current_user(request)
    try:
        merge(actor=user, keep=keep, drop=drop, taken=request.POST.getlist("taken"))
    except ValidationError as error:
        say(request, " ".join(error.messages), is_bad=True)
        return go_to(request, url)
    say(request, _("Merged %(name)s") % {"name": drop}, undo=undo_url(newest_action(user)))
    return go_to(request, url)


def _worded(context: dict[str, Any]) -> dict[str, Any]:
    """Both values of each field in words."""
    preview = context["preview"]
    rows = [(one, shown(one.keep), shown(one.drop), shown(one.result)) for one in preview.choices] if preview else []
    return {**context, "rows": rows}
