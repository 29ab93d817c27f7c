"""The precomputed row of each account that lists and headers read."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, transaction

from accounts.models import AccountSummary
from accounts.selectors.literals import literal
from accounts.selectors.summaries import SUMMARY_ROWS
from accounts.services.changes import mark_changed
from accounts.services.lapses import lapse_subscriptions
from team.clock import today
from team.selectors.install import currency as own_currency

OWN_COLUMNS = (
    "arr",
    "seats",
    "renews_on",
    "last_touch_at",
    "awaiting_reply_since",
    "open_tickets",
    "contacts",
)
# Columns that upper apps push down, with their types in the database.
PUSHED_COLUMNS = {
    "health": "numeric",
    "health_state": "text",
    "health_band": "text",
    "health_delta": "numeric",
    "health_coverage": "numeric",
    "health_spark": "text",
    "health_at": "timestamptz",
    "nps": "smallint",
    "stage": "text",
    "stage_entered_on": "date",
    "top_risk": "text",
    "open_insights": "integer",
    "next_step": "text",
    "next_step_on": "date",
}
_LENGTHS: dict[str, int | None] = {
    column: getattr(AccountSummary._meta.get_field(column), "max_length", None) for column in PUSHED_COLUMNS
}
_BATCH = 10_000

_REFRESH = f"""
    UPDATE accounts_accountsummary summary
       SET {", ".join(f"{column} = fresh.{column}" for column in OWN_COLUMNS)}
      FROM ({SUMMARY_ROWS}) fresh
     WHERE summary.account_id = fresh.account_id
       AND ({", ".join(f"summary.{column}" for column in OWN_COLUMNS)})
           IS DISTINCT FROM ({", ".join(f"fresh.{column}" for column in OWN_COLUMNS)})
 RETURNING summary.account_id
"""  # noqa: S608 constants of this module


_BARE = """
    SELECT id FROM accounts_account account
     WHERE (%(everyone)s OR id = ANY(%(wanted)s::bigint[]))
       AND NOT EXISTS (SELECT 1 FROM accounts_accountsummary WHERE account_id = account.id)
"""


class UnknownColumn(ValueError):
    """A column that the summary does not have or that accounts itself computes."""


def make_missing_summaries(*, account_ids: Iterable[int] | None = None) -> int:
    """Give a summary row to each account that has none; safe to repeat."""
    with connection.cursor() as cursor:
        cursor.execute(_BARE, {"everyone": account_ids is None, "wanted": literal(account_ids or ())})
        rows = [AccountSummary(account_id=pk) for (pk,) in cursor.fetchall()]
    AccountSummary.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_BATCH)
    return len(rows)


@transaction.atomic
def refresh_summaries(*, account_ids: Iterable[int] | None = None) -> int:
    """Derive the columns that accounts answers for, of the given accounts or of all, in one UPDATE.

    Rows that are right already are not written. Idempotent. Returns how many changed.
    """
    return len(refresh_changed(account_ids=account_ids))


@transaction.atomic
def refresh_changed(*, account_ids: Iterable[int] | None = None) -> list[int]:
    """The same as `refresh_summaries`, and says which accounts changed."""
    ids = None if account_ids is None else sorted(set(account_ids))
    return [] if ids is not None and not ids else _refresh(ids)


@transaction.atomic
def sweep_summaries() -> int:
    """Derive all of them and mark the accounts that changed by themselves, such as by a contract that ended today.

    Contracts whose end has come are ended first.
    """
    lapse_subscriptions()
    changed = refresh_changed()
    mark_changed(account_ids=changed, reason="time")
    return len(changed)


def _refresh(ids: list[int] | None) -> list[int]:
    make_missing_summaries(account_ids=ids)
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"today": today(), "own": own_currency(), "everyone": ids is None, "ids": ids or []}
        cursor.execute(_REFRESH, values)
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def set_summary(*, account_ids_and_columns: Mapping[int, Mapping[str, Any]]) -> int:
    """Write columns that upper apps know: `{account_id: {"health": 71, "stage": "Renewal"}}`; others stay.

    One UPDATE per distinct set of columns and 10,000 accounts; unchanged rows are not written. Idempotent.

    Raises:
        UnknownColumn: for a column that is not one of `PUSHED_COLUMNS`.
    """
    groups: dict[tuple[str, ...], list[tuple[int, Mapping[str, Any]]]] = defaultdict(list)
    for account_id, columns in account_ids_and_columns.items():
        groups[tuple(sorted(columns))].append((account_id, columns))
    written = 0
    for names, rows in groups.items():
        if not names:
            continue
        if unknown := [name for name in names if name not in PUSHED_COLUMNS]:
            raise UnknownColumn(f"AccountSummary has no pushed column {', '.join(unknown)}")
        for start in range(0, len(rows), _BATCH):
            written += _write_columns(names, rows[start : start + _BATCH])
    return written


def _write_columns(names: tuple[str, ...], rows: list[tuple[int, Mapping[str, Any]]]) -> int:
    # SECURITY: names come from PUSHED_COLUMNS only, values travel as parameters.
    arrays = ", ".join(["%s::bigint[]", *(f"%s::{PUSHED_COLUMNS[name]}[]" for name in names)])
    statement = f"""
        UPDATE accounts_accountsummary summary
           SET {", ".join(f"{name} = given.{name}" for name in names)}
          FROM unnest({arrays}) AS given(account_id, {", ".join(names)})
         WHERE summary.account_id = given.account_id
           AND ROW({", ".join(f"summary.{name}" for name in names)})
               IS DISTINCT FROM ROW({", ".join(f"given.{name}" for name in names)})
    """  # noqa: S608 see above
    parameters = [[pk for pk, _ in rows], *([_fitted(name, columns[name]) for _, columns in rows] for name in names)]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def set_summary_from(*, table: str, columns: Mapping[str, str], stamp: tuple[str, dt.datetime]) -> int:
    """The same for a batch that stands in a table of this session: `columns` says which of its columns is which.

    `stamp` is a time that goes with them: unchanged rows get it once a day alone. One UPDATE; idempotent.

    Raises:
        UnknownColumn: for a column that is not one of `PUSHED_COLUMNS`.
    """
    at, moment = stamp
    if unknown := [name for name in (*columns, at) if name not in PUSHED_COLUMNS]:
        raise UnknownColumn(f"AccountSummary has no pushed column {', '.join(unknown)}")
    # SECURITY: names come from PUSHED_COLUMNS and from the code of services, values stand in the table.
    statement = f"""
        UPDATE accounts_accountsummary summary
           SET {", ".join(f"{name} = given.{source}" for name, source in columns.items())}, {at} = %(moment)s
          FROM {table} given
         WHERE summary.account_id = given.account_id
           AND (summary.{at} IS NULL OR summary.{at}::date < %(moment)s::date
                OR ROW({", ".join(f"summary.{name}" for name in columns)})
                   IS DISTINCT FROM ROW({", ".join(f"given.{source}" for source in columns.values())}))
    """  # noqa: S608 see above
    with connection.cursor() as cursor:
        cursor.execute(statement, {"moment": moment})
        return int(cursor.rowcount)


def _fitted(name: str, value: Any) -> Any:
    length = _LENGTHS.get(name)
    return value[:length] if length and isinstance(value, str) else value
