"""What an account does in the product, as its page shows it: features over time, people, seats, depth."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Account, Persona
from engagement.selectors.measures.use_cases import KNOWN_USERS
from engagement.selectors.use_cases import UseCaseAt, use_cases_of
from team.clock import today
from ui import formats
from ui.charts import Figure, Series, line
from ui.charts.heat import BINS

PERIODS = (4, 12, 26)
WEEKS = 12
PEOPLE = 20

# Every visible feature: may they use it by the plans that run, and when did they, first and last?
FEATURES = """
WITH contracts AS (
    SELECT coalesce(array_agg(DISTINCT plan), '{}') AS plans FROM accounts_subscription
    WHERE account_id = %(account)s AND deleted_at IS NULL AND starts_on <= %(as_of)s
      AND (ends_on >= %(as_of)s OR (ends_on IS NULL AND status = 'active')))
SELECT f.id, coalesce(nullif(f.label, ''), f.name), f.is_key, f.is_core_action, f.is_beta,
       f.plans = '{}' OR f.plans && contracts.plans, u.first_on,
       CASE WHEN u.last_on > %(as_of)s THEN %(as_of)s ELSE u.last_on END
FROM engagement_feature f CROSS JOIN contracts
LEFT JOIN engagement_featureuse u ON u.feature_id = f.id AND u.account_id = %(account)s AND u.first_on <= %(as_of)s
WHERE NOT f.is_hidden AND f.merged_into_id IS NULL AND (f.first_seen_on IS NULL OR f.first_seen_on <= %(as_of)s)
"""

# How much of each feature in each week (0 is the last seven days)?
WEEKLY = """
SELECT feature_id, (%(as_of)s - day) / 7, sum(events), sum(errors)
FROM engagement_usageday
WHERE account_id = %(account)s AND day > %(as_of)s - %(days)s AND day <= %(as_of)s GROUP BY 1, 2
"""

# All of it in 28 days and the 28 before: events, core actions, days with use.
TOTALS = """
SELECT sum(events) FILTER (WHERE day > %(as_of)s - 28), sum(events) FILTER (WHERE day <= %(as_of)s - 28),
       sum(core_events) FILTER (WHERE day > %(as_of)s - 28),
       count(*) FILTER (WHERE day > %(as_of)s - 28 AND events > 0)
FROM engagement_accountday WHERE account_id = %(account)s AND day > %(as_of)s - 56 AND day <= %(as_of)s
"""

# How many people, by week; and in the last 28 days: per day of use, and all of them.
ACTIVE = """
SELECT (%(as_of)s - day) / 7, count(DISTINCT user_key), NULL::float8
FROM engagement_userday
WHERE account_id = %(account)s AND day > %(as_of)s - %(days)s AND day <= %(as_of)s GROUP BY 1
UNION ALL
SELECT CASE WHEN day > %(as_of)s - 28 THEN -1 ELSE -2 END, count(DISTINCT user_key), count(*)::float8 / 28
FROM engagement_userday
WHERE account_id = %(account)s AND day > %(as_of)s - 56 AND day <= %(as_of)s GROUP BY 1
"""

# Who was active in 28 days, who of them is a person we know, and who finished a course in a year?
WHO = f"""
WITH known AS ({KNOWN_USERS.replace("%(accounts)s", "ARRAY[%(account)s]")}),
     finishers AS (
         SELECT contact_id FROM lifecycle_completion
         WHERE account_id = %(account)s AND contact_id IS NOT NULL
           AND completed_at::date > %(as_of)s - 365 AND completed_at::date <= %(as_of)s
         UNION
         SELECT p.contact_id FROM accounts_touchpoint t JOIN accounts_touchpointcontact p ON p.touchpoint_id = t.id
         WHERE t.account_id = %(account)s AND t.kind = 'course' AND t.deleted_at IS NULL
           AND t.occurred_at::date > %(as_of)s - 365 AND t.occurred_at::date <= %(as_of)s),
     people AS (
         SELECT user_key, count(*) AS days, sum(events) AS events, max(day) AS last_on
         FROM engagement_userday
         WHERE account_id = %(account)s AND day > %(as_of)s - 28 AND day <= %(as_of)s GROUP BY user_key)
SELECT p.user_key, p.days, p.events, p.last_on, k.contact_id, c.name, c.persona, f.contact_id IS NOT NULL,
       count(*) FILTER (WHERE f.contact_id IS NOT NULL) OVER (),
       avg(p.days) FILTER (WHERE f.contact_id IS NOT NULL) OVER (),
       avg(p.days) FILTER (WHERE f.contact_id IS NULL) OVER ()
FROM people p
LEFT JOIN known k ON k.user_key = lower(p.user_key)
LEFT JOIN accounts_contact c ON c.id = k.contact_id
LEFT JOIN finishers f ON f.contact_id = k.contact_id
ORDER BY k.contact_id IS NULL, p.days DESC, p.events DESC, p.user_key LIMIT {PEOPLE}
"""  # noqa: S608 constants of this module and the measures


@dataclass(frozen=True, slots=True)
class Cell:
    """One feature in one week; `bin` is the shade (None: nothing), `said` the sentence for the tooltip."""

    events: int
    bin: int | None
    said: str

    @property
    def words(self) -> str:
        """The number, short."""
        if self.events < 1000:
            return str(self.events) if self.events else ""
        return f"{formats.number(self.events / 1000, 1 if self.events < 10_000 else 0)}k"


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """One feature over the weeks, oldest first."""

    pk: int
    name: str
    is_key: bool
    is_core_action: bool
    is_beta: bool
    is_entitled: bool
    first_on: dt.date | None
    last_on: dt.date | None
    cells: list[Cell]
    total: int
    errors: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody active in the last 28 days; a contact when the mail is known."""

    user_key: str
    days: int
    events: int
    last_on: dt.date
    contact_id: int | None
    name: str
    persona: str
    has_finished: bool

    @property
    def persona_words(self) -> str:
        return str(dict(Persona.choices).get(self.persona, ""))


@dataclass(frozen=True, slots=True)
class Finishers:
    """Days of use in 28 days on average: of active people who finished a course, and of the others."""

    count: int
    days: float
    others_days: float


@dataclass(frozen=True, slots=True)
class Adoption:
    """The usage tab. Numbers are of 28 days unless they say otherwise; `weeks` are the first days of the columns."""

    as_of: dt.date
    period: int
    weeks: list[dt.date]
    rows: list[FeatureRow]
    unused: list[FeatureRow]
    not_included: int
    events: int
    events_before: int
    core_events: int
    active_days: int
    monthly: int
    monthly_before: int
    weekly: int
    daily: float
    seats: int
    key_used: int
    key_features: int
    people_chart: Figure | None
    people: list[Person]
    finishers: Finishers | None
    use_cases: list[UseCaseAt]
    last_on: dt.date | None

    @property
    def is_empty(self) -> bool:
        return self.last_on is None

    @property
    def change(self) -> int | None:
        """Change of events in per cent against the 28 days before."""
        return None if not self.events_before else round(100 * (self.events / self.events_before - 1))

    @property
    def licence(self) -> int | None:
        """Active people per seat, in per cent; None without seats or people."""
        return round(100 * self.monthly / self.seats) if self.seats and self.monthly else None

    @property
    def breadth(self) -> int | None:
        """Key features used in 90 days of those that the plans include, in per cent."""
        return round(100 * self.key_used / self.key_features) if self.key_features else None

    @property
    def depth(self) -> float | None:
        """Core actions per active person."""
        return self.core_events / self.monthly if self.monthly else None

    @property
    def more_people(self) -> int:
        """Active people beyond those that are listed."""
        return max(self.monthly - len(self.people), 0)


def adoption_of(account: Account, *, weeks: int = WEEKS) -> Adoption:
    """Five queries and those of the use cases (one or two), whatever the amount of usage; `weeks` is the heat table's
    length."""
    as_of = today()
    parameters: dict[str, Any] = {"account": account.pk, "as_of": as_of, "days": weeks * 7}
    features, weekly = _ask(FEATURES, parameters), _ask(WEEKLY, parameters)
    events, before, core, active_days = (value or 0 for value in _ask(TOTALS, parameters)[0])
    active = {int(week): (users, daily) for week, users, daily in _ask(ACTIVE, parameters)}
    who = _ask(WHO, parameters)
    starts = [as_of - dt.timedelta(days=7 * age + 6) for age in range(weeks - 1, -1, -1)]
    rows = _rows(features, weekly, starts)
    keys = [row for row in rows if row.is_key] or rows
    entitled = [row for row in keys if row.is_entitled]
    long_ago = as_of - dt.timedelta(days=90)
    monthly = int(active.get(-1, (0, 0))[0])
    return Adoption(
        as_of=as_of,
        period=weeks,
        weeks=starts,
        rows=[row for row in rows if row.total],
        unused=sorted(
            (row for row in rows if row.is_entitled and (row.last_on is None or row.last_on <= long_ago)),
            key=lambda row: not row.is_key,
        ),
        not_included=sum(not row.is_entitled for row in rows),
        events=int(events),
        events_before=int(before),
        core_events=int(core),
        active_days=active_days,
        monthly=monthly,
        monthly_before=int(active.get(-2, (0, 0))[0]),
        weekly=int(active.get(0, (0, 0))[0]),
        daily=float(active.get(-1, (0, 0))[1] or 0),
        seats=account.summary.seats,
        key_used=sum(row.last_on is not None and row.last_on > long_ago for row in entitled),
        key_features=len(entitled),
        people_chart=_people_chart(active, starts, account.summary.seats),
        people=[Person(row[0], row[1], int(row[2]), row[3], row[4], row[5] or "", row[6] or "", row[7]) for row in who],
        finishers=_finishers(who),
        use_cases=use_cases_of(account),
        last_on=max((row.last_on for row in rows if row.last_on), default=None),
    )


def _ask(question: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _rows(features: list[tuple[Any, ...]], weekly: list[tuple[Any, ...]], starts: list[dt.date]) -> list[FeatureRow]:
    """Features by how much they are used, shades by the root of the events, so that small features show too."""
    counts: dict[tuple[int, int], int] = {}
    errors: dict[int, int] = {}
    for feature_id, week, events, failed in weekly:
        counts[feature_id, week] = int(events)
        errors[feature_id] = errors.get(feature_id, 0) + int(failed)
    most = max(counts.values(), default=0)
    last = len(starts) - 1
    rows = []
    for pk, name, is_key, is_core, is_beta, is_entitled, first_on, last_on in features:
        values = [counts.get((pk, last - place), 0) for place in range(len(starts))]
        cells = [
            Cell(
                value,
                min(int((value / most) ** 0.5 * BINS), BINS - 1) if value else None,
                _("%(feature)s, week of %(day)s: %(events)s events")
                % {"feature": name, "day": formats.day(start), "events": formats.number(value)},
            )
            for value, start in zip(values, starts, strict=True)
        ]
        rows.append(
            FeatureRow(
                pk,
                name,
                is_key,
                is_core,
                is_beta,
                bool(is_entitled),
                first_on,
                last_on,
                cells,
                sum(values),
                errors.get(pk, 0),
            )
        )
    return sorted(rows, key=lambda row: (-row.total, row.name))


def _people_chart(active: dict[int, tuple[int, float | None]], starts: list[dt.date], seats: int) -> Figure | None:
    """Active people by week, with the seats beside them."""
    if not any(week >= 0 for week in active):
        return None
    last = len(starts) - 1
    ends = [start + dt.timedelta(days=6) for start in starts]
    first = max(week for week in active if week >= 0)
    people = [
        (day, None if last - place > first else active.get(last - place, (0, None))[0])
        for place, day in enumerate(ends)
    ]
    series = [Series(_("Active people"), people)]
    if seats:
        series.append(Series(_("Seats"), [(day, seats) for day in ends]))
    return line(series, title=_("Active people per week"), unit=_("and seats") if seats else "", slot="m", low=0)


def _finishers(who: list[tuple[Any, ...]]) -> Finishers | None:
    if not who or not who[0][8] or who[0][10] is None:
        return None
    return Finishers(who[0][8], float(who[0][9]), float(who[0][10]))
