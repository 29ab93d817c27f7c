"""Parts of accounts for the pages of upper apps: `{% load accounts %}`."""

from typing import Any

from django.template import Context, Library

from accounts.forms.touchpoints import LogForm
from accounts.models import Account
from accounts.selectors.trees import roll_up
from accounts.services.custom_fields import custom_pairs
from accounts.views.touchpoints import timeline_context

register = Library()


@register.inclusion_tag("accounts/parts/log_form.html", takes_context=True)
def log_form(context: Context, account: Account) -> dict[str, Any]:
    """The quick log, for the right pane; nothing for those who may not log."""
    return {
        "account": account,
        "form": LogForm(account=account),
        "can_log": context["user"].can_edit,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("accounts/parts/timeline.html", takes_context=True)
def account_timeline(context: Context, account: Account) -> dict[str, Any]:
    """The first page of the timeline; it reloads by itself on "account-changed"."""
    return {
        **timeline_context(account, context["user"], context.get("request")),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("accounts/parts/roll_up.html", takes_context=True)
def account_roll_up(context: Context, account: Account) -> dict[str, Any]:
    """What the tree below a parent adds up to; nothing for accounts without children."""
    return {"account": account, "roll_up": roll_up(account=account, user=context["user"]), "user": context["user"]}


@register.simple_tag
def account_custom(account: Account) -> list[tuple[str, Any]]:
    """Label and value of the vendor's own fields, for `{% facts %}`."""
    return custom_pairs(account)


@register.filter
def is_word(value: str, word: str) -> bool:
    """`current|is_word:"contacts"`, for arguments of components."""
    return value == word
