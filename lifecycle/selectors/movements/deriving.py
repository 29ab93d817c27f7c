"""Movements as SQL, derived from versions of subscriptions and dated rates alone."""

from accounts.selectors.rates import rate_sql

# How a statement's last version wins: a version says how a subscription stands from its day on, so it overrules every
# version that was recorded before it (has a smaller id) and starts on its day or later. What is left of each version is
# the span from its day until the first day of any later one.
#
# A span adds its ARR on its first day and takes it away on its last. Per account, currency and day the sums are taken
# at the rate of the day; days on which a rate changed value what was held again. It is added exactly and rounded to
# cents per day, so that opening + amounts = closing holds to the cent.
_DERIVE = """
    WITH told AS (
        SELECT version.id, version.subscription_id, version.account_id, version.currency, version.effective_on,
               CASE WHEN version.status = 'active' AND {counts} THEN version.arr ELSE 0 END AS arr,
               min(version.effective_on) OVER (PARTITION BY version.subscription_id ORDER BY version.id
                   ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS overruled_on
          FROM accounts_subscriptionversion version
         WHERE version.effective_on <= %(through)s AND {among}
    ), span AS (
        SELECT * FROM told WHERE overruled_on IS NULL OR overruled_on > effective_on
    ), step AS (
        SELECT {unit} AS unit, account_id, currency, greatest(effective_on, %(since)s) AS day, arr AS native, id
          FROM span
         UNION ALL
        SELECT {unit}, account_id, currency, greatest(overruled_on, %(since)s), -arr, NULL
          FROM span WHERE overruled_on IS NOT NULL AND arr <> 0
    ), change AS (
        SELECT unit, account_id, currency, day, sum(native) AS native,
               array_agg(id) FILTER (WHERE id IS NOT NULL) AS ids
          FROM step GROUP BY unit, account_id, currency, day
    ), held AS (
        SELECT unit, account_id, currency, min(day) AS since FROM change GROUP BY unit, account_id, currency
    ), rate_day AS (
        SELECT rate.currency, rate.valid_from AS day, rate.rate
          FROM accounts_exchangerate rate
         WHERE rate.currency <> %(own)s AND rate.valid_from <= %(through)s AND rate.valid_from > %(since)s
           AND EXISTS (SELECT 1 FROM accounts_exchangerate older
                        WHERE older.currency = rate.currency AND older.valid_from < rate.valid_from)
    ), event AS (
        SELECT unit, account_id, currency, day, native, ids, {rate} AS rate FROM change
         UNION ALL
        SELECT held.unit, held.account_id, held.currency, rate_day.day, 0, NULL, rate_day.rate
          FROM held JOIN rate_day ON rate_day.currency = held.currency AND rate_day.day > held.since
    ), dated AS (
        SELECT unit, account_id, currency, day, max(rate) AS rate, sum(native) AS native, max(ids) AS ids
          FROM event GROUP BY unit, account_id, currency, day
    ), valued AS (
        SELECT unit, account_id, day, native * rate AS sold, ids,
               coalesce((sum(native) OVER before - native) * (rate - lag(rate) OVER before), 0) AS drifted
          FROM dated WINDOW before AS (PARTITION BY unit, account_id, currency ORDER BY day)
    ), daily AS (
        SELECT unit, account_id, day, sum(sold) AS sold, sum(drifted) AS drifted,
               string_agg(array_to_string(ids, ','), ',') AS ids
          FROM valued GROUP BY unit, account_id, day
    ), walked AS (
        SELECT unit, account_id, day, ids, drifted, sold,
               sum(sold + drifted) OVER (PARTITION BY unit, account_id ORDER BY day) AS value
          FROM daily
    ), rounded AS (
        SELECT unit, account_id, day, ids, round(value - sold - drifted, 2) AS opening,
               round(value - sold, 2) AS middle, round(value, 2) AS closing
          FROM walked
    ), known AS (
        SELECT *, coalesce(bool_or(closing > 0) OVER (PARTITION BY unit, account_id ORDER BY day
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) AS was_customer
          FROM rounded
    )
    SELECT unit, account_id, day AS effective_on, 'currency' AS kind, middle - opening AS amount, closing,
           ARRAY[]::bigint[] AS versions
      FROM known WHERE middle <> opening
     UNION ALL
    SELECT unit, account_id, day,
           CASE WHEN middle = 0 AND was_customer THEN 'reactivation' WHEN middle = 0 THEN 'new'
                WHEN closing = 0 THEN 'churn' WHEN closing > middle THEN 'expansion' ELSE 'contraction' END,
           closing - middle, closing,
           ARRAY(SELECT one::bigint FROM unnest(string_to_array(ids, ',')) one ORDER BY one::bigint)
      FROM known WHERE closing <> middle
"""
# All versions of every subscription that ever stood at one of the accounts: it may have moved since.
_OF_ACCOUNTS = """version.subscription_id IN (
    SELECT theirs.subscription_id FROM accounts_subscriptionversion theirs WHERE theirs.account_id = ANY(%(ids)s))"""
EVER = "0001-01-01"


def movements_sql(
    *, unit: str = "account_id", trials: bool = False, ids: bool = False, known_at: bool = False, where: str = ""
) -> str:
    """A SELECT of (unit, account_id, effective_on, kind, amount, closing, versions), one row per unit, day and kind.

    Parameters of the query: `own` (the install's currency), `through` (last day), `since` (EVER, or a day: earlier
    changes count as that day's, which is faster where only sums matter), with `ids` the accounts, with `known_at` the
    moment until which versions had been recorded. `unit` is account_id, or subscription_id to not net within an
    account. SECURITY: the words are constants of the callers, never input.
    """
    among = [words for words, is_wanted in ((_OF_ACCOUNTS, ids), ("version.recorded_at <= %(known_at)s", known_at))
             if is_wanted]  # fmt: skip
    return _DERIVE.format(
        counts="true" if trials else "NOT version.is_trial",
        among=" AND ".join([*among, *([where] if where else [])]) or "true",
        unit=unit,
        rate=rate_sql(currency="change.currency", day="change.day"),
    )


# Which accounts' versions and rates are others than those behind the ledger? Versions are never changed, so their ids
# stand for them; one that is at another account than its subscription (it moved) counts for both; a rate counts once
# its day has come. Versions of the future count from their day on.
FINGERPRINTS = """
    SELECT version.account_id,
           hashtextextended(count(*)::text || ':' || sum(hashint8extended(version.id, 7)::numeric
               + CASE WHEN contract.account_id <> version.account_id THEN contract.account_id ELSE 0 END
               + coalesce(rated.print, 0))::text || %(own)s, 0) AS fingerprint
      FROM accounts_subscriptionversion version
      JOIN accounts_subscription contract ON contract.id = version.subscription_id
      LEFT JOIN (SELECT currency, sum(hashtextextended(valid_from::text || rate::text, 0)::numeric) AS print
                   FROM accounts_exchangerate WHERE valid_from <= %(through)s AND currency <> %(own)s
                  GROUP BY currency) rated ON rated.currency = version.currency
     WHERE version.effective_on <= %(through)s AND {among}
     GROUP BY version.account_id
"""
STALE = f"""
    SELECT coalesce(fresh.account_id, ledger.account_id) AS account_id
      FROM ({FINGERPRINTS.format(among="true")}) fresh
      FULL JOIN lifecycle_ledger ledger ON ledger.account_id = fresh.account_id
     WHERE ledger.fingerprint IS DISTINCT FROM coalesce(fresh.fingerprint, 0)
     ORDER BY 1
"""  # noqa: S608 constants of this module
