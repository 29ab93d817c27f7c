"""What the pages of retention read, as reports: at once, or by a worker where there is much to look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.http import QueryDict

from lifecycle.formulas.periods import Period
from lifecycle.formulas.retention import Retention
from lifecycle.http.movements import Question, read_definition, read_question
from lifecycle.selectors.movements import cohorts, retention, waterfall
from lifecycle.selectors.movements.cohorts import Cohort
from lifecycle.selectors.movements.comparing import Comparison, compare
from lifecycle.selectors.movements.renewing import RenewalRate, renewal_rate
from lifecycle.selectors.movements.retaining import Groups, retention_by_group, retention_series
from lifecycle.selectors.movements.serving import CostToServe, cost_to_serve
from lifecycle.selectors.movements.waterfalls import Waterfall
from team.models import User

PERIODS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Charts:
    """The waterfall, the periods before, the cohorts."""

    total: Retention
    before: Sequence[tuple[Period, Retention]]
    steps: Waterfall
    cohorts: list[Cohort]


@dataclass(frozen=True, slots=True)
class Found:
    """What a page of retention shows; parts that it does not show are None."""

    groups: Groups | None = None
    renewals: RenewalRate | None = None
    charts: Charts | None = field(default=None)


def read_retention(question: Question, *, with_groups: bool, with_charts: bool) -> Found:
    """The numbers and groups of a question, and the charts: three more passes over the ledger."""
    span, scope = question.span, question.scope
    return Found(
        groups=retention_by_group(span, scope=scope) if with_groups else None,
        renewals=renewal_rate(span, scope=scope) if with_groups else None,
        charts=Charts(
            total=retention(span.start, span.end, scope=scope, known=span.known),
            before=retention_series(question.period.shifted(-1), PERIODS_SHOWN - 1, scope=scope),
            steps=waterfall(span.start, span.end, scope=scope, known=span.known),
            cohorts=cohorts(span.end, scope=scope, starts_in=question.period.starts_in),
        )
        if with_charts
        else None,
    )


def retention_report(user: User, params: QueryDict) -> Found:
    """A report of settings.REPORTS: all of a page of retention."""
    return read_retention(read_question(params, user), with_groups=True, with_charts=True)


def read_sides(params: QueryDict) -> dict[str, list[str]]:
    """The flags of both definitions: `?a=&b=contracts&b=rates`; the second counts by contract unless it says else."""
    return {"a": params.getlist("a"), "b": params.getlist("b") or ["contracts"]}


def compare_report(user: User, params: QueryDict) -> Comparison:
    """A report of settings.REPORTS: both definitions and the accounts between them."""
    question = read_question(params, user)
    first, second = (read_definition(flags) for flags in read_sides(params).values())
    return compare(question.span, scope=question.scope, first=first, second=second)


def cost_report(user: User, params: QueryDict) -> CostToServe:
    """A report of settings.REPORTS: minutes, what they cost, and what the accounts pay."""
    question = read_question(params, user)
    return cost_to_serve(question.span, scope=question.scope)
