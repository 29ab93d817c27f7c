"""Contracts of an account: what runs, how it changed, what renews."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import F

from accounts.models import Account, Subscription, SubscriptionVersion
from accounts.selectors.trees import RollUp, roll_up
from team.clock import today
from team.models import User

VERSIONS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Commercial:
    """The Commercial tab: running contracts first, then ended ones; `versions` newest first."""

    running: list[Subscription]
    ended: list[Subscription]
    versions: list[SubscriptionVersion]
    roll_up: RollUp | None

    @property
    def renewals(self) -> list[Subscription]:
        """Running contracts with a renewal date, the next one first."""
        day = today()
        dated = [one for one in self.running if one.renews_on and one.renews_on >= day]
        return sorted(dated, key=lambda one: one.renews_on or dt.date.max)


def read_commercial(*, account: Account, user: User) -> Commercial:
    """Contracts, their history and the tree below; five queries at most."""
    listed = list(
        Subscription.objects.filter(account=account)
        .select_related("product")
        .order_by(F("renews_on").asc(nulls_last=True), "-starts_on", "-id")
    )
    versions = SubscriptionVersion.objects.filter(account=account, subscription__deleted_at__isnull=True)
    return Commercial(
        running=[one for one in listed if one.status == Subscription.Status.ACTIVE],
        ended=[one for one in listed if one.status != Subscription.Status.ACTIVE],
        versions=list(
            versions.select_related("subscription__product").order_by("-effective_on", "-id")[:VERSIONS_SHOWN]
        ),
        roll_up=roll_up(account=account, user=user),
    )
