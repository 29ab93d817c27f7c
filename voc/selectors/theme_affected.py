"""Those who named a theme against all others: what they say, what they do, and whether they stay."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import Avg, Count, Q, QuerySet, StdDev, Sum
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import Account
from lifecycle.models import Renewal
from team.clock import now, today
from team.models import Role, User
from voc.formulas.comparisons import Difference, compare, compare_shares
from voc.formulas.means import Mean, compare_means, mean_of
from voc.formulas.measures import SCALES, Counts, measure
from voc.models import FeedbackTheme, Theme
from voc.selectors.theme_trends import LEAST_ACCOUNTS, sum_words

DAYS = 180
YEAR = 365
# Usage is read of so many accounts of each side: every n-th of them.
MOST_USAGE = 2_000
# Health that moved by so many points in 28 days moved.
MOVED = 5
UNHAPPY_BELOW = 7


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of both sides; `difference` is theirs minus that of the others. `unit`: points, percent or number."""

    name: str
    unit: str
    theirs: float | None
    others: float | None
    difference: Difference

    @property
    def words(self) -> str:
        """What the test says."""
        if not self.difference.is_told:
            return _("too few to say")
        return _("differs") if self.difference.is_clear else _("no evidence of a difference")


@dataclass(frozen=True, slots=True)
class SayDo:
    """Accounts by what they said last (NPS below 7: unhappy), and whether their health fell by 5 points or more."""

    unhappy_falling: int
    unhappy_steady: int
    happy_falling: int
    happy_steady: int


@dataclass(frozen=True, slots=True)
class Affected:
    """The accounts that named a theme in a sour or mixed voice within 180 days, against all other visible ones."""

    accounts: int
    others: int
    arr: str
    measures: tuple[Measure, ...]
    say_do: SayDo | None
    is_hidden: bool


def read_affected(user: User, theme: Theme) -> Affected:
    """Both sides side by side; what is not known of an account is left out of that figure alone. Seven queries.

    SECURITY: department members see nothing of fewer than five accounts.
    """
    accounts = Account.objects.visible_to(user).filter(status__in=[Account.Status.CUSTOMER, Account.Status.CHURNED])
    said = FeedbackTheme.objects.filter(
        theme=theme,
        feedback__received_at__gte=now() - dt.timedelta(days=DAYS),
        feedback__label__in=["negative", "mixed"],
        feedback__account__isnull=False,
    )
    theirs = accounts.filter(pk__in=said.values("feedback__account")).order_by()
    others = accounts.exclude(pk__in=said.values("feedback__account")).order_by()
    whole = theirs.aggregate(n=Count("pk"), arr=Sum("summary__arr"))
    n, rest = whole["n"], others.count()
    if user.role == Role.MEMBER and (n < LEAST_ACCOUNTS or rest < LEAST_ACCOUNTS):
        return Affected(n, rest, sum_words(user, Decimal(0), n), (), None, True)
    measures = (
        _nps(theirs, others),
        _usage(theirs, others),
        _mean(_("Health"), theirs, others, "summary__health"),
        _mean(_("Change of health in 28 days"), theirs, others, "summary__health_delta"),
        _mean(_("Open tickets"), theirs, others, "summary__open_tickets"),
        _renewed(theirs, others),
    )
    return Affected(n, rest, sum_words(user, whole["arr"] or Decimal(0), n), measures, _say_do(theirs), False)


def _nps(theirs: QuerySet[Account], others: QuerySet[Account]) -> Measure:
    """The last answer of each account that gave one."""
    first, second = _scores(others), _scores(theirs)
    scale = SCALES["nps"]
    found = compare(scale, first, second)
    return Measure(_("NPS, last answer"), "points", measure(scale, second).value, measure(scale, first).value, found)


def _scores(rows: QuerySet[Account]) -> Counts:
    counted = rows.filter(summary__nps__isnull=False).values_list("summary__nps").annotate(n=Count("pk"))
    return {int(score or 0): n for score, n in counted}


def _mean(name: str, theirs: QuerySet[Account], others: QuerySet[Account], path: str) -> Measure:
    first, second = _spread(others, path), _spread(theirs, path)
    return Measure(name, "number", second.value, first.value, compare_means(first, second))


def _spread(rows: QuerySet[Account], path: str) -> Mean:
    found = rows.aggregate(n=Count(path), mean=Avg(path), deviation=StdDev(path, sample=True))
    mean, deviation = (None if found[key] is None else float(found[key]) for key in ("mean", "deviation"))
    return Mean(found["n"], mean, deviation)


def _usage(theirs: QuerySet[Account], others: QuerySet[Account]) -> Measure:
    """By how much they use it more or less than four weeks before, in percent; asked of the app above."""
    sides = []
    for rows in (others, theirs):
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        drawn = ids[:: max(1, -(-len(ids) // MOST_USAGE))]
        sides.append(mean_of(list(import_string(settings.USAGE_CHANGES)(drawn).values())))
    name = _("Use against the four weeks before")
    return Measure(name, "percent", sides[1].value, sides[0].value, compare_means(*sides))


def _renewed(theirs: QuerySet[Account], others: QuerySet[Account]) -> Measure:
    """The share of renewals that were won in the last year."""
    hits, sizes = [], []
    for rows in (others, theirs):
        ended = Renewal.objects.filter(
            account__in=rows,
            state__in=[Renewal.State.WON, Renewal.State.LOST],
            closed_on__gte=today() - dt.timedelta(days=YEAR),
        )
        found = ended.aggregate(n=Count("pk"), won=Count("pk", filter=Q(state=Renewal.State.WON)))
        hits.append(found["won"])
        sizes.append(found["n"])
    shares = [100 * hit / size if size else None for hit, size in zip(hits, sizes, strict=True)]
    found_difference = compare_shares((hits[0], hits[1]), (sizes[0], sizes[1]))
    return Measure(_("Renewals won in a year"), "percent", shares[1], shares[0], found_difference)


def _say_do(theirs: QuerySet[Account]) -> SayDo | None:
    """None where nobody's words and behaviour are both known."""
    rows = theirs.filter(summary__nps__isnull=False, summary__health_delta__isnull=False)
    unhappy, falling = Q(summary__nps__lt=UNHAPPY_BELOW), Q(summary__health_delta__lte=-MOVED)
    found = rows.aggregate(
        unhappy_falling=Count("pk", filter=unhappy & falling),
        unhappy_steady=Count("pk", filter=unhappy & ~falling),
        happy_falling=Count("pk", filter=~unhappy & falling),
        happy_steady=Count("pk", filter=~unhappy & ~falling),
    )
    return SayDo(**found) if any(found.values()) else None
