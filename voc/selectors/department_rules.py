"""What a department's own rules rest on: measures, their values at a time, how they moved, what is due."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import (
    Avg,
    Count,
    DateField,
    F,
    FloatField,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _

from accounts.formulas.conditions import NUMBER
from accounts.models import Account, CustomField, Fact
from accounts.selectors.condition_names import condition_names
from team.clock import now, today
from team.models import Department, Role, User
from ui.charts import Figure, Marker, Series, line
from ui.charts.geometry import Number
from voc.formulas.own_rules import (
    SENTIMENT_WEEKS,
    THEME_SENTIMENT,
    THEME_VOLUME,
    VOLUME_WEEKS,
    Reading,
    Verdict,
    judge_mood,
    judge_volume,
    mood_reading,
    verdict_words,
    write_value,
)
from voc.models import DepartmentRule, DepartmentRuleReview, FeedbackTheme, Theme, ThemeWeek
from voc.models.programme import week_of

# An average over fewer accounts would tell of one of them.
LEAST_ACCOUNTS = 5
CHART_WEEKS = 52
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
    charts: tuple[Figure | None, Figure | None]
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
    about = [
        (THEME_VOLUME, _("How often the cause comes up, in four weeks")),
        (THEME_SENTIMENT, _("Positive minus negative words about the cause, −100 to 100, in 13 weeks")),
    ]
    return about + [(one.name, _("Mean over all customers: %(what)s") % {"what": one.label}) for one in numbers]


def measure_words(measure: str) -> str:
    """What a measure is called; a field that went keeps its name."""
    return dict(measure_choices()).get(measure, measure)


def read_measure(*, measure: str, theme: Theme | None, at: dt.datetime | None = None) -> Reading:
    """What a measure is: of a theme in the whole weeks before `at`, else the mean over all customers now. One query.

    Themes are read from the tallies of a worker (ThemeWeek), so that a million pieces cost what a hundred do.
    """
    if measure in (THEME_VOLUME, THEME_SENTIMENT):
        return Reading(None, 0) if theme is None else _of_theme(measure, theme, (at or now()).date())
    accounts = Account.objects.filter(status=Account.Status.CUSTOMER)
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


def _of_theme(measure: str, theme: Theme, day: dt.date) -> Reading:
    weeks = VOLUME_WEEKS if measure == THEME_VOLUME else SENTIMENT_WEEKS
    until = week_of(day)
    rows = ThemeWeek.objects.filter(theme=theme, week__lt=until, week__gte=until - dt.timedelta(weeks=weeks))
    found = rows.aggregate(
        pieces=Coalesce(Sum("pieces"), 0), positive=Coalesce(Sum("positive"), 0), negative=Coalesce(Sum("negative"), 0)
    )
    if measure == THEME_VOLUME:
        return Reading(float(found["pieces"]), found["pieces"])
    return mood_reading(found["pieces"], found["positive"], found["negative"])


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
        charts=_charts(rule, reviews, reading),
        reviews=[ReviewLine(one, write_value(rule.measure, one.value)) for one in reviews],
        is_due=rule.state == DepartmentRule.State.IN_FORCE and rule.check_on <= today(),
        reading=reading,
    )


def _judge(rule: DepartmentRule, reading: Reading) -> Verdict:
    """The baseline stays what was written down; how many pieces it rested on is read again, for the test."""
    baseline = _float(rule.baseline)
    if rule.measure == THEME_VOLUME:
        return judge_volume(Reading(baseline, round(baseline or 0)), reading, rule.direction)
    if rule.measure != THEME_SENTIMENT or baseline is None:
        return Verdict(baseline, reading.value, rule.direction)
    then = read_measure(measure=rule.measure, theme=rule.theme, at=rule.created_at)
    return judge_mood(replace(then, value=baseline), reading, rule.direction)


def _charts(
    rule: DepartmentRule, reviews: Sequence[DepartmentRuleReview], reading: Reading
) -> tuple[Figure | None, Figure | None]:
    """Weeks of a theme; of an average what was written down on its days, and today's. Drawn wide, and for phones."""
    began = rule.created_at.date()
    markers = [Marker(began, _("The rule began"))]
    markers += [Marker(one.reviewed_at.date(), str(one.get_verdict_display())) for one in reviews]
    if rule.theme_id and rule.measure in (THEME_VOLUME, THEME_SENTIMENT):
        points: list[tuple[dt.date, Number | None]] = theme_weeks(rule.theme_id, rule.measure)
        unit = _("pieces a week") if rule.measure == THEME_VOLUME else _("positive minus negative, −100 to 100")
    else:
        known = [(began, rule.baseline), *((one.reviewed_at.date(), one.value) for one in reversed(reviews))]
        known.append((today(), reading.decimal))
        points, unit = list(dict(known).items()), _("mean over accounts")
    if sum(value is not None for _day, value in points) < 2:
        return None, None
    name = rule.theme.name if rule.theme else measure_words(rule.measure)
    low = 0 if rule.measure == THEME_VOLUME else None

    def draw(slot: str) -> Figure | None:
        return line(
            [Series(name, points)],
            title=_("What it is measured by"),
            unit=unit,
            slot=slot,
            low=low,
            markers=markers,
            write=lambda value: write_value(rule.measure, value),
        )

    return draw("l"), draw("s")


def theme_weeks(theme_id: int, measure: str) -> list[tuple[dt.date, Number | None]]:
    """Each whole week of a year: pieces on the theme, or positive minus negative of a hundred of them. One query."""
    until = week_of(today())
    weeks = [until - dt.timedelta(weeks=back) for back in range(CHART_WEEKS, 0, -1)]
    rows = ThemeWeek.objects.filter(theme=theme_id, week__gte=weeks[0], week__lt=until)
    found = {
        week: mood_reading(*counts) for week, *counts in rows.values_list("week", "pieces", "positive", "negative")
    }
    if measure == THEME_VOLUME:
        return [(week, found[week].n if week in found else 0) for week in weeks]
    return [(week, found[week].value if week in found else None) for week in weeks]


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
