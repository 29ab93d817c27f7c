"""How good forecasts were, and what changed since one was locked."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import Case, DecimalField, F, Sum, Value, When
from django.db.models.functions import Coalesce

from lifecycle.formulas.forecasts import brier
from lifecycle.models import ForecastLock, ForecastLockLine, Renewal
from lifecycle.selectors.renewals import CENT, HORIZONS
from team.clock import today
from team.models import User

YEAR = dt.timedelta(days=365)
MOST_CHANGES = 100

# The newest belief of each person (or the model: NULL) about each closed renewal, so many days before it was due.
_BELIEFS = """
    SELECT DISTINCT ON (call.by_id, call.renewal_id) call.by_id, call.chance::float, renewal.state = 'won'
      FROM lifecycle_renewalcall call JOIN lifecycle_renewal renewal ON renewal.id = call.renewal_id
     WHERE renewal.state IN ('won', 'lost') AND renewal.due_on BETWEEN %(from)s AND %(to)s
       AND call.chance IS NOT NULL
       AND call.made_at < (renewal.due_on - %(days)s)::timestamptz
     ORDER BY call.by_id, call.renewal_id, call.made_at DESC, call.id DESC
"""


@dataclass(frozen=True, slots=True)
class Quality:
    """One forecaster: {days before: (Brier score or None, number of renewals)}; `name` "" is the model."""

    name: str
    scores: list[tuple[int, float | None, int]]


def forecast_quality(*, until: dt.date | None = None) -> list[Quality]:
    """Brier score per person and for the model at 90, 60 and 30 days, over what fell due in a year; best first."""
    to = until or today()
    found: dict[int | None, dict[int, list[tuple[float, bool]]]] = defaultdict(lambda: defaultdict(list))
    with connection.cursor() as cursor:
        for days in HORIZONS:
            cursor.execute(_BELIEFS, {"from": to - YEAR, "to": to, "days": days})
            for by, chance, came in cursor.fetchall():
                found[by][days].append((chance, came))
    names = dict(User.objects.filter(pk__in=[key for key in found if key]).values_list("pk", "name"))
    listed = [
        Quality(names.get(by or 0, ""), [(days, brier(calls[days]), len(calls[days])) for days in HORIZONS])
        for by, calls in found.items()
    ]
    return sorted(listed, key=lambda one: min((score for _d, score, _n in one.scores if score is not None), default=9))


@dataclass(frozen=True, slots=True)
class Change:
    """One renewal that stands otherwise than when the forecast was locked."""

    renewal: Renewal
    locked: Decimal
    now: Decimal
    locked_category: str

    @property
    def difference(self) -> Decimal:
        return self.now - self.locked


@dataclass(frozen=True, slots=True)
class LockPage:
    lock: ForecastLock
    total_now: Decimal
    count: int
    changes: list[Change]

    @property
    def difference(self) -> Decimal:
        return self.total_now - self.lock.total_forecast


def read_lock(lock: ForecastLock) -> LockPage:
    """What the locked span looks like now, at the lock's own rates, and the greatest changes; three queries."""
    current = Case(
        When(renewal__state=Renewal.State.VOID, then=Value(Decimal(0))),
        default=Coalesce("renewal__final_arr", "renewal__forecast_arr"),
        output_field=DecimalField(max_digits=16, decimal_places=2),
    )
    lines = ForecastLockLine.objects.filter(lock=lock).annotate(current=current)
    total = lines.aggregate(total=Sum(F("current") * F("rate")))["total"] or Decimal(0)
    moved = lines.exclude(current=F("forecast_arr")).annotate(size=(F("current") - F("forecast_arr")) * F("rate"))
    greatest = moved.select_related("renewal__account", "renewal__owner").order_by("size", "id")[:MOST_CHANGES]
    return LockPage(
        lock=lock,
        total_now=Decimal(total).quantize(CENT),
        count=lines.count(),
        changes=[
            Change(
                line.renewal,
                (line.forecast_arr * line.rate).quantize(CENT),
                (line.current * line.rate).quantize(CENT),
                line.category,
            )
            for line in greatest
        ],
    )
