"""What the further measures are made of: plans, invoices, courses, content, risks, use cases."""

import datetime as dt
import random
from typing import Any

from accounts.models import Account, Contact, Persona, Touchpoint
from engagement.models import Feature, Risk, UseCase, UseCaseCriterion
from engagement.selectors.moments import moment_of
from engagement.services.use_cases import refresh_use_cases
from lifecycle.models import (
    Completion,
    ContentItem,
    ContentSend,
    Criterion,
    CriterionTick,
    Goal,
    GoalReading,
    Handover,
    Promise,
    StageVisit,
)
from team.clock import now, today
from team.models import Department, User
from voc.models import Insight, Theme


def day(days_ago: int) -> dt.date:
    """A day so many days before the install's today."""
    return today() - dt.timedelta(days=days_ago)


def ago(days: float) -> dt.datetime:
    return now() - dt.timedelta(days=days)


def make_goal(account: Account, owner: User, **fields: Any) -> Goal:
    """An open goal half way in time, from 0 to 100, unless told otherwise; its value is also a reading."""
    values: dict[str, Any] = {
        "title": "Close the books in three days",
        "baseline": 0,
        "target": 100,
        "starts_on": day(100),
        "due_on": today() + dt.timedelta(days=100),
        **fields,
    }
    if values.get("current") is not None:
        values.setdefault("current_at", ago(2))
    goal = Goal.objects.create(account=account, owner=owner, **values)
    Goal.objects.filter(pk=goal.pk).update(created_at=ago(100))
    if goal.current is not None and goal.current_at is not None:
        GoalReading.objects.create(goal=goal, value=goal.current, observed_at=goal.current_at)
    return goal


def make_promise(account: Account, owner: User, *, due_days_ago: int, **fields: Any) -> Promise:
    return Promise.objects.create(
        account=account, owner=owner, words="A new export", made_on=day(200), due_on=day(due_days_ago), **fields
    )


def make_invoice(
    account: Account, *, due_days_ago: int, paid_days_ago: int | None = None, **details: Any
) -> Touchpoint:
    """An invoice as billing systems tell of it: days stand in its details."""
    said = {"amount": 1000, "due_on": day(due_days_ago).isoformat()}
    if paid_days_ago is not None:
        said["paid_on"] = day(paid_days_ago).isoformat()
    return Touchpoint.objects.create(
        account=account,
        kind="invoice",
        direction="out",
        subject="Invoice",
        occurred_at=ago(due_days_ago + 30),
        is_automated=True,
        details={**said, **details},
    )


def make_item(title: str, **fields: Any) -> ContentItem:
    item = ContentItem.objects.create(title=title, format="course", **fields)
    ContentItem.everything.filter(pk=item.pk).update(created_at=ago(300))
    return item


def make_risk(account: Account, *, kind: str = "silent", opened_days_ago: int = 20, **fields: Any) -> Risk:
    return Risk.objects.create(
        account=account, kind=kind, words="Nobody answers", opened_on=day(opened_days_ago), seen_on=today(), **fields
    )


def make_insight(account: Account, *, theme: str = "export", department: str = "product", **fields: Any) -> Insight:
    values: dict[str, Any] = {"title": "The export stops", "priority": 2, **fields}
    insight = Insight.objects.create(
        account=account,
        theme=Theme.objects.get_or_create(slug=theme, defaults={"name": theme.title()})[0],
        department=Department.objects.get_or_create(slug=department, defaults={"name": department.title()})[0],
        **values,
    )
    Insight.objects.filter(pk=insight.pk).update(created_at=ago(60))
    return insight


def make_use_case(name: str, *criteria: dict[str, Any], **fields: Any) -> UseCase:
    """A use case; criteria ask for 1 event in 28 days unless they say otherwise."""
    use_case = UseCase.objects.create(name=name, **fields)
    for one in criteria:
        UseCaseCriterion.objects.create(use_case=use_case, **{"what": "events", "least": 1, "days": 28, **one})
    return use_case


def make_library() -> None:
    """What a product needs to be measured by: core actions, a library, use cases."""
    Feature.objects.filter(name="reports").update(is_core_action=True)
    make_item("Basics", stage_kinds=["ebr", "first_value"], personas=["user", "champion"], is_key_course=True)
    make_item("One by one", is_one_to_many=False, personas=["executive"])
    make_use_case("Weekly", {"what": "days", "least": 3, "days": 60}, {"what": "users", "least": 1})
    make_use_case("Reports", {"feature": Feature.objects.get(name="reports"), "least": 20, "days": 90})
    make_use_case("Pilot", {"what": "users", "persona": Persona.CHAMPION, "least": 1}, intents=["pilot"])


def enrich(account: Account, seed: int, owner: User) -> None:
    """Anything or nothing of what plans, money, learning and risks know, the same for the same seed."""
    dice = random.Random(seed * 7 + 1)
    people = list(Contact.objects.filter(account=account).order_by("pk"))
    for _ in range(dice.randint(0, 3)):
        state = dice.choice(["open", "open", "reached", "missed", "dropped"])
        signed = state == "reached" and dice.random() < 0.6
        make_goal(
            account,
            owner,
            state=state,
            closed_on=None if state == "open" else day(dice.randint(0, 90)),
            current=dice.choice([None, 0, 20, 60, 120]),
            current_at=ago(dice.randint(0, 95)),
            agreed_on=dice.choice([None, day(dice.randint(0, 99))]),
            due_on=dice.choice([None, today() + dt.timedelta(days=dice.randint(-80, 200))]),
            signed_off_by="Ann" if signed else "",
            signed_off_at=ago(dice.randint(0, 80)) if signed else None,
        )
    for _ in range(dice.randint(0, 3)):
        state = dice.choice(["open", "kept", "broken", "released"])
        make_promise(
            account,
            owner,
            due_days_ago=dice.randint(-30, 150),
            state=state,
            settled_on=None if state == "open" else day(dice.randint(0, 100)),
        )
    if dice.random() < 0.6:
        gaps = dice.sample(["intent", "outcomes", "context", "risks", "champion"], dice.randint(0, 4))
        Handover.objects.create(account=account, state="submitted", submitted_at=ago(dice.randint(0, 300)), gaps=gaps)
    for _ in range(dice.randint(0, 3)):
        due = dice.randint(-10, 150)
        make_invoice(account, due_days_ago=due, paid_days_ago=dice.choice([None, max(due - dice.randint(-9, 40), 0)]))
    if dice.random() < 0.3:
        make_invoice(account, due_days_ago=20, due_on="soon", paid_on=None)
    for kind in dice.sample(["silent", "usage_drop", "zombie"], dice.randint(0, 3)):
        make_risk(account, kind=kind, opened_days_ago=dice.randint(0, 80), handled_by=dice.choice([None, owner]))
    for theme in dice.sample(["export", "speed", "prices"], dice.randint(0, 2)):
        make_insight(account, theme=theme, department=dice.choice(["product", "support", "sales"]))
    _teach(account, dice, people)
    for visit in StageVisit.objects.filter(account=account):
        for criterion in Criterion.objects.filter(stage=visit.stage, kind="check"):
            if dice.random() < 0.5:
                CriterionTick.objects.create(
                    visit=visit, criterion=criterion, ticked_by=owner, ticked_at=ago(dice.randint(0, 80))
                )


def _teach(account: Account, dice: random.Random, people: list[Contact]) -> None:
    items = list(ContentItem.objects.order_by("pk"))
    for person in people:
        if dice.random() < 0.6:
            Completion.objects.create(
                content=dice.choice(items), account=account, contact=person, completed_at=ago(dice.randint(0, 200))
            )
        if dice.random() < 0.5:
            item, at = dice.choice(items), ago(dice.randint(0, 150))
            ContentSend.objects.create(content=item, account=account, contact=person, state="sent", sent_at=at)


def settle(accounts: list[Account]) -> None:
    """What the recompute writes before it reads."""
    refresh_use_cases(account_ids=[account.pk for account in accounts], moment=moment_of())
