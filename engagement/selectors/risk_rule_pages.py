"""Rules as the settings show them: what is watched where, how often it was a false alarm, what a draft would open."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Q

from accounts.models import Account, Segment
from engagement.formulas.risk_words import value_words
from engagement.formulas.risks import DEFINITIONS, find_risk
from engagement.models import Risk, RiskKind, RiskRule, SayDo
from engagement.selectors.moments import moment_of
from engagement.selectors.readings import read_measures
from engagement.selectors.risk_figures import RiskFigures, read_risk_figures
from engagement.selectors.risk_rules import Watching, read_rules, watching

# More accounts are judged from a sample, so that the preview answers at once.
SAMPLE = 2_000


@dataclass(frozen=True, slots=True)
class RuleCell:
    """One kind in one segment: in words, and whether it has a rule of its own."""

    segment_id: int
    segment: str
    is_on: bool
    words: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One kind: its question, the rule per segment, and what became of it so far."""

    kind: str
    label: str
    question: str
    cells: list[RuleCell]
    open: int
    opened: int
    alarms: int

    @property
    def alarm_share(self) -> float | None:
        """False alarms of all that ever opened; None while there were none."""
        return self.alarms / self.opened if self.opened else None


def _words(kind: str, held: Watching) -> str:
    definition = DEFINITIONS[kind]
    return ", ".join(value_words(one.unit, held.limits[one.name]) for one in definition.thresholds)


def read_rule_lines() -> list[RuleLine]:
    """All kinds over all segments; three queries."""
    rules, segments = read_rules(), list(Segment.objects.all())
    counts = {
        kind: (still, every, alarms)
        for kind, still, every, alarms in Risk.objects.order_by()
        .values_list("kind")
        .annotate(
            still=Count("pk", filter=Q(closed_at=None)),
            every=Count("pk"),
            alarms=Count("pk", filter=Q(is_false_alarm=True)),
        )
    }
    lines = []
    for kind, label in RiskKind.choices:
        definition = DEFINITIONS[kind]
        cells = []
        for segment in segments:
            held = watching(rules, definition, segment.pk, segment.touch)
            is_own = (kind, segment.pk) in rules
            cells.append(RuleCell(segment.pk, segment.name, held.is_on, _words(kind, held), is_own))
        still, every, alarms = counts.get(kind, (0, 0, 0))
        lines.append(RuleLine(kind, str(label), str(definition.question), cells, still, every, alarms))
    return lines


def held_in(*, kind: str, segment: Segment | None) -> tuple[RiskRule | None, Watching]:
    """The rule of that very place, and what holds there."""
    rules = read_rules()
    key = segment.pk if segment else None
    held = watching(rules, DEFINITIONS[kind], key, segment.touch if segment else "low")
    return rules.get((kind, key)), held


@dataclass(frozen=True, slots=True)
class Preview:
    """On how many accounts a rule would be open; `seen` of `all_of_them` were judged, `named` are some of them."""

    count: int
    seen: int
    all_of_them: int
    named: list[tuple[int, str]]


def preview_rule(*, kind: str, segment: Segment | None, is_on: bool, limits: Mapping[str, float]) -> Preview:
    """What the rule would open today; the largest book is judged from 2,000 of its accounts."""
    accounts = Account.objects.filter(status__in=["customer", "trial"])
    if segment is not None:
        accounts = accounts.filter(segment=segment)
    total = accounts.count()
    ids = list(accounts.order_by("pk").values_list("pk", flat=True)[:SAMPLE])
    if not ids or not is_on:
        return Preview(0, len(ids), total, [])
    figures = _figures(ids)
    size = len(ids)
    own = {name: np.full(size, value) for name, value in limits.items()}
    found = find_risk(DEFINITIONS[kind], figures.values, own, np.ones(size, dtype=np.bool_))
    places = np.flatnonzero(found.opens).tolist()
    chosen = [figures.account_ids[place] for place in places[:5]]
    names = dict(Account.objects.filter(pk__in=chosen).values_list("pk", "name"))
    return Preview(len(places), size, total, [(pk, names[pk]) for pk in chosen if pk in names])


def _figures(ids: list[int]) -> RiskFigures:
    """Figures of now, with the numbers of the board as they stand."""
    moment = moment_of()
    figures = read_risk_figures(read_measures(account_ids=ids, moment=moment), moment)
    stands = {pk: (say, do) for pk, say, do in SayDo.objects.filter(pk__in=ids).values_list("pk", "say", "do")}
    for place, pk in enumerate(figures.account_ids):
        say, do = stands.get(pk, (None, None))
        figures.values["say"][place] = np.nan if say is None else float(say)
        figures.values["do"][place] = np.nan if do is None else float(do)
    return figures
