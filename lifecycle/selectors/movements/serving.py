"""What serving customers costs, against what they pay."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from lifecycle.models import ServiceCost
from lifecycle.selectors.movements.scope import Scope, Span, lines_sql

LIMIT = 30
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Served:
    """Work for one account, segment or stage in a span, and its ARR at the end. Minutes by what they went into."""

    key: Any
    name: str
    accounts: int
    touches: int
    tickets: int
    tasks: int
    arr: Decimal
    hourly_rate: Decimal
    months: Decimal

    @property
    def minutes(self) -> int:
        return self.touches + self.tickets + self.tasks

    @property
    def hours(self) -> Decimal:
        return Decimal(self.minutes) / 60

    @property
    def cost(self) -> Decimal:
        """In the install's currency."""
        return (self.hourly_rate * self.minutes / 60).quantize(CENT)

    @property
    def share(self) -> Decimal | None:
        """Cost / what the ARR brings in the same time; None without revenue."""
        earned = self.arr * self.months / 12
        return self.cost / earned if earned else None


@dataclass(frozen=True, slots=True)
class CostToServe:
    total: Served
    segments: Sequence[Served]
    stages: Sequence[Served]
    accounts: Sequence[Served]


def cost_rate() -> ServiceCost:
    """What an hour costs; defaults while nobody has said."""
    return ServiceCost.objects.filter(pk=1).first() or ServiceCost(pk=1, hourly_rate=Decimal(60), minutes_per_ticket=45)


# Minutes of people: touches that were not automated, tickets opened, tasks done.
_WORK = """
    WITH line AS ({lines}), work AS (
        SELECT account_id, sum(minutes) AS touches, 0 AS tickets, 0 AS tasks FROM accounts_touchpoint
         WHERE deleted_at IS NULL AND NOT is_automated AND occurred_at >= %(from)s AND occurred_at < %(until)s
         GROUP BY account_id
         UNION ALL
        SELECT account_id, 0, count(*) * %(per_ticket)s, 0 FROM accounts_ticket
         WHERE deleted_at IS NULL AND opened_at >= %(from)s AND opened_at < %(until)s GROUP BY account_id
         UNION ALL
        SELECT account_id, 0, 0, sum(coalesce(minutes, effort_minutes)) FROM lifecycle_task
         WHERE state = 'done' AND deleted_at IS NULL AND account_id IS NOT NULL
           AND done_at >= %(from)s AND done_at < %(until)s
         GROUP BY account_id
    ), worked AS (
        SELECT account_id, sum(touches)::bigint AS touches, sum(tickets)::bigint AS tickets, sum(tasks)::bigint AS tasks
          FROM work GROUP BY account_id
    ), served AS (
        SELECT book.id AS account_id, book.segment_id, coalesce(summary.stage, '') AS stage,
               coalesce(line.closing, 0) AS closing, coalesce(worked.touches, 0) AS touches,
               coalesce(worked.tickets, 0) AS tickets, coalesce(worked.tasks, 0) AS tasks
          FROM ({book}) book(id, segment_id, csm_id)
          LEFT JOIN line ON line.account_id = book.id
          LEFT JOIN worked ON worked.account_id = book.id
          LEFT JOIN accounts_accountsummary summary ON summary.account_id = book.id
         WHERE worked.account_id IS NOT NULL OR line.closing > 0
    )
"""
_GROUPS = """
    SELECT grouping(segment_id), grouping(stage), segment_id, segment.name, stage, count(*), sum(touches), sum(tickets),
           sum(tasks), sum(closing)
      FROM served LEFT JOIN accounts_segment segment ON segment.id = segment_id
     GROUP BY GROUPING SETS ((), (segment_id, segment.name), (stage))
     ORDER BY sum(touches + tickets + tasks) DESC
"""
_DEAREST = """
    SELECT account_id, account.name, 1, touches, tickets, tasks, closing
      FROM served JOIN accounts_account account ON account.id = account_id
     ORDER BY touches + tickets + tasks DESC, account_id LIMIT %(limit)s
"""


def cost_to_serve(span: Span, *, scope: Scope) -> CostToServe:
    """As a whole, per segment, per stage (of today), and the accounts that took most; two queries over the span."""
    rate = cost_rate()
    lines, values = lines_sql(scope, span)
    values |= {
        "from": dt.datetime.combine(span.start, dt.time(), tzinfo=dt.UTC),
        "until": span.known_at,
        "per_ticket": rate.minutes_per_ticket,
        "limit": LIMIT,
    }
    work = _WORK.format(lines=lines, book=scope.sql())
    months = Decimal((span.end - span.start).days + 1) * 12 / Decimal("365.25")
    total = _served(None, "", [0, 0, 0, 0, 0], rate, months)
    segments, stages = [], []
    with connection.cursor() as cursor:
        cursor.execute(work + _GROUPS, values)
        for no_segment, no_stage, segment_id, segment, stage, *sums in cursor.fetchall():
            if no_segment and no_stage:
                total = _served(None, "", sums, rate, months)
            elif no_stage:
                segments.append(_served(segment_id, segment or "", sums, rate, months))
            else:
                stages.append(_served(stage, stage, sums, rate, months))
        cursor.execute(work + _DEAREST, values)
        accounts = [_served(pk, name, sums, rate, months) for pk, name, *sums in cursor.fetchall()]
    return CostToServe(total, segments, stages, accounts)


def _served(key: Any, name: str, sums: Sequence[Any], rate: ServiceCost, months: Decimal) -> Served:
    count, touches, tickets, tasks, cents = (int(value or 0) for value in sums)
    return Served(key, name, count, touches, tickets, tasks, Decimal(cents) / 100, rate.hourly_rate, months)
