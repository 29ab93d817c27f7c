"""Evidence: the rows behind one measure of one account, and how they give its number."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.db import connection
from django.utils import timezone

from accounts.models import Account
from engagement.formulas.judging import COUNTED, Standing
from engagement.models import Score
from engagement.selectors.cards import STANDING_WORDS
from engagement.selectors.measures import SOURCE_OF, WHAT, Measure, Tally, value_words
from engagement.selectors.measures.own import is_external, value_links
from engagement.selectors.measures.registry import registry
from engagement.selectors.moments import Moment, moment_of
from engagement.selectors.scorecards import ScalePicture, model_of, picture_of, scorecards

PAGE = 25

# SECURITY: the inner question is a constant of the registry, found by a key that the registry has.
TOTALS = "SELECT bucket, count(*), coalesce(sum(amount), 0), min(amount) FROM ({rows}) e GROUP BY bucket"
ROWS = """
SELECT id, at, what, title, bucket, amount FROM ({rows}) e
WHERE %(before_at)s::timestamptz IS NULL OR (at, id, what) < (%(before_at)s, %(before_id)s, %(before_what)s)
ORDER BY at DESC, id DESC, what DESC LIMIT %(limit)s
"""


@dataclass(frozen=True)
class EvidenceRow:
    """One opened row; `bucket` says how it counts, in words; "aside" rows do not."""

    id: int
    at: dt.datetime
    what: str
    title: str
    bucket: str
    amount: float
    counts: bool
    url: str = ""


@dataclass(frozen=True)
class EvidencePage:
    """A page of rows with the totals over all of them; `number` is what the rows give by the definition."""

    rows: tuple[EvidenceRow, ...]
    totals: dict[str, Tally]
    number: float | None
    words: str
    next: str

    @property
    def next_query(self) -> str:
        """The query string of the next page; empty on the last one."""
        return urlencode({"after": self.next}) if self.next else ""


@dataclass(frozen=True)
class MeasureReport:
    """One measure in the current score: value, points, weight, freshness, and its rule in the scorecard."""

    measure: Measure
    score: Score
    component: str
    raw: float | None
    value: str
    points: Decimal | None
    share: float
    adds: Decimal | None
    standing: str
    is_counted: bool
    observed_on: dt.date | None
    valid_until: dt.date | None
    valid_days: int | None
    scale: ScalePicture


def report_measure(*, account: Account, code: str) -> MeasureReport | None:
    """What the account's current score says about a measure; None without a score or when its model lacks it."""
    score = Score.objects.current().filter(account=account).first()
    measure = registry().get(code)
    if score is None or measure is None:
        return None
    card = scorecards([score.scorecard_id])[score.scorecard_id]
    model = model_of(card)
    if code not in model.codes:
        return None
    place = model.codes.index(code)
    rule = model.measures[place]
    raw, points, observed, standing = _stored(score, code)
    counted = [_stored(score, other)[3] in COUNTED for other in model.codes]
    present = sum(int(weight) for weight, counts in zip(model.weights, counted, strict=True) if counts)
    observed_on = dt.date.fromisoformat(observed) if observed else None
    return MeasureReport(
        measure=measure,
        score=score,
        component=str(measure.component.label),
        raw=raw,
        value=value_words(measure.unit, raw),
        points=Decimal(points) / 100 if counted[place] else None,
        share=model.share_of(code),
        adds=Decimal(int(model.weights[place]) * points) / (100 * present)
        if counted[place] and score.value is not None
        else None,
        standing=str(STANDING_WORDS[Standing(standing)]),
        is_counted=counted[place],
        observed_on=observed_on,
        valid_until=observed_on + dt.timedelta(days=rule.valid_days)
        if observed_on and rule.valid_days is not None
        else None,
        valid_days=rule.valid_days,
        scale=picture_of(measure, rule.scale, raw if counted[place] else None, points / 100),
    )


def moment_of_score(score: Score) -> Moment:
    """The moment that the score was judged at, so that its evidence shows what it saw."""
    return moment_of(score.as_of, score.cutoff_at)


def open_evidence(
    *, account_id: int, measure: Measure, moment: Moment, after: str = "", limit: int = PAGE
) -> EvidencePage:
    """A page of the rows behind a measure, newest first, and the number that all of them give (two queries, three for
    values from outside, which bring links).

    `after` is the `next` of the page before; a broken one opens the first page.
    """
    at, row_id, what = _read_cursor(after)
    source = SOURCE_OF.get(measure.code)
    parameters = {
        **(source.complete([account_id], moment.parameters) if source else moment.parameters),
        **measure.evidence.parameters,
        "account": account_id,
        "before_at": at,
        "before_id": row_id,
        "before_what": what,
        "limit": limit + 1,
    }
    rows_sql = measure.evidence.sql
    with connection.cursor() as cursor:
        cursor.execute(TOTALS.format(rows=rows_sql), parameters)
        totals = {
            bucket: Tally(count=count, total=float(total), least=None if least is None else float(least))
            for bucket, count, total, least in cursor.fetchall()
        }
        cursor.execute(ROWS.format(rows=rows_sql), parameters)
        found = cursor.fetchall()
    shown = found[:limit]
    links = value_links([row[0] for row in shown]) if is_external(measure) else {}
    return EvidencePage(
        rows=tuple(
            EvidenceRow(
                id=row[0],
                at=row[1],
                what=str(WHAT.get(row[2], row[2])),
                title=_title(row[2], row[3]),
                bucket=str(measure.evidence.buckets.get(row[4], row[4])),
                amount=row[5],
                counts=row[4] != "aside" and not row[4].startswith("known_"),
                url=links.get(row[0], ""),
            )
            for row in shown
        ),
        totals=totals,
        number=measure.evidence.recipe.number(totals),
        words=measure.evidence.recipe.words(totals),
        next=f"{shown[-1][1].isoformat()}~{shown[-1][0]}~{shown[-1][2]}" if len(found) > limit else "",
    )


def _title(what: str, title: str) -> str:
    """The row's own words; of the reason why they bought, what its code stands for."""
    return str(dict(Account.Intent.choices).get(title, title)) if what == "intent" else title


def _stored(score: Score, code: str) -> tuple[float | None, int, str | None, int]:
    raw, points, observed, standing = score.inputs.get(code, (None, 0, None, Standing.MISSING))
    return raw, points, observed, standing


def _read_cursor(text: str) -> tuple[dt.datetime | None, int, str]:
    moment, _tilde, rest = text.partition("~")
    number, _tilde, what = rest.partition("~")
    try:
        at = dt.datetime.fromisoformat(moment)
        return (at if timezone.is_aware(at) else None), int(number), what[:40]
    except ValueError:
        return None, 0, ""
