"""Full recomputes that somebody asks for, with progress; and the sweep that finds what only time has changed."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from engagement.models import RecomputeRun
from team.clock import today
from team.models import User

PREFIX = "run:"

MARK_ALL = """
INSERT INTO accounts_accountchange (account_id, reason, marked_at)
SELECT id, %(reason)s, clock_timestamp() FROM accounts_account WHERE deleted_at IS NULL ORDER BY id
"""

# Whose score is of an earlier day, or was never made, and waits for nobody yet?
MARK_AGED = """
INSERT INTO accounts_accountchange (account_id, reason, marked_at)
SELECT a.id, 'day', clock_timestamp()
FROM accounts_account a
WHERE a.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM engagement_score s WHERE s.account_id = a.id AND s.is_current AND s.as_of >= %(today)s)
  AND NOT EXISTS (SELECT 1 FROM accounts_accountchange c WHERE c.account_id = a.id)
ORDER BY a.id LIMIT %(limit)s
"""


@transaction.atomic
def start_run(*, actor: User | None) -> RecomputeRun:
    """Mark every account for a new judgement and keep count. A run that is under way is returned instead."""
    with connection.cursor() as cursor:
        # Two clicks at once start one run.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('engagement.start_run'))")
        running = RecomputeRun.objects.filter(finished_at=None).order_by("-pk").first()
        if running is not None:
            return running
        run = RecomputeRun.objects.create(as_of=today(), started_by=actor)
        cursor.execute(MARK_ALL, {"reason": f"{PREFIX}{run.pk}"})
        run.total = cursor.rowcount
    if not run.total:
        run.finished_at = timezone.now()
    run.save(update_fields=["total", "finished_at"])
    return run


def advance_runs(*, reasons: Iterable[str]) -> None:
    """Count the covered marks of runs; the last one finishes its run. Called in the transaction that covers them."""
    counts = Counter(reason for reason in reasons if reason.startswith(PREFIX))
    for reason, count in sorted(counts.items()):
        run = RecomputeRun.objects.filter(pk=reason.removeprefix(PREFIX))
        run.update(done=F("done") + count)
        run.filter(Q(done__gte=F("total")), finished_at=None).update(finished_at=timezone.now())


def mark_aged(*, limit: int = 100_000) -> int:
    """Mark accounts whose score is of an earlier day: silence grows and observations go stale by time alone.

    Idempotent: an account that waits already is not marked again.
    """
    day: dt.date = today()
    with connection.cursor() as cursor:
        cursor.execute(MARK_AGED, {"today": day, "limit": limit})
        marked: int = cursor.rowcount
    return marked
