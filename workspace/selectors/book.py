"""Whose accounts a page is about."""

from accounts.models import Account
from accounts.models.accounts import AccountQuerySet
from team.models import User


def book_of(user: User) -> AccountQuerySet:
    """The own book (with those of absent colleagues) for a CSM; every visible account for all others."""
    if user.role == "csm":
        return Account.objects.editable_by(user)
    return Account.objects.visible_to(user)
