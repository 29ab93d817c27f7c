"""Priorities of open insights: worked out anew when something happens to one, and for all of them by a sweep."""

import datetime as dt
import json
from collections.abc import Collection, Iterator
from decimal import Decimal

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, F, Max, Min, Q

from team.clock import now, today
from voc.formulas.priority import TREND_DAYS, Reason, Weighed, weigh
from voc.models import Insight

BATCH = 5_000
# ARR from which an account is among the highest tenth; it moves slowly.
MARK_LIVES = 3600
_MARK = "voc:priorities:large_from"
_LARGE_FROM = """
SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY summary.arr)
FROM accounts_accountsummary summary JOIN accounts_account account ON account.id = summary.account_id
WHERE summary.arr > 0 AND account.deleted_at IS NULL
"""
_WRITE = """
UPDATE voc_insight AS insight SET priority = fresh.priority, priority_reasons = fresh.reasons::jsonb
FROM unnest(%s::bigint[], %s::smallint[], %s::text[]) AS fresh (id, priority, reasons)
WHERE insight.id = fresh.id
"""


def weigh_insights(*, insight_ids: Collection[int]) -> int:
    """Priority and reasons of these insights as things stand now; returns how many changed. Three queries.

    Leaves `version` alone: a person who decides meanwhile is not disturbed.
    """
    return _write(_judge(Q(pk__in=list(insight_ids)), large_from()))


def refresh_priorities() -> int:
    """Those of all open insights, 5,000 at a time; returns how many changed. Idempotent: safe to run at any hour."""
    cache.delete(_key())
    mark, changed, last = large_from(), 0, 0
    while True:
        ids = list(Insight.objects.open().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            return changed
        changed += _write(_judge(Q(pk__gt=last, pk__lte=ids[-1]), mark))
        last = ids[-1]


def large_from() -> Decimal | None:
    """ARR from which an account is among the highest tenth of those that pay; at most an hour old."""
    known: Decimal | None = cache.get(_key())
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(_LARGE_FROM)
            known = cursor.fetchone()[0]
        if known is not None:
            cache.set(_key(), known, MARK_LIVES)
    return known


def _key() -> str:
    return f"{_MARK}:{connection.settings_dict['NAME']}"


def _judge(which: Q, mark: Decimal | None) -> Iterator[tuple[int, int, list[Reason]]]:
    """Insights whose priority or reasons are other than they should be."""
    day, moment = today(), now()
    recent = moment - dt.timedelta(days=TREND_DAYS)
    before = recent - dt.timedelta(days=TREND_DAYS)
    said = "feedback__received_at"
    rows = (
        Insight.objects.open()
        .filter(which)
        .order_by()
        .values("pk", "base_priority", "severity", "is_praise", "priority", "priority_reasons", "created_at")
        .annotate(
            arr=F("account__summary__arr"),
            renews_on=F("account__summary__renews_on"),
            lowest=Min("feedback__score"),
            sourest=Min("feedback__sentiment"),
            recently=Count("feedback", filter=Q(**{f"{said}__gt": recent})),
            earlier=Count("feedback", filter=Q(**{f"{said}__gt": before, f"{said}__lte": recent})),
            newest=Max(said),
        )
    )
    for row in rows.iterator(chunk_size=BATCH):
        priority, reasons = weigh(
            Weighed(
                base=row["base_priority"],
                severity=row["severity"],
                is_praise=row["is_praise"],
                score=row["lowest"],
                sentiment=None if row["sourest"] is None else float(row["sourest"]),
                arr=row["arr"],
                large_from=mark,
                renews_in_days=(row["renews_on"] - day).days if row["renews_on"] else None,
                recent=row["recently"],
                before=row["earlier"],
                silent_days=(moment - (row["newest"] or row["created_at"])).days,
            )
        )
        if priority != row["priority"] or [list(one) for one in reasons] != row["priority_reasons"]:
            yield row["pk"], priority, reasons


def _write(found: Iterator[tuple[int, int, list[Reason]]]) -> int:
    rows = list(found)
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        with connection.cursor() as cursor:
            cursor.execute(
                _WRITE, [[one[0] for one in some], [one[1] for one in some], [json.dumps(one[2]) for one in some]]
            )
    return len(rows)
