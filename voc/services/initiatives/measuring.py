"""What an initiative changed for those who asked, worked out by a worker and kept."""

import datetime as dt
from collections.abc import Callable, Collection
from typing import Any

from django.db.models import F, Q

from accounts.models import FactDefinition
from team.clock import now, today
from voc.formulas.effects import LEAST_SETS, Effect, estimate_change, estimate_share
from voc.models import Initiative, InitiativeEffect
from voc.selectors.initiative_effects import (
    Customer,
    Values,
    Window,
    read_customers,
    read_fact_values,
    read_theme_values,
    read_weeks,
    units_of,
)
from voc.selectors.initiatives import themes_of

# Fewer days say nothing yet; more are not compared.
LEAST_DAYS, MOST_DAYS = 28, 90
AGAIN_HOURS = 20
# How much two accounts must share, from the strictest to the loosest; see Customer.
LEVELS = 3
Estimate = Callable[..., Effect]


def window_of(initiative: Initiative) -> Window | None:
    """The days that are compared; None while it has not shipped, or too short ago."""
    if initiative.state != Initiative.State.SHIPPED or initiative.shipped_on is None:
        return None
    days = min(MOST_DAYS, (today() - initiative.shipped_on).days)
    return Window(initiative.shipped_on, days) if days >= LEAST_DAYS else None


def work_out_effect(*, initiative: Initiative) -> bool:
    """Compare those who asked with others that were alike, and keep what was found; False while it is too early.

    Safe to repeat: the newest figures replace the former ones. About ten queries, whatever the number of accounts.
    """
    window = window_of(initiative)
    if window is None:
        return False
    customers = read_customers(initiative, window)
    measures: list[dict[str, Any]] = []
    weeks: list[list[float]] = []
    themes = themes_of(initiative)
    if themes:
        volume, sentiment = read_theme_values(themes, window)
        counts: Values = {pk: (float(b), float(a)) for pk in customers for b, a in [volume.get(pk, (0, 0))]}
        measures.append(_measure("theme_volume", initiative, customers, counts, estimate_change))
        weeks = _weeks(measures[0].pop("sets"), themes, window)
        measures.append(_measure("theme_sentiment", initiative, customers, sentiment, estimate_change))
    definition = FactDefinition.objects.filter(name=initiative.fact.removeprefix("fact.")).first()
    if initiative.fact and definition is not None:
        facts = read_fact_values(definition.pk, customers, window)
        measures.append(_measure(initiative.fact, initiative, customers, facts, estimate_change))
    left: Values = {pk: (0.0, float(customer.has_left)) for pk, customer in customers.items()}
    measures.append(_measure("churn", initiative, customers, left, estimate_share))
    for measure in measures:
        measure.pop("sets", None)
    figures = {"day": window.day.isoformat(), "days": window.days, "measures": measures, "weeks": weeks}
    InitiativeEffect.objects.update_or_create(
        initiative=initiative, defaults={"figures": figures, "worked_out_at": now()}
    )
    return True


def work_out_due(*, limit: int = 20) -> int:
    """Work out what is missing, or older than a day while days are still added; returns how many."""
    moment, last = now(), today() - dt.timedelta(days=LEAST_DAYS)
    fresh = moment - dt.timedelta(hours=AGAIN_HOURS)
    growing = today() - dt.timedelta(days=MOST_DAYS + 2)
    rows = (
        Initiative.objects.filter(state=Initiative.State.SHIPPED, shipped_on__lte=last)
        .filter(Q(effect=None) | Q(effect__worked_out_at__lt=fresh, shipped_on__gte=growing))
        .order_by(F("effect__worked_out_at").asc(nulls_first=True), "pk")
    )
    return sum(work_out_effect(initiative=initiative) for initiative in rows[:limit])


def _measure(
    name: str, initiative: Initiative, customers: dict[int, Customer], values: Values, estimate: Estimate
) -> dict[str, Any]:
    """One measure, with others that share as much as leaves sets enough; that choice never looks at what came after."""
    found: tuple[int, Effect] | None = None
    for level in range(LEVELS):
        asked, others = units_of(customers, values, level)
        effect = estimate(asked, others, seed=initiative.pk)
        if found is None or effect.n > found[1].n:
            found = level, effect
        if effect.n >= LEAST_SETS and effect.n * 2 >= len(asked):
            found = level, effect
            break
    assert found is not None
    level, effect = found
    difference = effect.difference
    return {
        "name": name,
        "level": level,
        "n": effect.n,
        "left_out": effect.left_out,
        "others": effect.others,
        "means": effect.means,
        "difference": difference.value if difference else None,
        "low": difference.low if difference else None,
        "high": difference.high if difference else None,
        "is_claimed": bool(difference and difference.is_claimed),
        "sets": effect.sets,
    }


def _weeks(sets: Any, themes: Collection[int], window: Window) -> list[list[float]]:
    """[week, mean of those who asked, mean of their others] of whole weeks before and after the day."""
    if len(sets) < LEAST_SETS:
        return []
    weight: dict[int, tuple[int, float]] = {one.name: (1, 1 / len(sets)) for one, _beside in sets}
    for _one, beside in sets:
        weight |= {other.name: (2, 1 / len(beside) / len(sets)) for other in beside}
    reach = window.days // 7
    rows: dict[int, list[float]] = {week: [week, 0.0, 0.0] for week in range(-reach, reach)}
    for pk, weeks in read_weeks(list(weight), themes, window).items():
        side, share = weight[pk]
        for week, pieces in weeks.items():
            if week in rows:
                rows[week][side] += pieces * share
    return [[row[0], round(row[1], 4), round(row[2], 4)] for row in rows.values()]
