"""The recompute engine: claims marks, reads in sets, judges as arrays, writes with a fence."""

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.models import Account, AccountChange, AccountSummary
from accounts.services.facts import FactRow, push_facts
from accounts.services.summaries import make_missing_summaries, set_summary
from engagement.formulas import Model
from engagement.models import Score
from engagement.selectors.history import (
    BaseScore,
    CurrentScore,
    Trail,
    base_scores,
    current_scores,
    measures_of,
    trails,
)
from engagement.selectors.moments import Moment, moment_of
from engagement.selectors.readings import read_measures
from engagement.selectors.scorecards import published_models
from engagement.services.defaults import ensure_default_scorecard
from engagement.services.runs import advance_runs
from engagement.services.verdicts import Verdict, judge_accounts
from lifecycle.services.triggers import TriggerRow, record_triggers
from ui.charts import spark_path

BATCH = 500

# Which marks may this worker take? Another worker's are skipped; what is taken is locked until the scores are written.
CLAIM = """
SELECT id, account_id, reason FROM accounts_accountchange
WHERE %(everyone)s OR account_id = ANY(%(accounts)s)
ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""

# The number of this judgement, from the sequence of the marks: whoever draws it later has seen all that an earlier
# one saw. Ids of marks alone would not do: a mark with a lower id can be committed after one with a higher id.
TICKET = "SELECT nextval(pg_get_serial_sequence('accounts_accountchange', 'id'))"

CLOSE = """
UPDATE engagement_score SET is_current = false
WHERE account_id = ANY(%(accounts)s) AND is_current AND as_of < %(as_of)s AND input_version <= %(version)s
"""

OPEN = """
INSERT INTO engagement_score AS s (
    account_id, scorecard_id, is_current, is_rejudged, as_of, cutoff_at, computed_at, value, coverage, state, band,
    attainment, inputs, components, ledger, input_version)
SELECT given.account_id, given.scorecard_id, %(live)s, NOT %(live)s, %(as_of)s, %(cutoff)s, clock_timestamp(),
       given.value, given.coverage, given.state, given.band, given.attainment, given.inputs::jsonb,
       given.components::jsonb, given.ledger::jsonb, %(version)s
FROM unnest(%(accounts)s::bigint[], %(scorecards)s::bigint[], %(values)s::numeric[], %(coverages)s::numeric[],
            %(states)s::text[], %(bands)s::text[], %(attainments)s::numeric[], %(inputs)s::text[],
            %(components)s::text[], %(ledgers)s::text[])
     AS given(account_id, scorecard_id, value, coverage, state, band, attainment, inputs, components, ledger)
ORDER BY given.account_id
ON CONFLICT (account_id, as_of, is_rejudged) DO UPDATE SET
    scorecard_id = excluded.scorecard_id, is_current = excluded.is_current, cutoff_at = excluded.cutoff_at,
    computed_at = excluded.computed_at, value = excluded.value, coverage = excluded.coverage, state = excluded.state,
    band = excluded.band, attainment = excluded.attainment, inputs = excluded.inputs, components = excluded.components,
    ledger = excluded.ledger, input_version = excluded.input_version
WHERE s.input_version <= excluded.input_version
"""


@dataclass(frozen=True)
class RecomputeResult:
    """How many accounts got which state; `late` ones had a newer score already."""

    scored: int = 0
    hollow: int = 0
    unobserved: int = 0
    late: int = 0
    seconds: float = 0.0

    @property
    def judged(self) -> int:
        return self.scored + self.hollow + self.unobserved

    def __add__(self, other: "RecomputeResult") -> "RecomputeResult":
        return RecomputeResult(
            scored=self.scored + other.scored,
            hollow=self.hollow + other.hollow,
            unobserved=self.unobserved + other.unobserved,
            late=self.late + other.late,
            seconds=self.seconds + other.seconds,
        )


def claim_and_recompute(*, limit: int = BATCH) -> int:
    """Claim up to `limit` change marks and judge their accounts anew; returns how many marks are done (0: none left).

    One transaction: a crash leaves the marks for the next worker. Safe to run many times and by many workers at once:
    marks are claimed with SKIP LOCKED, and a late worker never replaces a newer score (`input_version`).
    """
    ensure_default_scorecard()
    with transaction.atomic():
        marks = _claim(limit=limit)
        if marks:
            _judge_and_write(sorted({account_id for _, account_id, _ in marks}), moment_of())
            _settle(marks)
    return len(marks)


def recompute_accounts(*, account_ids: Sequence[int], as_of: dt.date | None = None) -> RecomputeResult:
    """Judge the accounts now, or as of a past day from what was known by then (kept apart as judged again).

    Batches of 500, each in a transaction of its own; idempotent. Deleted accounts are left out.
    """
    ensure_default_scorecard()
    moment = moment_of(as_of)
    result = RecomputeResult()
    for batch in _batches(account_ids):
        with transaction.atomic():
            marks = _claim(account_ids=batch) if moment.is_live else []
            result += _judge_and_write(batch, moment)
            _settle(marks)
    return result


def recompute_everyone(*, as_of: dt.date | None = None, report: Callable[[int], None] | None = None) -> RecomputeResult:
    """Judge every account that is not deleted; `report` is told how many are done after each batch."""
    account_ids = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    result = RecomputeResult()
    for batch in _batches(account_ids):
        result += recompute_accounts(account_ids=batch, as_of=as_of)
        if report:
            report(result.judged + result.late)
    return result


def _batches(account_ids: Sequence[int]) -> Iterator[list[int]]:
    ordered = sorted(set(account_ids))
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]


def _claim(*, account_ids: Sequence[int] | None = None, limit: int | None = None) -> list[tuple[int, int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"everyone": account_ids is None, "accounts": list(account_ids or []), "limit": limit})
        return list(cursor.fetchall())


def _settle(marks: list[tuple[int, int, str]]) -> None:
    """The marks are covered: they go, in the transaction that wrote the scores."""
    if marks:
        AccountChange.objects.filter(pk__in=[mark_id for mark_id, _, _ in marks]).delete()
        advance_runs(reasons=[reason for _, _, reason in marks])


def _judge_and_write(account_ids: Sequence[int], moment: Moment) -> RecomputeResult:
    """One batch, inside the caller's transaction. The ticket is drawn after the claim and before the reads."""
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(TICKET)
        version: int = cursor.fetchone()[0]
    models = _models(account_ids)
    readings = read_measures(account_ids=list(models), moment=moment)
    current = _lock_current(readings.account_ids) if moment.is_live else {}
    late = {
        account_id
        for account_id, score in current.items()
        if score.input_version > version or score.as_of > moment.as_of
    }
    bases = base_scores(readings.account_ids, moment.as_of)
    other = {base.scorecard_id for base in bases.values()} - {model.version for model in models.values()}
    known_codes = measures_of(sorted(other)) if other else {}
    verdicts = [
        verdict
        for verdict in judge_accounts(readings=readings, models=models, bases=bases, known_codes=known_codes)
        if verdict.account_id not in late
    ]
    _write(verdicts, moment, version)
    if moment.is_live:
        _tell(verdicts, moment, current, bases)
    states = [verdict.state for verdict in verdicts]
    return RecomputeResult(
        scored=states.count(Score.State.SCORED),
        hollow=states.count(Score.State.HOLLOW),
        unobserved=states.count(Score.State.UNOBSERVED),
        late=len(late),
        seconds=time.monotonic() - started,
    )


def _models(account_ids: Sequence[int]) -> dict[int, Model]:
    """The model that each living account is judged by: its segment's, or the default."""
    models = published_models()
    segments = Account.objects.filter(pk__in=account_ids).order_by("pk").values_list("pk", "segment_id")
    return {account_id: models.get(segment_id) or models[None] for account_id, segment_id in segments}


def _lock_current(account_ids: Sequence[int]) -> dict[int, CurrentScore]:
    """Lock the summaries, in order, so that one worker at a time writes an account; then read what is there."""
    make_missing_summaries(account_ids=account_ids)
    locked = AccountSummary.objects.filter(pk__in=account_ids).order_by("pk").select_for_update(no_key=True)
    list(locked.values_list("pk", flat=True))
    return current_scores(account_ids)


def _write(verdicts: Sequence[Verdict], moment: Moment, version: int) -> None:
    """Close the old scores and open the new ones; a second judgement of the same day replaces the first."""
    if not verdicts:
        return
    accounts = [verdict.account_id for verdict in verdicts]
    with connection.cursor() as cursor:
        if moment.is_live:
            cursor.execute(CLOSE, {"accounts": accounts, "as_of": moment.as_of, "version": version})
        cursor.execute(
            OPEN,
            {
                "live": moment.is_live,
                "as_of": moment.as_of,
                "cutoff": moment.cutoff,
                "version": version,
                "accounts": accounts,
                "scorecards": [verdict.scorecard_id for verdict in verdicts],
                "values": [verdict.value for verdict in verdicts],
                "coverages": [verdict.coverage for verdict in verdicts],
                "states": [verdict.state for verdict in verdicts],
                "bands": [verdict.band for verdict in verdicts],
                "attainments": [verdict.attainment for verdict in verdicts],
                "inputs": [verdict.inputs for verdict in verdicts],
                "components": [verdict.components for verdict in verdicts],
                "ledgers": [verdict.ledger for verdict in verdicts],
            },
        )


def _tell(
    verdicts: Sequence[Verdict],
    moment: Moment,
    current: dict[int, CurrentScore],
    bases: dict[int, BaseScore],
) -> None:
    """Push the news down: list columns, facts, and a trigger where the band changed."""
    history = trails([verdict.account_id for verdict in verdicts], moment.as_of)
    set_summary(
        account_ids_and_columns={
            verdict.account_id: {
                "health": verdict.value,
                "health_state": verdict.state,
                "health_band": verdict.band,
                "health_delta": _delta(verdict, history.get(verdict.account_id)),
                "health_coverage": verdict.coverage,
                "health_spark": _spark(verdict, history.get(verdict.account_id)),
                "health_at": moment.cutoff,
            }
            for verdict in verdicts
        }
    )
    push_facts(
        owner="engagement",
        rows=[
            FactRow(account_id=verdict.account_id, name=name, value=value, observed_at=moment.cutoff)
            for verdict in verdicts
            for name, value in (
                ("health", verdict.value),
                ("health_band", verdict.band),
                ("health_coverage", verdict.coverage),
            )
        ],
    )
    moves = [
        (verdict, current[verdict.account_id].band)
        for verdict in verdicts
        if verdict.account_id in current and current[verdict.account_id].band != verdict.band
    ]
    record_triggers(
        rows=[
            TriggerRow(
                account_id=verdict.account_id,
                kind="band_changed",
                key=f"{moment.as_of.isoformat()}:{old}:{verdict.band}",
                payload={
                    "from": old,
                    "to": verdict.band,
                    "score": None if verdict.value is None else float(verdict.value),
                },
                happened_at=moment.cutoff,
            )
            for verdict, old in moves
        ]
    )


def _delta(verdict: Verdict, trail: Trail | None) -> object:
    if trail is None or trail.before is None or verdict.value is None:
        return None
    return verdict.value - trail.before


def _spark(verdict: Verdict, trail: Trail | None) -> str:
    return spark_path([*(trail.weekly if trail else ()), verdict.value])
