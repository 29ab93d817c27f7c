"""The recompute engine: claims marks, reads in sets, judges as arrays, writes with a fence."""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.models import Account
from accounts.selectors.literals import literal
from accounts.services.summaries import make_missing_summaries
from engagement.formulas.judging import NOTHING
from engagement.models import Score
from engagement.selectors.history import CurrentScore, base_scores, current_scores, measures_of, trails
from engagement.selectors.judgements import judgements_for
from engagement.selectors.moments import Moment, moment_of
from engagement.selectors.readings import read_measures, read_more
from engagement.selectors.scorecards import models_for
from engagement.services.claims import claim_marks, claim_marks_of, claim_stretch, set_aside, settle
from engagement.services.defaults import ensure_default_scorecard
from engagement.services.faults import is_about_data
from engagement.services.garbage import uncollected
from engagement.services.news import tell_scores
from engagement.services.risks import watch_risks
from engagement.services.runs import STRETCH
from engagement.services.say_do import stand_accounts
from engagement.services.score_rows import write_scores
from engagement.services.use_cases import refresh_use_cases
from engagement.services.verdicts import judge_accounts
from team.commits import commit_lazily

logger = logging.getLogger(__name__)

# Changes that a worker takes at once: a second of work, so that the next ones wait no longer than that.
BATCH = 2_000

# Lost to somebody else's writing: tried again, for what was claimed is free again.
TRIES = 3
RACES = frozenset({"40P01", "40001", "23505"})  # deadlock, serialization, unique

# Of a batch so many accounts may be set aside. More of them are no odd data but an error of ours: all of it waits.
MOST_ASIDE = 50

# Read when the risks of the pass are open or closed: whether a risk has an owner is a measure.
AFTER_RISKS = frozenset({"readiness"})

# The number of this judgement, from the sequence of the marks: whoever draws it later has seen all that an earlier
# one saw. Ids of marks alone would not do: a mark with a lower id can be committed after one with a higher id.
TICKET = "SELECT nextval(pg_get_serial_sequence('accounts_accountchange', 'id'))"


LOCK = """
SELECT 1 FROM engagement_score WHERE account_id = ANY(%(accounts)s::bigint[]) AND is_current
ORDER BY account_id FOR NO KEY UPDATE
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
    """Judge what changed, up to `limit` marks, or else the next stretch of a run; returns how many marks, and accounts
    of a stretch, are done (0: nothing is left, or other workers have it).

    One transaction: a crash leaves all to the next worker. Safe to run many times and by many workers at once: what is
    claimed is skipped by others, and a late worker never replaces a newer score (`input_version`). An account whose
    data breaks the judgement is found by halving and set aside, so that it holds up nobody else.
    """
    ensure_default_scorecard()
    for turn in range(TRIES):
        try:
            return _claim_once(limit)
        except Exception as error:
            if turn + 1 < TRIES and not _is_inside() and _is_race(error):
                continue
            if _is_race(error) or not is_about_data(error):
                raise
            logger.warning("a batch is judged in parts: %s", type(error).__name__)
        return _claim_in_parts(limit)
    return 0


def _is_race(error: Exception) -> bool:
    return getattr(error.__cause__, "pgcode", "") in RACES


def _is_inside() -> bool:
    """Within somebody's transaction nothing can be tried again."""
    return bool(connection.in_atomic_block)


@uncollected()
@transaction.atomic
def _claim_once(limit: int) -> int:
    claim = claim_marks(limit=limit) or claim_stretch()
    if claim is None:
        return 0
    commit_lazily()  # what a crash takes back are the scores with their marks, and both come again
    _judge_and_write(claim.account_ids, moment_of())
    settle(claim)
    return claim.size


@transaction.atomic
def _claim_in_parts(limit: int) -> int:
    """The same for a batch that broke: what can be judged is, and the others are set aside with the reason."""
    claim = claim_marks(limit=limit) or claim_stretch()
    if claim is None:
        return 0
    reasons: dict[int, str] = {}
    _judge_parts(claim.account_ids, moment_of(), reasons)
    settle(claim)
    set_aside(reasons)
    return claim.size


def _judge_parts(account_ids: Sequence[int], moment: Moment, reasons: dict[int, str]) -> None:
    """Judge and write, in halves where it breaks, down to the account that breaks it; each part is a savepoint."""
    try:
        with transaction.atomic():
            _judge_and_write(account_ids, moment)
    except Exception as error:
        if _is_race(error) or not is_about_data(error):
            raise
        if len(account_ids) < 2:
            if not account_ids or len(reasons) == MOST_ASIDE:
                raise
            logger.exception("account %s could not be judged and is set aside", account_ids[0])
            reasons[account_ids[0]] = str(error).partition("\n")[0] or type(error).__name__
            return
    else:
        return
    middle = len(account_ids) // 2
    _judge_parts(account_ids[:middle], moment, reasons)
    _judge_parts(account_ids[middle:], moment, reasons)


def recompute_accounts(*, account_ids: Sequence[int], as_of: dt.date | None = None) -> RecomputeResult:
    """Judge the accounts now, or as of a past day from what was known by then (kept apart as judged again).

    Batches of 5,000, each in a transaction of its own; idempotent. Deleted accounts are left out.
    """
    ensure_default_scorecard()
    moment = moment_of(as_of)
    result = RecomputeResult()
    for batch in _batches(account_ids):
        with uncollected(), transaction.atomic():
            claim = claim_marks_of(account_ids=batch) if moment.is_live else None
            result += _judge_and_write(batch, moment)
            if claim:
                settle(claim)
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
    for start in range(0, len(ordered), STRETCH):
        yield ordered[start : start + STRETCH]


def _judge_and_write(account_ids: Sequence[int], moment: Moment) -> RecomputeResult:
    """One batch, inside the caller's transaction: the ticket is drawn after the claim and before the reads; the scores
    are locked, so that one worker at a time judges them; use cases and risks come first, for measures count them."""
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(TICKET)
        version: int = cursor.fetchone()[0]
    models = models_for(account_ids, moment)
    current: dict[int, CurrentScore] = {}
    late: set[int] = set()
    if moment.is_live:
        current = _lock_current(list(models))
        late = {
            account_id
            for account_id, score in current.items()
            if score.input_version > version or score.as_of > moment.as_of
        }
        refresh_use_cases(account_ids=[account_id for account_id in models if account_id not in late], moment=moment)
    readings = read_measures(account_ids=list(models), moment=moment, later=AFTER_RISKS)
    if moment.is_live:
        stands = stand_accounts(readings=readings, moment=moment, skip=late)
        watch_risks(readings=readings, moment=moment, stands=stands, skip=late)
    read_more(readings, moment=moment, names=AFTER_RISKS)
    bases = base_scores(readings.account_ids, moment.as_of)
    other = set(bases.scorecard_ids.tolist()) - {model.version for model in models.values()} - {NOTHING}
    verdicts = judge_accounts(
        readings=readings,
        models=models,
        bases=bases,
        known_codes=measures_of(sorted(other)) if other else {},
        judgements=judgements_for(readings.account_ids, moment),
        skip=late,
    )
    history = trails(readings.account_ids, moment.as_of) if moment.is_live else None
    written = write_scores(verdicts, moment=moment, version=version, trails=history)
    if moment.is_live:
        tell_scores(verdicts, moment=moment, current=current, written=written)
    states = [
        state for account_id, state in zip(verdicts.account_ids, verdicts.states, strict=True) if account_id in written
    ]
    return RecomputeResult(
        scored=states.count(Score.State.SCORED),
        hollow=states.count(Score.State.HOLLOW),
        unobserved=states.count(Score.State.UNOBSERVED),
        late=len(models) - len(written),
        seconds=time.monotonic() - started,
    )


def _lock_current(account_ids: Sequence[int]) -> dict[int, CurrentScore]:
    """Lock the scores in force, in order, so that one worker at a time judges an account; then read what is there.

    Lists' rows are not locked for so long: people who log a call write into them.
    """
    make_missing_summaries(account_ids=account_ids)
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"accounts": literal(account_ids)})
    return current_scores(account_ids)
