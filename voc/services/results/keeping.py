"""Keeping the settled part of large surveys as columns; see voc.selectors.results.settled."""

from django.db import transaction
from django.db.models import Count, Q

from team.models import User
from voc.models import Response, SettledSheet, Survey
from voc.selectors.results.loading import questionnaire_of
from voc.selectors.results.scope import Scope
from voc.selectors.results.settled import (
    LARGE,
    is_exact,
    pack,
    settled_sheet,
    settled_until,
    shape_of,
    stamp_of,
)

MOST_YOUNG = 2_000
AT_ONCE = 5


def keep_settled(*, limit: int = AT_ONCE) -> int:
    """Make anew what is missing, no longer exact, or has fallen behind; returns how many. Safe to run twice."""
    made = 0
    counted = (
        Survey.objects.filter(versions__responses__state=Response.State.CONFIRMED)
        .annotate(n=Count("versions__responses", filter=Q(versions__responses__state=Response.State.CONFIRMED)))
        .filter(n__gte=LARGE)
        .order_by("pk")
    )
    for survey in counted:
        kept = SettledSheet.objects.filter(survey=survey).first()
        number = getattr(survey, "n", 0)
        shape = shape_of(questionnaire_of(survey).questions)
        is_near = kept is not None and number - kept.rows < MOST_YOUNG + kept.rows // 20
        if kept is not None and is_near and kept.shape == shape and is_exact(kept):
            continue
        made += keep_sheet(survey)
        if made >= limit:
            break
    return made


@transaction.atomic
def keep_sheet(survey: Survey) -> bool:
    """Keep the settled part of one survey as it is now; False when there is none."""
    until = settled_until()
    # The stamp first: what changes while the rows are read makes the kept part stale, never wrong.
    rows, stamp = stamp_of(survey.pk, until)
    sheet = settled_sheet(survey, Scope(User(role="admin"), survey, least=1), until)
    if not rows or len(sheet) != rows:
        return False
    values = {
        "until": until,
        "rows": rows,
        "stamp": stamp,
        "shape": shape_of(questionnaire_of(survey).questions),
        "content": pack(sheet),
    }
    SettledSheet.objects.update_or_create(survey=survey, defaults=values)
    return True
