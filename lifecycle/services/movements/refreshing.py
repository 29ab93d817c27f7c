"""Deriving movements from versions of subscriptions: set-based, append-only, safe to repeat."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Account
from lifecycle.models import Cause
from lifecycle.selectors.movements.deriving import EVER, FINGERPRINTS, STALE, movements_sql
from lifecycle.services.causes import MOVEMENTS, forget_causes_of_movements, need_cause
from team.clock import today
from team.selectors.install import currency as own_currency

BATCH = 5_000
# Older losses are history: nobody is asked why any more.
CAUSE_DAYS = 90
# One writer at a time: two would reverse the same rows.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('lifecycle.movements'))"
_KEEP = """
    CREATE TEMPORARY TABLE IF NOT EXISTS fresh_movement (
        account_id bigint, effective_on date, kind text, amount numeric, closing numeric, versions bigint[],
        PRIMARY KEY (account_id, effective_on, kind)) ON COMMIT DELETE ROWS;
    TRUNCATE fresh_movement
"""
_DERIVE = f"""
    INSERT INTO fresh_movement
    SELECT account_id, effective_on, kind, amount, closing, versions
      FROM ({movements_sql(ids=True)}) derived WHERE account_id = ANY(%(ids)s);
    ANALYZE fresh_movement
"""  # noqa: S608 constants
# Which live movements are wrong by now?
_RETIRE = """
    UPDATE lifecycle_movement movement SET is_live = false
     WHERE movement.is_live AND movement.account_id = ANY(%(ids)s) AND NOT EXISTS (
           SELECT 1 FROM fresh_movement fresh
            WHERE fresh.account_id = movement.account_id AND fresh.effective_on = movement.effective_on
              AND fresh.kind = movement.kind AND fresh.amount = movement.amount AND fresh.closing = movement.closing
              AND fresh.versions = movement.versions)
 RETURNING movement.id
"""
_REVERSE = """
    INSERT INTO lifecycle_movement (account_id, effective_on, kind, amount, closing, versions, recorded_at, reverses_id,
                                    is_live)
    SELECT account_id, effective_on, kind, -amount, closing, versions, %(now)s, id, false
      FROM lifecycle_movement WHERE id = ANY(%(wrong)s)
"""
_APPEND = """
    INSERT INTO lifecycle_movement (account_id, effective_on, kind, amount, closing, versions, recorded_at, is_live)
    SELECT account_id, effective_on, kind, amount, closing, versions, %(now)s, true
      FROM fresh_movement fresh
     WHERE NOT EXISTS (SELECT 1 FROM lifecycle_movement movement
                        WHERE movement.is_live AND movement.account_id = fresh.account_id
                          AND movement.effective_on = fresh.effective_on AND movement.kind = fresh.kind)
     ORDER BY account_id, effective_on, kind <> 'currency'
 RETURNING account_id, effective_on, kind
"""
# What each account was worth at the end of each month, from its first movement to its last.
_ROLL_UP = f"""
    WITH monthly AS (
        SELECT account_id, (extract(year FROM effective_on) * 12 + extract(month FROM effective_on) - 1)::int AS month,
               sum(amount) AS amount, sum(amount) FILTER (WHERE kind = 'currency') AS effect
          FROM fresh_movement GROUP BY 1, 2
    ), reach AS (
        SELECT account_id, min(month) AS first_month, max(month) AS last_month FROM monthly GROUP BY account_id
    ), running AS (
        SELECT reach.account_id, reach.first_month, month,
               sum(coalesce(monthly.amount, 0)) OVER so_far AS closing,
               sum(coalesce(monthly.effect, 0)) OVER so_far AS effect
          FROM reach CROSS JOIN LATERAL generate_series(reach.first_month, reach.last_month) AS month
          LEFT JOIN monthly USING (account_id, month)
        WINDOW so_far AS (PARTITION BY reach.account_id ORDER BY month)
    ), months AS (
        SELECT account_id, first_month, array_agg((closing * 100)::bigint ORDER BY month) AS closings,
               array_agg((effect * 100)::bigint ORDER BY month) AS effects
          FROM running GROUP BY account_id, first_month
    )
    INSERT INTO lifecycle_ledger (account_id, fingerprint, first_month, first_on, closings, effects, refreshed_at)
    SELECT given.id, coalesce(print.fingerprint, 0), months.first_month,
           (SELECT min(effective_on) FROM fresh_movement fresh WHERE fresh.account_id = given.id),
           coalesce(months.closings, '{{}}'), coalesce(months.effects, '{{}}'), %(now)s
      FROM unnest(%(ids)s) given(id)
      LEFT JOIN months ON months.account_id = given.id
      LEFT JOIN ({FINGERPRINTS.format(among="version.account_id = ANY(%(ids)s)")}) print ON print.account_id = given.id
        ON CONFLICT (account_id) DO UPDATE
       SET fingerprint = excluded.fingerprint, first_month = excluded.first_month, first_on = excluded.first_on,
           closings = excluded.closings, effects = excluded.effects, refreshed_at = excluded.refreshed_at
"""  # noqa: S608 constants


def refresh_movements(*, account_ids: Iterable[int] | None = None, asks_why: bool = True) -> int:
    """Bring the ledger in line with versions and rates, of the given accounts or of all that are stale.

    Returns how many movements were written, reversals included. What is right stays; what a backdated change made wrong
    is reversed and written anew. Idempotent; one transaction per 5,000 accounts, one writer at a time. Asks for the
    cause of fresh contractions and losses unless told not to.
    """
    ids = stale_accounts() if account_ids is None else sorted(set(account_ids))
    return sum(_refresh(ids[start : start + BATCH], asks_why=asks_why) for start in range(0, len(ids), BATCH))


def stale_accounts() -> list[int]:
    """Accounts whose versions or rates changed since their ledger was made, deleted and merged ones too."""
    with connection.cursor() as cursor:
        cursor.execute(STALE, {"own": own_currency(), "through": today()})
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def _refresh(ids: Sequence[int], *, asks_why: bool) -> int:
    values: dict[str, Any] = {
        "ids": list(ids),
        "own": own_currency(),
        "through": today(),
        "since": dt.date.fromisoformat(EVER),
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute(_KEEP)
        cursor.execute(_DERIVE, values)
        cursor.execute(_RETIRE, values)
        values["wrong"] = [row[0] for row in cursor.fetchall()]
        cursor.execute(_REVERSE, values)
        cursor.execute(_APPEND, values)
        added = cursor.fetchall()
        cursor.execute(_ROLL_UP, values)
    if values["wrong"]:
        forget_causes_of_movements(account_ids=ids)
    if asks_why:
        _ask_why(added)
    return len(values["wrong"]) + len(added)


def _ask_why(added: Sequence[tuple[int, dt.date, str]]) -> None:
    """Each fresh contraction and loss of a customer who is still listed needs a cause."""
    since = today() - dt.timedelta(days=CAUSE_DAYS)
    lost = [(account_id, day, MOVEMENTS[kind]) for account_id, day, kind in added if kind in MOVEMENTS and day >= since]
    accounts = Account.objects.select_related("csm").in_bulk({account_id for account_id, _day, _about in lost})
    known = set(Cause.objects.filter(account__in=accounts, goal=None).values_list("account_id", "movement_on", "about"))
    for account_id, day, why in lost:
        if account_id in accounts and (account_id, day, why) not in known:
            need_cause(account=accounts[account_id], about=why, movement_on=day)


# In which rows does the ledger differ from what versions and rates say today?
_DIFFER = f"""
    SELECT coalesce(derived.account_id, movement.account_id), coalesce(derived.effective_on, movement.effective_on),
           coalesce(derived.kind, movement.kind), movement.amount, derived.amount
      FROM ({movements_sql()}) derived
      FULL JOIN (SELECT * FROM lifecycle_movement WHERE is_live) movement
        ON movement.account_id = derived.account_id AND movement.effective_on = derived.effective_on
       AND movement.kind = derived.kind
     WHERE (movement.amount, movement.closing) IS DISTINCT FROM (derived.amount, derived.closing)
     ORDER BY 1, 2 LIMIT 100
"""  # noqa: S608 constants


def check_movements() -> list[str]:
    """Derive everything again and say where the ledger differs, at most 100 lines; [] when it is right."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"own": own_currency(), "through": today(), "since": dt.date.fromisoformat(EVER)}
        cursor.execute(_DIFFER, values)
        return [
            f"account {account_id}, {day}, {kind}: the ledger says {is_}, versions say {should}"
            for account_id, day, kind, is_, should in cursor.fetchall()
        ]
