"""What became of what the demo's customers said: insights on their way, in time, near their term and past it."""

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any

from accounts.models import AccountGrant
from team.calendars import Calendar
from team.clock import now
from team.models import Department, User
from voc.models import Insight, InsightFeedback, InsightStep, Theme
from workspace.demo.shape import Shape
from workspace.demo.sheets import Sheet, next_free_id

DEPARTMENT_OF = {
    "handover": "sales",
    "expectation": "sales",
    "pricing": "sales",
    "usability": "product",
    "bugs": "product",
    "missing-feature": "product",
    "support": "support",
    "billing": "finance",
    "education": "success",
    "relationship": "success",
    "adoption": "success",
    "value": "marketing",
}
TITLES = {
    "handover": "Promise from the sale is in no plan",
    "pricing": "Price rise without a reason",
    "usability": "Monthly export is tedious",
    "bugs": "Dashboards time out at peak",
    "missing-feature": "Approvals per region",
    "support": "Too many hands on one ticket",
    "billing": "Invoice to the wrong entity",
    "education": "Course for new planners",
    "relationship": "Rarely hears from us",
    "adoption": "Other departments have not started",
}
PRAISE = {
    "support": "Priya stayed on the call until it worked",
    "value": "Month-end close twice as fast",
    "usability": "Nobody asks for the spreadsheet any more",
}
PROMISES = ("Fixed in the next release", "A named person answers for it", "Part of the spring release, first to you")
ACTIONS = ("Shipped and checked with their data", "Corrected and confirmed by their team", "Trained their planners")
REFUSALS = ("Against the data model we keep for audits", "Fewer than three customers need it this year")
LONG_AGO_DAYS = 45
ESCALATION_HOURS = 8  # of business, as in the sweep of late insights
# What became of an insight, by how long ago it arose; `new` keeps its clock running.
FRESH = {"new": 62, "triaged": 18, "accepted": 20}
LATE = {"new": 20, "triaged": 8, "snoozed": 8, "accepted": 38, "acted_on": 14, "told": 12, "declined": 8}
OLD = {"accepted": 6, "told": 20, "verified": 60, "declined": 14}
CLOSED = {"verified": 80, "declined": 20}
Path = list[tuple[str, dt.datetime, str]]


@dataclass(frozen=True, slots=True)
class Mention:
    """One piece of feedback that a department has to answer for."""

    feedback_id: int
    theme: str
    at: dt.datetime
    is_praise: bool
    is_told: bool  # a story's own answer: nobody has decided yet

    @property
    def title(self) -> str:
        return (PRAISE if self.is_praise else TITLES)[self.theme]


def wants_answer(theme: str, score: int, rng: random.Random) -> bool:
    """Whether the rules route a comment: critics always, praise that somebody earned now and then."""
    if score <= 6:
        return theme in TITLES
    return score >= 9 and theme in PRAISE and rng.random() < 0.3


@dataclass
class InsightSheets:
    today: dt.date
    themes: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.moment = now()
        self.calendar = Calendar.of_install()
        self.themes = dict(Theme.objects.values_list("slug", "pk"))
        self.departments = {row.slug: row for row in Department.objects.prefetch_related("people")}
        self.people: dict[str, list[User]] = {
            slug: sorted(row.people.all(), key=lambda person: person.pk) for slug, row in self.departments.items()
        }
        self.insight = Sheet(Insight, first_id=next_free_id(Insight))
        self.quote = Sheet(InsightFeedback, first_id=next_free_id(InsightFeedback))
        self.step = Sheet(InsightStep, first_id=next_free_id(InsightStep))
        self.grant = Sheet(AccountGrant, first_id=next_free_id(AccountGrant))

    def all(self) -> list[Sheet]:
        return [self.insight, self.quote, self.step, self.grant]


def write_insights(sheets: InsightSheets, rng: random.Random, shape: Shape, mentions: list[Mention]) -> int:
    """One insight per theme and wave; an earlier one of the same theme is closed. Returns how many critics are open."""
    groups: dict[tuple[str, bool], list[list[Mention]]] = {}
    for mention in sorted(mentions, key=lambda one: (one.at, one.feedback_id)):
        waves = groups.setdefault((mention.theme, mention.is_praise), [])
        if waves and (mention.at - waves[-1][-1].at).days < LONG_AGO_DAYS:
            waves[-1].append(mention)
        else:
            waves.append([mention])
    both = {theme for theme, _is_praise in groups if (theme, True) in groups and (theme, False) in groups}
    number = 0
    for (theme, is_praise), waves in groups.items():
        for index, group in enumerate(waves):
            may_be_open = index == len(waves) - 1 and not (is_praise and theme in both)
            is_open = _write_one(sheets, rng, shape, group, may_be_open=may_be_open)
            number += is_open and not is_praise
    return number


def _write_one(
    sheets: InsightSheets, rng: random.Random, shape: Shape, group: list[Mention], *, may_be_open: bool
) -> bool:
    first = group[0]
    slug = DEPARTMENT_OF[first.theme]
    department = sheets.departments[slug]
    due_at = sheets.calendar.add_business_hours(start=first.at, hours=department.sla_hours, department=department)
    fate = _fate(sheets, rng, group, is_late=due_at < sheets.moment, may_be_open=may_be_open)
    state = "new" if fate == "snoozed" else fate
    owner = rng.choice(sheets.people[slug]).pk if sheets.people[slug] and state != "new" else None
    fields, path = _way(rng, first.at, sheets.moment, state)
    level = 0
    if state in {"new", "triaged"} and fate != "snoozed" and not first.is_praise:
        level, _next_at = _escalate(sheets, department, due_at, path)
    insight = sheets.insight.add(
        account_id=shape.account_id,
        theme_id=sheets.themes.get(first.theme),
        department_id=department.pk,
        title=first.title,
        state=state,
        owner_id=owner,
        priority=4 if first.is_praise else 1 if first.is_told else rng.choice((1, 2, 2, 3, 3)),
        level=level,
        is_praise=first.is_praise,
        mentions=len(group),
        due_at=due_at,
        snoozed_until=sheets.today + dt.timedelta(days=rng.randint(2, 12)) if fate == "snoozed" else None,
        created_at=first.at,
        **fields,
    )
    for mention in group:
        sheets.quote.add(insight_id=insight, feedback_id=mention.feedback_id, joined_at=mention.at)
    for step_state, at, text in path:
        actor = owner if step_state not in {"new", "verified"} else None
        sheets.step.add(insight_id=insight, state=step_state, actor_id=actor, text=text, happened_at=at)
    sheets.grant.add(
        account_id=shape.account_id,
        department_id=department.pk,
        reason=first.title,
        source_ref=f"insight:{insight}",
        until=sheets.today + dt.timedelta(days=180),
    )
    return state not in {"verified", "declined"}


def _fate(sheets: InsightSheets, rng: random.Random, group: list[Mention], *, is_late: bool, may_be_open: bool) -> str:
    if not may_be_open:
        odds = CLOSED
    elif group[-1].is_told or group[0].is_told:
        return "new"
    elif (sheets.moment - group[-1].at).days >= LONG_AGO_DAYS:
        odds = OLD
    else:
        odds = LATE if is_late else FRESH
    return rng.choices(list(odds), list(odds.values()))[0]


def _way(rng: random.Random, at: dt.datetime, moment: dt.datetime, state: str) -> tuple[dict[str, Any], Path]:
    """The dates and words of a state, and the steps that led there, all of them before `moment`."""
    path: Path = [("new", at, "Came in by Survey")]
    left = moment - at
    decided = at + min(left * 0.5, dt.timedelta(hours=rng.randint(4, 30)))
    if state == "triaged":
        return {}, [*path, ("triaged", decided, "")]
    if state == "declined":
        reason = rng.choice(REFUSALS)
        return {"decline_reason": reason, "decided_at": decided}, [*path, ("declined", decided, reason)]
    fields: dict[str, Any] = {}
    if state in {"accepted", "acted_on", "told", "verified"}:
        promise = rng.choice(PROMISES)
        fields |= {
            "promise": promise,
            "promised_on": at.date() + dt.timedelta(days=rng.randint(10, 90)),
            "decided_at": decided,
        }
        path.append(("accepted", decided, promise))
    if state in {"acted_on", "told", "verified"}:
        acted = decided + min(left * 0.3, dt.timedelta(days=rng.randint(3, 25)))
        fields |= {"action": rng.choice(ACTIONS), "acted_at": acted}
        path.append(("acted_on", acted, fields["action"]))
    if state in {"told", "verified"}:
        fields["told_at"] = fields["acted_at"] + min(left * 0.1, dt.timedelta(days=1))
        path.append(("told", fields["told_at"], ""))
    if state == "verified":
        fields["verified_at"] = fields["told_at"] + min(left * 0.05, dt.timedelta(days=rng.randint(1, 6)))
        path.append(("verified", fields["verified_at"], "The customer said yes"))
    return fields, path


def _escalate(
    sheets: InsightSheets, department: Department, due_at: dt.datetime, path: Path
) -> tuple[int, dt.datetime]:
    """What the sweep would have done by now: each term that passed raised it a level, to the lead, then to managers."""
    level = 0
    while due_at < sheets.moment and level < Insight.HIGHEST_LEVEL:
        level += 1
        words = "head of department" if level == 1 else "management"
        path.append(("new", due_at, f"Nobody decided in time: {words}"))
        due_at = sheets.calendar.add_business_hours(start=due_at, hours=ESCALATION_HOURS, department=department)
    return level, due_at
