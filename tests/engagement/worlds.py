"""Makers of facts that scores are made of, and a small world with something of everything."""

import datetime as dt
import itertools
import random
from typing import Any

from accounts.models import Account, Contact, Persona, Product, Subscription, Ticket, Touchpoint, TouchpointContact
from engagement.models import Feature, UserDay
from engagement.services.usage import UsageRow, record_usage
from lifecycle.models import Completion, Journey, Stage, StageVisit, Task
from lifecycle.services.defaults import ensure_default_journey
from team.clock import now, today
from team.models import User
from tests.engagement.more_worlds import enrich, make_library, settle
from tests.makers import make_account, make_contact, make_user
from voc.models import Feedback, Invitation, Response, Survey, SurveyVersion

_serial = itertools.count(1)


def ago(days: float) -> dt.datetime:
    """An instant so many days before the install's now."""
    return now() - dt.timedelta(days=days)


def make_usage(account: Account, *, days_ago: int, events: int = 10, feature: str = "reports", user: str = "") -> None:
    record_usage(
        rows=[
            UsageRow(
                account_id=account.pk,
                feature=feature,
                day=today() - dt.timedelta(days=days_ago),
                row_key=f"row-{next(_serial)}",
                source="test",
                events=events,
                user_key=user,
            )
        ]
    )


def make_touch(account: Account, *people: Contact, days_ago: float = 5, **fields: object) -> Touchpoint:
    values: dict[str, object] = {"kind": "call", "direction": "two_way", "subject": "Call", **fields}
    touch = Touchpoint.objects.create(account=account, occurred_at=ago(days_ago), **values)
    TouchpointContact.objects.bulk_create([TouchpointContact(touchpoint=touch, contact=person) for person in people])
    return touch


def make_ticket(
    account: Account, *, days_ago: float = 10, closed_days_ago: float | None = None, **fields: object
) -> Ticket:
    return Ticket.objects.create(
        account=account,
        opened_at=ago(days_ago),
        closed_at=None if closed_days_ago is None else ago(closed_days_ago),
        **fields,
    )


def make_subscription(account: Account, *, days_ago: int = 400, **fields: object) -> Subscription:
    values: dict[str, object] = {"seats": 10, "arr": 12000, "plan": "Pro", **fields}
    return Subscription.objects.create(account=account, starts_on=today() - dt.timedelta(days=days_ago), **values)


def make_survey_version(owner: User, *, kind: str = "nps") -> SurveyVersion:
    survey = Survey.objects.create(name=kind.upper(), kind=kind, owner=owner)
    return SurveyVersion.objects.create(survey=survey, number=1, definition={"questions": []})


def make_answer(version: SurveyVersion, contact: Contact, score: int | None, *, days_ago: float = 10) -> Invitation:
    """An invitation that went out; with a score it was answered and confirmed."""
    number = next(_serial)
    invitation = Invitation.objects.create(
        version=version,
        account=contact.account,
        contact=contact,
        occasion=f"wave-{number}",
        digest=f"digest-{number}",
        state="sent" if score is None else "answered",
        expires_at=ago(-30),
    )
    Invitation.objects.filter(pk=invitation.pk).update(created_at=ago(days_ago + 1))
    if score is not None:
        Response.objects.create(
            version=version,
            invitation=invitation,
            account=contact.account,
            contact=contact,
            state="confirmed",
            score=score,
            submitted_at=ago(days_ago),
        )
    return invitation


def make_feedback(account: Account, sentiment: float, *, days_ago: float = 10) -> Feedback:
    return Feedback.objects.create(
        account=account, source="mail", text="What they said", sentiment=sentiment, received_at=ago(days_ago)
    )


def make_visit(
    account: Account,
    kind: str,
    *,
    entered_days_ago: float,
    left_days_ago: float | None = None,
    product: Product | None = None,
) -> StageVisit:
    journey: Journey = ensure_default_journey()
    return StageVisit.objects.create(
        account=account,
        product=product,
        stage=Stage.objects.get(journey=journey, kind=kind),
        entered_at=ago(entered_days_ago),
        left_at=None if left_days_ago is None else ago(left_days_ago),
    )


def make_planned(account: Account, owner: User, *, in_days: int = 10) -> Task:
    task = Task.objects.create(
        account=account, owner=owner, title="Call them", due_on=today() + dt.timedelta(days=in_days)
    )
    Task.objects.filter(pk=task.pk).update(created_at=ago(200))
    return task


def make_known_account(csm: User, **fields: Any) -> Account:
    """An account of which enough is observed for a score."""
    account = make_account(csm=csm, signed_on=today() - dt.timedelta(days=400), **fields)
    person = make_contact(account, persona=Persona.CHAMPION)
    boss = make_contact(account, persona=Persona.EXECUTIVE)
    make_subscription(account, is_auto_renewed=True)
    for days in (3, 10, 20, 31, 40, 50):
        make_usage(account, days_ago=days, user=f"user-{days % 4}")
    make_touch(account, person, days_ago=4, is_proactive=True)
    make_touch(account, person, boss, days_ago=20)
    make_ticket(account, days_ago=12, closed_days_ago=10, satisfaction=5)
    make_visit(account, "ebr", entered_days_ago=20)
    return account


def make_random_account(seed: int, owner: User, version: SurveyVersion) -> Account:
    """An account with anything or nothing of everything, the same for the same seed."""
    dice = random.Random(seed)
    account = make_account(
        csm=owner,
        signed_on=dice.choice([None, today() - dt.timedelta(days=dice.randint(1, 500))]),
        intent=dice.choice(["", "switched"]),
        desired_outcomes=dice.choice(["", "Half the time to close the books"]),
        intent_reviewed_on=dice.choice([None, today() - dt.timedelta(days=dice.randint(0, 300))]),
    )
    people = [
        make_contact(
            account,
            persona=dice.choice(["", *Persona.values]),
            left_on=dice.choice([None, None, today() - dt.timedelta(days=dice.randint(1, 100))]),
        )
        for _ in range(dice.randint(0, 4))
    ]
    for person in people:
        Contact.objects.filter(pk=person.pk).update(
            created_at=ago(dice.randint(0, 300)), status="left" if person.left_on else "active"
        )
    for _ in range(dice.randint(0, 3)):
        make_subscription(
            account,
            days_ago=dice.randint(0, 500),
            seats=dice.randint(0, 30),
            arr=dice.choice([0, 1000, 25000]),
            is_trial=dice.random() < 0.2,
            is_auto_renewed=dice.random() < 0.5,
            ends_on=dice.choice([None, None, today() + dt.timedelta(days=dice.randint(0, 90))]),
            renews_on=dice.choice([None, today() + dt.timedelta(days=dice.randint(0, 400))]),
        )
    for _ in range(dice.randint(0, 12)):
        make_usage(
            account,
            days_ago=dice.randint(0, 120),
            events=dice.randint(1, 40),
            feature=dice.choice(["reports", "export", "alerts", "api"]),
            user=dice.choice(["", "ann", "bo", "cy", *(person.email for person in people)]),
        )
    for _ in range(dice.randint(0, 4)):
        opened = dice.randint(0, 400)
        make_ticket(
            account,
            days_ago=opened,
            closed_days_ago=dice.choice([None, dice.randint(0, opened)]),
            priority=dice.choice(["p1", "p2", "p3"]),
            reopened_count=dice.randint(0, 2),
            satisfaction=dice.choice([None, 1, 3, 5]),
        )
    for _ in range(dice.randint(0, 8)):
        asks = dice.random() < 0.4
        make_touch(
            account,
            *dice.sample(people, dice.randint(0, min(2, len(people)))),
            days_ago=dice.uniform(-20, 200),
            kind=dice.choice(["call", "meeting", "mail", "note", "course", "reference"]),
            direction=dice.choice(["two_way", "two_way", "out", "in", "none"]),
            outcome=dice.choice(["", "yes", "no", "stalled"]),
            valence=dice.choice(["positive", "neutral", "negative"]),
            is_proactive=dice.random() < 0.5,
            is_automated=dice.random() < 0.2,
            asks_for="Send the list" if asks else "",
            due_on=today() + dt.timedelta(days=dice.randint(-100, 60)) if asks else None,
            got_it_at=ago(dice.uniform(0, 60)) if asks and dice.random() < 0.5 else None,
            awaiting_reply_since=ago(20) if dice.random() < 0.4 else None,
            replied_at=ago(dice.uniform(0, 60)) if dice.random() < 0.3 else None,
        )
    for person in people:
        for _ in range(dice.randint(0, 2)):
            make_answer(version, person, dice.choice([None, 0, 6, 9, 10]), days_ago=dice.randint(1, 400))
    for _ in range(dice.randint(0, 2)):
        make_feedback(account, dice.choice([-0.5, 0.0, 0.8]), days_ago=dice.randint(0, 250))
    if dice.random() < 0.6:
        make_visit(account, "first_value", entered_days_ago=200, left_days_ago=dice.choice([None, 100]))
    if dice.random() < 0.5:
        make_visit(account, "ebr", entered_days_ago=90, product=Product.objects.get_or_create(code="x", name="X")[0])
    if dice.random() < 0.5:
        make_planned(account, owner, in_days=dice.randint(-5, 90))
    return account


def make_world(size: int = 8) -> list[Account]:
    """Accounts with anything or nothing of everything."""
    owner = make_user()
    version = make_survey_version(owner)
    for name in ("reports", "export", "alerts", "api"):
        Feature.objects.get_or_create(name=name, defaults={"is_key": name in {"reports", "export"}})
    make_library()
    accounts = [make_random_account(seed, owner, version) for seed in range(size)]
    for seed, account in enumerate(accounts):
        enrich(account, seed, owner)
    taught = Completion.objects.filter(account__in=accounts).select_related("contact").latest("pk")
    for days in (1, 2):
        make_usage(taught.account, days_ago=days, user=taught.contact.email if taught.contact else "")
    make_usage(taught.account, days_ago=3, user="somebody")
    assert UserDay.objects.exists()
    settle(accounts)
    return accounts
