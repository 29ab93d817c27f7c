"""Makers of plans: goals, promises, handovers, links."""

import datetime as dt
from decimal import Decimal
from typing import Any

from accounts.models import Account, Contact
from lifecycle.formulas.plan_links import new_nonce
from lifecycle.models import Goal, Promise, SharedPlan
from team.clock import today
from team.models import User


def make_goal(account: Account, *, title: str = "Fewer late plans", **fields: Any) -> Goal:
    """Half way: 10 to 30, at 20, of 100 days 50 are over."""
    numbers = {"baseline": Decimal(10), "target": Decimal(30), "current": Decimal(20)}
    days = {"starts_on": today() - dt.timedelta(days=50), "due_on": today() + dt.timedelta(days=50)}
    if account.csm is not None:
        fields.setdefault("owner", account.csm)
    if fields.get("state", "open") != "open":
        fields.setdefault("closed_on", today())
    return Goal.objects.create(account=account, title=title, **(numbers | days | fields))


def make_promise(account: Account, *, words: str = "A migration plan", due_in: int = 10, **fields: Any) -> Promise:
    if account.csm is not None:
        fields.setdefault("owner", account.csm)
    if fields.get("state", "open") != "open":
        fields.setdefault("settled_on", today())
    due_on = today() + dt.timedelta(days=due_in)
    return Promise.objects.create(account=account, words=words, made_on=today(), due_on=due_on, **fields)


def make_plan(account: Account, *, by: User, contact: Contact | None = None, **fields: Any) -> SharedPlan:
    fields.setdefault("expires_on", today() + dt.timedelta(days=90))
    return SharedPlan.objects.create(account=account, contact=contact, nonce=new_nonce(), created_by=by, **fields)
