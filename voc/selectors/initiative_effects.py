"""Values of accounts before and after a day, for those who asked for an initiative and for all others."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from voc.formulas.effects import Unit
from voc.models import Initiative

# Customers that paid on the day and were known since before: segment, stage and ARR as they were on that day, and
# whether they still pay on the last day. Movements say both: what is known by now of then.
_CUSTOMERS = """
    SELECT account.id, coalesce(account.segment_id, 0), coalesce(visit.stage_id, 0), paid.closing,
           coalesce(later.closing, 0) > 0
      FROM accounts_account account
      JOIN LATERAL (SELECT closing FROM lifecycle_movement movement
                     WHERE movement.account_id = account.id AND is_live AND effective_on <= %(day)s
                     ORDER BY effective_on DESC, id DESC LIMIT 1) paid ON paid.closing > 0
      LEFT JOIN LATERAL (SELECT closing FROM lifecycle_movement movement
                     WHERE movement.account_id = account.id AND is_live AND effective_on <= %(last)s
                     ORDER BY effective_on DESC, id DESC LIMIT 1) later ON true
      LEFT JOIN LATERAL (SELECT stage_id FROM lifecycle_stagevisit
                     WHERE account_id = account.id AND product_id IS NULL AND entered_at < %(at)s
                       AND (left_at IS NULL OR left_at >= %(at)s)
                     ORDER BY entered_at DESC, id DESC LIMIT 1) visit ON true
     WHERE account.deleted_at IS NULL AND (account.signed_on IS NULL OR account.signed_on <= %(first)s)
     ORDER BY account.id
"""
# Accounts whose wish was known on the day: what is asked for afterwards is chosen by what happened afterwards.
_ASKED = """
    SELECT insight.account_id FROM voc_initiativeinsight ask JOIN voc_insight insight ON insight.id = ask.insight_id
     WHERE ask.initiative_id = %(initiative)s AND insight.created_at < %(at)s
     UNION
    SELECT merged.account_id FROM voc_initiativeinsight ask
      JOIN voc_insight merged ON merged.merged_into_id = ask.insight_id
     WHERE ask.initiative_id = %(initiative)s AND merged.created_at < %(at)s
     UNION
    SELECT account_id FROM voc_initiativevoter WHERE initiative_id = %(initiative)s AND added_at < %(at)s
"""
_SAID = """
    SELECT account_id, count(*) FILTER (WHERE received_at < %(at)s), count(*) FILTER (WHERE received_at >= %(at)s),
           avg(sentiment) FILTER (WHERE received_at < %(at)s), avg(sentiment) FILTER (WHERE received_at >= %(at)s)
      FROM voc_feedback feedback
     WHERE account_id IS NOT NULL AND duplicate_of_id IS NULL AND received_at >= %(start)s AND received_at < %(end)s
       AND id IN (SELECT feedback_id FROM voc_feedbacktheme WHERE theme_id = ANY(%(themes)s))
     GROUP BY account_id
"""
_WEEKS = """
    SELECT account_id, floor(extract(epoch FROM received_at - %(at)s) / 604800)::int, count(*)
      FROM voc_feedback feedback
     WHERE account_id = ANY(%(ids)s) AND duplicate_of_id IS NULL AND received_at >= %(start)s AND received_at < %(end)s
       AND id IN (SELECT feedback_id FROM voc_feedbacktheme WHERE theme_id = ANY(%(themes)s))
     GROUP BY 1, 2
"""
_FACTS = """
    SELECT account.id, before.number, after.number
      FROM accounts_account account
      JOIN LATERAL (SELECT fact.number FROM accounts_fact fact
            WHERE fact.account_id = account.id AND fact.definition_id = %(definition)s AND fact.observed_at < %(at)s
            ORDER BY fact.observed_at DESC, fact.id DESC LIMIT 1) before ON before.number IS NOT NULL
      JOIN LATERAL (SELECT fact.number FROM accounts_fact fact
            WHERE fact.account_id = account.id AND fact.definition_id = %(definition)s AND fact.observed_at < %(end)s
            ORDER BY fact.observed_at DESC, fact.id DESC LIMIT 1) after ON after.number IS NOT NULL
     WHERE account.id = ANY(%(ids)s)
"""
# ARR bands, in the install's currency: about three times the one before.
_BANDS = (10_000, 30_000, 100_000, 300_000, 1_000_000)
Values = dict[int, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Window:
    """So many days before the day, and as many from it on."""

    day: dt.date
    days: int

    @property
    def params(self) -> dict[str, Any]:
        at = dt.datetime.combine(self.day, dt.time(), tzinfo=dt.UTC)
        span = dt.timedelta(days=self.days)
        return {
            "day": self.day, "at": at, "start": at - span, "end": at + span, "first": self.day - span,
            "last": self.day + span - dt.timedelta(days=1),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Customer:
    """An account on the day: what others must share to be comparable, from the strictest to the loosest."""

    alike: tuple[tuple[int, ...], ...]
    is_asking: bool
    has_left: bool


def read_customers(initiative: Initiative, window: Window) -> dict[int, Customer]:
    """Everybody who paid on the day, by id; two queries."""
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, {"initiative": initiative.pk, **window.params})
        asking = {row[0] for row in cursor.fetchall()}
        cursor.execute(_CUSTOMERS, window.params)
        found = {}
        for pk, segment, stage, arr, stays in cursor.fetchall():
            band = sum(arr >= step for step in _BANDS)
            alike = ((segment, band, stage), (segment, band), (segment,))
            found[pk] = Customer(alike, pk in asking, not stays)
        return found


def read_theme_values(themes: Collection[int], window: Window) -> tuple[dict[int, tuple[int, int]], Values]:
    """How often each account said something about the themes, before and after, and its mean sentiment where it spoke
    in both; one query. Who said nothing is in neither."""
    volume: dict[int, tuple[int, int]] = {}
    sentiment: Values = {}
    with connection.cursor() as cursor:
        cursor.execute(_SAID, {"themes": list(themes), **window.params})
        for pk, before, after, mood_before, mood_after in cursor.fetchall():
            volume[pk] = (before, after)
            if mood_before is not None and mood_after is not None:
                sentiment[pk] = (float(mood_before), float(mood_after))
    return volume, sentiment


def read_fact_values(definition_id: int, ids: Iterable[int], window: Window) -> Values:
    """The fact as it was known on the day and at the end of the window, where both are known; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"definition": definition_id, "ids": list(ids), **window.params})
        return {pk: (float(before), float(after)) for pk, before, after in cursor.fetchall()}


def read_weeks(ids: Collection[int], themes: Collection[int], window: Window) -> dict[int, dict[int, int]]:
    """{account: {week from the day on, negative before it: pieces about the themes}}; one query."""
    weeks: dict[int, dict[int, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_WEEKS, {"ids": list(ids), "themes": list(themes), **window.params})
        for pk, week, pieces in cursor.fetchall():
            weeks[pk][week] = pieces
    return weeks


def units_of(customers: dict[int, Customer], values: Values, level: int) -> tuple[list[Unit], list[Unit]]:
    """Those who asked and all others, with what they must share at this level (0: everything)."""
    sides: tuple[list[Unit], list[Unit]] = ([], [])
    for pk, customer in customers.items():
        if pk in values:
            before, after = values[pk]
            sides[not customer.is_asking].append(Unit(customer.alike[level], before, after, pk))
    return sides
