"""Which account a form is about when the address names it."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import Account
from team.http.access import current_user


def named_account(request: HttpRequest) -> Account | None:
    """The account of `?account=` if the user edits it, else 404; None when none is named."""
    named = request.GET.get("account", "")
    if not named:
        return None
    pk = int(named) if named.isdecimal() and len(named) < 18 else 0
    return get_object_or_404(Account.objects.editable_by(current_user(request)), pk=pk)
