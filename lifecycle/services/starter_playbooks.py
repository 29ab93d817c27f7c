"""The starter playbooks: one or more for each stage and for each risk, with what the customer is to do."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop as w

Asked = tuple[str, str, Any]


@dataclass(frozen=True, slots=True)
class StarterStep:
    """One step; see `lifecycle.models.PlaybookStep`."""

    key: str
    kind: str
    title: str
    offset_days: int = 0
    wanted_action: str = ""
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Starter:
    """One playbook as it comes with a fresh install. On are those that give people few tasks and write to nobody."""

    slug: str
    name: str
    purpose: str
    trigger: str
    match: tuple[tuple[str, Any], ...]
    steps: tuple[StarterStep, ...]
    stage: str = ""
    is_on: bool = False
    quiet_days: int = 60
    effect_fact: str = "health"
    believed_save: str = "0.10"
    needs_observed_score: bool = False


def call(key: str, title: str, days: int = 0, **options: Any) -> StarterStep:
    """A conversation."""
    return StarterStep(key, "task", title, days, options={"kind": "call", "effort_minutes": 30, **options})


def todo(key: str, title: str, days: int = 0, **options: Any) -> StarterStep:
    """Something that the owner does alone."""
    return StarterStep(key, "task", title, days, options={"kind": "todo", "effort_minutes": 30, **options})


def meet(key: str, title: str, days: int = 0, **options: Any) -> StarterStep:
    """A meeting to arrange."""
    return StarterStep(key, "task", title, days, options={"kind": "meeting", "effort_minutes": 60, **options})


def mail(key: str, title: str, template: str, wanted: str, days: int = 0, *, to: str = "primary") -> StarterStep:
    """A mail that waits in the review box."""
    return StarterStep(key, "mail", title, days, wanted, {"template": template, "to": to})


def wait(key: str, title: str, asked: Asked, days: int) -> StarterStep:
    """Wait until the account is so, at most so many business days."""
    condition = [dict(zip(("name", "operator", "value"), asked, strict=True))]
    return StarterStep(key, "wait", title, options={"condition": condition, "at_most_days": days})


def branch(key: str, title: str, asked: Asked, otherwise: str = "") -> StarterStep:
    """Go on when the account is so, else elsewhere."""
    condition = [dict(zip(("name", "operator", "value"), asked, strict=True))]
    return StarterStep(key, "branch", title, options={"condition": condition, "otherwise": otherwise})


_TOUCHED = ("account.last_touch_on", "days_ago_lte", 10)
_REACTIVE = {"is_proactive": False}

STAGE_STARTERS: tuple[Starter, ...] = (
    Starter(
        "closed-won",
        w("Kick-off after the sale"),
        w("Nobody waits after signing: the handover is read and the kick-off is agreed."),
        "stage_entered",
        (("stage", "closed_won"),),
        (
            todo("handover", w("Read the handover and name what is missing"), due_days=1),
            mail("welcome", w("Welcome, with a date for the kick-off"), "welcome", w("Choose a date for the kick-off")),
            meet("kick-off", w("Hold the kick-off"), 3, due_days=7, to="primary"),
        ),
        stage="closed_won",
        is_on=True,
        effect_fact="retention",
    ),
    Starter(
        "onboarding",
        w("First users at work"),
        w("The people who do the work start in the first two weeks."),
        "stage_entered",
        (("stage", "onboarding"),),
        (
            todo("plan", w("Agree goals and who does what, in their words")),
            mail("users", w("Ask for the first users"), "first-users", w("Send the names of the first users"), 2),
            wait("answer", w("Until we have spoken"), _TOUCHED, 8),
            branch("spoken", w("Have we spoken since?"), _TOUCHED, otherwise="call"),
            todo("check", w("Look who has started, and who has not"), 5),
            call("call", w("Ask what keeps the first users from starting"), 5, to="champion"),
        ),
        stage="onboarding",
        is_on=True,
    ),
    Starter(
        "first-value",
        w("A first result, confirmed"),
        w("The customer says what has changed, in a number that they believe."),
        "stage_entered",
        (("stage", "first_value"),),
        (
            todo("proof", w("Collect one number that shows the first result")),
            mail("result", w("Ask for the first result"), "first-result", w("Tell the first result in a sentence"), 10),
            call("confirm", w("Have the first result confirmed and write it to the goal"), 5),
        ),
        stage="first_value",
        is_on=True,
    ),
    Starter(
        "business-review",
        w("Executive business review"),
        w("Goals, numbers and next steps with the person who decides."),
        "stage_entered",
        (("stage", "ebr"),),
        (
            mail("invite", w("Invite to the review"), "review-invitation", w("Choose a date"), to="executive"),
            todo("prepare", w("Prepare the review: goals, numbers, voice, promises"), 5, effort_minutes=90),
            meet("hold", w("Hold the review with an executive"), 5, due_days=15, to="executive"),
            StarterStep("ask", "survey", w("Ask how likely they recommend us"), 3, options={"survey": "nps"}),
        ),
        stage="ebr",
    ),
    Starter(
        "renewal-180",
        w("Renewal: begin with value"),
        w("Half a year ahead there is time to mend what would cost the contract."),
        "renewal_in_days",
        (("days", 180),),
        (
            todo("value", w("Check goals and value reached; name the gap that would cost the renewal")),
            call("decider", w("Find out who decides, and by when"), 10, to="executive"),
        ),
        stage="renewal",
        is_on=True,
        quiet_days=300,
        effect_fact="retention",
    ),
    Starter(
        "renewal-90",
        w("Renewal: the last quarter"),
        w("The customer says what should be different, and the offer answers it."),
        "renewal_in_days",
        (("days", 90),),
        (
            mail("ahead", w("Ask what should be different"), "renewal-ahead", w("Say what should be different"), 0),
            call("call", w("Call about the renewal; note the answer as a call on the renewal"), 5),
            branch("weak", w("Is the health weak?"), ("account.health", "lt", 50)),
            meet("rescue", w("Bring sales and product to the table with a rescue plan"), 2, effort_minutes=90),
        ),
        stage="renewal",
        is_on=True,
        quiet_days=300,
        effect_fact="retention",
        believed_save="0.15",
    ),
    Starter(
        "renewal-stage",
        w("Renewal: papers and signature"),
        w("Nothing is left to the last week."),
        "stage_entered",
        (("stage", "renewal"),),
        (
            todo("papers", w("Agree price, term and who signs")),
            call("sign", w("Ask for the date of the signature"), 15),
        ),
        stage="renewal",
        effect_fact="retention",
    ),
    Starter(
        "stalled",
        w("Stuck in a stage"),
        w("What is late is late for a reason; somebody asks for it."),
        "stage_stalled",
        (),
        (call("why", w("Ask what keeps them, and agree the next date")),),
        is_on=True,
        quiet_days=45,
    ),
)


def _risk(kind: str, name: str, purpose: str, *steps: StarterStep, is_on: bool = True, **fields: Any) -> Starter:
    return Starter(
        f"risk-{kind.replace('_', '-')}", name, purpose, "risk_opened", (("risk", kind),), steps, is_on=is_on, **fields
    )


RISK_STARTERS: tuple[Starter, ...] = (
    _risk("single_threaded", w("Only one contact"), w("One resignation should not end a contract."),
        todo("who", w("Find two more people who gain from it")),
        mail("ask", w("Ask for an introduction"), "second-contact", w("Introduce a colleague"), 2),
        call("meet", w("Speak with the second contact"), 10)),
    _risk("champion_left", w("The champion has left"), w("The next one is won in the first weeks, or not at all."),
        call("who", w("Find out who takes over, and call them this week"), due_days=1, **_REACTIVE),
        meet("again", w("Hold a second kick-off with the new person"), 5),
        believed_save="0.25"),
    _risk("zombie", w("Heavy use without a future"), w("They use it daily and would leave tomorrow: find out why."),
        call("why", w("Ask what would make them stay, and listen"), to="decision_maker"),
        todo("goal", w("Agree one goal with an owner on their side"), 5), believed_save="0.20"),
    _risk("silent", w("Silence"), w("No answer is an answer that nobody has read."),
        mail("ask", w("Ask whether we are still useful"), "keep-in-touch", w("Answer with one line")),
        wait("answer", w("Until we have spoken"), _TOUCHED, 8),
        branch("still", w("Still silent?"), ("account.last_touch_on", "days_ago_gte", 11)),
        call("other", w("Try another person on another channel"), 1, to="executive"), is_on=False),
    _risk("reference_refused", w("A reference was refused"), w("Who would not speak for us tells us something."),
        call("why", w("Ask what we would have to change for a yes"))),
    _risk("usage_drop", w("Use falls"), w("Behaviour changes before words do."),
        todo("who", w("See who stopped, and since when")),
        call("ask", w("Ask what changed in their work"), 1),
        wait("back", w("Until the health is back"), ("account.health", "gte", 60), 20),
        branch("weak", w("Still weak?"), ("account.health", "lt", 60)),
        meet("plan", w("Agree a plan to win the users back"), 1),
        needs_observed_score=True, believed_save="0.20"),
    _risk("licence_underuse", w("Paid seats stand empty"), w("Seats that nobody uses are cut at the renewal."),
        todo("find", w("List teams that were meant to start and have not")),
        call("start", w("Agree a date for the next team"), 3)),
    _risk("ticket_pressure", w("Many urgent tickets"), w("Support, product and success speak with one voice."),
        call("join", w("Call them before they call us; say who does what by when"), due_days=0, **_REACTIVE),
        todo("watch", w("Tell them when each ticket is closed"), 3, **_REACTIVE)),
    _risk("payment_overdue", w("An invoice is overdue"), w("Money that does not come is often a complaint unsaid."),
        call("ask", w("Ask whether something is wrong beyond the invoice"), **_REACTIVE), is_on=False),
    _risk("stage_stalled", w("Stage stalled (risk)"), w("As the risk, where the stage alone does not start it."),
        call("why", w("Ask what keeps them, and agree the next date")), is_on=False),
    _risk("goal_off_track", w("No goal, or one off track"), w("A contract without a goal is renewed by habit alone."),
        todo("goal", w("Write the goal in the customer's words, or what is in its way")),
        call("agree", w("Agree the goal and the next proof with the customer"), 5)),
    _risk("detractor_unanswered", w("A critic waits for an answer"), w("Answered within two days, half of them stay."),
        call("answer", w("Call the person who wrote it; thank, ask, promise one thing"), due_days=1, **_REACTIVE),
        believed_save="0.20"),
    _risk("no_executive", w("No executive knows us"), w("Who signs should have met us before the renewal."),
        todo("who", w("Find out who decides about the contract")),
        mail("review", w("Invite the executive"), "review-invitation", w("Choose a date"), 2, to="executive"),
        is_on=False),
    _risk("handover_gap", w("The handover has gaps (risk)"), w("What sales knows and we do not is lost in a month."),
        todo("ask", w("Ask sales for what is missing")), is_on=False),
    _risk("renewal_unforecast", w("A renewal without a forecast"), w("A surprise in the last month is our failure."),
        todo("call", w("Make your call on the renewal, with the reason"), effort_minutes=15)),
    _risk("promise_broken", w("A promise was broken (risk)"), w("Said before it is noticed, it costs half."),
        call("tell", w("Tell the customer what happens now, and by when"), due_days=1, **_REACTIVE), is_on=False),
    _risk("education_gap", w("Nobody took the course"), w("People who were shown how ask less and stay longer."),
        mail("course", w("Send the course that fits"), "course", w("Take the course this month")), is_on=False),
    _risk("say_do_conflict", w("They say one thing and do another"), w("Praise without use, or use without praise."),
        call("both", w("Ask about what does not fit together"))),
)  # fmt: skip

EVENT_STARTERS: tuple[Starter, ...] = (
    Starter(
        "critic",
        w("A critic has answered"),
        w("A low score is a person who still talks to us."),
        "answer",
        (("is_detractor", True),),
        (call("call", w("Call the critic, thank them and ask for the one thing to change"), due_days=2, **_REACTIVE),),
        is_on=True,
        quiet_days=30,
        believed_save="0.15",
    ),
    Starter(
        "promise-broken",
        w("A promise was broken"),
        w("The customer hears it from us first, with a new date."),
        "promise_broken",
        (),
        (call("tell", w("Tell the customer what happens now, and by when"), due_days=1, **_REACTIVE),),
        is_on=True,
        quiet_days=14,
    ),
    Starter(
        "goal-missed",
        w("A goal was missed"),
        w("Agree on the cause and on the next goal, with those who wanted it."),
        "goal_missed",
        (),
        (meet("review", w("Go through the missed goal with the customer and agree the next one")),),
        is_on=True,
        effect_fact="retention",
    ),
    Starter(
        "solved",
        w("Solved, says the customer"),
        w("A solved trouble is the best moment to ask for something."),
        "insight_verified",
        (),
        (call("ask", w("Thank them, and ask whether they would tell others")),),
        quiet_days=120,
    ),
    Starter(
        "band-critical",
        w("Health has become critical"),
        w("The largest gaps say what to do; a second pair of eyes looks at them."),
        "band_changed",
        (("to", "critical"),),
        (
            todo("gaps", w("Open the largest gaps and decide which one to close first"), **_REACTIVE),
            call("call", w("Call the champion about it"), 2, to="champion", **_REACTIVE),
        ),
        needs_observed_score=True,
        quiet_days=45,
        believed_save="0.20",
    ),
)
STARTERS: tuple[Starter, ...] = (*STAGE_STARTERS, *RISK_STARTERS, *EVENT_STARTERS)
