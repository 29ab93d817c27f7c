"""What goes wrong at ordinary accounts: drawn once, written so, and known, so that alarms can be held against it.

An account without a trouble is made well clear of it; otherwise every third account would stand at the edge of a rule,
and nobody could say whether an alarm was right. What was planted is told by kind of risk (engagement.models.RiskKind).
"""

import math
import random

from django.db import connection

from accounts.models import Subscription
from team.clock import now, today
from voc.models import AdvocacyRequest
from workspace.demo.shape import Shape

# Stories of customers who say nothing at all.
MUTE = frozenset({"silent", "champion-left", "dark"})
# Moods of those who are unhappy, and of those who are not; nobody stands between.
SOUR, SWEET = -0.3, 0.2
UNCALLED = 5  # one renewal in so many has no call, see workspace.demo.renewals

# Whoever was critical in the last 90 days gets a mail the next day, unless it was planted that nobody writes.
_ANSWER = """
    INSERT INTO accounts_touchpoint (account_id, kind, direction, outcome, valence, subject, body, occurred_at, minutes,
        asks_for, is_proactive, is_automated, is_private, details, logged_by_id, source, message_ref, version,
        created_at)
    SELECT r.account_id, 'mail', 'out', '', 'neutral', 'Thank you for your answer',
           'We read what you wrote, and who takes it up.', max(r.submitted_at) + interval '26 hours', 10, '', false,
           false, false, '{}', a.csm_id, 'demo', '', 1, max(r.submitted_at) + interval '26 hours'
      FROM voc_response r
      JOIN voc_surveyversion v ON v.id = r.version_id
      JOIN voc_survey s ON s.id = v.survey_id AND s.kind = 'nps'
      JOIN accounts_account a ON a.id = r.account_id
     WHERE r.state = 'confirmed' AND r.score <= 6 AND r.account_id = ANY(%(accounts)s)
       AND r.submitted_at BETWEEN %(now)s - interval '90 days' AND %(now)s - interval '26 hours'
     GROUP BY r.account_id, a.csm_id
"""


def draw_troubles(rng: random.Random, shape: Shape) -> None:
    """Decide what goes wrong at an account without a story, and keep the rest clear of the edge."""
    planted = shape.planted
    is_sour = shape.mood < SOUR
    if not is_sour:
        shape.mood = max(shape.mood, SWEET)
    if shape.momentum < -0.35:
        shape.momentum = min(shape.momentum, -0.5)
        planted |= {"usage_drop", "licence_underuse"}
    else:
        shape.momentum = max(shape.momentum, -0.05)
    if shape.adoption < 0.3:
        shape.adoption = min(shape.adoption, 0.18)
        planted.add("licence_underuse")
    else:
        shape.adoption = max(shape.adoption, 0.45)
    falls = bool(planted & {"usage_drop", "licence_underuse"})
    if is_sour:
        planted.add("zombie")  # found while they use it much; later they are on the way out
    if not is_sour and falls:
        planted.add("say_do_conflict")
    if is_sour and rng.random() < 0.25:
        planted.add("detractor_unanswered")
    if shape.last_touch_days > 1.5 * shape.touch_every and rng.random() < 0.3:
        planted.add("silent")
    if shape.last_touch_days > 170:
        planted.add("no_executive")
    if rng.random() < (0.35 if is_sour else 0.1):
        planted.add("goal_off_track")
    if rng.random() < 0.06:
        planted.add("stage_stalled")


def plant_the_rest(shapes: dict[int, Shape]) -> None:
    """What other parts of the world plant by their own rules: refusals of references, renewals without a call."""
    refused = AdvocacyRequest.objects.refused().values_list("account_id", flat=True)
    uncalled = (
        account_id
        for pk, account_id in Subscription.objects.values_list("pk", "account_id")
        if pk % UNCALLED == UNCALLED - 1
    )
    for kind, accounts in (("reference_refused", refused), ("renewal_unforecast", uncalled)):
        for account_id in accounts:
            if account_id in shapes:
                shapes[account_id].planted.add(kind)


def answer_critics(shapes: dict[int, Shape]) -> int:
    """The CSMs write back to critics, but for those where it was planted that nobody does; returns how many mails."""
    left = [pk for pk, shape in shapes.items() if not shape.story and "detractor_unanswered" not in shape.planted]
    with connection.cursor() as cursor:
        cursor.execute(_ANSWER, {"accounts": left, "now": now(), "today": today()})
        return int(cursor.rowcount)


def moods_of(shapes: dict[int, Shape]) -> dict[int, float | None]:
    """How each account feels, -1 to 1; None for those who say nothing."""
    return {pk: None if shape.story in MUTE else shape.mood for pk, shape in shapes.items()}


def likeness(mood: float, sentiment: float) -> float:
    """How likely a customer in that mood says something of that sentiment; 1 where both agree."""
    return math.exp(-12.0 * (mood - sentiment) ** 2)
