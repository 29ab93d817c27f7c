"""Whose revenue is counted, and how: the lines per account that every number of retention adds up."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection

from accounts.models import Account
from accounts.models.accounts import AccountQuerySet
from lifecycle.formulas.periods import first_of, month_number
from lifecycle.formulas.retention import STANDARD, Definition
from lifecycle.selectors.movements.deriving import movements_sql
from team.clock import today
from team.models import Role, User
from team.selectors.install import currency as own_currency

ONE_DAY = dt.timedelta(days=1)
Known = Literal["now", "then"]
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """The accounts that a person may add up: all for admins, managers and viewers, the own book for CSMs, none for
    department members, for whom sums are not; narrowed to a segment or to one CSM's book (0: to those without one)."""

    user: User
    segment_id: int | None = None
    csm_id: int | None = None

    def accounts(self) -> AccountQuerySet:
        """Accounts that are not deleted, by who owns them today."""
        if self.user.role == Role.MEMBER:
            return Account.objects.none()
        rows: AccountQuerySet = Account.objects.visible_to(self.user)
        if self.user.role == Role.CSM:
            rows = rows.filter(csm__in=self.user.book_owner_ids())
        if self.segment_id is not None:
            rows = rows.filter(segment=self.segment_id or None)
        return rows if self.csm_id is None else rows.filter(csm=self.csm_id or None)

    def sql(self) -> str:
        """The same as a SELECT of (id, segment_id, csm_id), to stand in a larger statement with parameters."""
        if self.user.role == Role.MEMBER:
            return "SELECT id, segment_id, csm_id FROM accounts_account WHERE false"
        chosen = self.accounts().order_by().values_list("id", "segment_id", "csm_id")
        text, values = chosen.query.sql_with_params()
        with connection.cursor() as cursor:
            # SECURITY: the driver quotes the values; percent signs are doubled for the statement around it.
            quoted: bytes = cursor.mogrify(text, values)
        return quoted.decode().replace("%", "%%")


@dataclass(frozen=True, slots=True)
class Span:
    """From the first day to the last one, both included. Known "now": what holds by today's knowledge. Known "then":
    what had been recorded by the end of the last day."""

    start: dt.date
    end: dt.date
    known: Known = "now"

    @property
    def known_at(self) -> dt.datetime:
        """The end of the last day."""
        return dt.datetime.combine(self.end + ONE_DAY, dt.time(), tzinfo=dt.UTC)


def lines_sql(scope: Scope, span: Span, definition: Definition = STANDARD) -> tuple[str, Values]:
    """A SELECT with one line per account, and its parameters, by name.

    Columns: account_id, segment_id, csm_id, opening (ARR on the day before the start), closing (ARR on the last day),
    kept (of the opening and what was added to it, without what the rates did), retained (kept, at most the opening,
    summed over the units that are netted), stays (whether a customer of the start still is one). Amounts in cents.
    """
    if definition == STANDARD and span.known == "now":
        return _from_ledger(scope, span)
    return _from_versions(scope, span, definition)


def _month_end(day: dt.date) -> bool:
    return (day + ONE_DAY).day == 1


def value_at(day: dt.date, name: str) -> tuple[str, str, str, Values]:
    """SQL of an account's ARR and of its exchange-rate effects up to the end of a day, in cents; the join and the
    parameters that they need. `ledger` is the account's ledger row; only a day within a month needs movements."""
    month, is_whole = month_number(day), _month_end(day) or day >= today()
    last = month if is_whole else month - 1
    place = f"ledger.{{}}[least(%({name}_month)s - ledger.first_month, cardinality(ledger.closings))]"
    closing, effect = (f"coalesce({place.format(column)}, 0)" for column in ("closings", "effects"))
    values: Values = {f"{name}_month": last + 1}
    if is_whole:
        return closing, effect, "", values
    values |= {f"{name}_from": first_of(month), f"{name}_to": day}
    join = f"""
      LEFT JOIN (SELECT account_id, (sum(amount) * 100)::bigint AS amount,
                        (coalesce(sum(amount) FILTER (WHERE kind = 'currency'), 0) * 100)::bigint AS effect
                   FROM lifecycle_movement
                  WHERE is_live AND effective_on BETWEEN %({name}_from)s AND %({name}_to)s
                  GROUP BY account_id) {name} ON {name}.account_id = book.id"""  # noqa: S608 constants
    return f"({closing} + coalesce({name}.amount, 0))", f"({effect} + coalesce({name}.effect, 0))", join, values


def _from_ledger(scope: Scope, span: Span) -> tuple[str, Values]:
    opening, effect_before, join_before, values_before = value_at(span.start - ONE_DAY, "before")
    closing, effect_after, join_after, values_after = value_at(span.end, "after")
    statement = f"""
        SELECT *, least(kept, opening) AS retained, closing > 0 AS stays
          FROM (SELECT account_id, segment_id, csm_id, opening, closing,
                       CASE WHEN closing <= 0 THEN 0 ELSE greatest(closing - effect, 0) END AS kept
                  FROM (SELECT book.id AS account_id, book.segment_id, book.csm_id, {opening} AS opening,
                               {closing} AS closing, {effect_after} - {effect_before} AS effect
                          FROM ({scope.sql()}) book(id, segment_id, csm_id)
                          JOIN lifecycle_ledger ledger ON ledger.account_id = book.id{join_before}{join_after}
                        OFFSET 0) held
               ) line
    """  # noqa: S608 constants
    return statement, values_before | values_after


_OF_BOOK = """version.subscription_id IN (SELECT theirs.subscription_id FROM accounts_subscriptionversion theirs
    WHERE theirs.account_id IN (SELECT id FROM book))"""


def _from_versions(scope: Scope, span: Span, definition: Definition) -> tuple[str, Values]:
    moved = movements_sql(
        unit="subscription_id" if definition.netting == "subscription" else "account_id",
        trials=definition.with_trials,
        known_at=span.known == "then",
        where=_OF_BOOK if scope.user.role == Role.CSM else "",
    )
    effect = "0" if definition.with_currency else "effect"
    gone = "has_left" if definition.returns == "new" else "false"
    values: Values = {
        "own": own_currency(),
        "through": span.end,
        "since": span.start - ONE_DAY,
        "known_at": span.known_at,
    }
    statement = f"""
        WITH book(id, segment_id, csm_id) AS MATERIALIZED ({scope.sql()}), unit AS (
            SELECT account_id, unit, coalesce(sum(amount) FILTER (WHERE effective_on <= %(since)s), 0) AS opening,
                   sum(amount) AS closing,
                   coalesce(sum(amount) FILTER (WHERE effective_on > %(since)s AND kind = 'currency'), 0) AS effect,
                   bool_or(effective_on > %(since)s AND kind = 'churn') AS has_left
              FROM ({moved}) moved WHERE account_id IN (SELECT id FROM book)
             GROUP BY account_id, unit
        ), kept AS (
            SELECT *, closing > 0 AND NOT {gone} AS stays,
                   CASE WHEN closing <= 0 OR {gone} THEN 0 ELSE greatest(closing - {effect}, 0) END AS kept
              FROM unit
        )
        SELECT kept.account_id, book.segment_id, book.csm_id, (sum(opening) * 100)::bigint AS opening,
               (sum(closing) * 100)::bigint AS closing, (sum(kept) * 100)::bigint AS kept,
               (sum(least(kept, opening)) * 100)::bigint AS retained, bool_or(stays) AS stays
          FROM kept JOIN book ON book.id = kept.account_id
         GROUP BY kept.account_id, book.segment_id, book.csm_id
    """  # noqa: S608 constants
    return statement, values
