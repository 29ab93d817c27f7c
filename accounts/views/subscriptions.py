"""Contracts: the list, one contract with its history, and its forms."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.facts import SubscriptionForm
from accounts.http.editing import deleted, edit_page, newest_action
from accounts.http.lists import SUBSCRIPTIONS
from accounts.http.naming import editable_account
from accounts.models import Account, Subscription
from accounts.selectors.contracts import read_contract
from accounts.services.subscriptions import create_subscription, delete_subscription, edit_subscription
from team.http.access import current_user, requires_editor
from team.models import ActionLog
from ui.http import render_part
from ui.lists import build_list, list_response


def _editable(request: HttpRequest, subscription_id: int) -> Subscription:
    rows = Subscription.objects.editable_by(current_user(request)).select_related("account", "product")
    return get_object_or_404(rows, pk=subscription_id)


@require_safe
def subscriptions(request: HttpRequest) -> HttpResponseBase:
    """Every contract that the user may see; ARR as a band for department members."""
    page = build_list(request, SUBSCRIPTIONS, Subscription.objects.visible_to(current_user(request)))
    return list_response(request, "accounts/subscriptions.html", page)


@require_safe
def subscription(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """One contract and how it changed."""
    user = current_user(request)
    rows = Subscription.objects.visible_to(user).select_related("account", "product")
    shown = get_object_or_404(rows, pk=subscription_id)
    context = {"contract": read_contract(subscription=shown, user=user)}
    return render_part(request, "accounts/subscription.html", "subscription", context)


@require_http_methods(["GET", "POST"])
@requires_editor
def subscription_add(request: HttpRequest) -> HttpResponse:
    """The form asks which account it is."""
    return _create(request, None)


@require_http_methods(["GET", "POST"])
def subscription_create(request: HttpRequest, account_id: int) -> HttpResponse:
    """For an account."""
    return _create(request, editable_account(request, account_id))


def _create(request: HttpRequest, account: Account | None) -> HttpResponse:
    user = current_user(request)
    form = SubscriptionForm(request.POST or None, user=user, account=account)

    def save() -> ActionLog | None:
        create_subscription(actor=user, account=form.chosen_account(), **form.values())
        return newest_action(user)

    return edit_page(
        request,
        form=form,
        save=save,
        heading=_("New subscription"),
        text=_("Subscription added"),
        back=reverse("account", args=[account.pk]) if account else reverse("subscriptions"),
    )


@require_http_methods(["GET", "POST"])
def subscription_edit(request: HttpRequest, subscription_id: int) -> HttpResponse:
    subscription = _editable(request, subscription_id)
    user = current_user(request)
    form = SubscriptionForm(request.POST or None, instance=subscription, user=user)
    return edit_page(
        request,
        form=form,
        save=lambda: edit_subscription(
            actor=user,
            subscription=subscription,
            version=form.started_from,
            effective_on=form.cleaned_data["effective_on"],
            reason=form.cleaned_data["reason"],
            **form.values(),
        ),
        heading=_("Edit %(name)s") % {"name": subscription.listed_name},
        text=_("Saved"),
        back=reverse("subscription", args=[subscription.pk]),
    )


@require_POST
def subscription_delete(request: HttpRequest, subscription_id: int) -> HttpResponse:
    subscription = _editable(request, subscription_id)
    action = delete_subscription(actor=current_user(request), subscription=subscription)
    return deleted(request, action=action, text=_("Subscription deleted"), back=reverse("subscriptions"))
