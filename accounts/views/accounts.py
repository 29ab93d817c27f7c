"""Accounts: adding, changing, deleting, and their ids in other systems."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.accounts import AccountForm, ExternalIdsForm
from accounts.http.editing import deleted, edit_page, newest_action
from accounts.http.naming import editable_account
from accounts.models import Account
from accounts.services.accounts import create_account, delete_account, edit_account, set_external_ids
from team.http.access import current_user, requires_editor
from team.models import ActionLog, User


def _seen_at(user: User, account: Account) -> str:
    """The account's page, or the list when it was handed to somebody whose book the user does not see."""
    if Account.objects.visible_to(user).filter(pk=account.pk).exists():
        return reverse("account", args=[account.pk])
    return reverse("accounts")


@require_http_methods(["GET", "POST"])
@requires_editor
def account_create(request: HttpRequest) -> HttpResponse:
    user = current_user(request)
    form = AccountForm(request.POST or None, user=user, initial={"csm": user.pk if user.role == "csm" else None})
    made: list[Account] = []

    def save() -> ActionLog | None:
        made.append(create_account(actor=user, **form.values()))
        return newest_action(user)

    return edit_page(
        request,
        form=form,
        save=save,
        heading=_("New account"),
        text=_("Account added"),
        back=reverse("accounts"),
        url=lambda: _seen_at(user, made[0]),
        context={"goes_on": True, "groups": _groups(form)},
        template="accounts/account_edit.html",
    )


@require_http_methods(["GET", "POST"])
def account_edit(request: HttpRequest, account_id: int) -> HttpResponse:
    account = editable_account(request, account_id)
    user = current_user(request)
    form = AccountForm(request.POST or None, instance=account, user=user)
    return edit_page(
        request,
        form=form,
        save=lambda: edit_account(actor=user, account=account, version=form.started_from, **form.values()),
        heading=_("Edit %(name)s") % {"name": account.name},
        text=_("Saved"),
        back=reverse("account", args=[account.pk]),
        context={"account": account, "groups": _groups(form)},
        template="accounts/account_edit.html",
    )


def _groups(form: AccountForm) -> list[tuple[str, list[object]]]:
    """The form's fields under headings, the ones that people need first."""
    named = [
        (_("Who"), ("name", "csm", "segment", "status", "domains", "tags")),
        (_("Company"), ("industry", "country", "currency", "parent", "source", "signed_on")),
        (_("Own fields"), tuple(f"custom_{field.key}" for field in form.declared)),
        (_("Why they bought"), ("intent", "intent_reviewed_on", "desired_outcomes", "decision_context")),
    ]
    return [(title, [form[name] for name in names]) for title, names in named if names]


@require_POST
def account_delete(request: HttpRequest, account_id: int) -> HttpResponse:
    account = editable_account(request, account_id)
    action = delete_account(actor=current_user(request), account=account)
    text = _("Deleted %(name)s") % {"name": account.name}
    return deleted(request, action=action, text=text, back=reverse("accounts"))


@require_http_methods(["GET", "POST"])
def account_ids(request: HttpRequest, account_id: int) -> HttpResponse:
    """The account's keys in other systems."""
    account = editable_account(request, account_id)
    lines = "\n".join(f"{row.source}: {row.external_id}" for row in account.external_ids.order_by("source", "pk"))
    form = ExternalIdsForm(request.POST or None, initial={"ids": lines})

    def save() -> None:
        set_external_ids(actor=current_user(request), account=account, external_ids=form.cleaned_data["ids"])

    return edit_page(
        request,
        form=form,
        save=save,
        heading=_("Ids of %(name)s") % {"name": account.name},
        text=_("Saved"),
        back=reverse("account", args=[account.pk]),
    )
