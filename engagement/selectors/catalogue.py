"""The catalogue of features as admins see it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max, Min, QuerySet, Sum

from accounts.models import Account
from engagement.models import Feature, FeatureUse, FeatureWork, UsageDay, UseCase
from team.models import User

# So many accounts are counted through for a preview or a page; above it the page says less.
FEW, SOME = 200, 5_000
SHOWN = 10


@dataclass(frozen=True)
class Moves:
    """What a merge moves: accounts and days between; `events` is None where it would take too long to add them up."""

    accounts: int
    first_on: dt.date | None
    last_on: dt.date | None
    events: int | None


@dataclass(frozen=True)
class FeaturePage:
    """A feature with what hangs on it. `users` are accounts with the last day on which they used it, newest first."""

    feature: Feature
    merged: Sequence[Feature]
    use_cases: Sequence[UseCase]
    users: Sequence[tuple[Account, dt.date]]
    accounts: int
    work: FeatureWork | None


def listed_features() -> QuerySet[Feature]:
    """The catalogue's rows."""
    return Feature.objects.select_related("merged_into")


def to_review() -> QuerySet[Feature]:
    """New names that nobody has looked at, hidden and merged ones aside."""
    return Feature.objects.filter(is_reviewed=False, is_hidden=False, merged_into=None)


def open_work() -> FeatureWork | None:
    """The work on many accounts that is under way."""
    rows = FeatureWork.objects.filter(finished_at=None).exclude(kind=FeatureWork.Kind.JUDGE)
    return rows.select_related("feature", "into").order_by("pk").first()


def read_feature(*, feature: Feature, user: User) -> FeaturePage:
    """Flat: at most seven queries."""
    uses = FeatureUse.objects.filter(feature=feature.merged_into_id or feature.pk)
    accounts = uses.count()
    latest: list[tuple[int, dt.date]] = []
    if accounts <= SOME:
        latest = list(uses.order_by("-last_on", "account_id").values_list("account_id", "last_on")[:SHOWN])
    visible = Account.objects.visible_to(user).in_bulk([pk for pk, _day in latest])
    work = FeatureWork.objects.filter(finished_at=None, feature=feature).order_by("pk")
    return FeaturePage(
        feature=feature,
        merged=list(feature.merged.order_by("name")),
        use_cases=list(UseCase.objects.filter(criteria__feature=feature).distinct()),
        users=[(visible[pk], day) for pk, day in latest if pk in visible],
        accounts=accounts,
        work=work.select_related("feature", "into").first(),
    )


def preview_merge(*, feature: Feature) -> Moves:
    """What would move if the feature were merged; sums only where few accounts use it."""
    uses = FeatureUse.objects.filter(feature=feature)
    ids = list(uses.order_by("account_id").values_list("account_id", flat=True)[: FEW + 1])
    if len(ids) > FEW:
        return Moves(uses.count(), feature.first_seen_on, feature.last_seen_on, None)
    bounds = uses.aggregate(first=Min("first_on"), last=Max("last_on"))
    events = UsageDay.objects.filter(account__in=ids, feature=feature).aggregate(sum=Sum("events"))["sum"]
    return Moves(len(ids), bounds["first"], bounds["last"], events or 0)
