"""Why a score moved between any two of its stored days."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models.fields.json import KeyTransform
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.models import Account
from engagement.formulas.stored import StoredScore, split_stored
from engagement.models import Score
from engagement.selectors.cards import NOW, RECORDED, Move, MovePart
from engagement.selectors.health import move_parts
from engagement.selectors.scorecards import published_card
from ui import formats
from ui.charts import Figure, Series, Step, line, waterfall

MOST_DAYS = 400
# Bars of their own, and letters of their names, by the width of the chart; the table below has all.
BARS = {"l": (6, 18), "s": (3, 8)}


@dataclass(frozen=True)
class Span:
    """Two chosen days of those that are stored, and the move between them; None with fewer than two days."""

    days: Sequence[dt.date]
    since: dt.date | None
    until: dt.date | None
    basis: str
    has_both: bool
    move: Move | None


def read_span(account: Account, asked: Mapping[str, str]) -> Span:
    """The move that `since`, `until` and `basis` ask for; by default the last two stored days (two queries).

    A day that is not stored stands for the newest one before it.
    """
    basis = NOW if asked.get("basis") == NOW else RECORDED
    rows = Score.objects.filter(account=account).order_by("as_of", "is_rejudged" if basis == NOW else "-is_rejudged")
    found = list(rows.values_list("as_of", "pk", "is_rejudged"))
    by_day = {day: pk for day, pk, _again in found}
    days = sorted(by_day)[-MOST_DAYS:]
    has_both = any(again for _day, _pk, again in found)
    if len(days) < 2:
        return Span(days, None, None, basis, has_both, None)
    until = _nearest(days, asked.get("until", ""), days[-1])
    since = _nearest(days, asked.get("since", ""), days[-2])
    since, until = min(since, until), max(since, until)
    if since == until:
        return Span(days, since, until, basis, has_both, None)
    scores = Score.objects.in_bulk([by_day[since], by_day[until]])
    return Span(days, since, until, basis, has_both, move_between(scores[by_day[since]], scores[by_day[until]]))


def _nearest(days: Sequence[dt.date], text: str, otherwise: dt.date) -> dt.date:
    try:
        wanted = dt.date.fromisoformat(text)
    except ValueError:
        return otherwise
    return max((day for day in days if day <= wanted), default=days[0])


def move_between(old: Score, new: Score) -> Move:
    """The exact parts of the move from one stored score to another, from what was stored with them."""
    card = published_card(new.scorecard_id)
    parts = split_stored(
        card.model,
        _stored(old),
        _stored(new),
        is_new_model=old.scorecard_id != new.scorecard_id,
        old_codes=frozenset(published_card(old.scorecard_id).model.codes),
    )
    codes = card.model.codes
    sums = {(part.kind.value, codes[part.column] if part.column >= 0 else ""): part.tenths for part in parts}
    shown = move_parts(sums, new.account_id)
    return Move(
        since=old.as_of,
        until=new.as_of,
        before=old.value,
        after=new.value,
        parts=shown,
        figure=draw_move(old.value, new.value, shown),
        small_figure=draw_move(old.value, new.value, shown, slot="s"),
    )


def _stored(score: Score) -> StoredScore:
    tenths = None if score.value is None else int(score.value * 10)
    return StoredScore(tenths=tenths, inputs=score.inputs, overrides=score.overrides)


def draw_move(
    before: Decimal | None, after: Decimal | None, parts: Sequence[MovePart], slot: str = "l"
) -> Figure | None:
    """The move as a waterfall: the largest parts, and the smaller ones as one bar named by their number."""
    most, longest = BARS[slot]
    large, small = parts[:most], parts[most:]
    steps = [Step(_("before"), before or Decimal(0), is_total=True)]
    steps += [Step(Truncator(part.label).chars(longest), part.points) for part in large]
    if small:
        words = _("%(count)s others") % {"count": len(small)}
        steps.append(Step(words, sum((part.points for part in small), Decimal(0))))
    steps.append(Step(_("after"), after or Decimal(0), is_total=True))
    return waterfall(
        steps,
        title=_("Why it moved"),
        unit=_("points"),
        slot=slot,
        write=_written,
        write_change=lambda value: formats.signed(value, 1),
        can_cut=True,
    )


def measure_history(account_id: int, code: str) -> Figure | None:
    """The stored raw values of one measure over the last year (one query); None with fewer than two."""
    rows = (
        Score.objects.filter(account=account_id)
        .order_by("-as_of", "is_rejudged")
        .values_list("as_of", KeyTransform("0", KeyTransform(code, "inputs")))[:MOST_DAYS]
    )
    by_day = dict(reversed(rows))
    if sum(raw is not None for raw in by_day.values()) < 2:
        return None
    series = Series(_("Value"), sorted(by_day.items()))
    return line([series], title=_("Over time"), slot="m", write=_written)


def _written(value: object) -> str:
    return formats.number(value, 1)  # type: ignore[arg-type]
