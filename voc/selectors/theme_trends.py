"""Themes over weeks: how often, by how many accounts, with how much ARR, and when the level changed.

Who sees every account reads the tallies of a worker (ThemeWeek, ThemeStanding); a book or the accounts granted to a
department are counted here and now.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncWeek
from django.utils.translation import gettext as _

from accounts.models import Account
from team.clock import today
from team.models import Role, User
from ui.formats import compact_money, number
from ui.hooks import default_currency
from voc.formulas.change_points import ChangePoint, change_points
from voc.formulas.intervals import Interval, normal_tails, share_interval
from voc.models import Feedback, FeedbackTheme, Theme, ThemeStanding, ThemeWeek
from voc.models.programme import week_of

WEEKS = (26, 52, 104)
QUARTER = ThemeStanding.WEEKS
# SECURITY: department members read sums over so many accounts or more.
LEAST_ACCOUNTS = 5
CLEAR = 0.05


@dataclass(frozen=True, slots=True)
class Tally:
    """What was said in one week."""

    pieces: int = 0
    negative: int = 0
    positive: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Distinct accounts of a quarter and their ARR; None: nobody counted yet."""

    accounts: int = 0
    arr: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Turn:
    """A change of level: from this week on."""

    week: dt.date
    point: ChangePoint

    @property
    def is_rise(self) -> bool:
        return self.point.after > self.point.before

    @property
    def words(self) -> str:
        """How it changed, as a share of all that was said."""
        ratio = self.point.ratio
        if ratio is None:
            return _("new")
        if ratio == 0:
            return _("gone")
        return _("%(times)s times as often") % {"times": number(ratio, 1)}


@dataclass(frozen=True, slots=True)
class Trend:
    """One theme (None: everything) over complete weeks, oldest first. `running`: pieces of the week that runs."""

    theme: Theme | None
    weeks: tuple[dt.date, ...]
    tallies: tuple[Tally, ...]
    turns: tuple[Turn, ...]
    running: int

    def pieces_in(self, start: int, end: int | None = None) -> int:
        """Pieces between two places counted from the end."""
        return sum(tally.pieces for tally in self.tallies[start:end])

    @property
    def now(self) -> int:
        """Pieces of the last 13 weeks."""
        return self.pieces_in(-QUARTER)

    @property
    def before(self) -> int:
        """Pieces of the 13 weeks before those."""
        return self.pieces_in(-2 * QUARTER, -QUARTER)

    @property
    def is_changed(self) -> bool:
        """Whether both quarters differ by more than chance: two Poisson counts, 5 % level."""
        n = self.now + self.before
        return bool(n) and normal_tails((self.now - self.before) / n**0.5) < CLEAR

    @property
    def negative(self) -> Interval:
        """The share of the last 13 weeks that was negative."""
        return share_interval(sum(tally.negative for tally in self.tallies[-QUARTER:]), self.now)


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """A theme in the list; `arr` in words, `amount` to sort by."""

    trend: Trend
    accounts: int
    arr: str
    amount: Decimal
    is_few: bool

    @property
    def theme(self) -> Theme:
        assert self.trend.theme is not None
        return self.trend.theme

    @property
    def turn(self) -> Turn | None:
        """The newest change of level."""
        return self.trend.turns[-1] if self.trend.turns else None


@dataclass(frozen=True, slots=True)
class Themes:
    """All themes that came up, in the order asked for, above them everything together."""

    all: Trend
    accounts: int
    lines: tuple[ThemeLine, ...]

    @property
    def turned(self) -> list[ThemeLine]:
        """Whose level changed within the last 13 weeks, the newest first."""
        edge = self.all.weeks[-QUARTER] if len(self.all.weeks) >= QUARTER else dt.date.min
        found = [line for line in self.lines if line.turn and line.turn.week >= edge]
        return sorted(found, key=lambda line: line.turn.week if line.turn else dt.date.min, reverse=True)


def reads_tallies(user: User) -> bool:
    """Whether this person sees every account, so that the tallies of the worker are theirs."""
    return user.sees_everything or (user.role == Role.CSM and settings.CSM_SEES_ALL_ACCOUNTS)


def read_themes(user: User, *, weeks: int = 52, order: str = "volume") -> Themes:
    """Every theme in use that came up in these weeks, with its change points. `order`: a key of ORDERS."""
    span = _span(weeks)
    found = _tallies(user, span)
    standings = _standings(user)
    everything = _trend(None, found, span)
    lines = [
        _line(_trend(theme, found, span), standings.get(theme.pk, Standing()), user)
        for theme in Theme.objects.in_use().select_related("department", "parent")
        if theme.pk in found
    ]
    lines.sort(key=lambda line: (ORDERS[order](line), line.theme.name))
    return Themes(everything, standings.get(None, Standing()).accounts, tuple(lines))


def read_trend(user: User, theme: Theme, *, weeks: int = 52) -> tuple[Trend, ThemeLine]:
    """One theme over its weeks, and its figures of the quarter."""
    span = _span(weeks)
    found = _tallies(user, span, theme)
    trend = _trend(theme, found, span)
    return trend, _line(trend, _standings(user, theme).get(theme.pk, Standing()), user)


def _by_volume(line: ThemeLine) -> float:
    return -line.trend.now


def _by_arr(line: ThemeLine) -> float:
    return -float(line.amount)


def _by_change(line: ThemeLine) -> float:
    return float((line.trend.before - line.trend.now) / max(line.trend.now + line.trend.before, 1) ** 0.5)


def _by_negative(line: ThemeLine) -> float:
    return -sum(tally.negative for tally in line.trend.tallies[-QUARTER:])


ORDERS = {"volume": _by_volume, "arr": _by_arr, "change": _by_change, "negative": _by_negative}


def _span(weeks: int) -> tuple[dt.date, ...]:
    """The Mondays of so many complete weeks, and of the running one."""
    running = week_of(today())
    return tuple(running - dt.timedelta(weeks=ago) for ago in range(weeks, -1, -1))


Found = Mapping[int | None, Mapping[dt.date, Tally]]


def _tallies(user: User, span: Sequence[dt.date], theme: Theme | None = None) -> Found:
    """{theme (None: everything): {week: tally}}, of one theme or of all; at most two queries."""
    found: dict[int | None, dict[dt.date, Tally]] = defaultdict(dict)
    if reads_tallies(user):
        rows = ThemeWeek.objects.filter(week__gte=span[0], week__lte=span[-1])
        if theme is not None:
            rows = rows.filter(Q(theme=theme) | Q(theme__isnull=True))
        for pk, week, *values in rows.values_list("theme", "week", "pieces", "negative", "positive"):
            found[pk][week] = Tally(*values)
        return found
    since = dt.datetime.combine(span[0], dt.time(), dt.UTC)
    visible = Feedback.objects.visible_to(user).filter(received_at__gte=since).order_by()
    for week, *values in _weekly(visible, "received_at", "label"):
        found[None][week.date()] = Tally(*values)
    tags = FeedbackTheme.objects.filter(feedback__in=visible).order_by()
    if theme is not None:
        tags = tags.filter(theme=theme)
    for pk, week, *values in _weekly(tags, "feedback__received_at", "feedback__label", "theme"):
        found[pk][week.date()] = Tally(*values)
    return found


def _weekly(rows: QuerySet[Feedback] | QuerySet[FeedbackTheme], at: str, label: str, *by: str) -> QuerySet[Any, Any]:
    counts = {
        "pieces": Count("pk"),
        "negative": Count("pk", filter=Q(**{label: Feedback.Label.NEGATIVE})),
        "positive": Count("pk", filter=Q(**{label: Feedback.Label.POSITIVE})),
    }
    return rows.annotate(week=TruncWeek(at, tzinfo=dt.UTC)).values_list(*by, "week").annotate(**counts)


def _standings(user: User, theme: Theme | None = None) -> dict[int | None, Standing]:
    """Distinct accounts and ARR of the last 13 complete weeks per theme; one query."""
    if reads_tallies(user):
        kept = ThemeStanding.objects.all() if theme is None else ThemeStanding.objects.filter(theme=theme)
        return {row.theme_id: Standing(row.accounts, row.arr) for row in kept}
    span = _span(QUARTER)
    start, end = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in (span[0], span[-1]))
    visible = Account.objects.visible_to(user)
    said = Feedback.objects.filter(account__in=visible, received_at__gte=start, received_at__lt=end).order_by()
    pairs = FeedbackTheme.objects.filter(feedback__in=said).order_by()
    if theme is not None:
        pairs = pairs.filter(theme=theme)
    found: dict[int | None, Standing] = {}
    sums: dict[int | None, dict[int, Decimal]] = defaultdict(dict)
    columns = ("theme", "feedback__account", "feedback__account__summary__arr")
    for pk, account, arr in pairs.values_list(*columns).distinct():
        sums[pk][account] = arr or Decimal(0)
    for key, by_account in sums.items():
        found[key] = Standing(len(by_account), sum(by_account.values(), Decimal(0)))
    if theme is None:
        whole = Account.objects.filter(pk__in=said.values("account")).aggregate(n=Count("pk"), arr=Sum("summary__arr"))
        found[None] = Standing(whole["n"], whole["arr"] or Decimal(0))
    return found


def _trend(theme: Theme | None, found: Found, span: Sequence[dt.date]) -> Trend:
    weeks, own = span[:-1], found.get(theme.pk if theme else None, {})
    tallies = tuple(own.get(week, Tally()) for week in weeks)
    # Before the first piece of all nothing was listened to: those weeks say nothing about a level.
    whole = [found.get(None, {}).get(week, Tally()).pieces for week in weeks]
    first = next((place for place, pieces in enumerate(whole) if pieces), len(weeks))
    counts = [tally.pieces for tally in tallies[first:]]
    # A theme named by a child and not by all: the exposure of a week is at least what was counted in it.
    exposure = [float(max(pieces, count)) for pieces, count in zip(whole[first:], counts, strict=True)]
    points = change_points(counts, exposure if theme is not None else None)
    turns = tuple(Turn(weeks[first + point.place], point) for point in points)
    return Trend(theme, tuple(weeks), tallies, turns, own.get(span[-1], Tally()).pieces)


def _line(trend: Trend, standing: Standing, user: User) -> ThemeLine:
    is_few = user.role == Role.MEMBER and standing.accounts < LEAST_ACCOUNTS
    return ThemeLine(
        trend,
        standing.accounts,
        sum_words(user, standing.arr, standing.accounts),
        Decimal(0) if is_few else standing.arr,
        is_few,
    )


def sum_words(user: User, arr: Decimal, accounts: int) -> str:
    """A sum of ARR. SECURITY: department members get none over fewer than five accounts."""
    if user.role == Role.MEMBER and 0 < accounts < LEAST_ACCOUNTS:
        return _("fewer than %(n)s accounts") % {"n": LEAST_ACCOUNTS}
    return compact_money(arr, default_currency())
