"""What a worker may take: change marks first, then the next stretch of a full recompute. What is taken is locked until
the scores are written; another worker skips it; a crash gives it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from accounts.models import AccountChange
from accounts.selectors.literals import literal
from engagement.services.runs import advance_marked, advance_run

# The oldest marks, and all others of the same accounts with them: they are covered by the same reading.
# Marks that another worker holds are skipped. No wait, so no deadlock. A mark that sets an account aside asks for
# nothing by itself, and goes with the next one that does.
CLAIM = """
WITH oldest AS (SELECT id, account_id FROM accounts_accountchange WHERE NOT starts_with(reason, %(aside)s)
                ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
SELECT id, account_id, reason FROM accounts_accountchange
WHERE account_id IN (SELECT account_id FROM oldest) FOR UPDATE SKIP LOCKED
"""

CLAIM_OF = """
SELECT id, account_id, reason FROM accounts_accountchange
WHERE account_id = ANY(%(accounts)s::bigint[]) ORDER BY id FOR UPDATE SKIP LOCKED
"""

# Whole stretches are few and long: the oldest that nobody holds, of a run that goes on.
STRETCH = """
SELECT chunk.id, chunk.run_id, chunk.first_id, chunk.last_id, chunk.accounts
FROM engagement_recomputechunk chunk
JOIN engagement_recomputerun run ON run.id = chunk.run_id AND run.finished_at IS NULL AND run.paused_at IS NULL
ORDER BY chunk.id LIMIT 1 FOR UPDATE OF chunk SKIP LOCKED
"""

LIVING = """
SELECT id FROM accounts_account
WHERE id BETWEEN %(first)s AND %(last)s AND deleted_at IS NULL ORDER BY id
"""

SETTLE = "DELETE FROM accounts_accountchange WHERE id = ANY(%(ids)s::bigint[])"

SET_ASIDE = """
INSERT INTO accounts_accountchange (account_id, reason, marked_at)
SELECT given.account_id, given.reason, clock_timestamp()
FROM unnest(%(accounts)s::bigint[], %(reasons)s::text[]) AS given(account_id, reason)
"""

COVER = "DELETE FROM engagement_recomputechunk WHERE id = %(id)s"


@dataclass(frozen=True)
class Claim:
    """Accounts to judge in this transaction, and what is covered by it: marks, or the stretch of a run."""

    account_ids: Sequence[int]
    marks: Sequence[int]
    reasons: Sequence[str] = ()
    stretch: tuple[int, int, int] | None = None

    @property
    def size(self) -> int:
        """Marks and accounts of a stretch that are done with it."""
        return len(self.marks) + (self.stretch[2] if self.stretch else 0)


def claim_marks(*, limit: int) -> Claim | None:
    """Take up to `limit` change marks and what else waits for their accounts; None when nothing is free."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"limit": limit, "aside": AccountChange.ASIDE})
        return _claim(cursor.fetchall())


def claim_marks_of(*, account_ids: Sequence[int]) -> Claim | None:
    """Take the marks of the accounts, as far as they are free."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_OF, {"accounts": literal(account_ids)})
        return _claim(cursor.fetchall())


def _claim(rows: list[tuple[int, int, str]]) -> Claim | None:
    if not rows:
        return None
    marks, account_ids, reasons = zip(*rows, strict=True)
    return Claim(account_ids=sorted(set(account_ids)), marks=marks, reasons=reasons)


def claim_stretch() -> Claim | None:
    """Take the next stretch of a run that goes on, with the marks of its accounts; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(STRETCH)
        row = cursor.fetchone()
        if row is None:
            return None
        chunk_id, run_id, first, last, accounts = row
        cursor.execute(LIVING, {"first": first, "last": last})
        account_ids = [found for (found,) in cursor.fetchall()]
    waiting = claim_marks_of(account_ids=account_ids)
    return Claim(
        account_ids=account_ids,
        marks=waiting.marks if waiting else (),
        reasons=waiting.reasons if waiting else (),
        stretch=(chunk_id, run_id, accounts),
    )


def settle(claim: Claim) -> None:
    """What was claimed is covered: it goes, in the transaction that wrote the scores. The run is counted last, so that
    workers wait for each other at its row for the time of a commit alone."""
    with connection.cursor() as cursor:
        if claim.marks:
            cursor.execute(SETTLE, {"ids": list(claim.marks)})
            advance_marked(reasons=claim.reasons)
        if claim.stretch:
            chunk_id, run_id, accounts = claim.stretch
            cursor.execute(COVER, {"id": chunk_id})
            advance_run(run_id=run_id, accounts=accounts)


def set_aside(reasons: Mapping[int, str]) -> None:
    """Say of accounts why they could not be judged. They are tried again when something changes, and each day."""
    if reasons:
        words = [f"{AccountChange.ASIDE}{reason}"[:40] for reason in reasons.values()]
        with connection.cursor() as cursor:
            cursor.execute(SET_ASIDE, {"accounts": list(reasons), "reasons": words})
