"""Two measures of the demo vendor's own: one by a formula, one that the warehouse sends every month."""

import pgtrigger
from django.db import connection, transaction

from engagement.models import CustomMeasure
from team.clock import now
from team.models import User

TICKETS = {"figure": "tickets.opened", "days": 90, "where": {"priority": ["p1", "p2", "p3"]}}
USERS = {"figure": "usage.users", "days": 28}
LOAD = {
    "operator": "clamp",
    "parts": [{"operator": "divide", "parts": [{"operator": "if_missing", "parts": [TICKETS, {"number": 0}]}, USERS]}],
    "low": None,
    "high": 5,
}
MONTHS = 3

# Two of three customers keep their plans tidy; the share moves a little from month to month. The same for a seed.
VALUES = """
WITH given AS (SELECT %s::bigint AS measure_id, %s::text AS seed, %s::timestamptz AS at, %s::int AS months)
INSERT INTO engagement_measurevalue (measure_id, account_id, value, observed_at, evidence, url, source, created_at)
SELECT given.measure_id, a.id,
       least(0.98, 0.35 + 0.6 * ((hashtext(given.seed || ':' || a.id) & 1023) / 1023.0)
                   + 0.05 * ((hashtext(given.seed || ':' || a.id || ':' || month.ago) & 255) / 255.0))::numeric(16, 4),
       date_trunc('day', given.at) - month.ago * interval '30 days' - interval '18 hours',
       'Plans with an owner and a date, of all open plans',
       'https://warehouse.example.com/plan-hygiene/' || a.id, 'warehouse', given.at
FROM given CROSS JOIN accounts_account a CROSS JOIN LATERAL generate_series(0, given.months - 1) month(ago)
WHERE a.deleted_at IS NULL AND mod(hashtext(given.seed || '-' || a.id), 3) <> 0
ON CONFLICT DO NOTHING
"""


def write_own_measures(*, seed: int) -> None:
    """Make both, and the values of the second; for what is there already nothing is changed."""
    manager = User.objects.filter(email="manager@example.com").first()
    CustomMeasure.objects.get_or_create(
        code="ticket_load",
        defaults={
            "component": "adoption",
            "label": "Ticket load",
            "definition": "Who needs much help for little use is not there yet.",
            "unit": "ratio",
            "formula": LOAD,
            "created_by": manager,
        },
    )
    hygiene, _is_new = CustomMeasure.objects.get_or_create(
        code="plan_hygiene",
        defaults={
            "component": "outcomes",
            "kind": CustomMeasure.Kind.EXTERNAL,
            "label": "Plan hygiene",
            "definition": "Of the customer's open plans, the share with an owner and a date, counted each month.",
            "unit": "share",
            "created_by": manager,
        },
    )
    # A made-up world has no history of edits.
    with transaction.atomic(), pgtrigger.ignore("engagement.MeasureValue:insert_insert"), connection.cursor() as cursor:
        cursor.execute(VALUES, [hygiene.pk, str(seed), now(), MONTHS])
