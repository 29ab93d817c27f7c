"""What the analysis pages are asked for, and their figures as charts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from team.models import Department, Role, User
from ui import charts, formats
from ui.charts import Figure, Marker, Portion, Series, Step
from ui.charts.geometry import Number
from voc.formulas.pareto import Cause
from voc.selectors.nps_moves import NpsMoves, Table
from voc.selectors.theme_trends import ThemeLine, Trend

# So many groups have a step of their own in a waterfall.
MOST_STEPS = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """One chip above a page."""

    words: str
    url: str
    is_current: bool


def number_in(given: QueryDict, name: str, allowed: Sequence[int], usual: int) -> int:
    """A number of the address, if it is one of those offered."""
    word = given.get(name, "")
    return int(word) if word.isdecimal() and int(word) in allowed else usual


def word_in(given: QueryDict, name: str, allowed: Iterable[str], usual: str) -> str:
    """A word of the address, if it is one of those offered."""
    word = given.get(name, "")
    return word if word in set(allowed) else usual


def department_in(given: QueryDict, open_to: Sequence[Department]) -> Department | None:
    """The department of the address; None: all that the reader may see. 404 for one that is not theirs."""
    slug = given.get("department", "")
    if not slug:
        return None
    found = next((one for one in open_to if one.slug == slug), None)
    if found is None:
        raise Http404
    return found


def choices(
    path: str, name: str, options: Iterable[tuple[object, str]], current: object, kept: Mapping[str, object]
) -> list[Choice]:
    """Chips for one parameter; the others stay as they are, empty ones are left out of the address."""
    return [
        Choice(
            words,
            f"{path}?{urlencode({key: one for key, one in {**kept, name: value}.items() if one not in ('', None)})}",
            value == current,
        )
        for value, words in options
    ]


def sections(user: User, current: str) -> list[Choice]:
    """The pages of the analysis that this person may open."""
    pages = [("analysis", _("The loop")), ("theme_trends", _("Themes over time"))]
    if user.role != Role.MEMBER:
        pages.append(("nps_moves", _("What moved NPS")))
    pages.append(("recurring_causes", _("Recurring causes")))
    return [Choice(words, reverse(name), name == current) for name, words in pages]


def trend_chart(trend: Trend, title: str, *, slot: str = "l") -> Figure | None:
    """Pieces and negative ones by week, dashed where the level changed; None where nothing was said."""
    if not trend.pieces_in(0):
        return None
    series = [
        Series(_("All"), [(week, tally.pieces) for week, tally in zip(trend.weeks, trend.tallies, strict=True)]),
        Series(_("Negative"), [(week, tally.negative) for week, tally in zip(trend.weeks, trend.tallies, strict=True)]),
    ]
    markers = [Marker(turn.week, turn.words) for turn in trend.turns]
    unit = _("pieces a week; dashed: negative ones")
    return charts.line(series, title=title, unit=unit, slot=slot, low=0, markers=markers)


def spark_of(trend: Trend) -> str:
    """Twelve stretches of the trend as a small line."""
    size = max(1, len(trend.tallies) // 12)
    ends = range(len(trend.tallies) % size, len(trend.tallies), size)
    sums = [sum(tally.pieces for tally in trend.tallies[at : at + size]) for at in ends]
    return charts.spark_path(sums, 0, max([*sums, 1]))


def theme_rows(lines: Iterable[ThemeLine]) -> list[tuple[ThemeLine, str, str]]:
    """Each line with its small chart and the change against the quarter before."""
    rows = []
    for line in lines:
        trend = line.trend
        change = formats.signed(100 * (trend.now - trend.before) / trend.before) + " %" if trend.before else _("new")
        rows.append((line, spark_of(trend), change))
    return rows


def level_rows(trend: Trend) -> list[tuple[str, str, str, str]]:
    """The stretches between changes: from, to, pieces a week, share of all that was said."""
    if not trend.turns:
        return []
    edges = [trend.weeks[0], *(turn.week for turn in trend.turns)]
    places = [*(trend.weeks.index(edge) for edge in edges), len(trend.weeks)]
    shares = [trend.turns[0].point.before, *(turn.point.after for turn in trend.turns)]
    rows = []
    for start, end, share in zip(places, places[1:], shares, strict=False):
        pieces = sum(tally.pieces for tally in trend.tallies[start:end])
        first, last = formats.day(trend.weeks[start]), formats.day(trend.weeks[end - 1])
        rows.append((first, last, formats.number(pieces / (end - start), 1), formats.percent(share)))
    return rows


def pareto_chart(causes: Sequence[Cause], title: str, unit: str, *, slot: str = "l") -> Figure | None:
    """The ranking as a chart."""
    rows = [Portion(one.name, one.amount, one.share, one.cumulative) for one in causes]
    return charts.pareto(rows, title=title, unit=unit, slot=slot)


def vital_words(causes: Sequence[Cause]) -> str:
    """Which few make most of it, as a sentence."""
    vital = [one for one in causes if one.is_vital]
    if not vital or len(vital) == len(causes):
        return ""
    return _("%(few)s of %(all)s make %(share)s of it: %(names)s.") % {
        "few": len(vital),
        "all": len(causes),
        "share": formats.percent(vital[-1].cumulative),
        "names": ", ".join(one.name for one in vital),
    }


def moves_chart(moves: NpsMoves, table: Table, title: str, *, slot: str = "l") -> Figure | None:
    """From the former NPS to the present one: the mix, what the largest groups said, the rest."""
    rows = sorted(table.rows, key=lambda row: -abs(row.within))
    steps = [Step(_("Before"), moves.before.value or 0, is_total=True), Step(_("Who answered"), round(table.mix, 2))]
    most = MOST_STEPS if slot == "l" else 1
    steps += [Step(row.name, round(row.within, 2)) for row in rows[:most]]
    if len(rows) > most:
        steps.append(Step(_("Others"), round(sum(row.within for row in rows[most:]), 2)))
    steps.append(Step(_("Now"), moves.after.value or 0, is_total=True))
    return charts.waterfall(steps, title=title, unit=_("points"), slot=slot, write=_points)


def verdict_of(moves: NpsMoves) -> str:
    """Whether NPS moved by more than chance, as a sentence."""
    found = moves.difference
    if found.p is None or found.low is None or found.high is None:
        return _("Too few answers in one of both stretches to say whether NPS moved.")
    words = {
        "value": formats.signed(found.value, 1),
        "low": formats.signed(found.low, 1),
        "high": formats.signed(found.high, 1),
    }
    if found.is_clear:
        return _("NPS moved by %(value)s points (95 %% interval %(low)s to %(high)s).") % words
    return (
        _(
            "No evidence that NPS moved: %(value)s points, and the 95 %% interval from %(low)s to %(high)s holds zero. "
            "The parts below add up to the number; do not read more into them."
        )
        % words
    )


def _points(value: Number | None) -> str:
    return formats.number(value, 1)
