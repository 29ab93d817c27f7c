"""The health of one account: actual and desired, why it moved, what is not known."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

import numpy as np
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, AccountChange
from engagement.formulas import PartKind, split_moves
from engagement.formulas.judging import COUNTED, NOTHING, Standing, gap_of
from engagement.models import Score
from engagement.selectors.cards import ComponentLine, HealthCard, MeasureLine, Move, MovePart
from engagement.selectors.measures import MEASURES, value_words
from engagement.selectors.scorecards import PublishedCard, published_card
from ui.charts import Figure, Marker, Series, Zone, line
from ui.tones import tone_of_band

HISTORY_DAYS = 365
CHANGE_DAYS = 28


def health_of(account: Account) -> HealthCard:
    """The card of an account: two queries, and four more the first time this process sees a scorecard."""
    current = (
        Score.objects.current()
        .filter(account=account)
        .annotate(is_waiting=Exists(AccountChange.objects.filter(account=OuterRef("account"))))
        .first()
    )
    if current is None:
        return HealthCard(account_id=account.pk)
    trail = _history(account.pk, current)
    card = published_card(current.scorecard_id)
    before = next((score for score in reversed(trail) if (current.as_of - score.as_of).days >= CHANGE_DAYS), None)
    band, tone = card.band_of(current.band)
    return HealthCard(
        account_id=account.pk,
        value=current.value,
        state=current.state,
        band=band,
        tone=tone,
        delta=current.value - before.value
        if before and before.value is not None and current.value is not None
        else None,
        coverage=current.coverage,
        attainment=current.attainment,
        as_of=current.as_of,
        computed_at=current.computed_at,
        is_waiting=vars(current)["is_waiting"],
        scorecard=card.name,
        components=_components(current, before, card),
        history=_chart([*trail, current], card),
        move=_move(current, trail, card),
    )


def _history(account_id: int, current: Score) -> list[Score]:
    """One score per day of the year before, oldest first; what was recorded wins over what was judged again."""
    rows = (
        Score.objects.filter(
            account=account_id, as_of__lt=current.as_of, as_of__gt=current.as_of - dt.timedelta(days=HISTORY_DAYS)
        )
        .order_by("as_of", "-is_rejudged")
        .defer("inputs")
    )
    return list({score.as_of: score for score in rows}.values())


def _components(current: Score, before: Score | None, card: PublishedCard) -> tuple[ComponentLine, ...]:
    """Largest weighted gap first; unobserved components last, in their own order."""
    total = sum((entry.weight for entry in card.components), Decimal(0))
    lines = []
    for entry in card.components:
        actual = _tenths(current.components.get(entry.component.value))
        earlier = _tenths(before.components.get(entry.component.value)) if before else None
        measures = tuple(_measure_line(current, code, share) for code, share in entry.shares)
        lines.append(
            ComponentLine(
                code=entry.component.value,
                label=str(entry.component.label),
                actual=actual,
                desired=entry.desired,
                gap=None
                if actual is None
                else gap_of(weight=entry.weight, desired=entry.desired, actual=actual, total=total),
                change=None if actual is None or earlier is None else actual - earlier,
                weight=entry.weight,
                driver=_driver(measures),
                measures=measures,
            )
        )
    return tuple(sorted(lines, key=lambda one: (one.gap is None, -(one.gap or Decimal(0)))))


def _tenths(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value) / 10


def _measure_line(score: Score, code: str, share: float) -> MeasureLine:
    measure = MEASURES[code]
    raw, points, observed_on, standing = score.inputs.get(code, (None, 0, None, Standing.MISSING))
    return MeasureLine(
        code=code,
        label=str(measure.label),
        value=value_words(measure.unit, raw),
        points=Decimal(points) / 100 if standing in COUNTED else None,
        share=share,
        standing=Standing(standing),
        observed_on=dt.date.fromisoformat(observed_on) if observed_on else None,
        url=reverse("measure_evidence", args=[score.account_id, code]),
    )


def _driver(measures: Sequence[MeasureLine]) -> str:
    """The measure that costs the component most, in words."""
    costs = [(line.share * float(100 - line.points), line) for line in measures if line.points is not None]
    if not costs:
        return _("Nothing observed")
    cost, line = max(costs, key=lambda pair: pair[0])
    return _("All is well") if cost < 0.01 else f"{line.label}: {line.value}"


def _move(current: Score, trail: Sequence[Score], card: PublishedCard) -> Move | None:
    """The ledgers of the last 28 days added up, as far back as they follow each other without a gap.

    Where there was no number before, the parts are what the present number is made of.
    """
    by_day = {score.as_of: score for score in trail}
    oldest, sums = current, dict[tuple[str, str], int]()
    while True:
        for kind, code, tenths in oldest.ledger.get("parts", []):
            sums[kind, code] = sums.get((kind, code), 0) + tenths
        since = oldest.ledger.get("since")
        base = by_day.get(dt.date.fromisoformat(since)) if since else None
        if base is None or base.value is None or oldest.ledger.get("from") != int(base.value * 10):
            break
        if (current.as_of - base.as_of).days >= CHANGE_DAYS:
            break
        oldest = base
    before = _tenths(oldest.ledger.get("from"))
    if before is None:
        if current.value is None:
            return None
        sums = {(PartKind.OBSERVED.value, code): tenths for code, tenths in _made_of(current, card)}
    return Move(
        since=dt.date.fromisoformat(since) if since else None,
        before=before,
        after=current.value,
        parts=_parts(sums, current.account_id),
    )


def _made_of(score: Score, card: PublishedCard) -> list[tuple[str, int]]:
    """What each measure adds to the number, in tenths; the parts add up to it."""
    model = card.model
    stored = [score.inputs.get(code, (None, 0, None, Standing.MISSING)) for code in model.codes]
    points = np.array([[entry[1] for entry in stored]], dtype=np.int64)
    present = np.array([[entry[3] in COUNTED for entry in stored]], dtype=np.bool_)
    (parts,) = split_moves(
        weights=model.weights,
        old_points=np.zeros_like(points),
        old_present=np.zeros_like(present),
        new_points=points,
        new_present=present,
        old_tenths=np.array([NOTHING]),
        new_tenths=np.array([int((score.value or 0) * 10)]),
        is_new_model=np.array([False]),
    )
    return [(model.codes[part.column], part.tenths) for part in parts]


def _parts(sums: Mapping[tuple[str, str], int], account_id: int) -> tuple[MovePart, ...]:
    """Largest first; parts that cancelled each other out are gone."""
    parts = [
        MovePart(
            kind=kind,
            label=str(MEASURES[code].label) if code in MEASURES else _("Scorecard"),
            points=Decimal(tenths) / 10,
            url=reverse("measure_evidence", args=[account_id, code]) if code in MEASURES else "",
        )
        for (kind, code), tenths in sums.items()
        if tenths
    ]
    return tuple(sorted(parts, key=lambda part: (-abs(part.points), part.label, part.kind)))


@lru_cache(maxsize=256)
def _version_word(scorecard_id: int) -> str:
    return published_card(scorecard_id).version


def _chart(scores: Sequence[Score], card: PublishedCard) -> Figure | None:
    """The score over the last year with the bands behind it and a mark where the scorecard changed."""
    markers = [
        Marker(right.as_of, _("new scorecard: %(version)s") % {"version": _version_word(right.scorecard_id)})
        for left, right in pairwise(scores)
        if left.scorecard_id != right.scorecard_id
    ]
    ends = [*(floor for _slug, _name, floor in card.bands[1:]), Decimal(100)]
    zones = [
        Zone(floor, end, tone_of_band(position, len(card.bands)))
        for position, ((_slug, _name, floor), end) in enumerate(zip(card.bands, ends, strict=True))
    ]
    judged_again = any(score.is_rejudged for score in scores)
    figure = line(
        [Series(_("Health"), [(score.as_of, score.value) for score in scores])],
        title=_("Health over time"),
        unit=_("0 to 100"),
        slot="m",
        low=0,
        high=100,
        zones=zones,
        markers=markers,
    )
    if figure is None:
        return None
    note = _("Points before the first recorded one are judged now from what was known then.") if judged_again else ""
    return Figure(figure.svg, figure.title, figure.unit, figure.head, figure.rows, note)
