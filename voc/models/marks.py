"""Database triggers that mark the weeks whose tallies of themes are out of date.

One statement marks each week once, however many rows it wrote. What does not move a tally (reading a text again with
the same result, handling, routing) marks nothing.
"""

import pgtrigger

_FEEDBACK = """
    INSERT INTO voc_themeweekmark (week)
    SELECT DISTINCT date_trunc('week', received_at AT TIME ZONE 'UTC')::date FROM rows;
    RETURN NULL;
"""
_CHANGED_FEEDBACK = """
    INSERT INTO voc_themeweekmark (week)
    SELECT DISTINCT date_trunc('week', moment AT TIME ZONE 'UTC')::date
    FROM rows JOIN rows_before ON rows_before.id = rows.id
    CROSS JOIN LATERAL (VALUES (rows.received_at), (rows_before.received_at)) AS both_sides(moment)
    WHERE rows_before.received_at IS DISTINCT FROM rows.received_at
       OR rows_before.label IS DISTINCT FROM rows.label
       OR rows_before.account_id IS DISTINCT FROM rows.account_id;
    RETURN NULL;
"""
# A tag that goes to another theme stays in its week, so the new rows tell of both sides.
_TAGS = """
    INSERT INTO voc_themeweekmark (week)
    SELECT DISTINCT date_trunc('week', feedback.received_at AT TIME ZONE 'UTC')::date
    FROM rows JOIN voc_feedback feedback ON feedback.id = rows.feedback_id;
    RETURN NULL;
"""


def _trigger(name: str, operation: pgtrigger.Operation, func: str, **tables: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),  # type: ignore[no-untyped-call]
        func=func,
    )


FEEDBACK_MARKS = [
    _trigger("mark_weeks_of_new", pgtrigger.Insert, _FEEDBACK, new="rows"),
    _trigger("mark_weeks_of_changed", pgtrigger.Update, _CHANGED_FEEDBACK, new="rows", old="rows_before"),
    _trigger("mark_weeks_of_gone", pgtrigger.Delete, _FEEDBACK, old="rows"),
]
TAG_MARKS = [
    _trigger("mark_weeks_of_new", pgtrigger.Insert, _TAGS, new="rows"),
    _trigger("mark_weeks_of_changed", pgtrigger.Update, _TAGS, new="rows"),
    _trigger("mark_weeks_of_gone", pgtrigger.Delete, _TAGS, old="rows"),
]
