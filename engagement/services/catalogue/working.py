"""Work on many accounts that a change of the catalogue asks for: in order, in batches, one transaction each."""

import datetime as dt

from django.db import connection, transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from accounts.models import AccountChange
from engagement.models import Feature, FeatureUse, FeatureWork, UsageDay
from engagement.services.catalogue.moving import move_days, move_days_back
from engagement.services.rollups import lock_usage, rebuild_rollups
from team.clock import today
from team.models import User

# Accounts of one transaction, while which no usage is written.
BATCH = 50
# So many are done at once, in the request of whoever asked.
AT_ONCE = 25
DAYS = 28
Kind = FeatureWork.Kind

MARK_ALL = """
INSERT INTO accounts_accountchange (account_id, reason, marked_at)
SELECT id, 'catalogue', clock_timestamp() FROM accounts_account WHERE deleted_at IS NULL ORDER BY id
"""

COUNT_FEATURES = """
UPDATE engagement_feature f
SET accounts_28 = c.accounts, users_28 = c.users, counted_on = %(today)s,
    last_seen_on = greatest(f.last_seen_on, c.last_on)
FROM (
    SELECT g.id, count(u.account_id) AS accounts, coalesce(sum(u.users), 0) AS users, max(u.last_on) AS last_on
    FROM engagement_feature g
    LEFT JOIN (
        SELECT account_id, feature_id, max(users) AS users, max(day) AS last_on FROM engagement_usageday
        WHERE day > %(today)s - %(days)s AND day <= %(today)s GROUP BY account_id, feature_id
    ) u ON u.feature_id = g.id
    GROUP BY g.id
) c
WHERE c.id = f.id
  AND (f.accounts_28, f.users_28, f.counted_on) IS DISTINCT FROM (c.accounts, c.users, %(today)s)
"""

# Accounts that use a feature lately, by the rollup: enough for a page until the next full count.
COUNT_ACCOUNTS = """
UPDATE engagement_feature f
SET accounts_28 = (SELECT count(*) FROM engagement_featureuse u WHERE u.feature_id = f.id AND u.last_on > %(since)s)
WHERE f.id = ANY(%(features)s)
"""


def start_work(*, kind: str, feature: Feature | None, into: Feature | None = None, actor: User | None) -> FeatureWork:
    """Put work in line; small work on the accounts of one feature is done at once. Call it inside a transaction."""
    if kind in (Kind.MERGE, Kind.UNMERGE):
        # The other way round has begun and is not through: this one takes over where it stands.
        FeatureWork.objects.filter(feature=feature, kind__in=(Kind.MERGE, Kind.UNMERGE), finished_at=None).update(
            finished_at=timezone.now()
        )
    waiting = FeatureWork.objects.filter(
        kind=kind, feature=feature, into=into, finished_at=None, after_account=0
    ).first()
    if waiting is not None:
        return waiting
    work = FeatureWork(kind=kind, feature=feature, into=into, started_by=actor)
    work.total = FeatureUse.objects.filter(feature=_walked(work)).count() if feature else 1
    work.save()
    is_first = not _waiting().filter(pk__lt=work.pk).exists()
    if feature is not None and work.total <= AT_ONCE and is_first:
        while advance_work(is_judging=False):
            continue
        work.refresh_from_db()
    return work


def _walked(work: FeatureWork) -> int | None:
    """Whose accounts are gone through: days come back from the feature that they went to."""
    return work.into_id if work.kind == Kind.UNMERGE else work.feature_id


@transaction.atomic
def advance_work(*, is_judging: bool = True) -> bool:
    """One batch of the oldest work that waits; False when nothing does or somebody else is at it.

    Days come first; then, unless `is_judging` is off, every account waits for a new judgement.
    """
    # One after the other: days must not come back before they have moved.
    oldest = _waiting().order_by("pk").values("pk")[:1].first()
    if oldest is None and is_judging:
        oldest = FeatureWork.objects.filter(finished_at=None).order_by("pk").values("pk")[:1].first()
    free = FeatureWork.objects.select_for_update(of=("self",), skip_locked=True)
    found = free.filter(pk=oldest["pk"], finished_at=None).first() if oldest is not None else None
    if found is None:
        return False
    if found.kind == Kind.JUDGE:
        with connection.cursor() as cursor:
            cursor.execute(MARK_ALL)
        _finish(found, done=1)
        return True
    uses = FeatureUse.objects.filter(feature=_walked(found), account__gt=found.after_account)
    ids = list(uses.order_by("account_id").values_list("account_id", flat=True)[:BATCH])
    if ids:
        _do(found, ids)
        FeatureWork.objects.filter(pk=found.pk).update(after_account=ids[-1], done=F("done") + len(ids))
    elif found.kind == Kind.MERGE and found.after_account and _has_stragglers(found):
        # Stragglers: what was under way when the names became one.
        FeatureWork.objects.filter(pk=found.pk).update(after_account=0)
    else:
        _finish(found)
    return True


def _waiting() -> QuerySet[FeatureWork]:
    """Work on days that is under way."""
    return FeatureWork.objects.filter(finished_at=None).exclude(kind=Kind.JUDGE)


def _has_stragglers(work: FeatureWork) -> bool:
    users = FeatureUse.objects.filter(feature=work.feature).values("account")
    return UsageDay.objects.filter(feature=work.feature, account__in=users).exists()


def _do(work: FeatureWork, ids: list[int]) -> None:
    lock_usage(alone=True)
    if work.kind == Kind.RECOUNT:
        rebuild_rollups(account_ids=ids)
        _mark(ids)
        return
    assert work.feature_id is not None and work.into_id is not None
    names = list(Feature.objects.filter(merged_into=work.into_id).values_list("pk", flat=True))
    move = move_days if work.kind == Kind.MERGE else move_days_back
    move(feature_id=work.feature_id, into_id=work.into_id, account_ids=ids, names=[work.into_id, *names])
    rebuild_rollups(account_ids=ids)
    _mark(ids)


def _mark(ids: list[int]) -> None:
    AccountChange.objects.bulk_create([AccountChange(account_id=pk, reason="catalogue") for pk in ids])


def _finish(work: FeatureWork, done: int | None = None) -> None:
    fields = {"finished_at": timezone.now(), "done": work.total if done is None else done}
    FeatureWork.objects.filter(pk=work.pk).update(**fields)
    touched = [pk for pk in (work.feature_id, work.into_id) if pk is not None]
    if touched and work.kind != Kind.RECOUNT:
        since = today() - dt.timedelta(days=DAYS)
        with connection.cursor() as cursor:
            cursor.execute(COUNT_ACCOUNTS, {"features": touched, "since": since})
        if work.kind == Kind.MERGE:
            most = Feature.objects.filter(pk__in=touched).aggregate(most=Max("users_28"))["most"]
            Feature.objects.filter(pk__in=[work.into_id]).update(users_28=most or 0)
            Feature.objects.filter(pk__in=[work.feature_id]).update(users_28=0)


def count_features() -> int:
    """Count for the catalogue how many accounts and users each feature had in 28 days; returns how many changed.

    One pass over the usage days of 28 days: for a worker, not for a request. Idempotent.
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNT_FEATURES, {"today": today(), "days": DAYS})
        changed: int = cursor.rowcount
    return changed
