"""What can start a playbook: every kind of trigger, in words, with what its payload carries."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.formulas.conditions import BOOLEAN, CHOICE, NUMBER, TEXT, ConditionName
from ui.tones import TONE_WORDS

# A label that is translated when it is shown; the dataclass of the grammar only ever shows it.
Words = str | Promise


@dataclass(frozen=True, slots=True)
class PayloadName:
    """One thing that a trigger carries: conditions on the payload may ask about it."""

    name: str
    label: Words
    type: str
    unit: str = ""
    choices: tuple[tuple[str, Words], ...] = ()


@dataclass(frozen=True, slots=True)
class TriggerKind:
    """`is_by_system`: recorded from data. Where it is not, a person or the API records it."""

    kind: str
    words: Words
    payload: tuple[PayloadName, ...] = ()
    is_by_system: bool = True

    def catalogue(self) -> dict[str, ConditionName]:
        """The names that `parse_conditions` allows on this payload."""
        return {
            one.name: ConditionName(
                one.name, str(one.label), one.type, one.unit, tuple((key, str(words)) for key, words in one.choices)
            )
            for one in self.payload
        }


STAGES: tuple[tuple[str, Words], ...] = (
    ("closed_won", _("Closed Won")),
    ("onboarding", _("Onboarding")),
    ("first_value", _("First Value")),
    ("ebr", _("Executive Business Review")),
    ("renewal", _("Renewal")),
)
RISKS: tuple[tuple[str, Words], ...] = (
    ("single_threaded", _("Single-threaded")),
    ("champion_left", _("Champion left")),
    ("zombie", _("Zombie")),
    ("silent", _("Silent")),
    ("reference_refused", _("Reference refused")),
    ("usage_drop", _("Usage drop")),
    ("licence_underuse", _("Licence under-use")),
    ("ticket_pressure", _("Ticket pressure")),
    ("payment_overdue", _("Payment overdue")),
    ("stage_stalled", _("Stage stalled")),
    ("goal_off_track", _("No goal, or goal off track")),
    ("detractor_unanswered", _("Detractor not answered")),
    ("no_executive", _("No executive contact")),
    ("handover_gap", _("Handover gap")),
    ("renewal_unforecast", _("Renewal without a forecast")),
    ("promise_broken", _("Promise broken")),
    ("education_gap", _("Education gap")),
    ("say_do_conflict", _("Say and do conflict")),
)
COMPONENTS: tuple[tuple[str, Words], ...] = (
    ("intent", _("Customer intent")),
    ("anticipation", _("Anticipation")),
    ("adoption", _("Adoption")),
    ("outcomes", _("Outcomes")),
    ("relationships", _("Relationships")),
    ("engagement", _("Communication and engagement")),
    ("education", _("Education")),
    ("journey", _("Journey")),
)
# Where an account stands between what it says and what it does.
FIELDS: tuple[tuple[str, Words], ...] = (
    ("advocate", _("Advocate")),
    ("off_target", _("Happy but off target")),
    ("hollow_praise", _("Hollow praise")),
    ("unproven_praise", _("Praise without proof")),
    ("zombie", _("Zombie")),
    ("leaving", _("Leaving")),
    ("grievance", _("Grievance")),
    ("silent_user", _("Silent user")),
    ("fading", _("Fading")),
    ("dark", _("Dark")),
)
# The slugs of engagement's bands.
BANDS: tuple[tuple[str, Words], ...] = tuple(TONE_WORDS.items())
_STAGE = PayloadName("stage", _("Stage"), CHOICE, choices=STAGES)

_KINDS = (
    TriggerKind(
        "stage_entered",
        _("An account enters a stage"),
        (
            _STAGE,
            PayloadName("from", _("Stage before"), CHOICE, choices=STAGES),
            PayloadName("is_back_step", _("It was a step back"), BOOLEAN),
        ),
    ),
    TriggerKind(
        "stage_left", _("An account leaves a stage"), (_STAGE, PayloadName("days", _("Days spent there"), NUMBER))
    ),
    TriggerKind(
        "stage_stalled",
        _("An account stays in a stage beyond its target"),
        (_STAGE, PayloadName("days", _("Days spent there"), NUMBER), PayloadName("target", _("Target days"), NUMBER)),
    ),
    TriggerKind("risk_opened", _("A risk opens"), (PayloadName("risk", _("Risk"), CHOICE, choices=RISKS),)),
    TriggerKind(
        "say_do_changed",
        _("An account moves between what it says and does"),
        (
            PayloadName("from", _("Field before"), CHOICE, choices=FIELDS),
            PayloadName("to", _("Field now"), CHOICE, choices=FIELDS),
        ),
    ),
    TriggerKind(
        "band_changed",
        _("The health band changes"),
        (
            PayloadName("from", _("Band before"), CHOICE, choices=BANDS),
            PayloadName("to", _("Band now"), CHOICE, choices=BANDS),
            PayloadName("score", _("Score"), NUMBER),
        ),
    ),
    TriggerKind(
        "component_gap",
        _("A component falls below its desired state"),
        (
            PayloadName("component", _("Component"), CHOICE, choices=COMPONENTS),
            PayloadName("gap", _("Weighted gap"), NUMBER),
        ),
    ),
    TriggerKind(
        "renewal_in_days",
        _("A renewal is so many days away"),
        (PayloadName("days", _("Days before the renewal"), NUMBER),),
    ),
    TriggerKind(
        "renewal_closed",
        _("A renewal is closed"),
        (PayloadName("outcome", _("Outcome"), TEXT),),
    ),
    TriggerKind(
        "answer",
        _("A survey is answered"),
        (
            PayloadName(
                "kind", _("Kind of survey"), CHOICE, choices=(("nps", "NPS"), ("csat", "CSAT"), ("ces", "CES"))
            ),
            PayloadName("survey", _("Number of the survey"), NUMBER),
            PayloadName("score", _("Score"), NUMBER),
            PayloadName("is_detractor", _("By a detractor"), BOOLEAN),
        ),
    ),
    TriggerKind(
        "insight",
        _("An insight comes in"),
        (PayloadName("department", _("Department"), TEXT), PayloadName("theme", _("Theme"), TEXT)),
    ),
    TriggerKind(
        "insight_verified",
        _("The customer confirms that an insight is solved"),
        (PayloadName("department", _("Department"), TEXT), PayloadName("theme", _("Theme"), TEXT)),
    ),
    TriggerKind(
        "verdict",
        _("The customer says whether it was solved"),
        (PayloadName("verdict", _("Verdict"), TEXT),),
    ),
    TriggerKind(
        "stakeholder",
        _("A customer says who is there: left, not me, ask a colleague"),
        (
            PayloadName(
                "said",
                _("What was said"),
                CHOICE,
                choices=(("left", _("Has left")), ("not_me", _("Not me")), ("passed_on", _("Ask a colleague"))),
            ),
            PayloadName("persona", _("Persona"), TEXT),
        ),
    ),
    TriggerKind("goal_reached", _("A goal is reached"), (PayloadName("title", _("Goal"), TEXT),)),
    TriggerKind("goal_signed_off", _("The customer signs a goal off"), (PayloadName("title", _("Goal"), TEXT),)),
    TriggerKind("goal_missed", _("A goal is missed"), (PayloadName("title", _("Goal"), TEXT),)),
    TriggerKind("goal_late", _("A goal falls behind plan"), (PayloadName("title", _("Goal"), TEXT),)),
    TriggerKind("goal_signed_off", _("The customer signs a goal off"), (PayloadName("title", _("Goal"), TEXT),)),
    TriggerKind("promise_late", _("A promise is late"), (PayloadName("days", _("Days late"), NUMBER),)),
    TriggerKind("promise_broken", _("A promise is broken")),
    TriggerKind(
        "handover_gap",
        _("A handover from sales has gaps"),
        (
            PayloadName("gaps", _("Number of gaps"), NUMBER),
            PayloadName("completeness", _("Completeness, 0 to 1"), NUMBER),
        ),
    ),
    TriggerKind(
        "ticket_closed",
        _("A ticket is closed"),
        (
            PayloadName("priority", _("Priority"), TEXT),
            PayloadName("hours", _("Hours it was open"), NUMBER),
            PayloadName("satisfaction", _("Satisfaction, 1 to 5"), NUMBER),
        ),
    ),
    TriggerKind(
        "play_finished",
        _("Another play has finished"),
        (
            PayloadName("playbook", _("Short name of the playbook"), TEXT),
            PayloadName("days", _("Days it took"), NUMBER),
        ),
    ),
    TriggerKind(
        "csm_changed",
        _("An account gets another CSM"),
        (PayloadName("from", _("Mail of the CSM before"), TEXT), PayloadName("to", _("Mail of the CSM now"), TEXT)),
    ),
    TriggerKind("manual", _("By hand alone"), is_by_system=False),
)
TRIGGER_KINDS: dict[str, TriggerKind] = {one.kind: one for one in _KINDS}
# Days before a renewal at which the system always says so; playbooks may ask for further ones.
RENEWAL_DAYS = (180, 120, 90, 60, 30, 14)
