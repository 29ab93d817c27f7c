"""Full recomputes that somebody asks for, or that a new day does; and the sweep that finds what time has changed."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import AccountChange
from engagement.models import RecomputeRun
from team.clock import today
from team.models import User

# Accounts that a worker takes at once in a full recompute: enough for one reading of each source to pay, few enough for
# a change to wait seconds and for a worker to stay far below a gigabyte.
STRETCH = 5_000

# The reason of marks that a run over a part of the accounts writes: they count for it.
PREFIX = "run:"

# From so many accounts on, those of an earlier day are a run of their own, with progress; below it they are marked.
RUN_FROM = 2_000

CUT = """
INSERT INTO engagement_recomputechunk (run_id, first_id, last_id, accounts)
SELECT %(run)s, min(id), max(id), count(*)
FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(size)s AS stretch
      FROM accounts_account WHERE deleted_at IS NULL) numbered
GROUP BY stretch ORDER BY stretch RETURNING accounts
"""

# Whose score is of an earlier day, or was never made, and waits for nobody yet? Who was set aside is tried each hour.
AGED = """
SELECT a.id FROM accounts_account a
WHERE a.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM engagement_score s WHERE s.account_id = a.id AND s.is_current AND s.as_of >= %(today)s)
  AND NOT EXISTS (SELECT 1 FROM accounts_accountchange c WHERE c.account_id = a.id
                    AND (NOT starts_with(c.reason, %(aside)s) OR c.marked_at > clock_timestamp() - interval '1 hour'))
ORDER BY a.id LIMIT %(limit)s
"""
RESUME = """
UPDATE engagement_recomputerun
SET paused_seconds = paused_seconds + greatest(extract(epoch FROM clock_timestamp() - paused_at), 0)::integer,
    paused_at = NULL
WHERE id = %s AND finished_at IS NULL AND paused_at IS NOT NULL
"""

# A stretch that a worker holds is finished by it.
DROP = """
DELETE FROM engagement_recomputechunk
WHERE id IN (SELECT id FROM engagement_recomputechunk WHERE run_id = %s FOR UPDATE SKIP LOCKED)
"""

# What a worker held when its run was stopped, and gave back by dying. What one still holds is left to it: it waits for
# the row of the run that was just stopped, so waiting for it would never end.
DROP_STOPPED = """
DELETE FROM engagement_recomputechunk
WHERE id IN (SELECT chunk.id FROM engagement_recomputechunk chunk
             JOIN engagement_recomputerun run ON run.id = chunk.run_id
             WHERE run.finished_at IS NOT NULL FOR UPDATE OF chunk SKIP LOCKED)
"""

MARK_AGED = f"""
INSERT INTO accounts_accountchange (account_id, reason, marked_at)
SELECT aged.id, 'day', clock_timestamp() FROM ({AGED}) aged
"""  # noqa: S608 constants of this module


@transaction.atomic
def start_run(
    *,
    actor: User | None,
    is_anew: bool = False,
    size: int = STRETCH,
    cause: str = RecomputeRun.Cause.ASKED,
    about: str = "",
) -> RecomputeRun:
    """Hand out every account for a new judgement, in stretches of `size`. `cause` (RecomputeRun.Cause) and `about` say
    what began it.

    A run that is under way is returned instead; with `is_anew` (what judges has changed) it is stopped, for the new one
    covers it.
    """
    with connection.cursor() as cursor:
        # Two clicks at once start one run.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('engagement.start_run'))")
        running = running_run()
        if running is not None and not is_anew:
            return running
        if running is not None:
            stop_run(run=running)
        cursor.execute(DROP_STOPPED)
        run = RecomputeRun.objects.create(as_of=today(), started_by=actor, cause=cause, about=about[:120])
        cursor.execute(CUT, {"run": run.pk, "size": size})
        run.total = sum(accounts for (accounts,) in cursor.fetchall())
    if not run.total:
        run.finished_at = timezone.now()
    run.save(update_fields=["total", "finished_at"])
    return run


def running_run() -> RecomputeRun | None:
    """The run that is under way or paused."""
    return RecomputeRun.objects.filter(finished_at=None).order_by("-pk").first()


def advance_run(*, run_id: int, accounts: int) -> None:
    """Count a stretch that is done; the last one finishes the run. In the transaction that wrote its scores."""
    run = RecomputeRun.objects.filter(pk=run_id)
    run.update(done=F("done") + accounts)
    run.filter(done__gte=F("total"), finished_at=None).update(finished_at=timezone.now())


def advance_marked(*, reasons: Iterable[str]) -> None:
    """The same for runs over a part of the accounts, by the reasons of the marks that are covered."""
    counts = Counter(reason for reason in reasons if reason.startswith(PREFIX))
    for reason, count in sorted(counts.items()):
        advance_run(run_id=int(reason.removeprefix(PREFIX)), accounts=count)


def pause_run(*, run: RecomputeRun) -> bool:
    """Hand out no more stretches; those that workers hold are finished. False when it does not go on anyway."""
    going = RecomputeRun.objects.filter(pk=run.pk, finished_at=None, paused_at=None)
    return bool(going.update(paused_at=timezone.now()))


def resume_run(*, run: RecomputeRun) -> bool:
    """Go on where it was paused. False when it was not."""
    with connection.cursor() as cursor:
        cursor.execute(RESUME, [run.pk])
        return bool(cursor.rowcount)


@transaction.atomic
def stop_run(*, run: RecomputeRun) -> bool:
    """End it early: what is not judged yet keeps its score. False when it had ended."""
    moment = timezone.now()
    going = RecomputeRun.objects.filter(pk=run.pk, finished_at=None)
    if not going.update(stopped_at=moment, finished_at=moment, paused_at=None):
        return False
    with connection.cursor() as cursor:
        cursor.execute(DROP, [run.pk])
    return True


def _has_work(run: RecomputeRun) -> bool:
    marks = AccountChange.objects.filter(reason=f"{PREFIX}{run.pk}")
    return run.chunks.exists() or marks.exists()


def mark_aged(*, limit: int = 100_000) -> int:
    """See to accounts whose score is of an earlier day: silence grows and observations go stale by time alone.

    Many of them, as at the beginning of each day, become a run. Returns how many are to be judged. Idempotent: an
    account that waits already is not marked again, and while a run goes on none is. A run that was paused on an earlier
    day is over: the new day judges everybody. So is one for which nothing waits: its last accounts were erased.
    """
    if (running := running_run()) and not _has_work(running):
        RecomputeRun.objects.filter(pk=running.pk, finished_at=None).update(finished_at=timezone.now())
    elif running:
        if running.paused_at is None or running.as_of >= today():
            return 0
        stop_run(run=running)
    parameters: dict[str, Any] = {"today": today(), "limit": RUN_FROM, "aside": AccountChange.ASIDE}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({AGED}) aged", parameters)  # noqa: S608 a constant of this module
        if cursor.fetchone()[0] >= RUN_FROM:
            return start_run(actor=None, cause=RecomputeRun.Cause.DAY).total
        cursor.execute(MARK_AGED, {**parameters, "limit": limit})
        marked: int = cursor.rowcount
    return marked
