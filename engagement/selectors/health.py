"""The health of one account: actual and desired, why it moved, what is not known."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Account, AccountChange
from engagement.formulas import PartKind
from engagement.formulas.judging import COUNTED, Standing, gap_of
from engagement.formulas.stored import StoredScore, split_stored
from engagement.models import ManualJudgement, Score, ScorecardException
from engagement.selectors.cards import (
    NOW,
    RECORDED,
    Above,
    ComponentLine,
    HealthCard,
    JudgedLine,
    MeasureLine,
    Move,
    MovePart,
)
from engagement.selectors.judgements import component_label
from engagement.selectors.measures import value_words
from engagement.selectors.measures.registry import Registry, registry
from engagement.selectors.scorecards import PublishedCard, published_card
from ui import formats
from ui.charts import Figure, Marker, Series, Zone, line
from ui.tones import tone_of_band

# What a part is about that is no measure's.
WHOLE = {PartKind.OVERRIDE.value: gettext_noop("Exceptions and judgements")}
HISTORY_DAYS = 365
MARKS_TOLD = 3
CHANGE_DAYS = 28


def health_of(account: Account, *, basis: str = RECORDED) -> HealthCard:
    """The card of an account: two queries, five more the first time this process sees a scorecard, and at most three
    where something stands above the formula or a measure is the vendor's own.

    `basis`: which score stands for a past day that has both, as recorded or as judged now.
    """
    current = (
        Score.objects.current()
        .filter(account=account)
        .annotate(
            is_waiting=Exists(
                AccountChange.objects.filter(account=OuterRef("account")).exclude(
                    reason__startswith=AccountChange.ASIDE
                )
            )
        )
        .first()
    )
    if current is None:
        return HealthCard(account_id=account.pk)
    trail = _history(account.pk, current, basis)
    card = published_card(current.scorecard_id)
    before = next((score for score in reversed(trail) if (current.as_of - score.as_of).days >= CHANGE_DAYS), None)
    band, tone = card.band_of(current.band)
    above = _above(current)
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
        scorecard_id=current.scorecard_id,
        components=_components(current, before, card, above),
        history=_chart([*trail, current], card, basis),
        move=_move(current, trail, card),
        above=above,
        basis=basis,
        is_judged_again=basis == NOW or any(score.is_rejudged for score in trail),
    )


def _history(account_id: int, current: Score, basis: str) -> list[Score]:
    """One score per day of the year before, oldest first; the basis says which wins where a day has both."""
    rows = (
        Score.objects.filter(
            account=account_id, as_of__lt=current.as_of, as_of__gt=current.as_of - dt.timedelta(days=HISTORY_DAYS)
        )
        .order_by("as_of", "is_rejudged" if basis == NOW else "-is_rejudged")
        .defer("inputs")
    )
    return list({score.as_of: score for score in rows}.values())


def _above(score: Score) -> Above | None:
    """What stands above the formula; None for most scores (no query), else two."""
    rules, given = score.overrides.get("rules", []), score.overrides.get("judgements", {})
    if not rules and not given:
        return None
    names = dict(ScorecardException.objects.filter(pk__in=[key for key, _after in rules]).values_list("pk", "name"))
    judged = ManualJudgement.objects.filter(pk__in=[key for key, _value in given.values()])
    return Above(
        formula=_tenths(score.overrides["formula"]),
        rules=tuple((names.get(key, _("an exception")), Decimal(after) / 10) for key, after in rules),
        judged=tuple(
            JudgedLine(
                pk=one.pk,
                component=one.component,
                label=component_label(one.component),
                value=one.value,
                reason=one.reason,
                by=str(one.created_by),
                valid_until=one.valid_until,
            )
            for one in judged.select_related("created_by").order_by("component")
        ),
    )


def _components(
    current: Score, before: Score | None, card: PublishedCard, above: Above | None
) -> tuple[ComponentLine, ...]:
    """Largest weighted gap first; unobserved components last, in their own order."""
    model = card.model.for_intent(current.overrides.get("intent", ""))
    wanted = {rule.code: rule.desired for rule in model.components}
    by_hand = {line.component: line for line in above.judged} if above else {}
    total = sum((entry.weight for entry in card.components), Decimal(0))
    known = registry()
    lines = []
    for entry in card.components:
        desired = wanted.get(entry.component.value, entry.desired)
        actual = _tenths(current.components.get(entry.component.value))
        earlier = _tenths(before.components.get(entry.component.value)) if before else None
        measures = tuple(_measure_line(current, code, share, known) for code, share in entry.shares)
        lines.append(
            ComponentLine(
                code=entry.component.value,
                label=str(entry.component.label),
                actual=actual,
                desired=desired,
                gap=None
                if actual is None
                else gap_of(weight=entry.weight, desired=desired, actual=actual, total=total),
                change=None if actual is None or earlier is None else actual - earlier,
                weight=entry.weight,
                driver=_driver(measures),
                measures=measures,
                judged=by_hand.get(entry.component.value),
            )
        )
    return tuple(sorted(lines, key=lambda one: (one.gap is None, -(one.gap or Decimal(0)))))


def _tenths(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value) / 10


def _measure_line(score: Score, code: str, share: float, known: Registry) -> MeasureLine:
    measure = known[code]
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
        is_money=measure.is_money,
    )


def _driver(measures: Sequence[MeasureLine]) -> str:
    """The measure that costs the component most, in words."""
    costs = [(line.share * float(100 - line.points), line) for line in measures if line.points is not None]
    if not costs:
        return _("Nothing observed")
    cost, line = max(costs, key=lambda pair: pair[0])
    if cost < 0.01:
        return _("All is well")
    # SECURITY: departments see this too, and sums are not for them.
    return line.label if line.is_money else f"{line.label}: {line.value}"


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
        sums = _made_of(current, card)
    return Move(
        since=dt.date.fromisoformat(since) if since else None,
        before=before,
        after=current.value,
        parts=move_parts(sums, current.account_id),
    )


def _made_of(score: Score, card: PublishedCard) -> dict[tuple[str, str], int]:
    """What each measure adds to the number, in tenths, and what stands above the formula; all of it adds up."""
    made = StoredScore(int((score.value or 0) * 10), score.inputs, score.overrides)
    parts = split_stored(card.model, StoredScore(None), made, is_new_model=False, old_codes=frozenset())
    codes = card.model.codes
    return {(part.kind.value, codes[part.column] if part.column >= 0 else ""): part.tenths for part in parts}


def move_parts(sums: Mapping[tuple[str, str], int], account_id: int) -> tuple[MovePart, ...]:
    """Largest first; parts that cancelled each other out are gone."""
    known = registry()
    parts = [
        MovePart(
            kind=kind,
            label=str(known[code].label) if code and code in known else _(WHOLE.get(kind, "Scorecard")),
            points=Decimal(tenths) / 10,
            url=reverse("measure_evidence", args=[account_id, code]) if code and code in known else "",
        )
        for (kind, code), tenths in sums.items()
        if tenths
    ]
    return tuple(sorted(parts, key=lambda part: (-abs(part.points), part.label, part.kind)))


@lru_cache(maxsize=256)
def _version_word(scorecard_id: int) -> str:
    return published_card(scorecard_id).version


def _marks(scores: Sequence[Score]) -> list[Marker]:
    """Where the scorecard changed, and where a judgement by hand began or ended."""
    marks = []
    for left, right in pairwise(scores):
        if left.scorecard_id != right.scorecard_id:
            words = _("new scorecard: %(version)s") % {"version": _version_word(right.scorecard_id)}
            marks.append(Marker(right.as_of, words))
        before, after = _by_hand(left), _by_hand(right)
        for component, key in sorted(before ^ after):
            words = _("judged by hand: %(what)s") if (component, key) in after else _("judgement ended: %(what)s")
            marks.append(Marker(right.as_of, words % {"what": component_label(component)}))
    return marks


def _by_hand(score: Score) -> set[tuple[str, int]]:
    return {(component, given[0]) for component, given in score.overrides.get("judgements", {}).items()}


def _chart(scores: Sequence[Score], card: PublishedCard, basis: str) -> Figure | None:
    """The score over the last year with the bands behind it and marks of what changed besides the data."""
    marks = _marks(scores)
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
        markers=marks,
    )
    if figure is None:
        return None
    note = ""
    if basis == NOW:
        note = _("As judged now: past days from what was known then, where they were judged again; else as recorded.")
    elif judged_again:
        note = _("As recorded; days without a record are judged now from what was known then.")
    told = "; ".join(f"{formats.day(mark.on)}: {mark.label}" for mark in marks[-MARKS_TOLD:])
    note = " ".join(filter(None, (note, told)))
    return Figure(figure.svg, figure.title, figure.unit, figure.head, figure.rows, note)
