"""Makers: each returns one saved thing with believable defaults; name only what the test is about."""

import hashlib
import itertools
import secrets
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from accounts.models import Account, AccountSummary, Contact
from lifecycle.models import Task
from team.models import ApiKey, Department, User

_serial = itertools.count(1)


def make_user(*, email: str = "", name: str = "", role: str = "csm", **fields: Any) -> User:
    number = next(_serial)
    user = User(email=email or f"user{number}@vendor.example", name=name or f"User {number}", role=role, **fields)
    user.set_unusable_password()
    user.save()
    return user


def make_department(slug: str = "product", *, members: tuple[User, ...] = ()) -> Department:
    department, _ = Department.objects.get_or_create(slug=slug, defaults={"name": slug.capitalize()})
    for member in members:
        department.memberships.get_or_create(user=member)
    return department


def make_account(*, csm: User | None = None, name: str = "", **fields: Any) -> Account:
    account = Account.objects.create(name=name or f"Account {next(_serial)}", csm=csm, **fields)
    AccountSummary.objects.create(account=account)
    return account


def make_contact(account: Account, *, name: str = "", email: str = "", **fields: Any) -> Contact:
    number = next(_serial)
    return Contact.objects.create(
        account=account, name=name or f"Contact {number}", email=email or f"contact{number}@customer.example", **fields
    )


def make_api_key(owner: User, *, scopes: Sequence[str] = ("read",), name: str = "Script") -> str:
    """The key's text; only its digest is stored."""
    text = secrets.token_urlsafe(32)
    ApiKey.objects.create(
        name=name, owner=owner, prefix=text[:8], digest=hashlib.sha256(text.encode()).hexdigest(), scopes=list(scopes)
    )
    return text


def make_task(*, owner: User, account: Account | None = None, title: str = "Call them", **fields: Any) -> Task:
    if fields.get("state") == Task.State.DONE:
        fields.setdefault("done_at", timezone.now())
    return Task.objects.create(owner=owner, account=account, title=title, **fields)
