"""The journey of a fresh install."""

from typing import TypedDict

from django.db import transaction
from django.utils.translation import gettext_noop

from lifecycle.models import Criterion, Journey, Stage


class StageDefault(TypedDict):
    kind: str
    name: str
    target_days: int
    exit_criteria: list[str]


DEFAULT_STAGES: tuple[StageDefault, ...] = (
    {
        "kind": Stage.Kind.CLOSED_WON,
        "name": gettext_noop("Closed Won"),
        "target_days": 14,
        "exit_criteria": [gettext_noop("Handover from sales is complete"), gettext_noop("Kick-off has taken place")],
    },
    {
        "kind": Stage.Kind.ONBOARDING,
        "name": gettext_noop("Onboarding"),
        "target_days": 45,
        "exit_criteria": [gettext_noop("The first users work in the product"), gettext_noop("Goals are agreed")],
    },
    {
        "kind": Stage.Kind.FIRST_VALUE,
        "name": gettext_noop("First Value"),
        "target_days": 60,
        "exit_criteria": [gettext_noop("The customer confirms a first result")],
    },
    {
        "kind": Stage.Kind.EBR,
        "name": gettext_noop("Executive Business Review"),
        "target_days": 180,
        "exit_criteria": [
            gettext_noop("A review with an executive has taken place"),
            gettext_noop("Next goals are agreed"),
        ],
    },
    {
        "kind": Stage.Kind.RENEWAL,
        "name": gettext_noop("Renewal"),
        "target_days": 90,
        "exit_criteria": [gettext_noop("The renewal is signed or lost, with its cause")],
    },
)


@transaction.atomic
def ensure_default_journey() -> Journey:
    """The default journey with its five stages, made when it is missing. Idempotent (`one_default_journey`)."""
    journey, is_new = Journey.objects.get_or_create(
        segment=None, intent="", is_active=True, defaults={"name": "Customer journey"}
    )
    if is_new:
        stages = Stage.objects.bulk_create(
            [
                Stage(
                    journey=journey,
                    position=number,
                    kind=stage["kind"],
                    name=stage["name"],
                    target_days=stage["target_days"],
                )
                for number, stage in enumerate(DEFAULT_STAGES, start=1)
            ]
        )
        Criterion.objects.bulk_create(
            Criterion(stage=stage, words=words, position=number)
            for stage, default in zip(stages, DEFAULT_STAGES, strict=True)
            for number, words in enumerate(default["exit_criteria"], start=1)
        )
    return journey
