"""Who reached which use case, what those who did not lack, and what stands in their way."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncWeek
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account, Persona, Ticket
from engagement.models import Feature, UseCase, UseCaseCriterion, UseCaseState
from engagement.selectors.measures.use_cases import JUDGED_DRAFT, JUDGED_THEN
from engagement.selectors.moments import moment_of
from team.clock import today
from team.models import User
from voc.models import Insight

WEEKS = 26
# The count over the book looks at so many accounts at most; beyond, it is of a part of them and says so.
MOST_TRIED = 2_000
THEMES = 6
# Who left, or never came, is no part of the base.
BASE = (Account.Status.CUSTOMER, Account.Status.TRIAL)
OPEN_STATES = (Insight.State.NEW, Insight.State.TRIAGED, Insight.State.ACCEPTED, Insight.State.REOPENED)


def criterion_words(*, what: str, least: int, days: int, feature: str = "", persona: str = "", words: str = "") -> str:
    """A criterion as people read it: its own words, or what it counts."""
    if words:
        return words
    if what == UseCaseCriterion.What.USERS:
        who = str(dict(Persona.choices).get(persona, "")) if persona else ""
        text = ngettext("%(least)d active person", "%(least)d active people", least) % {"least": least}
        text = f"{text} ({who})" if who else text
    elif what == UseCaseCriterion.What.DAYS:
        text = ngettext("%(least)d day with use", "%(least)d days with use", least) % {"least": least}
    else:
        text = ngettext("%(least)d event", "%(least)d events", least) % {"least": least}
    if feature:
        text = _("%(count)s of “%(feature)s”") % {"count": text, "feature": feature}
    return _("At least %(count)s in %(days)d days") % {"count": text, "days": days}


def words_of(criterion: UseCaseCriterion) -> str:
    """The words of a stored criterion; its feature should be joined."""
    return criterion_words(
        what=criterion.what,
        least=criterion.least,
        days=criterion.days,
        feature=str(criterion.feature) if criterion.feature else "",
        persona=criterion.persona,
        words=criterion.words,
    )


def words_of_rows(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The criteria of a document in words (one query)."""
    features = Feature.objects.in_bulk([row["feature_id"] for row in rows if row["feature_id"]])
    return [
        criterion_words(
            what=row["what"],
            least=row["least"],
            days=row["days"],
            feature=str(features.get(row["feature_id"], "")),
            persona=row["persona"],
            words=row["words"],
        )
        for row in rows
    ]


def _base(user: User) -> QuerySet[Account]:
    return Account.objects.visible_to(user).filter(status__in=BASE)


@dataclass(frozen=True, slots=True)
class Share:
    """How many accounts a use case applies to, and how many of them reached it."""

    name: str
    applies: int
    reached: int

    @property
    def percent(self) -> int:
        return round(100 * self.reached / self.applies) if self.applies else 0


@dataclass(frozen=True, slots=True)
class UseCaseLine:
    """One use case in the list: criteria in words, the share of the base, by segment."""

    pk: int
    name: str
    description: str
    is_on: bool
    criteria: list[str]
    base: Share
    segments: list[Share]


def list_use_cases(user: User) -> list[UseCaseLine]:
    """Every use case with the shares of the accounts that the user sees; three queries."""
    counted: dict[int, list[Share]] = defaultdict(list)
    rows = (
        UseCaseState.objects.applying()
        .filter(account__in=_base(user))
        .values_list("use_case_id", "account__segment__name")
        .annotate(applies=Count("pk"), reached=Count("pk", filter=Q(is_reached=True)))
        .order_by("account__segment__position")
    )
    for use_case_id, segment, applies, reached in rows:
        counted[use_case_id].append(Share(segment or _("Without a segment"), applies, reached))
    return [
        UseCaseLine(
            one.pk,
            one.name,
            one.description,
            one.is_on,
            [words_of(criterion) for criterion in one.criteria.all()],
            Share(one.name, sum(row.applies for row in counted[one.pk]), sum(row.reached for row in counted[one.pk])),
            counted[one.pk],
        )
        for one in UseCase.objects.prefetch_related("criteria__feature")
    ]


@dataclass(frozen=True, slots=True)
class Blocker:
    """A theme that accounts speak of which have not reached the use case."""

    theme_id: int
    name: str
    accounts: int
    insights: int


@dataclass(frozen=True, slots=True)
class UseCaseFigures:
    """One use case: the base, segments, how many meet each criterion, the share by week, what stands in the way.

    `weeks` are (day, share of the base, 0 to 100, that had reached it for the first time by then).
    """

    base: Share
    segments: list[Share]
    criteria: list[Share]
    weeks: list[tuple[dt.date, float]]
    themes: list[Blocker]
    ticket_accounts: int
    tickets: int


# How many accounts meet each criterion?
MET = """
SELECT m.key::bigint, count(*) FILTER (WHERE (m.value ->> 1)::boolean)
FROM engagement_usecasestate s, jsonb_each(s.met) m
WHERE s.use_case_id = %s AND s.applies AND s.account_id IN ({visible}) GROUP BY m.key
"""


def figures_of(use_case: UseCase, user: User) -> UseCaseFigures:
    """Six queries over the accounts that the user sees; on a large install for a worker."""
    visible = _base(user)
    states = UseCaseState.objects.applying().filter(use_case=use_case, account__in=visible)
    segments = [
        Share(name or _("Without a segment"), applies, reached)
        for name, applies, reached in states.values_list("account__segment__name")
        .annotate(applies=Count("pk"), reached=Count("pk", filter=Q(is_reached=True)))
        .order_by("account__segment__position")
    ]
    base = Share(use_case.name, sum(row.applies for row in segments), sum(row.reached for row in segments))
    inner, parameters = visible.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(MET.format(visible=inner), [use_case.pk, *parameters])
        met = dict(cursor.fetchall())
    lacking = states.filter(is_reached=False).values("account")
    open_insights = Insight.objects.filter(account__in=lacking, state__in=OPEN_STATES, is_praise=False)
    themes = [
        Blocker(theme_id, name, accounts, insights)
        for theme_id, name, accounts, insights in open_insights.filter(theme__isnull=False)
        .values_list("theme_id", "theme__name")
        .annotate(accounts=Count("account", distinct=True), insights=Count("pk"))
        .order_by("-accounts", "theme__name")[:THEMES]
    ]
    urgent = Ticket.objects.open().filter(account__in=lacking, priority__in=["p1", "p2"])
    tickets = urgent.aggregate(accounts=Count("account", distinct=True), tickets=Count("pk"))
    return UseCaseFigures(
        base=base,
        segments=segments,
        criteria=[
            Share(words_of(one), base.applies, met.get(one.pk, 0))
            for one in use_case.criteria.select_related("feature").order_by("pk")
        ],
        weeks=_weeks(states, base.applies),
        themes=themes,
        ticket_accounts=tickets["accounts"],
        tickets=tickets["tickets"],
    )


def _weeks(states: QuerySet[UseCaseState], applies: int) -> list[tuple[dt.date, float]]:
    """The share that had reached it for the first time by the end of each week; empty while nobody has."""
    rows = dict(
        states.filter(reached_on__isnull=False)
        .values_list(TruncWeek("reached_on"))
        .annotate(count=Count("pk"))
        .order_by()
    )
    if not rows or not applies:
        return []
    day = today()
    monday = day - dt.timedelta(days=day.weekday())
    weeks = [monday - dt.timedelta(weeks=age) for age in range(WEEKS - 1, -1, -1)]
    return [
        (min(week + dt.timedelta(days=6), day), 100 * sum(n for on, n in rows.items() if on <= week) / applies)
        for week in weeks
    ]


def states_of(use_case: UseCase, user: User) -> QuerySet[UseCaseState]:
    """Where the accounts that the user sees stand with it, for the list."""
    states = UseCaseState.objects.applying().filter(use_case=use_case, account__in=_base(user))
    return states.select_related("account__segment", "account__csm", "account__summary")


@dataclass(frozen=True, slots=True)
class CriterionAt:
    """One criterion at one account: what was counted, what it asks for, whether it holds."""

    words: str
    value: int
    least: int
    holds: bool


@dataclass(frozen=True, slots=True)
class UseCaseAt:
    """One use case at one account."""

    pk: int
    name: str
    is_reached: bool
    reached_on: dt.date | None
    criteria: list[CriterionAt]
    holding: int = field(default=0)


# With the values as they are, not capped at what the criteria ask for.
AT_ACCOUNT = f"""
WITH {JUDGED_THEN}
SELECT c.use_case_id, c.id, coalesce((SELECT max(v.value) FROM values_of v WHERE v.criterion_id = c.id), 0),
       s.reached_on
FROM judged j JOIN criteria c ON c.use_case_id = j.use_case_id
LEFT JOIN engagement_usecasestate s ON s.account_id = j.account_id AND s.use_case_id = j.use_case_id
"""  # noqa: S608 constants of the measures


def use_cases_of(account: Account) -> list[UseCaseAt]:
    """The use cases that apply to an account, criteria met and missing as of today; three queries, one where none is
    written."""
    criteria = list(
        UseCaseCriterion.objects.filter(use_case__is_on=True, use_case__deleted_at=None)
        .select_related("feature", "use_case")
        .order_by("use_case__position", "use_case__name", "pk")
    )
    if not criteria:
        return []
    parameters: dict[str, Any] = {"accounts": [account.pk], "as_of": today()}
    with connection.cursor() as cursor:
        cursor.execute(AT_ACCOUNT, parameters)
        found = {criterion: (int(value), on) for _case, criterion, value, on in cursor.fetchall()}
    groups: dict[int, list[UseCaseCriterion]] = defaultdict(list)
    for one in criteria:
        if one.pk in found:
            groups[one.use_case_id].append(one)
    lines = []
    for rows in groups.values():
        at = [CriterionAt(words_of(one), found[one.pk][0], one.least, found[one.pk][0] >= one.least) for one in rows]
        holding = sum(one.holds for one in at)
        case = rows[0].use_case
        lines.append(UseCaseAt(case.pk, case.name, holding == len(at), found[rows[0].pk][1], at, holding))
    return lines


@dataclass(frozen=True, slots=True)
class Trial:
    """What criteria that are not saved yet would say: of one account, and counted over the book.

    `looked_at` accounts were judged, of `total`; the use case applies to `applies` of them.
    """

    account: Account | None
    criteria: list[CriterionAt]
    applies_here: bool
    total: int
    looked_at: int
    applies: int
    reached: int
    by_criterion: list[tuple[str, int]]

    @property
    def is_sample(self) -> bool:
        return self.looked_at < self.total

    @property
    def percent(self) -> int:
        return round(100 * self.reached / self.applies) if self.applies else 0


TRIED = f"WITH {JUDGED_DRAFT} SELECT account_id, is_reached, met FROM judged"  # noqa: S608 constants of the measures


def try_document(*, document: Mapping[str, Any], user: User, account: Account | None) -> Trial:
    """Judge a document as if it were saved, over at most 2,000 accounts that the user sees; four queries."""
    rows: Sequence[Mapping[str, Any]] = document["criteria"]
    visible = _base(user).order_by("pk")
    ids = list(visible.values_list("pk", flat=True)[:MOST_TRIED])
    total = len(ids) if len(ids) < MOST_TRIED else visible.order_by().count()
    asked = sorted({*ids, account.pk}) if account else ids
    moment = moment_of()
    parameters = {
        **moment.parameters,
        "accounts": asked,
        "draft_intents": list(document["intents"]),
        "draft_ids": list(range(len(rows))),
        "draft_whats": [row["what"] for row in rows],
        "draft_features": [row["feature_id"] for row in rows],
        "draft_personas": [row["persona"] for row in rows],
        "draft_leasts": [row["least"] for row in rows],
        "draft_days": [row["days"] for row in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(TRIED, parameters)
        found = {account_id: (is_reached, _loaded(met)) for account_id, is_reached, met in cursor.fetchall()}
    words = words_of_rows(rows)
    here = found.get(account.pk) if account else None
    sample = [found[pk] for pk in ids if pk in found]
    return Trial(
        account=account,
        criteria=[
            CriterionAt(words[place], int(here[1][str(place)][0]), row["least"], here[1][str(place)][1])
            for place, row in enumerate(rows)
        ]
        if here
        else [],
        applies_here=here is not None,
        total=total,
        looked_at=len(ids),
        applies=len(sample),
        reached=sum(is_reached for is_reached, _met in sample),
        by_criterion=[
            (words[place], sum(met[str(place)][1] for _reached, met in sample)) for place in range(len(rows))
        ],
    )


def _loaded(met: str | dict[str, list[Any]]) -> dict[str, list[Any]]:
    """JSON comes out of a bare cursor as text."""
    found: dict[str, list[Any]] = json.loads(met) if isinstance(met, str) else met
    return found
