"""The journeys of a fresh install: one for all, and four starters by why the customer bought."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Account
from lifecycle.models import Criterion, Journey, Stage


@dataclass(frozen=True, slots=True)
class StageDefault:
    """One stage: boxes to tick before it is left, and conditions on data as (words, name, operator, value)."""

    kind: str
    name: str
    target_days: int
    checks: tuple[str, ...] = ()
    data: tuple[tuple[str, str, str, Any], ...] = ()


CLOSED_WON = gettext_noop("Closed Won")
ONBOARDING = gettext_noop("Onboarding")
FIRST_VALUE = gettext_noop("First Value")
REVIEW = gettext_noop("Executive Business Review")
RENEWAL = gettext_noop("Renewal")
HANDOVER = gettext_noop("Handover from sales is complete")
KICK_OFF = gettext_noop("Kick-off has taken place")
GOALS = gettext_noop("Goals are agreed")
REVIEWED = gettext_noop("A review with an executive has taken place")
NEXT_GOALS = gettext_noop("Next goals are agreed")
SIGNED = gettext_noop("The renewal is signed or lost, with its cause")


def _near(days: int) -> tuple[str, str, str, int]:
    return (gettext_noop("The renewal is near"), "account.renews_on", "days_ahead_lte", days)


_TOUCHED = (gettext_noop("We spoke with them in the last 30 days"), "account.last_touch_on", "days_ago_lte", 30)

DEFAULT_STAGES: tuple[StageDefault, ...] = (
    StageDefault(Stage.Kind.CLOSED_WON, CLOSED_WON, 14, (HANDOVER, KICK_OFF)),
    StageDefault(Stage.Kind.ONBOARDING, ONBOARDING, 45, (gettext_noop("The first users work in the product"), GOALS)),
    StageDefault(
        Stage.Kind.FIRST_VALUE, FIRST_VALUE, 60, (gettext_noop("The customer confirms a first result"),), (_TOUCHED,)
    ),
    StageDefault(Stage.Kind.EBR, REVIEW, 180, (REVIEWED, NEXT_GOALS), (_near(90),)),
    StageDefault(Stage.Kind.RENEWAL, RENEWAL, 90, (SIGNED,)),
)

# intent: (name, what it is for, stages)
STARTERS: dict[str, tuple[str, str, tuple[StageDefault, ...]]] = {
    Account.Intent.REPLACED_PROCESS: (
        gettext_noop("Replacing an old process"),
        gettext_noop("They leave sheets and mail behind: the old way has to be switched off, or they drift back."),
        (
            StageDefault(
                Stage.Kind.CLOSED_WON,
                CLOSED_WON,
                14,
                (HANDOVER, KICK_OFF, gettext_noop("The old process is written down with its cost")),
            ),
            StageDefault(
                Stage.Kind.ONBOARDING,
                ONBOARDING,
                60,
                (gettext_noop("The old process is switched off for the first team"), GOALS),
                (_TOUCHED,),
            ),
            StageDefault(
                Stage.Kind.FIRST_VALUE, FIRST_VALUE, 60, (gettext_noop("The time saved is measured and confirmed"),)
            ),
            StageDefault(Stage.Kind.EBR, REVIEW, 180, (REVIEWED, NEXT_GOALS), (_near(90),)),
            StageDefault(Stage.Kind.RENEWAL, RENEWAL, 90, (SIGNED,)),
        ),
    ),
    Account.Intent.SWITCHED: (
        gettext_noop("Switching from a competitor"),
        gettext_noop("They know the craft and compare: speed and a clean migration decide."),
        (
            StageDefault(
                Stage.Kind.CLOSED_WON,
                CLOSED_WON,
                10,
                (HANDOVER, KICK_OFF, gettext_noop("The end of the old contract is known")),
            ),
            StageDefault(
                Stage.Kind.ONBOARDING,
                ONBOARDING,
                30,
                (gettext_noop("Data of the old tool is moved and checked"), GOALS),
                (_TOUCHED,),
            ),
            StageDefault(
                Stage.Kind.FIRST_VALUE,
                FIRST_VALUE,
                30,
                (gettext_noop("What annoyed them before is shown to work"),),
            ),
            StageDefault(Stage.Kind.EBR, REVIEW, 180, (REVIEWED, NEXT_GOALS), (_near(90),)),
            StageDefault(Stage.Kind.RENEWAL, RENEWAL, 90, (SIGNED,)),
        ),
    ),
    Account.Intent.ROLL_OUT: (
        gettext_noop("Strategic roll-out"),
        gettext_noop("Many departments, one sponsor: a plan with dates, and a review before each wave."),
        (
            StageDefault(
                Stage.Kind.CLOSED_WON,
                CLOSED_WON,
                21,
                (HANDOVER, KICK_OFF, gettext_noop("Sponsor and steering group are named")),
            ),
            StageDefault(
                Stage.Kind.ONBOARDING,
                ONBOARDING,
                90,
                (gettext_noop("The first department works in it"), gettext_noop("Each department has a date"), GOALS),
                (_TOUCHED,),
            ),
            StageDefault(
                Stage.Kind.FIRST_VALUE,
                FIRST_VALUE,
                90,
                (gettext_noop("The sponsor confirms a result of the first department"),),
            ),
            StageDefault(Stage.Kind.EBR, REVIEW, 120, (REVIEWED, NEXT_GOALS), (_near(120),)),
            StageDefault(Stage.Kind.RENEWAL, RENEWAL, 120, (SIGNED,)),
        ),
    ),
    Account.Intent.PILOT: (
        gettext_noop("Pilot with a budget"),
        gettext_noop("A decision is coming: what counts is agreed in writing, measured, and told in time."),
        (
            StageDefault(
                Stage.Kind.CLOSED_WON,
                CLOSED_WON,
                7,
                (HANDOVER, gettext_noop("What counts as success, and who decides when, is in writing")),
            ),
            StageDefault(
                Stage.Kind.ONBOARDING,
                ONBOARDING,
                21,
                (gettext_noop("Everybody of the pilot works in the product"), gettext_noop("The baseline is measured")),
                (_TOUCHED,),
            ),
            StageDefault(
                Stage.Kind.FIRST_VALUE,
                FIRST_VALUE,
                45,
                (gettext_noop("The agreed measures are met or the gap is known"),),
            ),
            StageDefault(
                Stage.Kind.EBR,
                REVIEW,
                30,
                (gettext_noop("The decision meeting has taken place"), NEXT_GOALS),
                (_near(90),),
            ),
            StageDefault(Stage.Kind.RENEWAL, RENEWAL, 60, (SIGNED,)),
        ),
    ),
}


@transaction.atomic
def ensure_default_journey() -> Journey:
    """The default journey with its five stages, made when none is in use.

    Idempotent (`one_active_journey_per_segment_and_intent`).
    """
    journey, is_new = Journey.objects.get_or_create(
        segment=None, intent="", is_active=True, defaults={"name": "Customer journey"}
    )
    if is_new:
        add_stages(journey=journey, stages=DEFAULT_STAGES)
    return journey


@transaction.atomic
def ensure_starter_journeys() -> int:
    """The four starters by intent, for all segments; those whose intent has a journey already stay. Returns how many.

    Idempotent (`one_active_journey_per_segment_and_intent`). Accounts follow them from their next beginning on.
    """
    made = 0
    for intent, (name, description, stages) in STARTERS.items():
        journey, is_new = Journey.objects.get_or_create(
            segment=None, intent=intent, is_active=True, defaults={"name": _(name), "description": _(description)}
        )
        if is_new:
            add_stages(journey=journey, stages=stages)
            made += 1
    return made


def add_stages(*, journey: Journey, stages: Sequence[StageDefault]) -> None:
    """Write stages with their exit criteria; for a journey that has none."""
    made = Stage.objects.bulk_create(
        [
            Stage(journey=journey, position=number, kind=one.kind, name=_(one.name), target_days=one.target_days)
            for number, one in enumerate(stages, start=1)
        ]
    )
    Criterion.objects.bulk_create(
        criterion for stage, default in zip(made, stages, strict=True) for criterion in _criteria(stage, default)
    )


def _criteria(stage: Stage, default: StageDefault) -> list[Criterion]:
    checks = [Criterion(stage=stage, words=_(words), position=place) for place, words in enumerate(default.checks, 1)]
    data = [
        Criterion(
            stage=stage,
            kind=Criterion.Kind.DATE if operator.startswith("days_") else Criterion.Kind.FIELD,
            words=_(words),
            condition={"name": name, "operator": operator, "value": value},
            position=len(checks) + place,
        )
        for place, (words, name, operator, value) in enumerate(default.data, 1)
    ]
    return [*checks, *data]
