"""What scores tell the lower apps: facts, and a trigger where the band changed."""

from collections.abc import Collection

from accounts.services.facts import FactRow, FactValue, push_facts
from engagement.formulas.judging import NOTHING
from engagement.selectors.history import CurrentScore
from engagement.selectors.moments import Moment
from engagement.services.verdicts import Verdicts
from lifecycle.services.triggers import TriggerRow, record_triggers


def tell_scores(
    verdicts: Verdicts, *, moment: Moment, current: dict[int, CurrentScore], written: Collection[int]
) -> None:
    """Of the accounts that were written, push what differs from the score that was in force.

    Idempotent; in the transaction that wrote the scores.
    """
    facts: list[FactRow] = []
    moves: list[TriggerRow] = []
    columns = (verdicts.account_ids, verdicts.scores, verdicts.coverage, verdicts.bands)
    for account_id, score, thousandths, band in zip(*columns, strict=True):
        if account_id not in written:
            continue
        value = None if score == NOTHING else score / 10
        before = current.get(account_id)
        old = None if before is None or before.value is None else float(before.value)
        pairs: tuple[tuple[str, FactValue, bool], ...] = (
            ("health", value, before is None or old != value),
            ("health_band", band, before is None or before.band != band),
            ("health_coverage", thousandths / 1000, before is None or int(before.coverage * 1000) != thousandths),
        )
        facts += [FactRow(account_id, name, told, moment.cutoff) for name, told, is_news in pairs if is_news]
        if before is not None and before.band != band:
            moves.append(
                TriggerRow(
                    account_id=account_id,
                    kind="band_changed",
                    key=f"{moment.as_of.isoformat()}:{before.band}:{band}",
                    payload={"from": before.band, "to": band, "score": value},
                    happened_at=moment.cutoff,
                )
            )
    push_facts(owner="engagement", rows=facts)
    record_triggers(rows=moves)
