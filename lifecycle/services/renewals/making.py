"""Renewals come from subscriptions, 180 days ahead, and follow what happens to them."""

import datetime as dt
import json
from typing import Any

from django.db import connection, transaction

from accounts.services.changes import mark_changed
from lifecycle.formulas.forecasts import BAND_CATEGORY
from lifecycle.services.triggers import TriggerRow, record_triggers
from team.clock import now, today

AHEAD_DAYS = 180
# A renewal date that passed this long ago without a renewal is history, not work.
BEHIND_DAYS = 60

_MAKE = """
    INSERT INTO lifecycle_renewal (account_id, subscription_id, owner_id, due_on, currency, arr, target_arr,
                                   forecast_arr, category, state, reasons, comment, subscription_before, version,
                                   created_at, updated_at)
    SELECT contract.account_id, contract.id, account.csm_id, contract.renews_on, contract.currency, contract.arr,
           contract.arr, contract.arr, COALESCE(%(categories)s::jsonb ->> summary.health_band, 'likely'), 'open', '{}',
           '', '{}', 1, %(now)s, %(now)s
      FROM accounts_subscription contract
      JOIN accounts_account account ON account.id = contract.account_id AND account.deleted_at IS NULL
      LEFT JOIN accounts_accountsummary summary ON summary.account_id = account.id
     WHERE contract.status = 'active' AND NOT contract.is_trial AND contract.deleted_at IS NULL
       AND contract.renews_on BETWEEN %(from)s AND %(until)s
    ON CONFLICT (subscription_id, due_on) DO NOTHING
    RETURNING id, account_id, due_on
"""
# An open renewal whose subscription says something else by now: what became of it.
_SETTLE = """
    UPDATE lifecycle_renewal renewal
       SET state = found.state,
           closed_on = CASE found.state WHEN 'lost' THEN COALESCE(found.ends_on, %(today)s)
                                        WHEN 'won' THEN renewal.due_on END,
           final_arr = CASE found.state WHEN 'lost' THEN 0 WHEN 'won' THEN found.arr END,
           applied_at = CASE WHEN found.state <> 'void' THEN %(now)s::timestamptz END,
           updated_at = %(now)s, version = renewal.version + 1
      FROM (
        SELECT waiting.id, contract.arr, contract.ends_on,
               CASE WHEN contract.deleted_at IS NOT NULL THEN 'void'
                    WHEN contract.status <> 'active' THEN 'lost'
                    WHEN waiting.due_on <= %(today)s AND contract.renews_on > waiting.due_on THEN 'won'
                    ELSE 'void' END AS state
          FROM lifecycle_renewal waiting
          JOIN accounts_subscription contract ON contract.id = waiting.subscription_id
         WHERE waiting.state = 'open'
           AND (contract.deleted_at IS NOT NULL OR contract.status <> 'active'
                OR contract.renews_on IS DISTINCT FROM waiting.due_on)
        ) found
     WHERE renewal.id = found.id AND renewal.state = 'open'
    RETURNING renewal.account_id
"""
# What an open renewal takes over from its contract and its account while nobody has called it.
_FOLLOW = """
    UPDATE lifecycle_renewal renewal
       SET arr = contract.arr, currency = contract.currency, owner_id = account.csm_id,
           target_arr = CASE WHEN renewal.target_arr = renewal.arr THEN contract.arr ELSE renewal.target_arr END,
           forecast_arr = CASE WHEN renewal.forecast_arr = renewal.arr THEN contract.arr ELSE renewal.forecast_arr END,
           updated_at = %(now)s
      FROM accounts_subscription contract JOIN accounts_account account ON account.id = contract.account_id
     WHERE contract.id = renewal.subscription_id AND renewal.state = 'open'
       AND ROW(renewal.arr, renewal.currency, renewal.owner_id)
           IS DISTINCT FROM ROW(contract.arr, contract.currency, account.csm_id)
"""
_CHECKPOINTS = """
    INSERT INTO lifecycle_renewalcheckpoint (renewal_id, days_before, taken_at, category, csm_chance, model_chance,
                                             forecast_arr, facts)
    SELECT renewal.id, %(days)s, %(now)s, renewal.category, renewal.csm_chance / 100.0, renewal.model_chance,
           renewal.forecast_arr,
           jsonb_build_object('health', summary.health, 'band', summary.health_band, 'nps', summary.nps,
                              'stage', summary.stage, 'open_tickets', summary.open_tickets,
                              'last_touch_at', summary.last_touch_at)
      FROM lifecycle_renewal renewal
      LEFT JOIN accounts_accountsummary summary ON summary.account_id = renewal.account_id
     WHERE renewal.state = 'open' AND renewal.due_on <= %(until)s AND renewal.due_on > %(today)s
    ON CONFLICT (renewal_id, days_before) DO NOTHING
"""
CHECKPOINT_DAYS = (180, 90)


@transaction.atomic
def make_renewals(*, until: dt.date | None = None) -> int:
    """Make what is due within 180 days (or until a day) from active contracts; returns how many are new.

    Idempotent by `one_renewal_per_subscription_and_day`. The first category follows the health band. Records the
    trigger renewal_opened.
    """
    day = today()
    values: dict[str, Any] = {
        "now": now(),
        "from": day - dt.timedelta(days=BEHIND_DAYS),
        "until": until or day + dt.timedelta(days=AHEAD_DAYS),
        "categories": json.dumps(BAND_CATEGORY),
    }
    with connection.cursor() as cursor:
        cursor.execute(_MAKE, values)
        made = cursor.fetchall()
    at = now()
    record_triggers(
        rows=(
            TriggerRow(account_id, "renewal_opened", f"renewal:{pk}", at, {"days": (due_on - day).days})
            for pk, account_id, due_on in made
        )
    )
    mark_changed(account_ids={account_id for _pk, account_id, _due in made}, reason="renewal")
    return len(made)


@transaction.atomic
def settle_renewals() -> int:
    """Close or void open renewals whose contract ended, went on, moved or is gone; returns how many. Idempotent.

    A contract that ended is a loss; one that went on past the due day was won at its present ARR. Reasons are still to
    be said by a person.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, {"now": now()})
        cursor.execute(_SETTLE, {"now": now(), "today": today()})
        settled = cursor.fetchall()
    mark_changed(account_ids={row[0] for row in settled}, reason="renewal")
    return len(settled)


@transaction.atomic
def take_checkpoints() -> int:
    """Keep what is believed and known 180 and 90 days ahead, once each; returns how many were taken.

    A renewal that is first seen closer than 180 days has no checkpoint at 180: nobody knew anything then.
    """
    taken, day = 0, today()
    with connection.cursor() as cursor:
        for days in CHECKPOINT_DAYS:
            late = dt.timedelta(days=days - (days // 3))
            values: dict[str, Any] = {
                "days": days,
                "now": now(),
                "today": day + late,
                "until": day + dt.timedelta(days=days),
            }
            cursor.execute(_CHECKPOINTS, values)
            taken += cursor.rowcount
    return taken
