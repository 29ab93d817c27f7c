"""The roll-out of the demo: a scope, goals of each stage, who opened what, and a year of themes with a story."""

import datetime as dt
import random
from collections.abc import Mapping
from decimal import Decimal
from itertools import accumulate

import numpy as np

from accounts.models import Account, Segment
from team.clock import now, today
from team.models import DepartmentMember, User
from voc.formulas.duplicates import fingerprint
from voc.models import Feedback, FeedbackTheme, Insight, InsightRead, Programme, ProgrammeGoal, Theme
from voc.services.theme_weeks import rebuild_theme_weeks
from workspace.demo.said import SAID, Said
from workspace.demo.troubles import likeness

WEEKS = 52
# Pieces a week of every hundred accounts, and the most that any world gets: a trend of some thousand pieces says all.
PER_HUNDRED, MOST_A_WEEK = 30, 60
# Since so many weeks a theme comes up so many times as often.
TURNS = {"bugs": (9, 3.0), "pricing": (18, 0.3)}
GOALS = (
    ("listen", "heard", 80, 90, "manager@example.com"),
    ("listen", "response_rate", 40, 60, "csm@example.com"),
    ("act", "read", 90, 30, "product@example.com"),
    ("act", "closed_30", 50, 120, "manager@example.com"),
    ("act", "days_to_close", 9, -10, "support@example.com"),
    ("analyse", "themes_answered", 50, 150, "product@example.com"),
)


def write_programme(*, seed: int, moods: Mapping[int, float | None]) -> int:
    """One business line is in scope; returns how many pieces of feedback the year has. Run again it adds nothing."""
    if Programme.objects.exists():
        return 0
    rng = random.Random(f"{seed}:programme")
    _write_goals()
    _write_reads(rng)
    written = _write_year(rng, np.random.default_rng(seed), moods)
    rebuild_theme_weeks()
    return written


def _write_goals() -> None:
    people = {user.email: user for user in User.objects.filter(email__in=[goal[-1] for goal in GOALS])}
    line = Segment.objects.order_by("position").first()
    scope = [{"name": "account.segment", "operator": "eq", "value": line.slug}] if line else []
    Programme.objects.create(
        pk=1, scope=scope, started_on=today() - dt.timedelta(days=400), sponsor=people.get("manager@example.com")
    )
    ProgrammeGoal.objects.bulk_create(
        ProgrammeGoal(
            stage=stage,
            measure=measure,
            target=Decimal(target),
            due_on=today() + dt.timedelta(days=days),
            owner=people.get(mail),
        )
        for stage, measure, target, days, mail in GOALS
    )


def _write_reads(rng: random.Random) -> None:
    """Most of what is more than a day old was opened by somebody of its department."""
    members: dict[int, list[int]] = {}
    for department, user in DepartmentMember.objects.order_by("pk").values_list("department", "user"):
        members.setdefault(department, []).append(user)
    old = Insight.objects.filter(created_at__lt=now() - dt.timedelta(days=1)).order_by("pk")
    rows = [
        InsightRead(insight_id=pk, user_id=rng.choice(members[department]), read_at=at + dt.timedelta(hours=3))
        for pk, department, at in old.values_list("pk", "department", "created_at")[:20_000]
        if department in members and rng.random() < 0.82
    ]
    InsightRead.objects.bulk_create(rows, batch_size=2000, ignore_conflicts=True)


def _write_year(rng: random.Random, noise: np.random.Generator, moods: Mapping[int, float | None]) -> int:
    """Steady feedback of a year over tickets, mails and chats, looked at long ago; two themes change their level."""
    themes = dict(Theme.objects.values_list("slug", "pk"))
    said = [one for one in SAID if one.themes and one.themes[0] in themes]
    known = Account.objects.order_by("pk").values_list("pk", flat=True)[:2_000]
    felt = {pk: mood for pk in known if (mood := moods.get(pk)) is not None}
    accounts = list(felt)
    if not said or not accounts:
        return 0
    weekly = min(MOST_A_WEEK, max(16, PER_HUNDRED * len(accounts) // 100))
    rows: list[tuple[Feedback, int]] = []
    likely = {
        sentiment: list(accumulate(likeness(mood, sentiment) for mood in felt.values()))
        for sentiment in {one.sentiment for one in said}
    }
    for week in range(1, WEEKS):
        for one in said:
            since, times = TURNS.get(one.themes[0], (0, 1.0))
            rate = weekly / len(said) * (times if week <= since else 1.0)
            for _ in range(noise.poisson(rate)):
                rows.append(
                    (
                        _piece(rng, one, rng.choices(accounts, cum_weights=likely[one.sentiment])[0], week, len(rows)),
                        themes[one.themes[0]],
                    )
                )
    Feedback.objects.bulk_create([row for row, _theme in rows], batch_size=2000)
    FeedbackTheme.objects.bulk_create(
        [FeedbackTheme(feedback=row, theme_id=theme, confidence=Decimal("0.8")) for row, theme in rows], batch_size=4000
    )
    return len(rows)


def _piece(rng: random.Random, said: Said, account: int, week: int, number: int) -> Feedback:
    at = now() - dt.timedelta(weeks=week, minutes=rng.randint(0, 7 * 24 * 60))
    sour = said.sentiment < -0.15
    language = rng.choice(("en", "en", "en", "da", "da", "zh"))
    text = said.text.get(language, said.text["en"])
    return Feedback(
        account_id=account,
        text=text,
        fingerprint=fingerprint(text),
        language=language if language in said.text else "en",
        source=rng.choice(("ticket", "mail", "chat", "call")),
        source_system="demo",
        external_id=f"year:{number}",
        sentiment=Decimal(str(round(said.sentiment, 3))),
        label="negative" if sour else "positive" if said.sentiment > 0.3 else "neutral",
        confidence=Decimal("0.8"),
        is_handled=True,
        is_distinct=True,
        received_at=at,
        understood_at=at,
    )
