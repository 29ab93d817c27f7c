"""What the account list shows of an account, derived from its facts."""

from accounts.selectors.rates import rate_sql

# What does each account's summary say? ARR and seats are those of today's paid contracts, ARR in the install's currency
# at today's rate; a contract's end is its first day without revenue, as in the movements. Silence ends with a two-way
# touch by a person; `today` honours DATA_DATE.
SUMMARY_ROWS = f"""
    SELECT account.id AS account_id,
           coalesce(paid.arr, 0) AS arr,
           coalesce(paid.seats, 0) AS seats,
           paid.renews_on,
           touch.last_touch_at,
           waiting.awaiting_reply_since,
           coalesce(ticket.open_tickets, 0) AS open_tickets,
           coalesce(person.contacts, 0) AS contacts
      FROM accounts_account account
      LEFT JOIN (
           SELECT account_id, round(sum(arr * worth.rate), 2) AS arr, least(sum(seats), 2147483647) AS seats,
                  min(renews_on) AS renews_on
             FROM accounts_subscription
             JOIN (SELECT held.currency, {rate_sql(currency="held.currency", day="%(today)s")} AS rate
                     FROM (SELECT DISTINCT currency FROM accounts_subscription
                            WHERE %(everyone)s OR account_id = ANY(%(ids)s)) held) worth USING (currency)
            WHERE deleted_at IS NULL AND status = 'active' AND NOT is_trial AND starts_on <= %(today)s
              AND (ends_on IS NULL OR ends_on > %(today)s) AND (%(everyone)s OR account_id = ANY(%(ids)s))
            GROUP BY account_id) paid ON paid.account_id = account.id
      LEFT JOIN (
           SELECT account_id, max(occurred_at) AS last_touch_at
             FROM accounts_touchpoint
            WHERE deleted_at IS NULL AND direction = 'two_way' AND NOT is_automated
              AND (%(everyone)s OR account_id = ANY(%(ids)s))
            GROUP BY account_id) touch ON touch.account_id = account.id
      LEFT JOIN (
           SELECT account_id, min(awaiting_reply_since) AS awaiting_reply_since
             FROM accounts_touchpoint
            WHERE deleted_at IS NULL AND awaiting_reply_since IS NOT NULL AND replied_at IS NULL
              AND (%(everyone)s OR account_id = ANY(%(ids)s))
            GROUP BY account_id) waiting ON waiting.account_id = account.id
      LEFT JOIN (
           SELECT account_id, count(*) AS open_tickets
             FROM accounts_ticket
            WHERE deleted_at IS NULL AND closed_at IS NULL AND (%(everyone)s OR account_id = ANY(%(ids)s))
            GROUP BY account_id) ticket ON ticket.account_id = account.id
      LEFT JOIN (
           SELECT account_id, count(*) AS contacts
             FROM accounts_contact
            WHERE deleted_at IS NULL AND status = 'active' AND (%(everyone)s OR account_id = ANY(%(ids)s))
            GROUP BY account_id) person ON person.account_id = account.id
     WHERE %(everyone)s OR account.id = ANY(%(ids)s)
"""  # noqa: S608 constants of this module
