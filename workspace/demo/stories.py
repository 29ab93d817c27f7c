"""Stories: accounts in the CSM's book that show what usage alone does not. `manage.py demo --stories` lists them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from workspace.demo.shape import Shape


@dataclass(frozen=True)
class Story:
    slug: str
    title: str
    look_at: str
    segment: str
    field: str  # where it stands on the board of say and do
    risks: tuple[str, ...]  # by which it is found
    fix: Callable[[Shape, dt.date], None]


def _zombie(shape: Shape, today: dt.date) -> None:
    shape.mood, shape.momentum, shape.adoption = -0.9, 0.1, 0.92
    shape.last_touch_days, shape.renews_on = 48, today + dt.timedelta(days=96)


def _silent(shape: Shape, today: dt.date) -> None:
    shape.mood, shape.momentum, shape.adoption = 0.0, 0.0, 0.55
    shape.last_touch_days, shape.answer_rate = 118, 0.0
    shape.renews_on = today + dt.timedelta(days=71)


def _champion_left(shape: Shape, today: dt.date) -> None:
    shape.mood, shape.momentum, shape.adoption, shape.answer_rate = 0.3, -1.0, 0.45, 0.0
    shape.last_touch_days, shape.renews_on = 34, today + dt.timedelta(days=132)


def _bungled(shape: Shape, today: dt.date) -> None:
    shape.signed_on, shape.mood, shape.adoption, shape.momentum = today - dt.timedelta(days=47), -0.8, 0.06, -1.0
    shape.renews_on, shape.last_touch_days = today + dt.timedelta(days=318), 9


def _refused(shape: Shape, today: dt.date) -> None:
    shape.mood, shape.momentum, shape.adoption = 0.2, 0.1, 0.7
    shape.last_touch_days, shape.renews_on = 15, today + dt.timedelta(days=150)


def _hollow(shape: Shape, today: dt.date) -> None:
    shape.mood, shape.momentum, shape.adoption = 0.95, -1.0, 0.05
    shape.last_touch_days, shape.renews_on = 22, today + dt.timedelta(days=84)


def _advocate(shape: Shape, today: dt.date) -> None:
    shape.mood, shape.momentum, shape.adoption = 0.95, 0.5, 0.9
    shape.last_touch_days, shape.renews_on = 6, today + dt.timedelta(days=203)


def _pressure(shape: Shape, today: dt.date) -> None:
    shape.mood, shape.momentum, shape.adoption, shape.ticket_rate = -0.6, -0.2, 0.6, 4.0
    shape.last_touch_days, shape.renews_on = 12, today + dt.timedelta(days=58)


def _dark(shape: Shape, today: dt.date) -> None:
    shape.mood, shape.adoption, shape.answer_rate, shape.ticket_rate = 0.0, 0.0, 0.0, 0.0
    shape.last_touch_days, shape.renews_on = 400, today + dt.timedelta(days=110)
    shape.arr = Decimal(48000)


STORIES = (
    Story("zombie", "The zombie", "Heavy use, a 2 in the survey, no goal, no next meeting, a competitor mentioned.", "enterprise", "zombie", ("zombie",), _zombie),
    Story("silent", "The silent account", "Four calls and three mails in three months, no answer; use goes on.", "mid-market", "silent_user", ("silent",), _silent),
    Story("champion-left", "The champion who left", "The champion moved to another customer; use slides since.", "enterprise", "fading", ("champion_left", "usage_drop"), _champion_left),
    Story("bungled-handover", "The bungled handover", "Sales promised a migration that nobody planned; a 3, in Danish.", "mid-market", "leaving", ("handover_gap", "promise_broken", "stage_stalled"), _bungled),
    Story("refused-reference", "The refused reference", "Healthy use, but three reference requests were refused or stalled.", "enterprise", "off_target", ("reference_refused",), _refused),
    Story("hollow-praise", "Hollow praise", "A 10 and warm words, and next to no log-ins.", "mid-market", "hollow_praise", ("say_do_conflict", "licence_underuse"), _hollow),
    Story("advocate", "The happy advocate", "Grows, answers, gives references; goals on track.", "enterprise", "advocate", (), _advocate),
    Story("ticket-pressure", "Ticket pressure", "Urgent tickets, reopened twice; a grievance in Chinese.", "enterprise", "zombie", ("ticket_pressure",), _pressure),
    Story("dark", "The dark account", "Nobody has seen or heard anything: no score, and it says so.", "mid-market", "dark", ("no_executive",), _dark),
)  # fmt: skip
COUNTRY_OF = {"bungled-handover": "DK", "ticket-pressure": "CN"}
