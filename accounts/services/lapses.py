"""Contracts whose end has come: they stop by themselves and leave a version, from which movements are derived."""

from django.db import connection, transaction

from accounts.services.changes import mark_changed
from team.clock import today

# The end of a contract is its first day without revenue; the statement writes each version once, for the rows that it
# ended itself.
_LAPSE = """
    WITH lapsed AS (
        UPDATE accounts_subscription
           SET status = 'ended', version = version + 1, updated_at = clock_timestamp()
         WHERE status = 'active' AND deleted_at IS NULL AND ends_on <= %(today)s
     RETURNING id, account_id, ends_on, plan, seats, arr, currency, is_trial)
    INSERT INTO accounts_subscriptionversion
           (subscription_id, account_id, effective_on, plan, seats, arr, currency, status, is_trial, reason,
            recorded_at)
    SELECT id, account_id, ends_on, plan, seats, arr, currency, 'ended', is_trial, 'lapsed', clock_timestamp()
      FROM lapsed
 RETURNING account_id
"""


@transaction.atomic
def lapse_subscriptions() -> int:
    """End active contracts on their end day, with a version; returns how many. Safe to repeat."""
    with connection.cursor() as cursor:
        cursor.execute(_LAPSE, {"today": today()})
        lapsed = [row[0] for row in cursor.fetchall()]
    mark_changed(account_ids=lapsed, reason="subscription_lapsed")
    return len(lapsed)
