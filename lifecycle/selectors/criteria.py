"""Which criteria an account meets, and with what evidence."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.formulas.conditions import BadCondition, Condition, ConditionName, parse_condition
from accounts.selectors.condition_names import condition_catalogue
from accounts.selectors.condition_values import judge_conditions, read_values
from lifecycle.models import Criterion, CriterionTick, Stage, StageVisit

Catalogue = Mapping[str, ConditionName]


@dataclass(frozen=True, slots=True)
class CriterionState:
    """One criterion for one account: met or not, who ticked it or what the value is, why it cannot be judged."""

    criterion: Criterion
    is_met: bool
    evidence: str = ""
    ticked_at: dt.datetime | None = None
    problem: str = ""

    @property
    def is_missing(self) -> bool:
        return self.criterion.is_required and not self.is_met

    def as_json(self) -> dict[str, Any]:
        """What the visit keeps of it."""
        kept: dict[str, Any] = {"criterion": self.criterion.pk, "words": self.criterion.words}
        return {**kept, "evidence": self.evidence} if self.evidence else kept


def next_stages() -> dict[int, Stage]:
    """The stage after each present one, by id; one query."""
    found: dict[int, Stage] = {}
    before: Stage | None = None
    for stage in Stage.objects.present().select_related("journey"):
        if before is not None and before.journey_id == stage.journey_id:
            found[before.pk] = stage
        before = stage
    return found


def criteria_between(stage: Stage, following: Stage | None) -> QuerySet[Criterion]:
    """What must be so to go from one stage to the other: the exit of the one, the entry of the other."""
    wanted = Q(stage=stage, side=Criterion.Side.EXIT)
    if following is not None:
        wanted |= Q(stage=following, side=Criterion.Side.ENTRY)
    return Criterion.objects.present().filter(wanted).order_by("-side", "position", "id")


def parse_criteria(
    criteria: Iterable[Criterion], catalogue: Mapping[str, ConditionName]
) -> tuple[dict[int, Condition], dict[int, str]]:
    """The conditions of data criteria by criterion, and what is wrong with those that cannot be read (any more)."""
    parsed: dict[int, Condition] = {}
    problems: dict[int, str] = {}
    for criterion in criteria:
        if criterion.kind == Criterion.Kind.CHECK:
            continue
        try:
            parsed[criterion.pk] = parse_condition(criterion.condition, catalogue)
        except BadCondition as error:
            problems[criterion.pk] = str(error)
    return parsed, problems


def judge_criteria(
    *, visit: StageVisit, following: Stage | None, catalogue: Catalogue | None = None
) -> list[CriterionState]:
    """Each criterion between the visit's stage and the following one, for this account; three queries.

    Two with the catalogue of conditions at hand.
    """
    wanted = criteria_between(visit.stage, following)
    mine = wanted.annotate(mine=FilteredRelation("ticks", condition=Q(ticks__visit=visit)))
    criteria: list[Any] = list(
        mine.annotate(ticked_at=F("mine__ticked_at"), who=F("mine__ticked_by__name"), note=F("mine__note"))
    )
    needs_data = any(criterion.kind != Criterion.Kind.CHECK for criterion in criteria)
    known = condition_catalogue() if needs_data and catalogue is None else catalogue or {}
    parsed, problems = parse_criteria(criteria, known)
    met, values = judge_conditions(visit.account_id, parsed)
    states = []
    for criterion in criteria:
        if criterion.kind == Criterion.Kind.CHECK:
            is_met = criterion.ticked_at is not None
            words = tick_words(criterion.who, criterion.note) if is_met else ""
            states.append(CriterionState(criterion, is_met, words, criterion.ticked_at))
        else:
            value = values.get(parsed[criterion.pk].name, "") if criterion.pk in parsed else ""
            problem = problems.get(criterion.pk, "")
            states.append(CriterionState(criterion, criterion.pk in met, value, problem=problem))
    return states


def tick_words(who: str, note: str) -> str:
    """Who ticked, and what they noted."""
    return _("%(who)s: %(note)s") % {"who": who, "note": note} if note else who


@dataclass(frozen=True)
class Rule:
    """A stage's rule, ready to run: all of its required criteria; `problem` says why it cannot."""

    stage: Stage
    following: Stage | None
    checks: tuple[Criterion, ...]
    data: tuple[tuple[Criterion, Condition], ...]
    problem: str = ""

    @property
    def conditions(self) -> list[Condition]:
        return [condition for _criterion, condition in self.data]


def rule_of(stage: Stage, following: Stage | None, catalogue: Mapping[str, ConditionName]) -> Rule:
    """The rule by which accounts leave the stage for the next."""
    required = [one for one in criteria_between(stage, following) if one.is_required]
    parsed, problems = parse_criteria(required, catalogue)
    problem = ""
    if following is None:
        problem = _("There is no stage after this one.")
    elif not required:
        problem = _("A rule needs at least one required criterion; without one every account would move on at once.")
    elif problems:
        problem = next(iter(problems.values()))
    return Rule(
        stage,
        following,
        tuple(one for one in required if one.kind == Criterion.Kind.CHECK),
        tuple((one, parsed[one.pk]) for one in required if one.pk in parsed),
        problem,
    )


def evidence_of(*, rule: Rule, visits: Sequence[StageVisit]) -> dict[int, list[dict[str, Any]]]:
    """What met the rule, by visit: the values now and the ticks; three queries for any number of visits."""
    accounts: Collection[int] = [visit.account_id for visit in visits]
    values = read_values(account_ids=accounts, names={condition.name for condition in rule.conditions})
    ticks: dict[tuple[int, int], CriterionTick] = {}
    if rule.checks:
        rows = CriterionTick.objects.filter(visit__in=visits, criterion__in=rule.checks).select_related("ticked_by")
        ticks = {(tick.visit_id, tick.criterion_id): tick for tick in rows}
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for visit in visits:
        known = values.get(visit.account_id, {})
        for check in rule.checks:
            tick = ticks.get((visit.pk, check.pk))
            found[visit.pk].append(
                CriterionState(check, True, tick_words(str(tick.ticked_by), tick.note) if tick else "").as_json()
            )
        for criterion, condition in rule.data:
            found[visit.pk].append(CriterionState(criterion, True, known.get(condition.name, "")).as_json())
    return found
