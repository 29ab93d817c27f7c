"""What the rest of the product hears of a move: list columns, facts, triggers, marks."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from accounts.services.changes import mark_changed
from accounts.services.facts import FactRow, declare_fact, push_facts
from accounts.services.summaries import set_summary
from lifecycle.models import Stage, StageVisit, Trigger
from lifecycle.services.triggers import BATCH

OWNER = "lifecycle"
FACTS = (
    ("stage", "Stage", "text", "Kind of the stage that the whole account is in."),
    ("stage_entered_on", "In the stage since", "date", "The day on which the account entered its stage."),
    ("journey_late", "Stage over its target", "boolean", "Longer in its stage than the target days."),
)


@dataclass(frozen=True, slots=True)
class Passage:
    """One move of one account: the visit that ended, if any, and the one that began, if any."""

    account_id: int
    before: StageVisit | None
    after: StageVisit | None


def declare_journey_facts() -> None:
    """Put this topic's facts into the catalogue; safe to repeat."""
    for name, label, kind, words in FACTS:
        declare_fact(owner=OWNER, name=name, label=label, type=kind, description=words)


def tell_stage(*, passages: Sequence[Passage], at: dt.datetime) -> None:
    """Push the open stages down and mark the accounts. Stages of the visits are joined already."""
    columns = {}
    facts = []
    for passage in passages:
        visit = passage.after
        entered_on = timezone.localdate(visit.entered_at) if visit else None
        columns[passage.account_id] = {"stage": visit.stage.name if visit else "", "stage_entered_on": entered_on}
        facts += [
            FactRow(passage.account_id, "stage", visit.stage.kind if visit else None, at),
            FactRow(passage.account_id, "stage_entered_on", entered_on, at),
            FactRow(passage.account_id, "journey_late", False if visit else None, at),
        ]
    set_summary(account_ids_and_columns=columns)
    push_facts(owner=OWNER, rows=facts)
    mark_changed(account_ids=columns, reason="stage")


def record_passages(*, passages: Sequence[Passage], at: dt.datetime) -> None:
    """The triggers stage_left and stage_entered; a repeat writes nothing (`one_trigger_per_event`)."""
    rows = []
    for passage in passages:
        before, after = passage.before, passage.after
        if before:
            rows.append(
                Trigger(
                    account_id=passage.account_id,
                    kind="stage_left",
                    key=f"visit:{before.pk}",
                    payload={
                        "stage": before.stage.kind,
                        "to": after.stage.kind if after else None,
                        "days": (at - before.entered_at).days,
                        "outcome": before.outcome,
                    },
                    happened_at=at,
                )
            )
        if after:
            rows.append(
                Trigger(
                    account_id=passage.account_id,
                    kind="stage_entered",
                    key=f"visit:{after.pk}",
                    payload={
                        "stage": after.stage.kind,
                        "from": before.stage.kind if before else None,
                        "is_back_step": after.is_back_step,
                    },
                    happened_at=at,
                )
            )
    Trigger.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def first_stage(stages: Sequence[Stage]) -> Stage | None:
    """The stage where a journey begins."""
    return min(stages, key=lambda stage: stage.position, default=None)
