"""What a department's own rules rest on: measures, their values at a time, how they moved, what is due."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import (
    Avg,
    Count,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, TruncWeek
from django.utils.translation import gettext as _

from accounts.formulas.conditions import NUMBER
from accounts.models import Account, CustomField, Fact
from accounts.selectors.condition_names import condition_names
from team.clock import now, today
from team.models import Department, Role, User
from ui.charts import Figure, Marker, Series, line
from ui.charts.geometry import Number
from voc.formulas.own_rules import (
    SENTIMENT_DAYS,
    THEME_SENTIMENT,
    THEME_VOLUME,
    VOLUME_DAYS,
    Reading,
    Verdict,
    judge_means,
    judge_volume,
    mean_reading,
    verdict_words,
    write_value,
)
from voc.models import DepartmentRule, DepartmentRuleReview, Feedback, FeedbackTheme, Theme

# An average over fewer accounts would tell of one of them.
LEAST_ACCOUNTS = 5
SPOKE_DAYS = 365
CHART_DAYS = 365
_SUMMARY = {
    "account.health": F("summary__health"),
    "account.nps": F("summary__nps"),
    "account.open_tickets": F("summary__open_tickets"),
}


class _Days(Func):
    """In PostgreSQL a day minus a day is a whole number."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()


@dataclass(frozen=True)
class RulePage:
    """A rule as its page shows it: what it was, what it is, in words and as a chart."""

    rule: DepartmentRule
    measure: str
    before: str
    now: str
    n: int
    verdict: Verdict
    words: str
    chart: Figure | None
    reviews: list["ReviewLine"]
    is_due: bool
    reading: Reading


@dataclass(frozen=True)
class ReviewLine:
    """One review with its value in words."""

    review: DepartmentRuleReview
    value: str


def measure_choices() -> list[tuple[str, str]]:
    """What a rule may be measured by. SECURITY: sums of money are left out: members of every department read rules."""
    numbers = [one for one in condition_names() if one.type == NUMBER and one.unit != "money"]
    about = [(THEME_VOLUME, _("How often the cause comes up, in 28 days")),
             (THEME_SENTIMENT, _("How what is said of the cause sounds, −1 to 1, in 90 days"))]  # fmt: skip
    return about + [(one.name, _("Mean over accounts: %(what)s") % {"what": one.label}) for one in numbers]


def measure_words(measure: str) -> str:
    """What a measure is called; a field that went keeps its name."""
    return dict(measure_choices()).get(measure, measure)


def read_measure(*, measure: str, theme: Theme | None, at: dt.datetime | None = None) -> Reading:
    """What a measure is: of a theme in the time up to `at`, else the mean over customers now.

    With a theme, the accounts that spoke of it in 365 days; fewer than five tell nothing. One query.
    """
    moment = at or now()
    if measure in (THEME_VOLUME, THEME_SENTIMENT):
        if theme is None:
            return Reading(None, 0)
        return _of_theme(measure, theme, moment)
    accounts = Account.objects.filter(status=Account.Status.CUSTOMER)
    if theme is not None:
        spoke = Feedback.objects.filter(
            account=OuterRef("pk"), tags__theme=theme, received_at__gt=moment - dt.timedelta(days=SPOKE_DAYS)
        )
        accounts = accounts.filter(Exists(spoke))
    if measure.startswith("fact."):
        name = measure.removeprefix("fact.")
        facts = Fact.objects.current().filter(definition__name=name, number__isnull=False, account__in=accounts)
        return _averaged(facts.aggregate(mean=Avg("number"), n=Count("pk")))
    value = _value_of(measure)
    if value is None:
        return Reading(None, 0)
    known = accounts.annotate(given=value).filter(given__isnull=False)
    return _averaged(known.aggregate(mean=Avg("given"), n=Count("pk")))


def _averaged(found: dict[str, Any]) -> Reading:
    """A mean over accounts. SECURITY: of fewer than five it would tell of one of them."""
    return Reading(float(found["mean"]) if found["n"] >= LEAST_ACCOUNTS else None, found["n"])


def _value_of(measure: str) -> Any:
    """The expression of a condition name that is a number; None for one that is not known any more."""
    if measure in _SUMMARY:
        return _SUMMARY[measure]
    if measure == "account.days_in_stage":
        return _Days(Value(today(), output_field=DateField()), F("summary__stage_entered_on"))
    key = measure.removeprefix("custom.")
    if measure.startswith("custom.") and CustomField.objects.filter(key=key, type=CustomField.Type.NUMBER).exists():
        return Cast(KeyTextTransform(key, "custom"), FloatField())
    return None


def _of_theme(measure: str, theme: Theme, moment: dt.datetime) -> Reading:
    days = VOLUME_DAYS if measure == THEME_VOLUME else SENTIMENT_DAYS
    since = moment - dt.timedelta(days=days)
    rows = Feedback.objects.filter(tags__theme=theme, received_at__gt=since, received_at__lte=moment).order_by()
    if measure == THEME_VOLUME:
        counted = rows.count()
        return Reading(float(counted), counted)
    square = ExpressionWrapper(F("sentiment") * F("sentiment"), output_field=FloatField())
    found = rows.filter(sentiment__isnull=False).aggregate(total=Sum("sentiment"), squares=Sum(square), n=Count("pk"))
    return mean_reading(_float(found["total"]), _float(found["squares"]), found["n"])


def _float(value: Decimal | float | None) -> float | None:
    return None if value is None else float(value)


def read_rule(rule: DepartmentRule) -> RulePage:
    """Before and now, in words and as a chart, and every review. Some six queries."""
    reviews = list(rule.reviews.select_related("reviewed_by"))
    reading = read_measure(measure=rule.measure, theme=rule.theme)
    verdict = _judge(rule, reading)
    return RulePage(
        rule=rule,
        measure=measure_words(rule.measure),
        before=write_value(rule.measure, rule.baseline),
        now=write_value(rule.measure, reading.value),
        n=reading.n,
        verdict=verdict,
        words=verdict_words(rule.measure, verdict),
        chart=_chart(rule, reviews, reading),
        reviews=[ReviewLine(one, write_value(rule.measure, one.value)) for one in reviews],
        is_due=rule.state == DepartmentRule.State.IN_FORCE and rule.check_on <= today(),
        reading=reading,
    )


def _judge(rule: DepartmentRule, reading: Reading) -> Verdict:
    """The baseline stays what was written down; its spread is read again, for the test."""
    baseline = _float(rule.baseline)
    if rule.measure == THEME_VOLUME:
        return judge_volume(Reading(baseline, round(baseline or 0)), reading, rule.direction)
    if rule.measure != THEME_SENTIMENT or baseline is None:
        return Verdict(baseline, reading.value, rule.direction)
    then = read_measure(measure=rule.measure, theme=rule.theme, at=rule.created_at)
    return judge_means(Reading(baseline, then.n, then.variance), reading, rule.direction)


def _chart(rule: DepartmentRule, reviews: Sequence[DepartmentRuleReview], reading: Reading) -> Figure | None:
    """Weeks of a theme; of an average over accounts what was written down on its days, and today's."""
    began = rule.created_at.date()
    markers = [Marker(began, _("The rule began"))]
    markers += [Marker(one.reviewed_at.date(), str(one.get_verdict_display())) for one in reviews]
    if rule.theme_id and rule.measure in (THEME_VOLUME, THEME_SENTIMENT):
        points: list[tuple[dt.date, Number | None]] = theme_weeks(rule.theme_id, rule.measure)
        unit = _("pieces a week") if rule.measure == THEME_VOLUME else _("mean of a week, −1 to 1")
    else:
        known = [(began, rule.baseline), *((one.reviewed_at.date(), one.value) for one in reversed(reviews))]
        known.append((today(), reading.decimal))
        points, unit = list(dict(known).items()), _("mean over accounts")
    if sum(value is not None for _day, value in points) < 2:
        return None
    name = rule.theme.name if rule.theme else measure_words(rule.measure)
    low = 0 if rule.measure == THEME_VOLUME else None
    return line([Series(name, points)], title=_("What it is measured by"), unit=unit, slot="l", low=low,
                markers=markers, write=lambda value: write_value(rule.measure, value))  # fmt: skip


def theme_weeks(theme_id: int, measure: str) -> list[tuple[dt.date, Number | None]]:
    """Each whole week of a year: pieces on the theme, or their mean sentiment. One query."""
    last = today() - dt.timedelta(days=today().weekday())
    first = last - dt.timedelta(days=CHART_DAYS - CHART_DAYS % 7)
    rows = (
        Feedback.objects.filter(tags__theme=theme_id, received_at__date__gte=first, received_at__date__lt=last)
        .order_by()
        .annotate(week=TruncWeek("received_at"))
        .values_list("week")
        .annotate(n=Count("pk"), mean=Avg("sentiment"))
    )
    found = {week.date(): (n, mean) for week, n, mean in rows}
    weeks = [first + dt.timedelta(days=7 * number) for number in range((last - first).days // 7)]
    if measure == THEME_VOLUME:
        return [(week, found[week][0] if week in found else 0) for week in weeks]
    return [(week, found[week][1] if week in found else None) for week in weeks]


def own_departments(user: User) -> QuerySet[Department]:
    """The departments for which a person may make rules."""
    rows = Department.objects.all()
    if user.role in {Role.ADMIN, Role.MANAGER}:
        return rows
    return rows.none() if user.role == Role.VIEWER else rows.filter(pk__in=user.department_ids())


def owners_for(departments: QuerySet[Department]) -> QuerySet[User]:
    """Who may answer for a rule: people of these departments, and managers."""
    rows = User.objects.filter(is_active=True).exclude(role=Role.VIEWER)
    return rows.filter(Q(memberships__department__in=departments) | Q(role=Role.MANAGER)).distinct().order_by("name")


def strongest_theme(feedback_ids: QuerySet[Any]) -> int | None:
    """What most of these pieces are about."""
    rows = FeedbackTheme.objects.filter(feedback__in=feedback_ids).values_list("theme").annotate(n=Count("pk"))
    return next(iter(rows.order_by("-n", "theme").values_list("theme", flat=True)), None)
