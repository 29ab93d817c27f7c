"""Since when a made-up world stands as it does: it is judged once, today, but its risks did not all begin today."""

from typing import Any

from django.db import connection

from engagement.models import RiskKind
from team.clock import today

# The fewest and the most days that a risk of a kind has been open, where its own figures do not say.
DAYS: dict[str, tuple[int, int]] = {
    RiskKind.USAGE_DROP: (0, 16),
    RiskKind.SILENT: (1, 20),
    RiskKind.TICKET_PRESSURE: (1, 9),
    RiskKind.PAYMENT_OVERDUE: (2, 20),
    RiskKind.HANDOVER_GAP: (3, 14),
    RiskKind.STAGE_STALLED: (3, 25),
    RiskKind.SAY_DO_CONFLICT: (3, 30),
    RiskKind.GOAL_OFF_TRACK: (4, 40),
    RiskKind.LICENCE_UNDERUSE: (6, 60),
    RiskKind.SINGLE_THREADED: (8, 50),
    RiskKind.ZOMBIE: (9, 55),
    RiskKind.EDUCATION_GAP: (10, 60),
}

# “Days past the promised day, at least: 14 days. Here: 40 days” was found 26 days ago; “Days since the champion left,
# at most: 120 days. Here: 24 days” as soon as it was known; “Days to the renewal, at most: 90 days. Here: 21 days” 69
# days ago.
AGE = r"""
WITH said AS (
    SELECT r.id, r.kind, r.account_id,
           regexp_match(e ->> 'words', ' at (least|most): ([0-9,]+) days?\. Here: ([0-9,]+) days?') AS found
    FROM engagement_risk r, jsonb_array_elements(r.evidence::jsonb) e
    WHERE r.closed_at IS NULL AND r.opened_on = %(today)s
), ages AS (
    SELECT s.id, max(CASE WHEN s.kind = 'renewal_unforecast' THEN limits.days - here.days
                          WHEN s.found[1] = 'least' THEN here.days - limits.days ELSE here.days END) AS told,
           coalesce(max(d.low + abs(hashtext(s.kind || s.account_id)) %% (d.high - d.low + 1)), 0) AS drawn
    FROM said s
    LEFT JOIN unnest(%(kinds)s::text[], %(lows)s::integer[], %(highs)s::integer[]) AS d(kind, low, high)
           ON d.kind = s.kind
    CROSS JOIN LATERAL (SELECT replace(s.found[2], ',', '')::integer AS days) limits
    CROSS JOIN LATERAL (SELECT replace(s.found[3], ',', '')::integer AS days) here
    GROUP BY s.id
)
UPDATE engagement_risk r SET opened_on = %(today)s - least(120, greatest(0, coalesce(ages.told, ages.drawn)))
FROM ages WHERE ages.id = r.id
"""

# Most have stood in their field of the board for weeks.
AGE_STANDS = """
UPDATE engagement_saydo SET since = %(today)s - 3 - abs(hashtext(field || account_id)) %% 60 WHERE since = %(today)s
"""


def age_judgements() -> None:
    """Let the risks and stands that were found today be as old as they would be; two statements. Call it after the
    last judgement."""
    parameters: dict[str, Any] = {
        "today": today(),
        "kinds": [str(kind) for kind in DAYS],
        "lows": [low for low, _high in DAYS.values()],
        "highs": [high for _low, high in DAYS.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(AGE, parameters)
        cursor.execute(AGE_STANDS, parameters)
