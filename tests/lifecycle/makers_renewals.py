"""Makers of contracts and renewals."""

import datetime as dt
from decimal import Decimal
from typing import Any

from accounts.models import Account, Subscription
from accounts.services.subscriptions import create_subscription
from lifecycle.models import Renewal
from lifecycle.services.renewals.making import make_renewals
from team.clock import today


def make_contract(account: Account, *, due_in: int = 60, arr: str = "1000", **fields: Any) -> Subscription:
    """An active contract that renews in so many days."""
    day = today()
    start = {"starts_on": day - dt.timedelta(days=300), "renews_on": day + dt.timedelta(days=due_in)}
    return create_subscription(actor=None, account=account, **{"arr": Decimal(arr), **start, **fields})


def make_renewal(account: Account, *, due_in: int = 60, arr: str = "1000", **fields: Any) -> Renewal:
    """A renewal as the sweep makes it."""
    contract = make_contract(account, due_in=due_in, arr=arr, **fields)
    make_renewals()
    return Renewal.objects.get(subscription=contract)
