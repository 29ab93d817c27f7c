"""What moved NPS between two stretches of days: who answered, and what each group said."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.models import Persona
from team.clock import now
from team.models import User
from voc.formulas.comparisons import EVIDENCE, Difference, compare, holm
from voc.formulas.measures import SCALES, Measured, measure
from voc.formulas.nps_moves import Moves, Side, moves_of
from voc.models import FeedbackTheme, Response, Survey, Theme
from voc.selectors.theme_trends import reads_tallies

SPANS = (90, 180, 365)
QUICK = 20_000
NPS = SCALES["nps"]
DIMENSIONS = ("segment", "persona", "stage", "theme")
Row = tuple[str, bool, int, float, int]  # group, is late, score, weight of one answer, answers


@dataclass(frozen=True, slots=True)
class Moved:
    """One group: its part of the change in points, and whether what it said differs by more than chance."""

    name: str
    mix: float
    within: float
    before: float | None
    after: float | None
    n: tuple[int, int]
    share: tuple[float, float]
    difference: Difference
    is_clear: bool

    @property
    def total(self) -> float:
        return self.mix + self.within

    @property
    def words(self) -> str:
        """What can be said of the change inside the group."""
        if not self.difference.is_told:
            return _("too few answers to say")
        if not self.is_clear:
            return _("no evidence that they say something else")
        return _("they say better things") if (self.difference.value or 0) > 0 else _("they say worse things")


@dataclass(frozen=True, slots=True)
class Table:
    """One way to take the change apart; the parts add up to it exactly."""

    name: str
    mix: float
    within: float
    rows: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class NpsMoves:
    """Both stretches, their difference with its interval, and the ways to take it apart."""

    days: int
    before: Measured
    after: Measured
    difference: Difference
    tables: tuple[Table, ...]


def answers_of(user: User, *, days: int) -> QuerySet[Response]:
    """NPS answers of twice so many days. Without anonymous surveys and those about one case."""
    rows = Response.objects.counted().filter(
        version__survey__kind=Survey.Kind.NPS,
        version__survey__is_anonymous=False,
        version__survey__is_transactional=False,
        score__isnull=False,
        submitted_at__gte=now() - dt.timedelta(days=2 * days),
    )
    return (rows if reads_tallies(user) else rows & Response.objects.visible_to(user)).order_by()


def is_quick(rows: QuerySet[Response]) -> bool:
    """Few enough for a request."""
    return rows[: QUICK + 1].count() <= QUICK


def read_nps_moves(user: User, *, days: int) -> NpsMoves:
    """The change of NPS from the former so many days to the latter, by segment, persona, stage and theme. Six queries.

    An answer about several themes counts for each of them in equal parts.
    """
    rows = answers_of(user, days=days)
    is_late = Q(submitted_at__gte=now() - dt.timedelta(days=days))
    counts: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
    for late, score, n in _counted(rows, is_late, "score"):
        counts[late][int(score)] += n
    tables = []
    for name in DIMENSIONS:
        table = _table(name, _by_theme(rows, is_late) if name == "theme" else _by_column(rows, is_late, name))
        if table is not None and len(table.rows) > 1:
            tables.append(table)
    before, after = (measure(NPS, side) for side in counts)
    return NpsMoves(days, before, after, compare(NPS, *counts), tuple(tables))


def _counted(rows: QuerySet[Response], is_late: Q, *by: str) -> Iterable[Any]:
    """(is late, group..., n)."""
    late: Any = rows.filter(is_late).values_list(*by).annotate(n=Count("pk"))
    early: Any = rows.filter(~is_late).values_list(*by).annotate(n=Count("pk"))
    return [*((False, *row) for row in early), *((True, *row) for row in late)]


def _by_column(rows: QuerySet[Response], is_late: Q, name: str) -> list[Row]:
    words = {str(key): str(label) for key, label in Persona.choices} if name == "persona" else {}
    return [
        (words.get(key, key) or _("not known"), late, score, 1.0, n)
        for late, key, score, n in _counted(rows, is_late, name, "score")
    ]


def _by_theme(rows: QuerySet[Response], is_late: Q) -> list[Row]:
    names = dict(Theme.objects.values_list("pk", "name"))
    own = FeedbackTheme.objects.filter(feedback__response=OuterRef("pk")).order_by().values("feedback__response")
    split = rows.annotate(themes=Subquery(own.annotate(n=Count("pk")).values("n")))
    return [
        (names.get(theme) or _("no theme"), late, score, 1.0 / (themes or 1), n)
        for late, theme, themes, score, n in _counted(split, is_late, "feedback__themes", "themes", "score")
    ]


def _table(name: str, rows: list[Row]) -> Table | None:
    sides: tuple[dict[str, Side], dict[str, Side]] = ({}, {})
    counts: dict[str, tuple[Counter[int], Counter[int]]] = defaultdict(lambda: (Counter(), Counter()))
    for key, late, score, weight, n in rows:
        side = sides[late].get(key, Side(0, 0))
        sides[late][key] = Side(side.weight + weight * n, side.worth + weight * n * NPS.worth(score))
        counts[key][late][score] += n
    moves: Moves[str] | None = moves_of(*sides)
    if moves is None:
        return None
    found = [compare(NPS, *counts[part.key]) for part in moves.parts]
    ps = holm([one.p if one.p is not None else 1.0 for one in found])
    parts = tuple(
        Moved(
            part.key,
            part.mix,
            part.within,
            part.before,
            part.after,
            difference.n,
            (part.share_before, part.share_after),
            difference,
            p < EVIDENCE,
        )
        for part, difference, p in zip(moves.parts, found, ps, strict=True)
    )
    return Table(name, moves.mix, moves.within, parts)
