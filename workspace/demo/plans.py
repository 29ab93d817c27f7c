"""Handovers, goals, promises, shared plans and causes of the demo world."""

import base64
import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from lifecycle.models import Cause, Goal, GoalReading, Handover, PlanComment, Promise, SharedPlan, Task
from lifecycle.services.goals import feed_goals, push_plan_facts
from lifecycle.services.handovers import ask_for_gaps, recount_handovers, refresh_handovers
from workspace.demo.facts import at_hour
from workspace.demo.shape import Shape
from workspace.demo.sheets import Sheet, next_free_id


class Aim(NamedTuple):
    """A goal in a customer's words: what is measured, from where to where."""

    title: str
    metric: str
    unit: str
    baseline: int
    target: int


AIMS = (
    Aim("Plan a month in one day instead of three", "Days to plan a month", "days", 3, 1),
    Aim("All sites plan in one place", "Sites on board", "sites", 2, 12),
    Aim("Half the overtime that nobody planned", "Unplanned overtime a month", "hours", 420, 210),
    Aim("Every planner is trained", "Planners with the certificate", "%", 20, 95),
    Aim("Fewer plans corrected by hand", "Corrections a week", "", 60, 15),
    Aim("Managers approve within a day", "Hours to approval", "hours", 52, 24),
    Aim("One report for the board, without spreadsheets", "Reports made by hand", "reports", 6, 0),
)
MIGRATION = "The history of two years is migrated"
PROMISES = (
    MIGRATION,
    "Single sign-on is set up with their directory",
    "A training day at their second site",
    "A named contact in support",
    "The approval step per region is delivered",
    "A written answer on where the data is kept",
    "The price is fixed for the second year",
)
KEPT = ("Confirmed in the mail of their project lead", "Seen in their system", "Signed minutes of the meeting")
BROKEN = ("They asked twice and got no date", "The release moved by a quarter")
CRITERIA = ("The first month is planned without a spreadsheet.", "Three sites report the same numbers at month end.")
RISKS = (
    "Their IT wanted another vendor and lost.",
    "The sponsor changes jobs in spring.",
    "Two sites were promised a say and did not get one.",
)
EVIDENCE = {
    "wrong_customer": ("Twelve planners who plan twice a year never needed it.", "Bought for one project that ended."),
    "product": ("The export they needed was postponed twice.", "Dashboards time out with more than 40 sites."),
    "engagement": ("No meeting in five months after the champion left.", "The only training came in the wrong week."),
}
SHOWN_TO = {"advocate", "zombie", "hollow-praise", "champion-left"}
COMMENTS = (
    "We agreed this with the site managers last week. The number for May is missing the two new sites.",
    "Can the training move to the second week? Half of the planners are at the fair.",
)


@dataclass
class PlanSheets:
    today: dt.date

    def __post_init__(self) -> None:
        models = (Handover, Goal, GoalReading, Promise, SharedPlan, PlanComment, Cause)
        made = [Sheet(model, first_id=next_free_id(model)) for model in models]
        self.handover, self.goal, self.reading, self.promise, self.plan, self.comment, self.cause = made

    def all(self) -> list[Sheet]:
        return [self.handover, self.goal, self.reading, self.promise, self.plan, self.comment, self.cause]


def write_plans(sheets: PlanSheets, seed: int, shape: Shape) -> None:
    """The plan of one account; large customers have more of it, the dark one has none."""
    if shape.story == "dark":
        return
    rng = random.Random(f"{seed}:{shape.number}:plan")
    age = (sheets.today - shape.signed_on).days
    if age < 420 or shape.story:
        _write_handover(sheets, rng, shape, age)
    wanted = {"enterprise": 3, "mid-market": 1, "small-business": 0}[shape.segment] + (rng.random() < 0.35)
    if shape.story == "zombie":
        wanted = 0  # heavy use and no goal: that is what makes it one
    for aim in rng.sample(AIMS, k=min(wanted, len(AIMS))):
        _write_goal(sheets, rng, shape, aim, age)
    promised = rng.choice((0, 0, 1, 2)) if not shape.story else rng.choice((2, 3))
    chosen = rng.sample(PROMISES, k=promised)
    if shape.story == "bungled-handover":
        chosen = [MIGRATION, *(words for words in chosen if words != MIGRATION)]
    for words in chosen:
        _write_promise(sheets, rng, shape, words, age)
    if shape.story in SHOWN_TO:
        _write_shared(sheets, rng, shape)


def _write_handover(sheets: PlanSheets, rng: random.Random, shape: Shape, age: int) -> None:
    is_bungled = shape.story == "bungled-handover"
    if not is_bungled and rng.random() < 0.2:
        return
    submitted_at = at_hour(rng, shape.signed_on + dt.timedelta(days=min(rng.randint(1, 9), max(age, 0))))
    state = "accepted" if age > 21 and not is_bungled else rng.choice(("submitted", "submitted", "sent_back"))
    state = "submitted" if is_bungled else state
    sheets.handover.add(
        account_id=shape.account_id,
        success_criteria="" if is_bungled or rng.random() < 0.25 else rng.choice(CRITERIA),
        risks="" if is_bungled or rng.random() < 0.5 else rng.choice(RISKS),
        has_no_risks=not is_bungled and rng.random() < 0.2,
        has_no_promises=not is_bungled and rng.random() < 0.3,
        state=state,
        submitted_at=submitted_at,
        sent_back_at=submitted_at + dt.timedelta(days=1) if state == "sent_back" else None,
        sent_back_by_id=shape.csm_id if state == "sent_back" else None,
        sent_back_reason="Who decided, and against whom?" if state == "sent_back" else "",
        accepted_by_id=shape.csm_id if state == "accepted" else None,
        accepted_at=submitted_at + dt.timedelta(days=rng.randint(1, 4)) if state == "accepted" else None,
        source="crm",
        created_at=submitted_at,
        updated_at=submitted_at,
    )


def _write_goal(sheets: PlanSheets, rng: random.Random, shape: Shape, aim: Aim, age: int) -> None:
    length = rng.choice((120, 180, 180, 270, 365))
    since = min(age, rng.randint(20, 420))
    starts_on = sheets.today - dt.timedelta(days=since)
    due_on = starts_on + dt.timedelta(days=length)
    # How far they come follows how they feel; the happy advocate is on track by its story.
    pace = 1.15 if shape.story == "advocate" else 0.75 + shape.mood * 0.4 + rng.gauss(0, 0.2)
    is_behind = bool(shape.story and shape.story != "advocate") or "goal_off_track" in shape.planted
    pace = min(pace, 0.6) if "goal_off_track" in shape.planted else pace if is_behind else max(pace, 1.05)
    is_measured = rng.random() < 0.85
    state, closed_on, signed = "open", None, False
    if due_on < sheets.today and (rng.random() < 0.8 or not is_behind):
        state = "reached" if pace >= 0.9 else "missed"
        closed_on = due_on
        signed = state == "reached" and rng.random() < 0.7
    span = (starts_on, min(due_on, sheets.today), due_on)
    values = _draw_values(rng, aim, span, pace, is_fresh=not is_behind) if is_measured else []
    goal_id = sheets.goal.add(
        account_id=shape.account_id,
        title=aim.title,
        metric=aim.metric,
        unit=aim.unit,
        baseline=Decimal(aim.baseline),
        target=Decimal(aim.target),
        current=values[-1][1] if values else None,
        current_at=values[-1][0] if values else None,
        starts_on=starts_on,
        due_on=due_on,
        owner_id=shape.csm_id,
        customer_owner_id=shape.contact_ids[0] if shape.contact_ids else None,
        agreed_on=starts_on + dt.timedelta(days=rng.randint(0, 10)) if rng.random() < 0.75 else None,
        state=state,
        closed_on=closed_on,
        is_shared=shape.story in SHOWN_TO or rng.random() < 0.3,
        signed_off_by="Their project lead" if signed else "",
        signed_off_at=at_hour(rng, closed_on) if signed and closed_on else None,
        created_at=at_hour(rng, starts_on),
        updated_at=at_hour(rng, closed_on or starts_on),
    )
    for at, value in values:
        sheets.reading.add(
            goal_id=goal_id, value=value, observed_at=at, evidence="Their monthly report", recorded_by_id=shape.csm_id
        )
    if state == "missed" and closed_on:
        _write_cause(sheets, rng, shape, goal_id, closed_on)


def _draw_values(
    rng: random.Random, aim: Aim, span: tuple[dt.date, dt.date, dt.date], pace: float, *, is_fresh: bool = False
) -> list[tuple[dt.datetime, Decimal]]:
    """Two to four values between the start and today; `span` is start, last day and due day."""
    first, last, due = span
    days = (last - first).days
    if days < 25:
        return []
    found = []
    step = max(days // rng.randint(2, 4), 20)
    for day in sorted({*range(step, days + 1, step), *((days,) if is_fresh else ())}):
        share = max(0.0, min(1.0, day / (due - first).days * pace + rng.gauss(0, 0.03)))
        value = round(Decimal(aim.baseline) + Decimal(str(round(share, 3))) * (aim.target - aim.baseline), 1)
        found.append((at_hour(rng, first + dt.timedelta(days=day - rng.randint(0, 6))), value))
    return found


def _write_cause(sheets: PlanSheets, rng: random.Random, shape: Shape, goal_id: int, on: dt.date) -> None:
    kind = rng.choices(("engagement", "product", "wrong_customer"), (5, 3, 2))[0] if rng.random() < 0.8 else ""
    route = {"engagement": "success", "product": "product", "wrong_customer": "sales"}.get(kind, "")
    sheets.cause.add(
        account_id=shape.account_id,
        about="goal",
        goal_id=goal_id,
        kind=kind,
        evidence=rng.choice(EVIDENCE[kind]) if kind else "",
        recorded_by_id=shape.csm_id if kind else None,
        recorded_at=at_hour(rng, on) if kind else None,
        routed_to=route,
        created_at=at_hour(rng, on),
    )


def _write_promise(sheets: PlanSheets, rng: random.Random, shape: Shape, words: str, age: int) -> None:
    is_sale = rng.random() < 0.6 or shape.story == "bungled-handover"
    made_on = shape.signed_on if is_sale else sheets.today - dt.timedelta(days=rng.randint(1, min(max(age, 2), 200)))
    due_on = made_on + dt.timedelta(days=rng.choice((30, 60, 90, 120)))
    if words == MIGRATION and shape.story == "bungled-handover":
        due_on = made_on + dt.timedelta(days=30)
    state, evidence = "open", ""
    if due_on < sheets.today and shape.story != "bungled-handover" and rng.random() < 0.92:
        state = "kept" if rng.random() < 0.82 + shape.mood * 0.15 else "broken"
        evidence = rng.choice(KEPT if state == "kept" else BROKEN)
    if state == "broken" or (state == "open" and due_on < sheets.today):
        shape.planted.add("promise_broken")
    sheets.promise.add(
        account_id=shape.account_id,
        words=words,
        to_contact_id=rng.choice(shape.contact_ids) if shape.contact_ids else None,
        owner_id=shape.csm_id,
        made_on=made_on,
        due_on=due_on,
        origin="handover" if is_sale else "meeting",
        state=state,
        settled_on=due_on if state != "open" else None,
        evidence=evidence,
        is_shared=shape.story in SHOWN_TO,
        created_at=at_hour(rng, made_on),
    )


def _write_shared(sheets: PlanSheets, rng: random.Random, shape: Shape) -> None:
    made_at = at_hour(rng, sheets.today - dt.timedelta(days=24))
    plan_id = sheets.plan.add(
        account_id=shape.account_id,
        contact_id=shape.contact_ids[0] if shape.contact_ids else None,
        nonce=base64.urlsafe_b64encode(rng.randbytes(16)).decode().rstrip("="),
        created_by_id=shape.csm_id,
        created_at=made_at,
        expires_on=sheets.today + dt.timedelta(days=90),
        last_read_at=at_hour(rng, sheets.today - dt.timedelta(days=3)),
    )
    for age, text in zip((11, 3), COMMENTS, strict=True):
        sheets.comment.add(
            account_id=shape.account_id,
            plan_id=plan_id,
            author_name="Their project lead",
            text=text,
            created_at=at_hour(rng, sheets.today - dt.timedelta(days=age)),
        )


def settle_plans(account_ids: list[int]) -> None:
    """What follows from the rows of a chunk: the checklist of handovers, and the facts."""
    recount_handovers(account_ids=account_ids)
    push_plan_facts(account_ids=account_ids)


def finish_plans(csm_id: int) -> None:
    """What only the demo CSM's book shows: tasks for the gaps of handovers, shared tasks, a goal that a fact feeds."""
    refresh_handovers()
    waiting = Handover.objects.filter(account__csm=csm_id, state=Handover.State.SUBMITTED)
    for handover in waiting.select_related("account__csm", "submitted_by"):
        ask_for_gaps(handover=handover)
    shown = SharedPlan.objects.filter(created_by=csm_id).values("account")
    Task.objects.open().filter(account__in=shown).update(is_shared=True)
    feed_goals()
