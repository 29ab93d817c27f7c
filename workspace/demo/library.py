"""The library of the demo world: two dozen items with gaps, and the completions behind the courses people took."""

import random

from django.db import connection

from accounts.models import Segment
from lifecycle.models import ContentItem
from team.models import User

# title, format, stages, personas, objective, wanted action, minutes, key course
_ITEMS: tuple[tuple[str, str, str, str, str, str, int, bool], ...] = (
    (
        "Planning basics",
        "course",
        "onboarding",
        "user",
        "Plan a week with the team",
        "Plan your next week here",
        40,
        True,
    ),
    (
        "Forecasts that hold",
        "course",
        "first_value",
        "user champion",
        "Read and correct a forecast",
        "Compare last month",
        50,
        True,
    ),
    (
        "Approvals in practice",
        "course",
        "first_value ebr",
        "user",
        "Set up approvals that nobody skips",
        "Turn one approval on",
        30,
        False,
    ),
    (
        "Reports for steering groups",
        "course",
        "ebr",
        "champion influencer",
        "Build the monthly report",
        "Show it in your next meeting",
        35,
        False,
    ),
    (
        "Administrators' course",
        "course",
        "onboarding",
        "influencer champion",
        "Roles, data sources and backups",
        "Invite your key users",
        60,
        True,
    ),
    (
        "Kick-off checklist",
        "template",
        "closed_won",
        "champion",
        "Who does what in the first two weeks",
        "Fill in the owners",
        10,
        False,
    ),
    (
        "Data sources in an hour",
        "video",
        "onboarding",
        "influencer",
        "Connect the first source",
        "Connect one source",
        18,
        False,
    ),
    (
        "Welcome for executives",
        "article",
        "closed_won",
        "executive decision_maker",
        "What to expect by when",
        "Name your first goal",
        6,
        False,
    ),
    (
        "The first five plans",
        "article",
        "onboarding",
        "user",
        "Plans that teams start with",
        "Copy one of them",
        8,
        False,
    ),
    (
        "Goals that can be measured",
        "template",
        "onboarding first_value",
        "champion executive",
        "Write a goal with a number",
        "Send us your goal",
        15,
        False,
    ),
    (
        "How Alder planned its roll-out",
        "case",
        "first_value",
        "champion",
        "A roll-out in three waves",
        "Plan your second wave",
        9,
        False,
    ),
    (
        "Office hours",
        "webinar",
        "first_value ebr",
        "user champion",
        "Questions of the month",
        "Bring one question",
        45,
        False,
    ),
    ("What is new this quarter", "webinar", "ebr", "", "Three things to try", "Try one of them", 30, False),
    (
        "Business review template",
        "template",
        "ebr",
        "champion executive",
        "Prepare your own review",
        "Book the review",
        20,
        False,
    ),
    (
        "Proving value to finance",
        "article",
        "ebr renewal",
        "decision_maker",
        "Turn hours into money",
        "Send us your numbers",
        7,
        False,
    ),
    (
        "Renewal in four steps",
        "article",
        "renewal",
        "champion",
        "Who signs what and when",
        "Name your signatory",
        5,
        False,
    ),
    (
        "Scaling to a second team",
        "course",
        "ebr",
        "champion",
        "Permissions and templates across teams",
        "Invite the second team",
        40,
        True,
    ),
    ("Planning for shift work", "video", "first_value", "user", "Shifts without clashes", "Plan one shift", 12, False),
    (
        "Security in one page",
        "article",
        "closed_won",
        "influencer",
        "Answers for your security team",
        "Forward it",
        4,
        False,
    ),
    (
        "Grundlæggende planlægning",
        "course",
        "onboarding",
        "user",
        "Planlæg en uge med teamet",
        "Planlæg din næste uge",
        40,
        True,
    ),
    ("规划基础", "course", "onboarding", "user", "与团队一起制定一周计划", "制定您的下一周计划", 40, True),
    ("Support that answers", "article", "", "user", "How to reach us and what to send", "Save the address", 3, False),
)
# Who completed a course by a touch of the demo finished the item of that name.
_COMPLETIONS = """
    INSERT INTO lifecycle_completion (content_id, account_id, contact_id, completed_at, source, external_id)
    SELECT DISTINCT ON (item.id, seat.contact_id) item.id, touch.account_id, seat.contact_id, touch.occurred_at,
           'courses', 'touch:' || touch.id
      FROM accounts_touchpoint touch
      JOIN accounts_touchpointcontact seat ON seat.touchpoint_id = touch.id
      JOIN lifecycle_contentitem item ON item.title = touch.subject
     WHERE touch.kind = 'course' AND touch.source = 'courses'
     ORDER BY item.id, seat.contact_id, touch.occurred_at
    ON CONFLICT DO NOTHING
"""


def write_library(*, seed: int) -> None:
    """Items once, completions for what people took; set-based at any size."""
    rng = random.Random(f"{seed}:library")
    owners = list(User.objects.filter(email__in=["success@example.com", "csm@example.com", "marketing@example.com"]))
    languages = {"Grundlæggende planlægning": "da", "规划基础": "zh-hans"}
    if not ContentItem.objects.exists():
        items = ContentItem.objects.bulk_create(
            [
                ContentItem(
                    title=title,
                    format=kind,
                    stage_kinds=stages.split(),
                    personas=personas.split(),
                    objective=objective,
                    wanted_action=action,
                    minutes=minutes,
                    is_key_course=is_key,
                    language=languages.get(title, "en"),
                    url=f"https://learn.lakeside.example/{number}",
                    owner=rng.choice(owners) if owners else None,
                    external_id=f"course-{number}" if kind == "course" else None,
                )
                for number, (title, kind, stages, personas, objective, action, minutes, is_key) in enumerate(_ITEMS, 1)
            ]
        )
        enterprise = Segment.objects.filter(slug="enterprise").first()
        if enterprise:
            next(item for item in items if item.title == "Scaling to a second team").segments.add(enterprise)
    with connection.cursor() as cursor:
        cursor.execute(_COMPLETIONS)
