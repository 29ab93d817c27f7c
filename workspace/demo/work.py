"""Stage visits and tasks of the demo world."""

import datetime as dt
import random
from dataclasses import dataclass

from lifecycle.models import Stage, StageVisit, Task
from workspace.demo.facts import at_hour
from workspace.demo.shape import Shape
from workspace.demo.sheets import Sheet, next_free_id

TODO = (
    ("call", "Call {who} about the next quarter", "No conversation for {silent} days; the rhythm here is {every}."),
    ("mail", "Send the usage summary", "They asked for numbers for their steering group."),
    ("meeting", "Book the executive business review", "The last review is over half a year ago."),
    ("todo", "Find a second contact in finance", "Only one person there knows us well."),
    ("todo", "Agree one measurable goal", "There is no goal on record for this year."),
    ("call", "Ask for the date of their roll-out", "Two teams are ready and have not started."),
)
STORY_TASKS = {
    "zombie": ("call", "Ask the planning director what would make them stay", "Heavy use, but a 2 in the survey and news of a competitor."),
    "silent": ("call", "Reach the sponsor through the partner", "Seven attempts on two channels without an answer."),
    "champion-left": ("meeting", "Meet the new head of operations", "The champion left 24 days ago; use falls since."),
    "bungled-handover": ("meeting", "Agree a migration plan with sales at the table", "Sales promised a migration that is in no plan."),
    "hollow-praise": ("call", "Ask who works in the product now", "A 10 in the survey and next to no log-ins."),
    "ticket-pressure": ("call", "Join the support call on the reopened P1", "Three urgent tickets are open, two were reopened."),
}  # fmt: skip


@dataclass
class WorkSheets:
    today: dt.date
    stages: list[Stage]

    def __post_init__(self) -> None:
        self.visit = Sheet(StageVisit, first_id=next_free_id(StageVisit))
        self.task = Sheet(Task, first_id=next_free_id(Task))

    def all(self) -> list[Sheet]:
        return [self.visit, self.task]


BACK_STEPS = (
    "The team that began was dissolved; the new one starts over.",
    "The integration was taken back by their IT.",
    "Their administrator left before the training.",
)


def write_stages(sheets: WorkSheets, rng: random.Random, shape: Shape) -> tuple[str, dt.date]:
    """The way so far; a customer who goes badly is slower. Returns the open stage's name and since when."""
    day = shape.signed_on
    slowness = 6.0 if shape.story == "bungled-handover" else 1.0 - shape.mood * 0.35
    if "stage_stalled" in shape.planted:
        slowness = 3.0
    elif not shape.story:
        slowness = min(slowness, 1.0)
    days_to_renewal = (shape.renews_on - sheets.today).days
    own = random.Random(f"way:{shape.number}")
    name, since = "", day
    moment = at_hour(rng, day)
    for index, stage in enumerate(sheets.stages):
        is_last = index == len(sheets.stages) - 1
        length = max(3, int(stage.target_days * slowness * rng.uniform(0.6, 1.3)))
        leaves = day + dt.timedelta(days=length)
        if stage.kind == "ebr":
            # Each cycle comes back here after the renewal and leaves 84 days before the next one.
            moment = _write_cycles(sheets, own, shape, index, moment)
            day = moment.date()
            leaves = max(day + dt.timedelta(days=1), sheets.today + dt.timedelta(days=days_to_renewal - 84))
        is_open = leaves >= sheets.today or is_last
        if stage.kind == "first_value" and not is_open and not shape.story and own.random() < 0.1:
            moment = _write_back_step(sheets, shape, index, moment=moment, leaves=leaves)
        leaves_at = None if is_open else max(at_hour(rng, leaves), moment + dt.timedelta(hours=20))
        _write_visit(sheets, shape, stage, moment, leaves_at)
        name, since = stage.name, day
        if leaves_at is None:
            break
        day, moment = leaves, leaves_at
    return name, since


def _write_cycles(sheets: WorkSheets, own: random.Random, shape: Shape, index: int, moment: dt.datetime) -> dt.datetime:
    """The years that are over: review, then renewal, for each anniversary before the next one."""
    review, renewal = sheets.stages[index], sheets.stages[index + 1]
    for years in range((shape.renews_on - moment.date()).days // 365, 0, -1):
        due = dt.datetime.combine(shape.renews_on - dt.timedelta(days=365 * years), moment.timetz())
        begins = due - dt.timedelta(days=own.randint(70, 88))
        if begins <= moment + dt.timedelta(days=5) or due.date() >= sheets.today:
            continue
        signed = due - dt.timedelta(days=own.randint(1, 45))
        _write_visit(sheets, shape, review, moment, begins)
        _write_visit(sheets, shape, renewal, begins, signed)
        moment = signed
    return moment


def _write_visit(
    sheets: WorkSheets,
    shape: Shape,
    stage: Stage,
    entered_at: dt.datetime,
    left_at: dt.datetime | None,
    **fields: object,
) -> None:
    values: dict[str, object] = {"outcome": "onward" if left_at else "", "evidence": {"how": "checklist"}, **fields}
    sheets.visit.add(account_id=shape.account_id, stage_id=stage.pk, entered_at=entered_at, left_at=left_at, **values)


def _write_back_step(
    sheets: WorkSheets, shape: Shape, index: int, *, moment: dt.datetime, leaves: dt.date
) -> dt.datetime:
    """They were in First Value, went back to the stage before, and return; all of it before the day they leave."""
    stage, before = sheets.stages[index], sheets.stages[index - 1]
    own = random.Random(f"back:{shape.number}")
    room = (leaves - moment.date()).days
    if room < 12:
        return moment
    back_at = moment + dt.timedelta(days=own.randint(3, room // 3), hours=1)
    again_at = back_at + dt.timedelta(days=own.randint(3, room // 3), hours=1)
    _write_visit(sheets, shape, stage, moment, back_at, outcome="back")
    _write_visit(sheets, shape, before, back_at, again_at, is_back_step=True, reason=own.choice(BACK_STEPS))
    return again_at


def write_tasks(sheets: WorkSheets, rng: random.Random, shape: Shape, *, contact: str) -> tuple[str, dt.date | None]:
    """One open task for two accounts in five, more for stories. Returns the next step and its day."""
    told = STORY_TASKS.get(shape.story)
    if told:
        kind, title, why = told
        due_on = sheets.today + dt.timedelta(days=rng.choice((-1, 0, 0, 1)))
    elif rng.random() < 0.4:
        kind, title, why = rng.choice(TODO)
        due_on = sheets.today + dt.timedelta(days=int(rng.triangular(-4, 20, 3)))
    else:
        return "", None
    if shape.story == "zombie":
        due_on = sheets.today
    title = title.format(who=contact)
    sheets.task.add(
        account_id=shape.account_id,
        owner_id=shape.csm_id,
        kind=kind,
        title=title,
        created_at=at_hour(rng, min(due_on, sheets.today) - dt.timedelta(days=rng.randint(4, 60))),
        why=why.format(silent=shape.last_touch_days, every=shape.touch_every),
        due_on=due_on,
        effort_minutes=rng.choice((15, 30, 30, 60)),
        is_proactive=shape.story not in {"ticket-pressure", "bungled-handover"},
    )
    if rng.random() < 0.5:
        done_at = at_hour(rng, sheets.today - dt.timedelta(days=rng.randint(1, 40)))
        sheets.task.add(
            account_id=shape.account_id, owner_id=shape.csm_id, kind="todo", title="Send notes of the last call", state="done",
            done_at=done_at, due_on=done_at.date(), minutes=15,
            created_at=done_at - dt.timedelta(days=6),
        )  # fmt: skip
    return title, due_on
