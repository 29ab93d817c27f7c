"""The account list."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Account
from accounts.models.accounts import AccountQuerySet
from team.http.access import current_user
from team.models import Role, User
from ui.hooks import default_currency
from ui.lists.page import ListPage, build_list, list_response
from workspace.selectors.choices import read_choices
from workspace.views.account_list import account_list, presets


@dataclass(frozen=True, slots=True)
class Preset:
    label: str
    url: str
    key: str
    is_current: bool


def _listed(user: User) -> AccountQuerySet:
    """A CSM's list is the book unless CSMs see everything; both narrower than or equal to `visible_to`."""
    if user.role == Role.CSM and not settings.CSM_SEES_ALL_ACCOUNTS and not user.department_ids():
        return Account.objects.editable_by(user)
    return Account.objects.visible_to(user)


def _pairs(query: str) -> set[tuple[str, str]]:
    return {(name, value) for name, values in QueryDict(query).lists() for value in values if name != "col"}


def _presets(page: ListPage, user: User) -> list[Preset]:
    here = _pairs(page.query_string)
    url = reverse("accounts")
    return [
        Preset(
            label,
            f"{url}?{query.replace('+', '%2B')}" if query else url,
            key,
            _pairs(query.replace("+", "%2B")) == here,
        )
        for label, query, key in presets(user)
    ]


@require_safe
def accounts(request: HttpRequest) -> HttpResponseBase:
    """Everybody's first list: filtered, sorted and shaped by the address alone; `?format=csv` is the export."""
    user = current_user(request)
    choices = read_choices()
    spec = account_list(user=user, choices=choices, currency=default_currency())
    page = build_list(request, spec, _listed(user).with_summary())
    context = {"presets": _presets(page, user), "choices": choices, "bulk_to": reverse("accounts")}
    return list_response(request, "workspace/accounts.html", page, context)
