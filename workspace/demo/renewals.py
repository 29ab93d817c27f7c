"""Renewals of the demo world: the open ones as the product makes them, called by most; a year of outcomes behind."""

import datetime as dt
from typing import Any

from django.db import connection

from lifecycle.services.renewals.making import make_renewals

# Everything drawn hangs on the contract's number, so that the same world comes out each time.
_CALLS = """
    UPDATE lifecycle_renewal renewal SET category = called.category, csm_chance = called.chance
      FROM (VALUES (0, 'commit', 95), (1, 'likely', 80), (2, 'likely', 75), (3, 'risk', 45), (4, 'commit', 90),
                   (5, 'risk', 35), (6, 'lost', 5), (7, 'likely', 70), (8, 'likely', 85), (9, 'commit', 90),
                   (10, 'likely', 65), (11, 'risk', 50)) AS called(number, category, chance)
     WHERE renewal.state = 'open' AND renewal.subscription_id %% 5 < 4 AND renewal.subscription_id %% 12 = called.number
"""
_FORECASTS = """
    UPDATE lifecycle_renewal SET forecast_arr = CASE WHEN category = 'lost' THEN 0
           ELSE round(arr * (ARRAY[1.0, 1.0, 1.1, 0.9])[1 + subscription_id %% 4]) END
     WHERE state = 'open' AND csm_chance IS NOT NULL
"""
_PAST = """
    INSERT INTO lifecycle_renewal (account_id, subscription_id, owner_id, due_on, currency, arr, target_arr,
                                   forecast_arr, final_arr, category, csm_chance, state, reasons, comment, closed_on,
                                   next_renews_on, applied_at, subscription_before, version, created_at, updated_at)
    SELECT contract.account_id, contract.id, account.csm_id, past.due_on, contract.currency, past.arr, past.arr,
           past.arr, CASE WHEN past.is_lost THEN 0 ELSE contract.arr END,
           CASE WHEN past.is_lost THEN 'risk' ELSE 'commit' END,
           CASE WHEN past.is_lost THEN 30 ELSE 85 END, CASE WHEN past.is_lost THEN 'lost' ELSE 'won' END,
           CASE WHEN past.is_lost THEN (ARRAY['price', 'competitor', 'adoption', 'budget'])[1 + contract.id %% 4]
                ELSE (ARRAY['value', 'relationship', 'growth', 'value'])[1 + contract.id %% 4] END::varchar
           || ARRAY[]::varchar[],
           '', past.due_on - 12, CASE WHEN past.is_lost THEN NULL ELSE contract.renews_on END, past.due_on, '{}', 2,
           past.due_on - 180, past.due_on
      FROM accounts_subscription contract
      JOIN accounts_account account ON account.id = contract.account_id
     CROSS JOIN LATERAL (
        SELECT contract.status <> 'active' AS is_lost,
               CASE WHEN contract.status = 'active' THEN contract.renews_on - 365 ELSE contract.ends_on END AS due_on,
               round(contract.arr * (ARRAY[1.0, 1.0, 0.9, 1.05])[1 + contract.id %% 4], 2) AS arr) past
     WHERE NOT contract.is_trial AND past.due_on < %(today)s AND past.due_on > contract.starts_on + 200
       AND past.arr > 0
    ON CONFLICT DO NOTHING
"""
_BELIEFS = """
    INSERT INTO lifecycle_renewalcall (renewal_id, by_id, category, chance, forecast_arr, note, made_at)
    SELECT renewal.id, renewal.owner_id, renewal.category,
           least(0.98, greatest(0.05, renewal.csm_chance / 100.0 + (renewal.id %% 7 - 3) * 0.04 * step.spread)),
           renewal.arr, '', renewal.due_on - step.days
      FROM lifecycle_renewal renewal
     CROSS JOIN (VALUES (100, 2.0), (65, 1.5), (33, 1.0)) AS step(days, spread)
     WHERE renewal.csm_chance IS NOT NULL AND renewal.owner_id IS NOT NULL AND renewal.due_on - step.days <= %(today)s
"""
_CHECKPOINTS = """
    INSERT INTO lifecycle_renewalcheckpoint (renewal_id, days_before, taken_at, category, csm_chance, model_chance,
                                             forecast_arr, facts)
    SELECT renewal.id, step.days, renewal.due_on - step.days, renewal.category, renewal.csm_chance / 100.0, NULL,
           renewal.arr, jsonb_build_object('health', summary.health, 'band', summary.health_band)
      FROM lifecycle_renewal renewal JOIN accounts_accountsummary summary ON summary.account_id = renewal.account_id
     CROSS JOIN (VALUES (180), (90)) AS step(days)
     WHERE renewal.due_on - step.days <= %(today)s
    ON CONFLICT DO NOTHING
"""
_TARGETS = """
    INSERT INTO lifecycle_forecasttarget (month, owner_id, amount)
    SELECT date_trunc('month', due_on)::date, NULL, round(sum(arr) * 0.9, -3)
      FROM lifecycle_renewal WHERE due_on BETWEEN %(from)s AND %(to)s GROUP BY 1
    ON CONFLICT DO NOTHING
"""


def write_renewals(*, today: dt.date) -> None:
    """Make, call and close renewals; set-based, so that any size costs a few statements."""
    make_renewals()
    span = {"today": today, "from": today.replace(day=1), "to": today + dt.timedelta(days=180)}
    statements: list[tuple[str, dict[str, Any] | None]] = [
        (_CALLS, None),
        (_FORECASTS, None),
        (_PAST, span),
        (_BELIEFS, span),
        (_CHECKPOINTS, span),
        (_TARGETS, span),
    ]
    with connection.cursor() as cursor:
        for statement, values in statements:
            cursor.execute(statement, values or {})
