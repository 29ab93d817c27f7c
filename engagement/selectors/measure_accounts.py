"""Which accounts stand worst, and which best, in one measure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account
from engagement.formulas.judging import COUNTED, Standing
from engagement.selectors.measures.registry import registry
from engagement.selectors.measures.words import value_words
from team.models import User

SHOWN = 50
WORST, BEST = "worst", "best"

# What do the current scores say of one measure? So many rows from one end, and how many stand how. Among those with the
# same points the value decides: the larger one is worse where points fall with it.
STANDINGS = """
WITH held AS MATERIALIZED (
    SELECT s.account_id, (one.said ->> 0)::float8 AS raw, (one.said ->> 1)::integer AS points,
           (one.said ->> 2)::date AS observed_on, coalesce((one.said ->> 3)::integer, 0) AS standing
    FROM engagement_score s CROSS JOIN LATERAL (SELECT s.inputs -> %s AS said OFFSET 0) one
    WHERE s.is_current AND s.account_id IN ({visible})
), counting AS (
    SELECT * FROM held WHERE standing = ANY(%s)
), slope AS (
    SELECT CASE WHEN corr(points, raw) < 0 THEN -1 ELSE 1 END AS sign FROM counting
)
(SELECT account_id, raw, points, observed_on, standing, NULL::bigint FROM counting CROSS JOIN slope
 ORDER BY points {way}, raw * sign {way} NULLS {first}, account_id LIMIT %s)
UNION ALL
SELECT NULL, NULL, NULL, NULL, standing, count(*) FROM held GROUP BY standing
"""


@dataclass(frozen=True, slots=True)
class ValueAt:
    """An account with its value, the points that it brings (0 to 100), and the day that it is from."""

    account_id: int
    name: str
    segment: str
    csm: str
    value: str
    points: float
    observed_on: dt.date | None

    @property
    def account_url(self) -> str:
        return reverse("account", args=[self.account_id])


@dataclass(frozen=True, slots=True)
class MeasureAccounts:
    """One end of the accounts by their points, 50 at most; how many count, are stale, or have no value."""

    lines: Sequence[ValueAt]
    counting: int
    stale: int
    missing: int


def accounts_of_measure(user: User, params: QueryDict) -> MeasureAccounts | None:
    """A report of settings.REPORTS: the accounts that stand worst in the measure `of` by points, or best (`order`).

    Of current scores of accounts that the person sees; None for an unknown measure. Two queries; above some hundred
    accounts for a worker.
    """
    measure = registry().get(params.get("of", ""))
    if measure is None:
        return None
    is_best = params.get("order") == BEST
    visible, given = Account.objects.visible_to(user).order_by().values("pk").query.sql_with_params()
    way, first = ("DESC", "LAST") if is_best else ("ASC", "FIRST")
    statement = STANDINGS.format(visible=visible, way=way, first=first)
    with connection.cursor() as cursor:
        cursor.execute(statement, [measure.code, *given, [int(standing) for standing in COUNTED], SHOWN])
        rows = cursor.fetchall()
    counts = {standing: count for *_row, standing, count in rows if count is not None}
    found = [row for row in rows if row[5] is None]
    accounts = Account.objects.select_related("segment", "csm").in_bulk([row[0] for row in found])
    lines = [
        ValueAt(
            account_id=account_id,
            name=accounts[account_id].name,
            segment=str(accounts[account_id].segment or ""),
            csm=str(accounts[account_id].csm or ""),
            value=_("not known") if standing == Standing.UNKNOWN else value_words(measure.unit, raw),
            points=points / 100,
            observed_on=observed_on,
        )
        for account_id, raw, points, observed_on, standing, _count in found
        if account_id in accounts
    ]
    stale = counts.get(Standing.STALE, 0)
    counting = sum(count for standing, count in counts.items() if standing in COUNTED)
    return MeasureAccounts(lines, counting, stale, sum(counts.values()) - counting - stale)


def account_lines(accounts: MeasureAccounts) -> tuple[list[str], list[list[object]]]:
    """Head and lines of the accounts as a file."""
    head = [_("Account"), _("Segment"), _("CSM"), _("Value"), _("Points"), _("Observed on")]
    lines: list[list[object]] = [
        [one.name, one.segment, one.csm, one.value, one.points, one.observed_on] for one in accounts.lines
    ]
    return head, lines
