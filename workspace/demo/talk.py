"""What the demo's departments did with their insights: who read them, who watches, what they say, what is tracked."""

import datetime as dt
import random

from django.db import connection

from team.clock import now
from team.models import Department
from voc.formulas.sealing import new_webhook_secret, seal
from voc.models import Insight, InsightComment, InsightWatch, Tracker, TrackerLink
from voc.services.priorities import refresh_priorities

REMARKS = (
    "The same came up in the call on Tuesday. I think we should take it with the next release.",
    "Who knows why we decided against it in spring?",
    "Talked to them: a workaround holds until the end of the quarter.",
    "This is the third customer of that size. Let us not wait for a fourth.",
    "Their champion offers to look at a draft with us.",
)
TRACKED = (("In progress", "accepted"), ("Done", "acted_on"), ("Won't do", "note"))
MOST = 24
# Nobody was asked to give it: what the rules would have said, so that reasons have something to start from.
_ROUTED = """
UPDATE voc_insight SET base_priority = priority, rule_id = (
    SELECT rule.id FROM voc_routingrule rule
    WHERE rule.department_id = voc_insight.department_id ORDER BY rule.position LIMIT 1
)
"""
# Members open what is theirs, mostly; whoever decided has read it.
_READ = """
INSERT INTO voc_insightread (insight_id, user_id, read_at)
SELECT insight.id, member.user_id, least(
    insight.created_at + (1 + abs(hashtext(insight.id || ':' || member.user_id)) %% 60) * interval '1 hour',
    coalesce(insight.decided_at, %(moment)s), %(moment)s
)
FROM voc_insight insight JOIN team_departmentmember member ON member.department_id = insight.department_id
WHERE member.user_id = insight.owner_id
   OR (insight.created_at < %(day_ago)s AND abs(hashtext(member.user_id || ':' || insight.id)) %% 10 < 7)
ON CONFLICT DO NOTHING
"""


def write_talk(*, seed: int) -> int:
    """Fill what stands around insights; returns how many remarks there are. Once per world."""
    if Tracker.objects.exists():
        return 0
    rng = random.Random(f"{seed}:talk")
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute(_ROUTED)
        cursor.execute(_READ, {"moment": moment, "day_ago": moment - dt.timedelta(days=1)})
    refresh_priorities()
    _track(rng, moment)
    return _talk(rng, moment)


def _track(rng: random.Random, moment: dt.datetime) -> None:
    tracker = Tracker.objects.create(
        name="Product board",
        address="https://board.example.com/browse/{key}",
        states={word.casefold(): meaning for word, meaning in TRACKED},
        secret=seal(new_webhook_secret()),
    )
    rows = Insight.objects.filter(department__slug="product", state__in=["accepted", "acted_on", "told"])
    TrackerLink.objects.bulk_create(
        TrackerLink(
            tracker=tracker,
            key=f"PLAN-{1200 + number}",
            url=f"https://board.example.com/browse/PLAN-{1200 + number}",
            insight=insight,
            status="In progress" if insight.state == "accepted" else "Done",
            title=insight.title,
            changed_at=moment - dt.timedelta(hours=rng.randint(2, 200)),
        )
        for number, insight in enumerate(rows.order_by("-created_at", "pk")[:MOST])
    )


def _talk(rng: random.Random, moment: dt.datetime) -> int:
    comments, watches = [], []
    for department in Department.objects.prefetch_related("people"):
        people = sorted((one for one in department.people.all() if one.is_active), key=lambda one: one.pk)
        if not people:
            continue
        rows = Insight.objects.open().filter(department=department, is_praise=False).order_by("priority", "-created_at")
        for insight in rows[: MOST // 4]:
            speaker = rng.choice(people)
            at = min(insight.created_at + dt.timedelta(hours=rng.randint(2, 40)), moment - dt.timedelta(minutes=5))
            comments.append((InsightComment(insight=insight, author=speaker, text=rng.choice(REMARKS)), at))
            watches.append(InsightWatch(insight=insight, user=speaker))
    made = InsightComment.objects.bulk_create(comment for comment, _at in comments)
    for comment, (_comment, at) in zip(made, comments, strict=True):
        comment.created_at = at
    InsightComment.objects.bulk_update(made, ["created_at"])
    InsightWatch.objects.bulk_create(watches, ignore_conflicts=True)
    return len(made)
