"""Deadlines of the demo's departments: what is late or nearly due, what waits for a customer, what behaviour proves."""

import datetime as dt
import random

from django.db import connection
from django.db.models import F

from accounts.models import Contact
from team.clock import now, today
from voc.models import Insight, Verification
from voc.selectors.telling import LINK_DAYS

MOST_TOLD = 60
_OPEN = "state IN ('new', 'triaged', 'reopened') AND NOT is_praise"
_AWAKE = "(snoozed_until IS NULL OR snoozed_until <= %(day)s) AND snoozed_at_mentions IS NULL"
_STATEMENTS = (
    # Some rules give less time: their decisions came too late, or have to come today.
    """
UPDATE voc_insight SET due_at = decided_at - interval '5 hours'
WHERE decided_at > created_at + interval '8 hours' AND abs(hashtext('late:' || id)) %% 4 = 0
""",
    f"""
UPDATE voc_insight SET due_at = %(moment)s + interval '2 hours' WHERE id IN (
    SELECT id FROM voc_insight WHERE {_OPEN} AND {_AWAKE} AND due_at > %(moment)s + interval '2 hours'
       AND created_at < %(moment)s - interval '8 hours' ORDER BY id DESC LIMIT 3
)
""",  # noqa: S608 constants alone
    # A quarter of the time is left.
    "UPDATE voc_insight SET warn_at = created_at + (due_at - created_at) * 0.75 WHERE due_at IS NOT NULL",
    # Some customers were asked something: their clocks stand still.
    f"""
UPDATE voc_insight SET waiting_since = %(moment)s - interval '20 hours'
WHERE {_OPEN} AND {_AWAKE} AND due_at > %(moment)s AND due_at > %(moment)s + interval '3 hours'
  AND abs(hashtext('waits:' || id)) %% 3 = 0
""",  # noqa: S608 constants alone
    """
INSERT INTO voc_insightstep (insight_id, state, text, happened_at, actor_id)
SELECT id, state, 'Asked the customer: the clock stands still', waiting_since, owner_id
FROM voc_insight WHERE waiting_since IS NOT NULL
""",
    f"""
INSERT INTO voc_insightalarm (insight_id, department_id, kind, level, deadline, raised_at, next_at, ended_at)
SELECT id, department_id, 'past', greatest(level, 1), due_at, due_at,
       CASE WHEN level < 2 THEN %(moment)s + interval '3 hours' END, NULL
FROM voc_insight WHERE {_OPEN} AND {_AWAKE} AND due_at < %(moment)s
ON CONFLICT DO NOTHING
""",  # noqa: S608 constants alone
    """
INSERT INTO voc_insightalarm (insight_id, department_id, kind, level, deadline, raised_at, ended_at)
SELECT id, department_id, 'past', 1, due_at, due_at, decided_at
FROM voc_insight WHERE decided_at > due_at AND NOT is_praise
ON CONFLICT DO NOTHING
""",
    f"""
INSERT INTO voc_insightalarm (insight_id, department_id, kind, level, deadline, raised_at)
SELECT id, department_id, 'near', 0, due_at, warn_at
FROM voc_insight WHERE {_OPEN} AND {_AWAKE} AND waiting_since IS NULL
 AND warn_at <= %(moment)s AND due_at > %(moment)s
ON CONFLICT DO NOTHING
""",  # noqa: S608 constants alone
    """
INSERT INTO voc_insightalarm (insight_id, department_id, kind, level, deadline, raised_at)
SELECT id, department_id, 'promise_past', 2, promised_on + interval '17 hours', promised_on + interval '17 hours'
FROM voc_insight WHERE state = 'accepted' AND promised_on < %(day)s
ON CONFLICT DO NOTHING
""",
    "UPDATE voc_insight SET level = 2 WHERE state = 'accepted' AND promised_on < %(day)s",
    # What was done is looked at in the customer's behaviour.
    """
INSERT INTO voc_behaviourcheck (insight_id, fact, direction, by, before, after, state, check_on, checked_at,
                                made_by_id, created_at)
SELECT insight.id, 'account.open_tickets', 'down', 1, summary.open_tickets + 1,
       CASE WHEN insight.state = 'verified' THEN summary.open_tickets END,
       CASE WHEN insight.state = 'verified' THEN 'met' ELSE 'waiting' END,
       CASE WHEN insight.state = 'verified' THEN insight.verified_at::date ELSE %(day)s + 14 END,
       insight.verified_at, insight.owner_id, insight.decided_at
FROM voc_insight insight JOIN accounts_accountsummary summary ON summary.account_id = insight.account_id
WHERE insight.state IN ('acted_on', 'told', 'verified') AND abs(hashtext('check:' || insight.id)) %% 5 = 0
  AND insight.decided_at IS NOT NULL
""",
)


def write_deadlines(*, seed: int) -> int:
    """Fill the board of breaches, clocks that stand still, replies and looks at behaviour. Returns how many replies."""
    with connection.cursor() as cursor:
        for statement in _STATEMENTS:
            cursor.execute(statement, {"moment": now(), "day": today()})
    return _tell(random.Random(f"{seed}:told"))


def _tell(rng: random.Random) -> int:
    """What customers were told, with the words of those who answered."""
    if Verification.objects.exists():
        return 0
    told = Insight.objects.filter(state__in=["told", "verified"], told_at__isnull=False).order_by("-told_at")
    rows = []
    for insight in told.select_related("account")[:MOST_TOLD]:
        contact = Contact.objects.reachable().filter(feedback__quoted_in__insight=insight).order_by("pk").first()
        if contact is None or insight.told_at is None:
            continue
        is_confirmed = insight.state == Insight.State.VERIFIED
        done = insight.action or insight.promise
        rows.append(
            Verification(
                insight=insight,
                contact=contact,
                digest=f"{rng.getrandbits(256):064x}",
                reply=f"Dear {contact.name},\n\nThank you for telling us. What we did: {done}",
                language=contact.language[:2],
                verdict=Verification.Verdict.YES if is_confirmed else "",
                answered_at=insight.verified_at if is_confirmed else None,
                expires_at=insight.told_at + dt.timedelta(days=LINK_DAYS),
            )
        )
    made = Verification.objects.bulk_create(rows)
    written = Verification.objects.filter(pk__in=[row.pk for row in made])
    written.update(created_at=F("expires_at") - dt.timedelta(days=LINK_DAYS))
    return len(made)
