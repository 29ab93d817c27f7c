"""The scorecard of a fresh install. Why each weight is what it is stands in docs/scoring.md."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.services.facts import declare_fact
from engagement.models import Band, Component, Scorecard, ScorecardComponent, ScorecardMeasure
from engagement.selectors.measures import MEASURES

NAME = gettext_noop("Desired state of engagement")
Corners = tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Weighting:
    """One component: its weight of 100, the desired state, and `{measure: (weight in it, scale, valid days)}`."""

    weight: int
    desired: int
    measures: dict[str, tuple[str, Corners, int | None]]


DEFAULT: dict[Component, Weighting] = {
    Component.INTENT: Weighting(
        8,
        90,
        {
            "intent_known": ("5", ((0, 0), (1, 60), (2, 100)), None),
            "goals_agreed": ("3", ((0, 0), (1, 80), (2, 100)), None),
        },
    ),
    Component.ANTICIPATION: Weighting(
        8,
        75,
        {
            "next_touch": ("5", ((0, 100), (30, 100), (60, 60), (120, 0)), None),
            "proactive_share": ("1.5", ((0, 0), (0.3, 50), (0.6, 100)), 90),
            "risks_owned": ("1", ((0, 0), (0.5, 50), (1, 100)), None),
            "content_ready": ("0.5", ((0, 0), (0.5, 50), (1, 100)), None),
        },
    ),
    Component.ADOPTION: Weighting(
        25,
        80,
        {
            "use_cases": ("4", ((0, 0), (0.5, 60), (1, 100)), 30),
            "usage_trend": ("6", ((0, 0), (0.5, 25), (0.8, 60), (1, 80), (1.25, 100)), 30),
            "breadth": ("5", ((0, 0), (0.25, 50), (0.6, 90), (0.8, 100)), 30),
            "depth": ("1", ((0, 0), (2, 40), (8, 80), (20, 100)), 30),
            "licence_use": ("3", ((0, 0), (0.3, 30), (0.6, 70), (0.9, 100)), 30),
            "blockers": ("6", ((0, 100), (1, 70), (3, 30), (6, 0)), 90),
        },
    ),
    Component.OUTCOMES: Weighting(
        12,
        75,
        {
            "outcomes_named": ("5", ((0, 0), (1, 100)), None),
            "time_to_value": ("3", ((30, 100), (90, 75), (180, 30), (365, 0)), None),
            "goal_progress": ("3", ((0, 0), (0.5, 40), (0.8, 75), (1, 100)), None),
            "goals_signed_off": ("1", ((0, 0), (0.5, 60), (1, 100)), 365),
        },
    ),
    Component.RELATIONSHIPS: Weighting(
        14,
        75,
        {
            "contacts_touched": ("4", ((0, 0), (1, 35), (2, 60), (3, 80), (5, 100)), 90),
            "executive_touch": ("4", ((30, 100), (90, 80), (180, 40), (365, 0)), 180),
            "champion": ("3", ((0, 0), (1, 85), (2, 100)), None),
            "payment": ("2", ((0, 100), (15, 75), (30, 50), (60, 20), (90, 0)), 180),
            "reference": ("1", ((0, 0), (1, 100)), 365),
        },
    ),
    Component.ENGAGEMENT: Weighting(
        15,
        75,
        {
            "silence": ("3", ((7, 100), (30, 75), (60, 35), (120, 0)), 30),
            "nps": ("3", ((0, 0), (6, 30), (7, 55), (8, 70), (9, 90), (10, 100)), 180),
            "ticket_satisfaction": ("2.5", ((1, 0), (3, 40), (4, 75), (5, 100)), 180),
            "engaged_share": ("2", ((0, 0), (0.3, 50), (0.7, 100)), 90),
            "reply_rate": ("1.5", ((0, 0), (0.4, 50), (0.8, 100)), 90),
            "wanted_actions": ("1", ((0, 0), (0.5, 50), (0.9, 100)), 180),
            "sentiment": ("1", ((-1, 0), (0, 50), (0.6, 100)), 180),
            "answer_rate": ("1", ((0, 0), (0.2, 50), (0.5, 100)), 365),
        },
    ),
    Component.EDUCATION: Weighting(
        6,
        60,
        {
            "courses": ("3", ((0, 0), (0.3, 50), (0.7, 100)), 365),
            "key_courses": ("1.5", ((0, 0), (0.3, 50), (0.7, 100)), 365),
            "finisher_lift": ("1", ((0.5, 0), (1, 50), (1.5, 100)), 30),
            "one_to_many": ("0.5", ((0, 0), (0.3, 60), (0.6, 100)), 180),
        },
    ),
    Component.JOURNEY: Weighting(
        12,
        80,
        {
            "renewal_prepared": ("7", ((0, 0), (0.5, 40), (1, 100)), None),
            "stage_on_time": ("2", ((0.9, 100), (1, 80), (1.5, 40), (2.5, 0)), None),
            "exit_criteria": ("1", ((0, 20), (0.5, 60), (1, 100)), None),
            "promises_kept": ("1", ((0, 0), (0.5, 30), (0.8, 70), (1, 100)), 365),
            "handover_complete": ("1", ((0, 0), (0.5, 40), (1, 100)), 365),
        },
    ),
}

# The floors agree with the tones that lists use for plain numbers (ui.tones).
BANDS = (
    ("critical", gettext_noop("Critical"), 0),
    ("risk", gettext_noop("At risk"), 40),
    ("watch", gettext_noop("Watch"), 60),
    ("good", gettext_noop("Good"), 70),
    ("great", gettext_noop("Great"), 80),
)

FACTS = (
    ("health", gettext_noop("Health"), "number", gettext_noop("The current score, 0 to 100; empty while unobserved.")),
    ("health_band", gettext_noop("Health band"), "text", gettext_noop("The band of the current score.")),
    (
        "health_coverage",
        gettext_noop("Coverage"),
        "number",
        gettext_noop("Share of what can be observed that was, 0 to 1."),
    ),
)


# Published cards that are known to hold the whole pack, so that each pass need not look again.
_WHOLE: set[int] = set()


@transaction.atomic
def ensure_default_scorecard() -> Scorecard:
    """The published default scorecard, made with its facts' names when none is published. Idempotent.

    One that nobody edited gets a new version when the pack has grown. Two callers at once:
    `one_published_scorecard_per_place` lets one win, the other reads it.
    """
    found = Scorecard.objects.filter(segment=None, stage_kind="", published_at__isnull=False, retired_at=None).first()
    if found is not None:
        return found if found.pk in _WHOLE else _grown(found)
    number = Scorecard.objects.filter(segment=None, stage_kind="").count() + 1
    card, is_new = Scorecard.objects.get_or_create(
        segment=None,
        stage_kind="",
        number=number,
        defaults={"name": NAME, "published_at": timezone.now()},
    )
    if not is_new:
        return card
    _write_default(card)
    for name, label, kind, description in FACTS:
        declare_fact(owner="engagement", name=name, label=label, type=kind, description=description)
    return card


def _grown(card: Scorecard) -> Scorecard:
    """The card, or its next version with the measures that the pack has got since; people's cards are left alone."""
    measures = set(card.measures.values_list("measure", flat=True))
    pack = {code for entry in DEFAULT.values() for code in entry.measures}
    is_ours = card.name == NAME and card.created_by_id is None and card.published_by_id is None
    if not is_ours or not measures < pack:
        _WHOLE.add(card.pk)
        return card
    kept = Scorecard.objects.select_for_update().get(pk=card.pk)
    if kept.retired_at is not None:
        return Scorecard.objects.get(segment=None, stage_kind="", published_at__isnull=False, retired_at=None)
    highest = Scorecard.objects.filter(segment=None, stage_kind="").aggregate(Max("number"))["number__max"]
    grown = Scorecard.objects.create(number=highest + 1, name=NAME, based_on=card)
    _write_default(grown)
    from engagement.services.scorecards import publish_draft  # noqa: PLC0415 both know each other

    publish_draft(
        actor=None,
        card=grown,
        note=gettext("The default pack has grown by %(count)d measures.") % {"count": len(pack - measures)},
    )
    return grown


def _write_default(card: Scorecard) -> None:
    ScorecardComponent.objects.bulk_create(
        [
            ScorecardComponent(scorecard=card, component=component, weight=entry.weight, desired=entry.desired)
            for component, entry in DEFAULT.items()
        ]
    )
    ScorecardMeasure.objects.bulk_create(
        [
            ScorecardMeasure(
                scorecard=card,
                component=component,
                measure=MEASURES[code].code,
                weight=Decimal(weight),
                scale=[list(corner) for corner in scale],
                valid_days=valid_days,
            )
            for component, entry in DEFAULT.items()
            for code, (weight, scale, valid_days) in entry.measures.items()
        ]
    )
    Band.objects.bulk_create([Band(scorecard=card, slug=slug, name=name, floor=floor) for slug, name, floor in BANDS])
