"""Which account a form is about."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import Account
from team.http.access import current_user


def editable_account(request: HttpRequest, account_id: int) -> Account:
    """The account if the user may change it, else 404."""
    return get_object_or_404(Account.objects.editable_by(current_user(request)), pk=account_id)
