"""Work that the demo's customers asked for: planned, under way, shipped with what it changed, and dropped."""

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F

from accounts.models import Contact
from accounts.services.facts import FactRow, declare_fact, push_facts
from team.clock import now, today
from team.models import Department, User
from voc.formulas.duplicates import fingerprint
from voc.models import (
    Feedback,
    FeedbackTheme,
    Initiative,
    InitiativeInsight,
    InitiativeTelling,
    InitiativeText,
    InitiativeVoter,
    Insight,
    Theme,
)
from voc.services.initiatives.measuring import work_out_due
from voc.services.initiatives.settling import draft_tellings, settle_shipped

MOST_ASKS = 60
EXPORT_FACT = "export_minutes"
# Accounts that complained about the export: so many asked for it, the others only said so.
ASKING, SAYING = 26, 74
BEFORE = (
    "The monthly export takes six clicks and I fix the columns by hand.",
    "Exporting the month is slow again, the filters are gone every time.",
    "Why do I have to pick the columns each month?",
)
AFTER_GOOD = ("The export is one click now, thank you.", "Month-end was quick this time.")
VOTES = (
    "We would roll it out to two more teams the week it is there.",
    "Our planners ask for it in every review.",
    "It is the one thing that keeps the spreadsheet alive.",
    "",
)


@dataclass(frozen=True)
class Work:
    """One piece of work. Days count from today; `shipped` is how many days ago."""

    title: str
    theme: str
    department: str
    state: str
    target: str
    due: int | None = None
    shipped: int | None = None
    drop_reason: str = ""
    votes: int = 3
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)


WORKS = (
    Work(
        "Monthly export in one click",
        "usability",
        "product",
        "shipped",
        "Nobody fixes columns by hand at month-end",
        shipped=74,
        texts={
            "en": (
                "The monthly export takes six clicks, and the columns have to be fixed by hand.",
                "One click now exports the month, with the columns and filters that you used last. "
                "You can also have it sent every first Monday.",
            ),
            "da": (
                "Månedseksporten kræver seks klik, og kolonnerne skal rettes i hånden.",
                "Ét klik eksporterer nu måneden med de kolonner og filtre, du brugte sidst. "
                "Du kan også få den sendt hver første mandag.",
            ),
            "zh": (
                "每月导出需要点击六次，列还要手工修正。",
                "现在一键即可导出当月数据，沿用您上次使用的列和筛选条件，也可以设为每月第一个星期一自动发送。",
            ),
        },
    ),
    Work(
        "Dashboards that hold at peak",
        "bugs",
        "product",
        "shipped",
        "No dashboard over three seconds on a Monday morning",
        shipped=2,
        texts={
            "en": (
                "Dashboards time out on Monday mornings.",
                "They are worked out during the night now, and open within a second at any hour.",
            ),
            "da": (
                "Dashboards går i stå mandag morgen.",
                "De beregnes nu om natten og åbner på under et sekund på alle tider af dagen.",
            ),
        },
    ),
    Work(
        "One person per ticket",
        "support",
        "support",
        "started",
        "Nobody explains the same thing to a third person",
        due=21,
        votes=2,
    ),
    Work("Approvals per region", "missing-feature", "product", "started", "Regions release their own plans", due=-6),
    Work(
        "Handover notes in every plan", "handover", "sales", "planned", "What was promised stands in the plan", due=45
    ),
    Work("Courses for new planners", "education", "success", "planned", "First plan within two weeks", due=70, votes=1),
    Work(
        "Invoices per cost centre",
        "billing",
        "finance",
        "dropped",
        "No invoice goes to the wrong entity",
        drop_reason="The new billing system splits invoices by itself from spring on",
        votes=1,
    ),
)


@transaction.atomic
def write_initiatives(*, seed: int, moods: Mapping[int, float | None]) -> None:
    """Every work of WORKS, once, with insights on its theme, drafts, and the comparison of what shipped long ago."""
    if Initiative.objects.exists():
        return
    rng = random.Random(f"{seed}:initiatives")
    themes = {theme.slug: theme for theme in Theme.objects.all()}
    departments = {row.slug: row for row in Department.objects.prefetch_related("people")}
    for work in WORKS:
        if work.theme in themes and work.department in departments:
            _write(rng, work, themes[work.theme], departments[work.department])
    _complain(rng, moods)
    work_out_due()


def _complain(rng: random.Random, moods: Mapping[int, float | None]) -> None:
    """What customers said about the export before and after, and how long it took them: accounts that asked for it
    went quiet, others went on."""
    made = Initiative.objects.filter(theme__slug="usability", state="shipped").select_related("theme").first()
    if made is None or made.theme is None or made.shipped_on is None:
        return
    asking = Insight.objects.filter(ask__initiative=made).values("account")
    people = Contact.objects.active().filter(account__status="customer", account__signed_on__lt=made.shipped_on)
    people = people.exclude(account__in=asking).exclude(account__votes__initiative=made)
    # The stories keep to themselves.
    found = list(people.order_by("account", "pk").distinct("account")[20 : 20 + ASKING + SAYING])
    found.sort(key=lambda person: -(moods.get(person.account_id) or 0))
    at = now() - dt.timedelta(days=(today() - made.shipped_on).days)
    asked, pieces, facts = found[: len(found) * ASKING // (ASKING + SAYING)], [], []
    for person in found:
        is_asking = person in asked
        for _turn in range(rng.choice((1, 1, 2, 2, 3))):
            pieces.append(_piece(rng, person, at - dt.timedelta(days=rng.uniform(1, 70)), is_good=False))
        for _turn in range(rng.choice((0, 0, 1)) if is_asking else rng.choice((0, 1, 2, 2))):
            pieces.append(_piece(rng, person, at + dt.timedelta(days=rng.uniform(1, 70)), is_good=is_asking))
        minutes = rng.randint(22, 48)
        later = rng.randint(4, 12) if is_asking else minutes + rng.randint(-6, 6)
        facts.append(FactRow(person.account_id, EXPORT_FACT, minutes, at - dt.timedelta(days=12)))
        facts.append(FactRow(person.account_id, EXPORT_FACT, later, at + dt.timedelta(days=40)))
    Feedback.objects.bulk_create(pieces)
    FeedbackTheme.objects.bulk_create([FeedbackTheme(feedback=piece, theme=made.theme) for piece in pieces])
    declare_fact(owner="demo", name=EXPORT_FACT, label="Minutes per monthly export")
    push_facts(owner="demo", rows=facts)
    Initiative.objects.filter(pk=made.pk).update(fact=f"fact.{EXPORT_FACT}")
    wishes = [InitiativeVoter(initiative=made, account_id=one.account_id, added_by=made.owner) for one in asked]
    InitiativeVoter.objects.bulk_create(wishes)
    InitiativeVoter.objects.filter(pk__in=[one.pk for one in wishes]).update(added_at=at - dt.timedelta(days=20))


def _piece(rng: random.Random, person: Contact, at: dt.datetime, *, is_good: bool) -> Feedback:
    text = rng.choice(AFTER_GOOD if is_good else BEFORE)
    return Feedback(
        account_id=person.account_id,
        contact=person,
        source=Feedback.Source.CALL,
        text=text,
        fingerprint=fingerprint(text),
        language="en",
        sentiment=round(rng.uniform(0.4, 0.8) if is_good else rng.uniform(-0.5, -0.2), 3),
        label=Feedback.Label.POSITIVE if is_good else Feedback.Label.NEGATIVE,
        is_handled=True,
        handled_at=at,
        understood_at=at,
        received_at=at,
    )


def _write(rng: random.Random, work: Work, theme: Theme, department: Department) -> None:
    day = today()
    shipped_on = day - dt.timedelta(days=work.shipped) if work.shipped is not None else None
    people = sorted(department.people.all(), key=lambda person: person.pk)
    owner = people[0] if people else None
    made = Initiative.objects.create(
        title=work.title,
        department=department,
        owner=owner,
        theme=theme,
        target=work.target,
        due_on=day + dt.timedelta(days=work.due) if work.due is not None else None,
        state=work.state,
        drop_reason=work.drop_reason,
        started_at=now() - dt.timedelta(days=(work.shipped or 0) + 60)
        if work.state in {"started", "shipped"}
        else None,
        shipped_on=shipped_on,
        is_public=bool(work.texts),
        created_by=owner,
    )
    InitiativeText.objects.bulk_create(
        [InitiativeText(initiative=made, language=code, told=told, did=did) for code, (told, did) in work.texts.items()]
    )
    _ask(made, department, shipped_on)
    _vote(rng, made, work.votes, owner)
    if work.shipped is not None and work.shipped < 7:
        settle_shipped(initiative=made, limit=MOST_ASKS)
    elif shipped_on is not None:
        _tell(made, owner, now() - dt.timedelta(days=work.shipped or 0) + dt.timedelta(hours=5))


def _ask(made: Initiative, department: Department, shipped_on: dt.date | None) -> None:
    """Insights on the theme: of what shipped those that were there before; else open ones."""
    rows = Insight.objects.filter(theme=made.theme, department=department, is_praise=False, ask=None)
    rows = rows.exclude(state__in=["merged", "declined"])
    if shipped_on is not None and shipped_on < today() - dt.timedelta(days=7):
        rows = rows.filter(created_at__date__lt=shipped_on).exclude(state__in=["new", "triaged"])
    else:
        rows = rows.open()
    asks = [
        InitiativeInsight(initiative=made, insight=row, added_by=made.owner)
        for row in rows.order_by("priority", "pk")[:MOST_ASKS]
    ]
    InitiativeInsight.objects.bulk_create(asks)


def _vote(rng: random.Random, made: Initiative, number: int, owner: User | None) -> None:
    """Accounts that want it without an insight of their own."""
    asking = Insight.objects.filter(ask__initiative=made).values("account")
    people = Contact.objects.reachable().filter(account__status="customer").exclude(account__in=asking)
    found = list(people.order_by("account", "pk").distinct("account")[: 10 * number])
    chosen = rng.sample(found, min(number, len(found)))
    InitiativeVoter.objects.bulk_create(
        [
            InitiativeVoter(
                initiative=made, account_id=one.account_id, contact=one, words=rng.choice(VOTES), added_by=owner
            )
            for one in chosen
        ]
    )
    InitiativeVoter.objects.filter(initiative=made).update(added_at=F("added_at") - dt.timedelta(days=120))


def _tell(made: Initiative, owner: User | None, at: dt.datetime) -> None:
    """It shipped long ago: everybody was told then."""
    made.asks.update(settled_at=at)
    draft_tellings(initiative=made, limit=MOST_ASKS)
    drafts = made.tellings.filter(state=InitiativeTelling.State.DRAFT)
    drafts.update(state=InitiativeTelling.State.SENT, sent_by=owner, sent_at=at)
    left = made.tellings.filter(state=InitiativeTelling.State.LEFT_OUT, insight__state=Insight.State.VERIFIED)
    left.update(state=InitiativeTelling.State.SENT, reason="", sent_by=owner, sent_at=at)
