"""What everybody else may know of an account's plan: facts of goals, promises and the handover."""

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from accounts.models import FactDefinition
from accounts.services.changes import mark_changed
from accounts.services.facts import FactRow, declare_fact, push_facts
from lifecycle.formulas.goals import STALE_DAYS, TOLERANCE
from lifecycle.selectors.goals import GOAL_SHARE, GOAL_WORD
from team.clock import now, today

OWNER = "lifecycle"
# By name: the label, the unit and what it means.
FACTS: dict[str, tuple[str, str, str]] = {
    "goals_open": (_("Open goals"), "", _("Goals that are neither reached, missed nor dropped.")),
    "goals_agreed": (_("Agreed goals"), "", _("Open goals with the day on which the customer agreed.")),
    "goals_off_track": (
        _("Goals off track"),
        "",
        _("Open goals that are late, or behind a straight line to the target."),
    ),
    "goals_unknown": (
        _("Goals of which nothing is known"),
        "",
        _("Open goals without a measure, a day or a fresh value."),
    ),
    "goals_reached": (_("Goals reached"), "", _("Goals that were reached.")),
    "goals_missed": (_("Goals missed"), "", _("Goals that were missed.")),
    "goals_signed_off": (_("Goals signed off"), "", _("Goals that somebody at the customer signed off.")),
    "goal_progress": (_("Progress of goals"), "share", _("Mean way that the measured open goals have come, 0 to 1.")),
    "promises_open": (_("Open promises"), "", _("Promises that are neither kept, broken nor released.")),
    "promises_late": (_("Late promises"), "", _("Open promises whose day has passed.")),
    "promises_kept": (_("Promises kept"), "", _("Promises that were kept.")),
    "promises_broken": (_("Promises broken"), "", _("Promises that were broken.")),
    "handover_completeness": (_("Completeness of the handover"), "share", _("Share of the checklist, 0 to 1.")),
}
# Facts written in one transaction; a sweep over a large install takes several.
MOST_AT_ONCE = 50_000
# What is 0, and not unknown, where there are no rows.
COUNTED = tuple(name for name in FACTS if name not in {"goal_progress", "handover_completeness"})

# Which facts of which accounts differ from what is known: one row per fact to write.
_CHANGED = f"""
    WITH judged AS (
        SELECT goal.account_id, goal.state, goal.agreed_on, goal.signed_off_at,
               {GOAL_WORD} AS word, {GOAL_SHARE} AS share
          FROM lifecycle_goal goal
         WHERE goal.deleted_at IS NULL AND (%(everyone)s OR goal.account_id = ANY(%(ids)s))),
    goal AS (
        SELECT account_id,
               count(*) FILTER (WHERE state = 'open') AS goals_open,
               count(*) FILTER (WHERE state = 'open' AND agreed_on IS NOT NULL) AS goals_agreed,
               count(*) FILTER (WHERE state = 'open' AND word = 'late') AS goals_off_track,
               count(*) FILTER (WHERE state = 'open' AND word = 'unknown') AS goals_unknown,
               count(*) FILTER (WHERE state = 'reached') AS goals_reached,
               count(*) FILTER (WHERE state = 'missed') AS goals_missed,
               count(*) FILTER (WHERE signed_off_at IS NOT NULL) AS goals_signed_off,
               round(avg(least(greatest(share, 0), 1)) FILTER (WHERE state = 'open'), 4) AS goal_progress
          FROM judged GROUP BY account_id),
    promise AS (
        SELECT account_id,
               count(*) FILTER (WHERE state = 'open') AS promises_open,
               count(*) FILTER (WHERE state = 'open' AND due_on < %(today)s) AS promises_late,
               count(*) FILTER (WHERE state = 'kept') AS promises_kept,
               count(*) FILTER (WHERE state = 'broken') AS promises_broken
          FROM lifecycle_promise
         WHERE deleted_at IS NULL AND (%(everyone)s OR account_id = ANY(%(ids)s))
         GROUP BY account_id),
    given AS (
        SELECT account_id, kept.name, kept.number FROM goal, LATERAL (VALUES
               ('goals_open', goals_open::numeric), ('goals_agreed', goals_agreed),
               ('goals_off_track', goals_off_track), ('goals_unknown', goals_unknown),
               ('goals_reached', goals_reached), ('goals_missed', goals_missed),
               ('goals_signed_off', goals_signed_off), ('goal_progress', goal_progress)) AS kept(name, number)
        UNION ALL
        SELECT account_id, kept.name, kept.number FROM promise, LATERAL (VALUES
               ('promises_open', promises_open::numeric), ('promises_late', promises_late),
               ('promises_kept', promises_kept), ('promises_broken', promises_broken)) AS kept(name, number)
        UNION ALL
        SELECT account_id, 'handover_completeness', completeness FROM lifecycle_handover
         WHERE state <> 'draft' AND (%(everyone)s OR account_id = ANY(%(ids)s))),
    known AS (
        SELECT fact.account_id, definition.name, fact.number
          FROM accounts_fact fact JOIN accounts_factdefinition definition ON definition.id = fact.definition_id
         WHERE fact.is_current AND definition.name = ANY(%(names)s)
           AND (%(everyone)s OR fact.account_id = ANY(%(ids)s)))
    SELECT account_id, name, coalesce(given.number, CASE WHEN name = ANY(%(counted)s) THEN 0 END)
      FROM given FULL JOIN known USING (account_id, name)
     WHERE coalesce(given.number, CASE WHEN name = ANY(%(counted)s) THEN 0 END) IS DISTINCT FROM known.number
     LIMIT %(limit)s
"""  # noqa: S608 constants of this module and of the selectors


def declare_plan_facts() -> None:
    """The facts of plans are in the catalogue; one query when they are."""
    known = set(FactDefinition.objects.filter(name__in=FACTS).values_list("name", flat=True))
    for name, (label, unit, description) in FACTS.items():
        if name not in known:
            declare_fact(owner=OWNER, name=name, label=label, unit=unit, description=description)


def push_plan_facts(*, account_ids: Iterable[int] | None = None) -> int:
    """Bring the plan's facts of the given accounts, or of all, up to date; returns how many changed. Idempotent.

    One query finds what differs; only that is written, and only those accounts are marked as changed. At most 50,000
    facts at once.
    """
    ids = None if account_ids is None else sorted(set(account_ids))
    if ids is not None and not ids:
        return 0
    declare_plan_facts()
    total = 0
    while found := _push(ids):
        total += found
        if found < MOST_AT_ONCE:
            break
    return total


@transaction.atomic
def _push(ids: list[int] | None) -> int:
    """One round; returns how many facts differed."""
    parameters: dict[str, Any] = {
        "everyone": ids is None,
        "ids": ids or [],
        "today": today(),
        "names": list(FACTS),
        "counted": list(COUNTED),
        "stale": STALE_DAYS,
        "tolerance": TOLERANCE,
        "limit": MOST_AT_ONCE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, parameters)
        changed = cursor.fetchall()
    moment = now()
    push_facts(owner=OWNER, rows=[FactRow(pk, name, value, moment) for pk, name, value in changed])
    mark_changed(account_ids={row[0] for row in changed}, reason="plan")
    return len(changed)
