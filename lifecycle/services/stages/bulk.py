"""Many accounts move at once, in a handful of statements."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Account
from lifecycle.models import Stage, StageVisit
from lifecycle.services.stages.telling import Passage, record_passages, tell_stage

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Move:
    """An open visit that ends, and the stage that the account enters then; None: it enters none."""

    visit: StageVisit
    to: Stage | None
    outcome: str
    evidence: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    left_at: dt.datetime | None = None


def claim_accounts(candidates: Sequence[int]) -> list[int]:
    """Lock the accounts that nobody else is moving, in the caller's transaction; whoever moves one locks it first."""
    rows = (
        Account.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(pk__in=candidates)
        .order_by("pk")
    )
    return list(rows.values_list("pk", flat=True))


def move_visits(
    *, moves: Sequence[Move], at: dt.datetime, is_by_rule: bool = False, actor_id: int | None = None
) -> int:
    """End and begin visits; the accounts are claimed and the visits were read after that. Returns how many moved."""
    if not moves:
        return 0
    ended, begun = [], []
    for move in moves:
        visit = move.visit
        visit.left_at = max(move.left_at or at, visit.entered_at)
        visit.outcome = move.outcome
        ended.append(visit)
        if move.to is not None:
            begun.append(
                StageVisit(
                    account_id=visit.account_id,
                    product_id=visit.product_id,
                    stage=move.to,
                    entered_at=max(at, visit.entered_at),
                    evidence=move.evidence,
                    reason=move.reason,
                    is_by_rule=is_by_rule,
                    moved_by_id=actor_id,
                )
            )
    StageVisit.objects.bulk_update(ended, ["left_at", "outcome"], batch_size=BATCH)
    StageVisit.objects.bulk_create(begun, batch_size=BATCH)
    after = {(visit.account_id, visit.product_id): visit for visit in begun}
    passages = [
        Passage(visit.account_id, visit, after.get((visit.account_id, visit.product_id)))
        for visit in ended
        if visit.product_id is None
    ]
    tell_stage(passages=passages, at=at)
    record_passages(passages=passages, at=at)
    return len(ended)
