"""Makers of initiatives."""

import datetime as dt
from typing import Any

from accounts.models import Account
from lifecycle.models import Movement
from team.clock import now, today
from team.models import Department, User
from tests.makers import make_department
from tests.voc.makers import make_feedback
from voc.models import FeedbackTheme, Initiative, InitiativeInsight, Insight, Theme


def make_initiative(
    *insights: Insight, department: str = "product", owner: User | None = None, **fields: Any
) -> Initiative:
    """A piece of work of a department that these insights ask for."""
    fields.setdefault("title", "One click export")
    found = Department.objects.get(pk=make_department(department).pk)
    made = Initiative.objects.create(department=found, owner=owner, **fields)
    InitiativeInsight.objects.bulk_create([InitiativeInsight(initiative=made, insight=one) for one in insights])
    return made


def make_customers(number: int, *, arr: int = 20_000, days: int = 400) -> list[Account]:
    """Accounts that have paid the same for so many days."""
    made = Account.objects.bulk_create([Account(name=f"Customer {place}") for place in range(number)])
    on = today() - dt.timedelta(days=days)
    Movement.objects.bulk_create(
        [Movement(account=one, effective_on=on, kind="new", amount=arr, closing=arr, recorded_at=now()) for one in made]
    )
    return made


def say(account: Account, theme: Theme, *, days_ago: int, times: int = 1, sentiment: float | None = None) -> None:
    """The account said something about the theme, so long ago."""
    for _turn in range(times):
        at = now() - dt.timedelta(days=days_ago)
        piece = make_feedback(account, f"About {theme.slug}", received_at=at, sentiment=sentiment)
        FeedbackTheme.objects.create(feedback=piece, theme=theme)
