"""The plan of a play: its steps, when each is due in business days, and which comes next. Pure; the engine and the dry
run both decide by it, so that they agree."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from zoneinfo import ZoneInfo

TASK, MAIL, SURVEY, WEBHOOK, CHAT, WAIT, BRANCH = "task", "mail", "survey", "webhook", "chat", "wait", "branch"
# A task of a play is due that many business days after its step, unless the step says otherwise.
TASK_DUE_DAYS = 2
WAIT_DAYS = 5
LONGEST_WAIT = 260
# Plays that led to one another; a longer chain is a mistake.
MOST_DEPTH = 8
_PARTS = 10_000


class BadPlan(ValueError):
    """The steps of a play lead nowhere; the message says which."""


class BusinessDays(Protocol):
    """What is asked of the vendor's calendar (team.calendars.Calendar)."""

    def add_business_days(self, *, day: dt.date, days: int) -> dt.date:
        """The business day that many after `day`."""
        ...


@dataclass(frozen=True, slots=True)
class WorkClock:
    """Whose days and whose morning: the calendar of the vendor, the zone and opening hour of the owner's department."""

    days: BusinessDays
    zone: ZoneInfo
    opens_at: dt.time = dt.time(9)

    def after(self, moment: dt.datetime, days: int) -> dt.datetime:
        """The opening of the business day that many after the moment; the moment itself for 0 days."""
        if days <= 0:
            return moment
        return self.opening(self.days.add_business_days(day=self.day_of(moment), days=days))

    def day_of(self, moment: dt.datetime) -> dt.date:
        """The date there at the moment."""
        return moment.astimezone(self.zone).date()

    def opening(self, day: dt.date) -> dt.datetime:
        """When work starts on a day, in UTC."""
        return dt.datetime.combine(day, self.opens_at, tzinfo=self.zone).astimezone(dt.UTC)

    def due_on(self, moment: dt.datetime, days: int) -> dt.date:
        """The date of a task: so many business days later; for 0 the day itself, or the next business day."""
        return self.days.add_business_days(day=self.day_of(moment), days=max(days, 0))


@dataclass(frozen=True, slots=True)
class Step:
    """One step as a play keeps it; see `lifecycle.models.PlaybookStep` for the options of each kind."""

    key: str
    kind: str
    title: str
    offset_days: int = 0
    wanted_action: str = ""
    content_id: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def conditions(self) -> Any:
        """What a wait or a branch asks, as it is stored: one condition or a list."""
        return self.options.get("condition") or []

    @property
    def wait_days(self) -> int:
        """Business days after which a wait is over."""
        return _whole(self.options.get("at_most_days"), WAIT_DAYS, LONGEST_WAIT)

    @property
    def due_days(self) -> int:
        """Business days that a task has."""
        return _whole(self.options.get("due_days"), TASK_DUE_DAYS, LONGEST_WAIT)


def _whole(value: object, default: int, most: int) -> int:
    return min(max(int(value), 0), most) if isinstance(value, int | float) and not isinstance(value, bool) else default


def read_steps(raw: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The steps that a play or a playbook keeps, in order."""
    return tuple(
        Step(
            key=str(row["key"]),
            kind=str(row["kind"]),
            title=str(row.get("title", "")),
            offset_days=_whole(row.get("offset_days"), 0, LONGEST_WAIT),
            wanted_action=str(row.get("wanted_action", "")),
            content_id=row.get("content"),
            options=row.get("options") or {},
        )
        for row in raw
    )


def step_of(steps: Sequence[Step], key: str) -> Step:
    """The step of that key. Raises BadPlan."""
    for step in steps:
        if step.key == key:
            return step
    raise BadPlan(f"There is no step “{key}”.")


def following(steps: Sequence[Step], step: Step, *, held: bool | None = None) -> Step | None:
    """What comes after a step; None at the end. `held` is what a branch found: if not, it goes on at `otherwise`.

    Raises BadPlan when a branch leads to no step, or back: a step runs once.
    """
    place = steps.index(step)
    if step.kind == BRANCH and held is False:
        key = str(step.options.get("otherwise") or "")
        if not key:
            return None
        goal = step_of(steps, key)
        if steps.index(goal) <= place:
            raise BadPlan(f"The branch “{step.key}” leads back to “{key}”.")
        return goal
    return steps[place + 1] if place + 1 < len(steps) else None


def is_held_out(playbook_id: int, account_id: int, percent: int) -> bool:
    """Whether an account is left alone by a playbook, so that its effect can be told: always the same answer.

    A hash of both, so that each playbook leaves others alone and a higher share keeps those of the lower one.
    """
    digest = hashlib.sha256(f"{playbook_id}:{account_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _PARTS < percent * (_PARTS // 100)


def find_loop(path: Sequence[int], playbook_id: int) -> tuple[int, ...]:
    """The circle from a playbook back to itself, given the playbooks that led here; empty when there is none."""
    if playbook_id not in path:
        return ()
    return (*path[path.index(playbook_id) :], playbook_id)
